"""One WebSocket of the gateway: hello, identify or resume, heartbeats, and what follows.

Discord's pages "Gateway" and "Gateway Events"; the close codes are those of "Opcodes and Status
Codes".
"""

import asyncio
import json
import time
from collections import deque
from typing import Any

from aiohttp import WSMsgType, web

from ..state.permissions import KNOWN_INTENTS, PRIVILEGED, Intent
from ..state.places import Guild
from ..state.wire import Json, encode
from .compression import STREAMS, Squeeze
from .gateway import Gateway
from .sessions import Session

DISPATCH, HEARTBEAT, IDENTIFY, PRESENCE, VOICE_STATE = 0, 1, 2, 3, 4
RESUME, RECONNECT, REQUEST_MEMBERS, INVALID_SESSION, HELLO, HEARTBEAT_ACK = 6, 7, 8, 9, 10, 11

UNKNOWN_OPCODE, DECODE_ERROR, NOT_AUTHENTICATED, AUTHENTICATION_FAILED = 4001, 4002, 4003, 4004
ALREADY_AUTHENTICATED, INVALID_SEQUENCE, RATE_LIMITED, TIMED_OUT = 4005, 4007, 4008, 4009
INVALID_SHARD, INVALID_VERSION, INVALID_INTENTS, DISALLOWED_INTENTS = 4010, 4012, 4013, 4014

PAYLOAD_LIMIT = 4096  # bytes that a client may send in one message
GRACE = 1.0  # seconds beyond two intervals in which a heartbeat is still waited for
SEND_LIMIT = 120, 60.0  # messages, and seconds in which a client may send them


class Closed(Exception):  # noqa: N818 - an ending, not an error of this server
    """The connection is to be closed with `code`."""

    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code


class Connection:
    """One WebSocket; `run` is its whole life."""

    def __init__(self, gateway: Gateway, socket: web.WebSocketResponse) -> None:
        self._gateway = gateway
        self._socket = socket
        self._outgoing: asyncio.Queue[Json | int] = asyncio.Queue()
        self._received: deque[float] = deque(maxlen=SEND_LIMIT[0] + 1)
        self._beat = time.monotonic()
        self._code: int | None = None

    def send(self, payload: Json) -> None:
        """Queue a payload; what is queued goes out in order."""
        self._outgoing.put_nowait(payload)

    def close(self, code: int) -> None:
        """Close with `code` once all that is queued has gone out."""
        self._code = code
        self._outgoing.put_nowait(code)

    async def run(self, squeeze: Squeeze | None) -> None:
        """Greet, answer and send until either side closes."""
        self.send({"op": HELLO, "d": {"heartbeat_interval": int(self._gateway.heartbeat * 1000)}})
        key = str(id(self))
        self._gateway.cut[key] = self.close
        writer = asyncio.create_task(self._write(squeeze))
        try:
            await self._read()
        except Closed as end:
            self.close(end.code)
        finally:
            del self._gateway.cut[key]
            if self._code is None:
                writer.cancel()
            await asyncio.gather(writer, return_exceptions=True)
            self._leave()

    def _leave(self) -> None:
        if session := self._gateway.of(self.send):
            # 1000 and 1001, and a time-out, end the session itself.
            code = self._code or self._socket.close_code
            self._gateway.leave(session, for_good=code in (1000, 1001, TIMED_OUT))

    async def _write(self, squeeze: Squeeze | None) -> None:
        while not isinstance(payload := await self._outgoing.get(), int):
            data = encode(payload)
            try:
                if squeeze:
                    await self._socket.send_bytes(squeeze(data))
                else:
                    await self._socket.send_str(data.decode())
            except ConnectionError:
                return  # the reading side sees the end, too
        await self._socket.close(code=payload)

    async def _read(self) -> None:
        while True:
            left = self._beat + 2 * self._gateway.heartbeat + GRACE - time.monotonic()
            try:
                message = await self._socket.receive(timeout=max(left, 0.001))
            except TimeoutError:
                raise Closed(TIMED_OUT) from None
            if message.type not in (WSMsgType.TEXT, WSMsgType.BINARY):
                return
            self._count()
            self._take(*_parsed(message.data))

    def _count(self) -> None:
        self._received.append(time.monotonic())
        count, seconds = SEND_LIMIT
        if len(self._received) > count and self._received[-1] - self._received[0] < seconds:
            raise Closed(RATE_LIMITED)

    def _take(self, op: object, data: Any) -> None:
        session = self._gateway.of(self.send)
        if op == HEARTBEAT:
            self._beat = time.monotonic()
            self._gateway.heartbeats += 1
            self._gateway.bell.ring()
            self.send({"op": HEARTBEAT_ACK, "d": None})
        elif op in (IDENTIFY, RESUME):
            if session:
                raise Closed(ALREADY_AUTHENTICATED)
            self._authenticate(op == RESUME, data)
        elif op not in (PRESENCE, VOICE_STATE, REQUEST_MEMBERS):
            raise Closed(UNKNOWN_OPCODE)
        elif session is None:
            raise Closed(NOT_AUTHENTICATED)
        elif op == REQUEST_MEMBERS:
            self._request_members(session, data)

    def _authenticate(self, resuming: bool, data: Any) -> None:
        if not isinstance(data, dict) or not isinstance(data.get("token"), str):
            raise Closed(DECODE_ERROR)
        if data["token"].removeprefix("Bot ") != self._gateway.token:
            raise Closed(AUTHENTICATION_FAILED)
        if resuming:
            self._resume(data)
        else:
            shard, shards = _shard(data.get("shard", [0, 1]))
            intents = _intents(data.get("intents"), self._gateway.world.granted)
            self._gateway.begin(shard, shards, intents, self.send)

    def _resume(self, data: Json) -> None:
        sequence, session_id = data.get("seq"), data.get("session_id")
        session = self._gateway.sessions.get(str(session_id))
        if type(sequence) is not int or (session and not 0 <= sequence <= session.sequence):
            raise Closed(INVALID_SEQUENCE)
        if session and (old := session.send):
            session.send = None
            old({"op": RECONNECT, "d": None})
        if not self._gateway.resume(str(session_id), sequence, self.send):
            self.send({"op": INVALID_SESSION, "d": False})

    def _request_members(self, session: Session, data: Any) -> None:
        guild = self._guild(data)
        if guild is None:
            return
        query, wanted, limit = data.get("query"), data.get("user_ids"), data.get("limit") or 0
        if not isinstance(query, str | None) or not isinstance(limit, int):
            raise Closed(DECODE_ERROR)
        ids = {str(i) for i in (wanted if isinstance(wanted, list) else [wanted])}
        people = guild.members.values()
        if wanted:
            found = [member for member in people if str(member.user.id) in ids][:100]
        elif query or limit > 0:
            found = [member for member in people if member.user.name.startswith(query or "")]
            found = found[: min(limit, 100) or 100]
        else:
            found = list(people) if session.intents & Intent.GUILD_MEMBERS else []
        lost = sorted(ids - {str(member.user.id) for member in found}) if wanted else []
        about: Json = {"guild_id": str(guild.id), "not_found": lost}
        if isinstance(nonce := data.get("nonce"), str) and len(nonce.encode()) <= 32:
            about["nonce"] = nonce
        _send_members(session, [member.json() for member in found], about)

    def _guild(self, data: Any) -> Guild | None:
        if not isinstance(data, dict):
            raise Closed(DECODE_ERROR)
        guild_id = data.get("guild_id")
        first = str(guild_id[0] if isinstance(guild_id, list) and guild_id else guild_id)
        return self._gateway.world.guilds.get(int(first)) if first.isdecimal() else None


