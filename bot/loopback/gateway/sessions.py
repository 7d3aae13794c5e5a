"""Gateway sessions: identify, resume with missed events, and dispatch to every shard.

Version 10 of Discord's gateway, in JSON. `connection.py` has the WebSocket protocol.
"""

import asyncio
import secrets
import time
from collections import deque
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from typing import Protocol

from ..state.encoding import Json
from ..state.notifier import Notifier
from ..state.permissions import Intent
from ..state.server_state import ServerState, StateChange
from .dispatch import Dispatch, dispatch_for

MAX_REPLAYED_EVENTS = 10_000
"""Events stored for resuming; a session that missed more must identify again."""


Send = Callable[[Json | str | bytes], None]
"""Queues a payload, or a raw frame, on a connection."""


class GatewayConnection(Protocol):
    """An open connection. One that `is_silent` neither sends nor reads any more."""

    is_silent: bool
    transport: asyncio.BaseTransport | None

    def close(self, code: int) -> None:
        """Close with `code` after sending the queued payloads."""


@dataclass(eq=False)
class GatewaySession:
    """The session of one shard, which outlives its connection.

    `send` sends on the current connection, or is None while there is none. `events` are the
    last dispatched payloads; a new connection receives the missed ones under their own numbers.
    """

    id: str
    shard: int
    shard_count: int
    intents: Intent
    send: Send | None = None
    disconnected_at: float = 0.0
    sequence: int = 0
    events: deque[Json] = field(default_factory=lambda: deque(maxlen=MAX_REPLAYED_EVENTS))

    def handles(self, guild_id: int | None) -> bool:
        """Whether events of this guild, or of none, belong to this shard."""
        return ((guild_id or 0) >> 22) % self.shard_count == self.shard

    def dispatch(self, dispatch: Dispatch) -> None:
        """Send an event if this shard handles it and its intents cover it."""
        if self.handles(dispatch.guild_id):
            data = dispatch.data_for(self.intents)
            if data is not None:
                self.send_event(dispatch.name, data)

    def send_event(self, name: str, data: Json) -> None:
        """Store and send an event under the next sequence number."""
        self.sequence += 1
        payload = {"op": 0, "t": name, "s": self.sequence, "d": data}
        self.events.append(payload)
        if self.send:
            self.send(payload)

    def missed_events(self, sequence: int) -> list[Json] | None:
        """Return the events after `sequence`, or None if some are no longer stored."""
        if self.events and self.events[0]["s"] > sequence + 1:
            return None
        return [payload for payload in self.events if payload["s"] > sequence]


@dataclass(eq=False)
class SessionStarts:
    """How often a bot may identify, whichever its processes are.

    `total` times, and the shards of a bucket (`shard % max_concurrency`) once in `interval`
    seconds; Discord's page "Gateway", section "Rate Limiting" and "Sharding".
    """

    total: int = 1000
    max_concurrency: int = 1
    interval: float = 5.0
    count: int = 0
    refused: int = 0
    _last: dict[int, float] = field(default_factory=dict)

    @property
    def remaining(self) -> int:
        """How many starts are left; a client that goes on loses its token."""
        return max(0, self.total - self.count)

    def take(self, shard: int) -> bool:
        """Count a start of the shard; return False if another one of its bucket was just before."""
        now, bucket = time.monotonic(), shard % self.max_concurrency
        if now < self._last.get(bucket, -self.interval) + self.interval:
            self.refused += 1
            return False
        self._last[bucket] = now
        self.count += 1
        return True


