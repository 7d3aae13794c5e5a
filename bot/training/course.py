"""How one training goes, for as many as follow it."""

import asyncio
from collections.abc import AsyncIterator

from ..store import Training
from .updates import Cancelled, Done, Failed, TrainingFailed, Update, Waiting

OVER = Done | Failed | Cancelled


class Course:
    """The latest of a training; its last is `Done`, `Failed` or `Cancelled`."""

    def __init__(self, id: int, whose: int | None) -> None:
        self.id = id
        self.whose = whose
        self.latest: Update = Waiting(1, 1)
        self._closed = False
        self._changed = asyncio.Event()

    def tell(self, update: Update) -> None:
        """Let all who follow know, unless it is over or this is what they know."""
        if not isinstance(self.latest, OVER) and update != self.latest:
            self.latest = update
            self._wake()

    def close(self) -> None:
        """Let nobody follow any longer: it goes on elsewhere, later."""
        self._closed = True
        self._wake()

    async def follow(self) -> AsyncIterator[Update]:
        """Yield the latest, then each change; one who reads slowly misses what is outdated."""
        seen: Update | None = None
        while True:
            changed = self._changed
            if self.latest is not seen:
                seen = self.latest
                yield seen
            elif self._closed or isinstance(seen, OVER):
                return
            else:
                await changed.wait()

    def _wake(self) -> None:
        changed, self._changed = self._changed, asyncio.Event()
        changed.set()


def outcome(training: Training | None) -> Update:
    """Return how one ended that is under way no more; raises `TrainingFailed` where none did."""
    if training and training.state in ("done", "published"):
        return Done(training)
    if training and training.state == "failed":
        return Failed(training.failure or "")
    if training and training.state in ("cancelled", "discarded"):
        return Cancelled()
    raise TrainingFailed("this training is not under way here")
