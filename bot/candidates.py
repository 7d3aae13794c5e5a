"""The engines of styles that are trained and not yet published: for those who try them first."""

import asyncio
from collections import OrderedDict
from weakref import WeakValueDictionary

from .sampling import Artifact, Engine
from .store import Store

_OPEN = 4
"""Engines kept open, those that were asked last; each takes as much memory as a style."""


class Candidates:
    """What the trainings in `store` came to, each opened when first asked."""

    def __init__(self, store: Store, *, max_bytes: int) -> None:
        self._store = store
        self._max_bytes = max_bytes
        self._engines: OrderedDict[int, asyncio.Task[Engine | None]] = OrderedDict()
        self._deciding: WeakValueDictionary[int | None, asyncio.Lock] = WeakValueDictionary()

    def deciding(self, guild_id: int | None) -> asyncio.Lock:
        """Return what is held by who changes a guild's styles, or what they are allowed to be.

        Of two at once the second finds what the first did, and no limit is passed by haste.
        """
        return self._deciding.setdefault(guild_id, asyncio.Lock())

    async def engine(self, training_id: int) -> Engine | None:
        """Return the engine of what that training came to, None where that is no more.

        Raises `ArtifactError` or `StoreError`.
        """
        opening = self._engines.get(training_id)
        if opening is None:
            opening = self._engines[training_id] = asyncio.create_task(self._open(training_id))
            opening.add_done_callback(lambda done: self._let_go(training_id, done))
        self._engines.move_to_end(training_id)
        return await asyncio.shield(opening)

    def drop(self, training_id: int) -> None:
        """Let the engine go, once nobody waits for it any more."""
        self._engines.pop(training_id, None)

    def close(self) -> None:
        """Let all of them go; what they are asked is cancelled."""
        for opening in self._engines.values():
            opening.cancel()
            if engine := _opened(opening):
                engine.close()
        self._engines.clear()

    async def _open(self, training_id: int) -> Engine | None:
        content = await self._store.trainings.get_candidate(training_id)
        if content is None:
            return None
        name = f"training {training_id}"
        artifact = await asyncio.to_thread(Artifact.read, content, name, max_bytes=self._max_bytes)
        return Engine(artifact)

    def _let_go(self, training_id: int, opened: "asyncio.Task[Engine | None]") -> None:
        """Keep none that did not open, and no more than `_OPEN`.

        The thread of an engine ends with the last one who holds the engine.
        """
        if _opened(opened) is None and self._engines.get(training_id) is opened:
            del self._engines[training_id]
        while len(self._engines) > _OPEN:
            self._engines.popitem(last=False)


def _opened(opening: "asyncio.Task[Engine | None]") -> Engine | None:
    if not opening.done() or opening.cancelled() or opening.exception():
        return None
    return opening.result()