@dataclass(eq=False)
class Gateway:
    """Every session of the bot.

    `heartbeat_interval` and `resume_timeout`, after which a disconnected session ends, are in
    seconds. `connections` are open.
    """

    state: ServerState
    token: str
    heartbeat_interval: float = 41.25
    resume_timeout: float = 180.0
    sessions: dict[str, GatewaySession] = field(default_factory=dict)
    connections: list[GatewayConnection] = field(default_factory=list)
    starts: SessionStarts = field(default_factory=SessionStarts)
    resume_count: int = 0
    heartbeat_count: int = 0
    notifier: Notifier = field(default_factory=Notifier)

    @property
    def identify_count(self) -> int:
        """How often shards have identified."""
        return self.starts.count

    @property
    def url(self) -> str:
        """The address at which sessions connect and resume: like Discord's, without a path."""
        return self.state.origin.replace("http", "ws", 1)

    def on_change(self, change: StateChange) -> None:
        """Dispatch a state change; a listener of the state."""
        if dispatch := dispatch_for(self.state, change):
            self.dispatch(dispatch)

    def dispatch(self, dispatch: Dispatch) -> None:
        """Send an event to every session that may receive it."""
        for session in self.sessions.values():
            session.dispatch(dispatch)

    def identify(
        self, shard: int, shard_count: int, intents: Intent, send: Send, version: int = 10
    ) -> None:
        """Start a session on a connection: send READY, then the shard's guilds."""
        self._remove_expired()
        session = GatewaySession(secrets.token_hex(16), shard, shard_count, intents, send)
        self.sessions[session.id] = session
        guilds = [guild for guild in self.state.guilds.values() if session.handles(guild.id)]
        ready = self._ready_data(session, [guild.id for guild in guilds])
        session.send_event("READY", ready | {"v": version})
        for guild in guilds:
            # Without the presences intent, GUILD_CREATE lists only the bot; it can request
            # the other members (note at "Request Guild Members").
            members = [
                member
                for member in guild.members.values()
                if member.user is self.state.bot or intents & Intent.GUILD_PRESENCES
            ]
            data = guild.create_json(members)
            session.dispatch(Dispatch("GUILD_CREATE", data, Intent.GUILDS, guild.id))
        self.notifier.notify()

    def resume(self, session_id: str, sequence: int, send: Send) -> bool:
        """Resume a session on a new connection; return False if that is impossible."""
        self._remove_expired()
        session = self.sessions.get(session_id)
        missed = session.missed_events(sequence) if session else None
        if session is None or missed is None:
            self.sessions.pop(session_id, None)
            return False
        session.send = send
        self.resume_count += 1
        for payload in missed:
            send(payload)
        session.send_event("RESUMED", {"_trace": []})
        self.notifier.notify()
        return True

    def disconnect(self, session: GatewaySession, *, end_session: bool) -> None:
        """Record that a session lost its connection, and maybe end the session too."""
        session.send, session.disconnected_at = None, time.monotonic()
        if end_session:
            self.sessions.pop(session.id, None)
        self.notifier.notify()

    def session_of(self, send: Send) -> GatewaySession | None:
        """Find the session whose connection sends with `send`."""
        return next((s for s in self.sessions.values() if s.send == send), None)

    def is_connected(self, shards: Collection[int] | None) -> bool:
        """Whether these shards are connected; None means every shard of the newest session."""
        connected = [session for session in self.sessions.values() if session.send]
        if not connected:
            return False
        expected = range(connected[-1].shard_count) if shards is None else shards
        return set(expected) <= {session.shard for session in connected}

    def _remove_expired(self) -> None:
        oldest = time.monotonic() - self.resume_timeout
        for session in list(self.sessions.values()):
            if session.send is None and session.disconnected_at < oldest:
                del self.sessions[session.id]

    def _ready_data(self, session: GatewaySession, guild_ids: list[int]) -> Json:
        state = self.state
        return {
            "user": state.bot.private_json(),
            "application": {"id": str(state.application_id), "flags": state.application_flags},
            "session_id": session.id,
            "session_type": "normal",
            "resume_gateway_url": self.url,
            "shard": [session.shard, session.shard_count],
            "guilds": [{"id": str(guild_id), "unavailable": True} for guild_id in guild_ids],
            "private_channels": [],
            "relationships": [],
            "user_settings": {},
        }