def _send_members(session: Session, members: list[Json], about: Json) -> None:
    """Send members, a thousand an event."""
    chunks = [members[i : i + 1000] for i in range(0, len(members), 1000)] or [[]]
    for index, chunk in enumerate(chunks):
        part = {"members": chunk, "chunk_index": index, "chunk_count": len(chunks)}
        session.event("GUILD_MEMBERS_CHUNK", about | part)


def _parsed(raw: str | bytes) -> tuple[object, Any]:
    """Give the opcode and the data of a client's payload."""
    size = len(raw.encode() if isinstance(raw, str) else raw)
    try:
        payload = json.loads(raw) if size <= PAYLOAD_LIMIT else None
    except ValueError:
        payload = None
    if not isinstance(payload, dict):
        raise Closed(DECODE_ERROR)
    return payload.get("op"), payload.get("d")


def _shard(shard: Any) -> tuple[int, int]:
    whole = isinstance(shard, list) and len(shard) == 2 and all(type(n) is int for n in shard)
    if not whole or not 0 <= shard[0] < shard[1]:
        raise Closed(INVALID_SHARD)
    return shard[0], shard[1]


def _intents(intents: Any, granted: Intent) -> Intent:
    if type(intents) is not int or intents < 0 or intents & ~KNOWN_INTENTS:
        raise Closed(INVALID_INTENTS)
    if intents & PRIVILEGED & ~granted:
        raise Closed(DISALLOWED_INTENTS)
    return Intent(intents)


def _stream(wanted: str | None) -> Squeeze | None:
    """Start the compression asked for; plain text, which every client takes, where it lacks."""
    try:
        return STREAMS[wanted]() if wanted in STREAMS else None
    except ImportError:
        return None


async def serve(gateway: Gateway, request: web.Request) -> web.WebSocketResponse:
    """Take a WebSocket request of the gateway, and stay with it to its end."""
    socket = web.WebSocketResponse(compress=False, max_msg_size=1 << 20, timeout=2.0)
    await socket.prepare(request)
    connection = Connection(gateway, socket)
    if request.query.get("v") not in ("9", "10", None):
        await socket.close(code=INVALID_VERSION, message=b"Invalid API version.")
    elif request.query.get("encoding", "json") != "json":
        await socket.close(code=DECODE_ERROR, message=b"This server speaks JSON.")
    else:
        await connection.run(_stream(request.query.get("compress")))
    return socket
