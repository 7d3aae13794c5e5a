"""Gateway connection: hello, identify or resume, heartbeats, and requests on one WebSocket.

Discord's pages "Gateway" and "Gateway Events"; close codes from "Opcodes and Status Codes".
"""

import asyncio
import json
import time
from collections import deque
from enum import IntEnum
from typing import Any

from aiohttp import WSMsgType, web

from ..state.encoding import Json, encode_json, parse_snowflake
from ..state.guilds import Guild
from ..state.permissions import KNOWN_INTENTS, PRIVILEGED_INTENTS, Intent
from ..state.users import Member
from .compression import Compressor, start_compression
from .sessions import Gateway, GatewaySession


class Opcode(IntEnum):
    """Gateway opcodes."""

    DISPATCH = 0
    HEARTBEAT = 1
    IDENTIFY = 2
    PRESENCE_UPDATE = 3
    VOICE_STATE_UPDATE = 4
    RESUME = 6
    RECONNECT = 7
    REQUEST_GUILD_MEMBERS = 8
    INVALID_SESSION = 9
    HELLO = 10
    HEARTBEAT_ACK = 11


class CloseCode(IntEnum):
    """Gateway close codes."""

    UNKNOWN_OPCODE = 4001
    DECODE_ERROR = 4002
    NOT_AUTHENTICATED = 4003
    AUTHENTICATION_FAILED = 4004
    ALREADY_AUTHENTICATED = 4005
    INVALID_SEQUENCE = 4007
    RATE_LIMITED = 4008
    SESSION_TIMED_OUT = 4009
    INVALID_SHARD = 4010
    INVALID_API_VERSION = 4012
    INVALID_INTENTS = 4013
    DISALLOWED_INTENTS = 4014


MAX_PAYLOAD_SIZE = 4096  # bytes of one message from a client
HEARTBEAT_GRACE = 1.0  # seconds after two missed heartbeats before the connection closes
MAX_MESSAGES, RATE_LIMIT_WINDOW = 120, 60.0  # messages from a client in so many seconds
MEMBERS_PER_CHUNK = 1000
MAX_MEMBERS_FOUND = 100

ACKNOWLEDGE_DELAY = 0.1
"""Seconds before a heartbeat is acknowledged, like the network's way to Discord and back.

discord.py notes in a thread when it sent a heartbeat, after sending it. An acknowledgement that
comes earlier seems to belong to the heartbeat before: "websocket is 41.3s behind".
"""

_SESSION_ENDING_CODES = (1000, 1001, CloseCode.INVALID_SEQUENCE, CloseCode.SESSION_TIMED_OUT)
"""Close codes after which the session cannot be resumed."""


class ConnectionClosed(Exception):  # noqa: N818 - a normal end, not an error of this server
    """Closes the connection with `code`."""

    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code


