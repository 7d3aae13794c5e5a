"""The gateway: all sessions of the bot, and what they are told at the start.

Version 10 of Discord's gateway, JSON; `connection.py` has one WebSocket's side of it.
"""

import secrets
import time
from collections.abc import Callable, Collection
from dataclasses import dataclass, field

from ..state.bell import Bell
from ..state.permissions import Intent
from ..state.wire import Json
from ..state.world import Change, World
from .events import Dispatch, dispatch_of
from .sessions import Session


@dataclass(eq=False)
class Gateway:
    """The bot's sessions. `heartbeat` is in seconds; `resumable` is how long one waits to resume.

    `cut` holds, for each open connection, what closes it with a code.
    """

    world: World
    token: str
    heartbeat: float = 41.25
    resumable: float = 180.0
    sessions: dict[str, Session] = field(default_factory=dict)
    cut: dict[str, Callable[[int], None]] = field(default_factory=dict)
    identified: int = 0
    heartbeats: int = 0
    bell: Bell = field(default_factory=Bell)

    @property
    def url(self) -> str:
        """The address that sessions connect, and resume, at."""
        return self.world.origin.replace("http", "ws", 1) + "/gateway/"

    def tell(self, change: Change) -> None:
        """Send a change in the world to the sessions that may have it (a listener)."""
        if dispatch := dispatch_of(self.world, change):
            self.dispatch(dispatch)

    def dispatch(self, dispatch: Dispatch) -> None:
        """Offer an event to every session."""
        for session in self.sessions.values():
            session.offer(dispatch)

    def begin(self, shard: int, shards: int, intents: Intent, send: Callable[[Json], None]) -> None:
        """Start a session on a connection that has identified: READY, then the shard's guilds."""
        self._forget_stale()
        session = Session(secrets.token_hex(16), shard, shards, intents, send)
        self.sessions[session.id] = session
        self.identified += 1
        guilds = [guild for guild in self.world.guilds.values() if session.covers(guild.id)]
        session.event("READY", self._ready(session, [guild.id for guild in guilds]))
        for guild in guilds:
            # Without the presences' intent the bot is told of itself alone (note at
            # "Request Guild Members"); the others it may ask for.
            told = [
                member
                for member in guild.members.values()
                if member.user is self.world.bot or intents & Intent.GUILD_PRESENCES
            ]
            create = Dispatch("GUILD_CREATE", guild.create_json(told), Intent.GUILDS, guild.id)
            session.offer(create)
        self.bell.ring()

    def resume(self, session_id: str, sequence: int, send: Callable[[Json], None]) -> bool:
        """Go on with a session on a new connection; False if it cannot be gone on with."""
        self._forget_stale()
        session = self.sessions.get(session_id)
        missed = session.missed(sequence) if session else None
        if session is None or missed is None:
            self.sessions.pop(session_id, None)
            return False
        session.send = send
        for payload in missed:
            send(payload)
        session.event("RESUMED", {"_trace": []})
        self.bell.ring()
        return True

    def leave(self, session: Session, *, for_good: bool) -> None:
        """Note that a session lost its connection; `for_good` forgets it."""
        session.send, session.left = None, time.monotonic()
        if for_good:
            self.sessions.pop(session.id, None)
        self.bell.ring()

    def of(self, send: Callable[[Json], None]) -> Session | None:
        """Find the session whose connection sends by `send`."""
        return next((s for s in self.sessions.values() if s.send == send), None)

    def live(self, shards: Collection[int] | None) -> bool:
        """Whether these shards are connected; None: all of as many as the newest spoke of."""
        connected = [session for session in self.sessions.values() if session.send]
        if not connected:
            return False
        wanted = range(connected[-1].shards) if shards is None else shards
        return set(wanted) <= {session.shard for session in connected}

    def _forget_stale(self) -> None:
        limit = time.monotonic() - self.resumable
        for session in list(self.sessions.values()):
            if session.send is None and session.left < limit:
                del self.sessions[session.id]

    def _ready(self, session: Session, guilds: list[int]) -> Json:
        world = self.world
        application = {"id": str(world.application_id), "flags": world.flags}
        about: Json = {"v": 10, "user": world.bot.own_json(), "application": application}
        about |= {"session_id": session.id, "session_type": "normal"}
        about |= {"resume_gateway_url": self.url, "shard": [session.shard, session.shards]}
        about["guilds"] = [{"id": str(guild_id), "unavailable": True} for guild_id in guilds]
        return about | {"private_channels": [], "relationships": [], "user_settings": {}}
