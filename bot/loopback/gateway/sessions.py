"""A gateway session: what one shard of the bot asked for, and what it was sent.

A session outlives its connection. Its log lets the next connection resume: the events that
were missed are sent again, in order and under their own numbers.
"""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

from ..state.permissions import Intent
from ..state.wire import Json
from .events import Dispatch

LOG_LENGTH = 10_000
"""Events kept for resuming; a session that missed more must begin anew."""


@dataclass(eq=False)
class Session:
    """One shard's session; `send` is its connection's, or None while it has none."""

    id: str
    shard: int
    shards: int
    intents: Intent
    send: Callable[[Json], None] | None = None
    left: float = 0.0
    sequence: int = 0
    log: deque[Json] = field(default_factory=lambda: deque(maxlen=LOG_LENGTH))

    def covers(self, guild_id: int | None) -> bool:
        """Whether events of this guild (None: of no guild) are this shard's."""
        return ((guild_id or 0) >> 22) % self.shards == self.shard

    def offer(self, dispatch: Dispatch) -> None:
        """Log and send an event, if it is this shard's and its intents cover it."""
        if self.covers(dispatch.guild_id):
            data = dispatch.data_for(self.intents)
            if data is not None:
                self.event(dispatch.name, data)

    def event(self, name: str, data: Json) -> None:
        """Log and send an event under the next number."""
        self.sequence += 1
        payload = {"op": 0, "t": name, "s": self.sequence, "d": data}
        self.log.append(payload)
        if self.send:
            self.send(payload)

    def missed(self, sequence: int) -> list[Json] | None:
        """Give the events after number `sequence`, or None if the log no longer has them all."""
        if self.log and self.log[0]["s"] > sequence + 1:
            return None
        return [payload for payload in self.log if payload["s"] > sequence]