class Connection:
    """One WebSocket connection to the gateway."""

    def __init__(
        self,
        gateway: Gateway,
        socket: web.WebSocketResponse,
        transport: asyncio.BaseTransport | None = None,
        version: int = 10,
    ) -> None:
        self.is_silent = False
        self.transport = transport
        self._gateway = gateway
        self._socket = socket
        self._version = version
        self._outgoing: asyncio.Queue[Json | str | bytes | int] = asyncio.Queue()
        self._receive_times: deque[float] = deque(maxlen=MAX_MESSAGES + 1)
        self._last_heartbeat = time.monotonic()
        self._close_code: int | None = None

    def send(self, payload: Json | str | bytes) -> None:
        """Queue a payload, or a raw frame; they are sent in order."""
        self._outgoing.put_nowait(payload)

    def close(self, code: int) -> None:
        """Close with `code` after sending the queued payloads."""
        self._close_code = code
        self._outgoing.put_nowait(code)

    async def run(self, compressor: Compressor | None) -> None:
        """Send HELLO, then receive and send until either side closes."""
        interval_ms = int(self._gateway.heartbeat_interval * 1000)
        self.send({"op": Opcode.HELLO, "d": {"heartbeat_interval": interval_ms}})
        self._gateway.connections.append(self)
        writer = asyncio.create_task(self._write_payloads(compressor))
        try:
            await self._read_payloads()
        except ConnectionClosed as closed:
            self.close(closed.code)
        finally:
            self._gateway.connections.remove(self)
            if self._close_code is None:
                writer.cancel()
            await asyncio.gather(writer, return_exceptions=True)
            self._disconnect_session()

    def _disconnect_session(self) -> None:
        if session := self._gateway.session_of(self.send):
            code = self._close_code or self._socket.close_code
            self._gateway.disconnect(session, end_session=code in _SESSION_ENDING_CODES)

    async def _write_payloads(self, compressor: Compressor | None) -> None:
        while not isinstance(payload := await self._outgoing.get(), int):
            if self.is_silent:
                continue
            try:
                frame = self._encode(payload, compressor)
                if isinstance(frame, str):
                    await self._socket.send_str(frame)
                else:
                    await self._socket.send_bytes(frame)
            except ConnectionError:
                return  # `_read_payloads` ends too
        await self._socket.close(code=payload)

    @staticmethod
    def _encode(payload: Json | str | bytes, compressor: Compressor | None) -> str | bytes:
        """Return the frame of a payload; its `t` and `s` are null, except of an event."""
        if not isinstance(payload, dict):
            return payload
        encoded = encode_json({"t": None, "s": None} | payload)
        return compressor(encoded) if compressor else encoded.decode()

    async def _read_payloads(self) -> None:
        while True:
            deadline = self._last_heartbeat + 2 * self._gateway.heartbeat_interval + HEARTBEAT_GRACE
            try:
                timeout = max(deadline - time.monotonic(), 0.001)
                message = await self._socket.receive(timeout=timeout)
            except TimeoutError:
                raise ConnectionClosed(CloseCode.SESSION_TIMED_OUT) from None
            if message.type not in (WSMsgType.TEXT, WSMsgType.BINARY):
                return
            if self.is_silent:
                continue
            self._check_rate_limit()
            self._handle(*_parse_payload(message.data))

    def _check_rate_limit(self) -> None:
        times = self._receive_times
        times.append(time.monotonic())
        if len(times) > MAX_MESSAGES and times[-1] - times[0] < RATE_LIMIT_WINDOW:
            raise ConnectionClosed(CloseCode.RATE_LIMITED)

    def _handle(self, op: object, data: Any) -> None:
        session = self._gateway.session_of(self.send)
        if op == Opcode.HEARTBEAT:
            self._last_heartbeat = time.monotonic()
            self._gateway.heartbeat_count += 1
            self._gateway.notifier.notify()
            acknowledge = {"op": Opcode.HEARTBEAT_ACK, "d": None}
            delay = min(ACKNOWLEDGE_DELAY, self._gateway.heartbeat_interval / 4)
            asyncio.get_running_loop().call_later(delay, self.send, acknowledge)
        elif op in (Opcode.IDENTIFY, Opcode.RESUME):
            if session:
                raise ConnectionClosed(CloseCode.ALREADY_AUTHENTICATED)
            self._authenticate(op == Opcode.RESUME, data)
        elif op not in (
            Opcode.PRESENCE_UPDATE,
            Opcode.VOICE_STATE_UPDATE,
            Opcode.REQUEST_GUILD_MEMBERS,
        ):
            raise ConnectionClosed(CloseCode.UNKNOWN_OPCODE)
        elif session is None:
            raise ConnectionClosed(CloseCode.NOT_AUTHENTICATED)
        elif op == Opcode.REQUEST_GUILD_MEMBERS:
            self._send_requested_members(session, data)

    def _authenticate(self, is_resume: bool, data: Any) -> None:
        if not isinstance(data, dict) or not isinstance(data.get("token"), str):
            raise ConnectionClosed(CloseCode.DECODE_ERROR)
        if data["token"].removeprefix("Bot ") != self._gateway.token:
            raise ConnectionClosed(CloseCode.AUTHENTICATION_FAILED)
        if is_resume:
            self._resume(data)
        else:
            shard, shard_count = _validate_shard(data.get("shard", [0, 1]))
            granted = self._gateway.state.privileged_intents
            intents = _validate_intents(data.get("intents"), granted)
            if not self._gateway.starts.remaining:
                raise ConnectionClosed(CloseCode.AUTHENTICATION_FAILED)  # and a new token
            if self._gateway.starts.take(shard):
                self._gateway.identify(shard, shard_count, intents, self.send, self._version)
            else:
                self.send({"op": Opcode.INVALID_SESSION, "d": False})

    def _resume(self, data: Json) -> None:
        sequence, session_id = data.get("seq"), str(data.get("session_id"))
        session = self._gateway.sessions.get(session_id)
        if type(sequence) is not int or (session and not 0 <= sequence <= session.sequence):
            raise ConnectionClosed(CloseCode.INVALID_SEQUENCE)
        if session and (send_on_old_connection := session.send):
            session.send = None
            send_on_old_connection({"op": Opcode.RECONNECT, "d": None})
        if not self._gateway.resume(session_id, sequence, self.send):
            self.send({"op": Opcode.INVALID_SESSION, "d": False})

    def _send_requested_members(self, session: GatewaySession, data: Any) -> None:
        guild = self._find_guild(data)
        if guild is None:
            return
        query, user_ids, limit = data.get("query"), data.get("user_ids"), data.get("limit") or 0
        if not isinstance(query, str | None) or not isinstance(limit, int):
            raise ConnectionClosed(CloseCode.DECODE_ERROR)
        members: list[Member] = []
        not_found: list[str] = []
        if user_ids:
            ids = {str(i) for i in (user_ids if isinstance(user_ids, list) else [user_ids])}
            members = [m for m in guild.members.values() if str(m.user.id) in ids]
            members = members[:MAX_MEMBERS_FOUND]
            not_found = sorted(ids - {str(member.user.id) for member in members})
        elif query or limit > 0:
            members = [m for m in guild.members.values() if m.user.name.startswith(query or "")]
            members = members[: min(limit, MAX_MEMBERS_FOUND) or MAX_MEMBERS_FOUND]
        elif session.intents & Intent.GUILD_MEMBERS:
            members = list(guild.members.values())
        response: Json = {"guild_id": str(guild.id), "not_found": not_found}
        if isinstance(nonce := data.get("nonce"), str) and len(nonce.encode()) <= 32:
            response["nonce"] = nonce
        _send_member_chunks(session, [member.json() for member in members], response)

    def _find_guild(self, data: Any) -> Guild | None:
        if not isinstance(data, dict):
            raise ConnectionClosed(CloseCode.DECODE_ERROR)
        guild_id = data.get("guild_id")
        if isinstance(guild_id, list) and guild_id:
            guild_id = guild_id[0]
        return self._gateway.state.guilds.get(parse_snowflake(str(guild_id)) or 0)


