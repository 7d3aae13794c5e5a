"""Fair queue: least recently served guild first, then FIFO."""

from collections import deque


class FairQueue:
    """A queue of training ids by guild; no guild is served twice while another one waits."""

    def __init__(self) -> None:
        self._waiting: dict[int | None, deque[int]] = {}
        self._last_served: dict[int | None, int] = {}  # by guild, as a value of the counter
        self._counter = 0

    def add(self, guild_id: int | None, id: int) -> None:
        """Append `id` to the guild's queue."""
        self._waiting.setdefault(guild_id, deque()).append(id)

    def remove(self, guild_id: int | None, id: int) -> None:
        """Remove `id` from the guild's queue; it must be there."""
        self._waiting[guild_id].remove(id)
        if not self._waiting[guild_id]:
            del self._waiting[guild_id]

    def pop(self) -> int | None:
        """Remove and return the next id, or return None if the queue is empty."""
        if not self._waiting:
            return None
        guild_id = self._guilds()[0]
        self._counter += 1
        self._last_served[guild_id] = self._counter
        id = self._waiting[guild_id][0]
        self.remove(guild_id, id)
        return id

    def ids(self) -> list[int]:
        """Return all ids in the order in which `pop` would return them."""
        queues = [list(self._waiting[guild_id]) for guild_id in self._guilds()]
        rounds = max(map(len, queues), default=0)
        return [ids[i] for i in range(rounds) for ids in queues if i < len(ids)]

    def _guilds(self) -> list[int | None]:
        """Return the waiting guilds, least recently served first."""
        return sorted(self._waiting, key=lambda guild_id: self._last_served.get(guild_id, 0))
