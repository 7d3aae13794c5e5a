"""Candidate cache: engines of trained styles that are not published yet."""

import asyncio
from collections import OrderedDict

from ..sampling import Artifact, Engine
from ..store import Store

_MAX_ENGINES = 4
"""Open engines; each uses as much memory as a style. The least recently used is dropped first."""


class CandidateCache:
    """Opens the engine of a finished training when it is first needed."""

    def __init__(self, store: Store, *, max_bytes: int) -> None:
        self._store = store
        self._max_bytes = max_bytes
        self._engines: OrderedDict[int, asyncio.Task[Engine | None]] = OrderedDict()

    async def engine(self, training_id: int) -> Engine | None:
        """Return the training's engine, or None if its candidate is published or deleted.

        Raises `ArtifactError` or `StoreError`.
        """
        opening = self._engines.get(training_id)
        if opening is None:
            opening = self._engines[training_id] = asyncio.create_task(self._open(training_id))
            opening.add_done_callback(lambda task: self._evict(training_id, task))
        self._engines.move_to_end(training_id)
        return await asyncio.shield(opening)

    def drop(self, training_id: int) -> None:
        """Remove the engine; it closes once its last request has ended."""
        self._engines.pop(training_id, None)

    def close(self) -> None:
        """Close all engines and cancel their requests."""
        for opening in self._engines.values():
            opening.cancel()
            if engine := _engine_of(opening):
                engine.close()
        self._engines.clear()

    async def _open(self, training_id: int) -> Engine | None:
        content = await self._store.trainings.get_candidate(training_id)
        if content is None:
            return None
        name = f"training {training_id}"
        artifact = await asyncio.to_thread(Artifact.read, content, name, max_bytes=self._max_bytes)
        return Engine(artifact)

    def _evict(self, training_id: int, opening: "asyncio.Task[Engine | None]") -> None:
        """Remove an engine that did not open, and the oldest ones over the limit."""
        if _engine_of(opening) is None and self._engines.get(training_id) is opening:
            del self._engines[training_id]
        while len(self._engines) > _MAX_ENGINES:
            self._engines.popitem(last=False)


def _engine_of(opening: "asyncio.Task[Engine | None]") -> Engine | None:
    if not opening.done() or opening.cancelled() or opening.exception():
        return None
    return opening.result()
