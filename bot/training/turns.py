"""Whose turn it is: the server that longest had none, and in a server who came first."""

from collections import deque


class Turns:
    """What waits, by whom it is for. Nobody waits for two turns of another server."""

    def __init__(self) -> None:
        self._waiting: dict[int | None, deque[int]] = {}
        self._last: dict[int | None, int] = {}  # the turn that each had last
        self._turn = 0

    def add(self, whose: int | None, id: int) -> None:
        """Let `id` wait behind all that wait for `whose`."""
        self._waiting.setdefault(whose, deque()).append(id)

    def remove(self, whose: int | None, id: int) -> None:
        """Let `id`, which waits, wait no more."""
        self._waiting[whose].remove(id)
        if not self._waiting[whose]:
            del self._waiting[whose]

    def next(self) -> int | None:
        """Take out whose turn it is, or return None where nothing waits."""
        if not self._waiting:
            return None
        whose = self._servers()[0]
        self._turn += 1
        self._last[whose] = self._turn
        id = self._waiting[whose][0]
        self.remove(whose, id)
        return id

    def order(self) -> list[int]:
        """Return all that wait, in the order in which their turns come."""
        queues = [list(self._waiting[whose]) for whose in self._servers()]
        longest = max(map(len, queues), default=0)
        return [ids[turn] for turn in range(longest) for ids in queues if turn < len(ids)]

    def _servers(self) -> list[int | None]:
        """Return those that something waits for; who longest had no turn comes first."""
        return sorted(self._waiting, key=lambda whose: self._last.get(whose, 0))