def _send_member_chunks(session: GatewaySession, members: list[Json], response: Json) -> None:
    """Send `response` with the members, 1000 per event."""
    starts = range(0, len(members), MEMBERS_PER_CHUNK)
    chunks = [members[start : start + MEMBERS_PER_CHUNK] for start in starts] or [[]]
    for index, chunk in enumerate(chunks):
        data = {"members": chunk, "chunk_index": index, "chunk_count": len(chunks)}
        session.send_event("GUILD_MEMBERS_CHUNK", response | data)


def _parse_payload(raw: str | bytes) -> tuple[object, Any]:
    """Return the opcode and the data of a client's payload."""
    size = len(raw.encode() if isinstance(raw, str) else raw)
    try:
        payload = json.loads(raw) if size <= MAX_PAYLOAD_SIZE else None
    except (ValueError, RecursionError):
        payload = None
    if not isinstance(payload, dict):
        raise ConnectionClosed(CloseCode.DECODE_ERROR)
    return payload.get("op"), payload.get("d")


def _validate_shard(shard: Any) -> tuple[int, int]:
    is_pair = isinstance(shard, list) and len(shard) == 2 and all(type(n) is int for n in shard)
    if not is_pair or not 0 <= shard[0] < shard[1]:
        raise ConnectionClosed(CloseCode.INVALID_SHARD)
    return shard[0], shard[1]


def _validate_intents(intents: Any, privileged: Intent) -> Intent:
    if type(intents) is not int or intents < 0 or intents & ~KNOWN_INTENTS:
        raise ConnectionClosed(CloseCode.INVALID_INTENTS)
    if intents & PRIVILEGED_INTENTS & ~privileged:
        raise ConnectionClosed(CloseCode.DISALLOWED_INTENTS)
    return Intent(intents)


async def handle_websocket(gateway: Gateway, request: web.Request) -> web.WebSocketResponse:
    """Accept a WebSocket request to the gateway, and serve it until it closes."""
    socket = web.WebSocketResponse(compress=False, max_msg_size=1 << 20, timeout=2.0)
    await socket.prepare(request)
    if request.query.get("v") not in ("9", "10", None):
        await socket.close(code=CloseCode.INVALID_API_VERSION, message=b"Invalid API version.")
    elif request.query.get("encoding", "json") != "json":
        message = b"This server supports only JSON encoding."
        await socket.close(code=CloseCode.DECODE_ERROR, message=message)
    else:
        compressor = start_compression(request.query.get("compress"))
        version = int(request.query.get("v", 10))
        await Connection(gateway, socket, request.transport, version).run(compressor)
    return socket
