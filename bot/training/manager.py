"""Training manager: queues trainings, runs them on Dask workers, and publishes their events.

Fair queue: least recently served guild first, then FIFO.

Every change is stored before it is published, so the database is always right: of a cancellation
and an end at the same time one wins, and after a restart the active trainings continue.
"""

import asyncio
import logging
import time
from collections import OrderedDict, deque
from collections.abc import AsyncIterator, Callable, Mapping
from datetime import UTC, datetime
from functools import partial
from typing import Any, TypeVar

from msgspec import Struct, ValidationError, convert

from ..config_sections import TrainingSettings
from ..observer import observer
from ..request_id import begin_request
from ..sampling import Artifact, Engine
from ..store import (
    ACTIVE_STATES,
    CorpusSummary,
    NewTraining,
    Store,
    StoreError,
    Training,
    TrainingReport,
)
from ..tasks import cancel_tasks
from .dask_client import WorkerPool
from .events import (
    Cancelled,
    Failed,
    InvalidCorpusError,
    Progress,
    ProgressFeed,
    Queued,
    Running,
    TrainingError,
    TrainingEvent,
    final_event,
)
from .local_dask_cluster import NICENESS, missing_requirement


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


T = TypeVar("T", bound=Struct)

_log = logging.getLogger(__name__)

_PREVIEW_JOB = "model.corpus_checks:preview"
_TRAINING_JOB = "export.training_job:train_style"
_MAX_OFFERS = 5
"""Unconfirmed trainings per person; older ones are deleted."""


class TrainingManager:
    """The trainings of one bot process: as many at once as the workers allow, guilds in turn."""

    def __init__(self, settings: TrainingSettings, store: Store) -> None:
        self._settings = settings
        self._store = store
        self._pool = WorkerPool(settings, self._start_next)
        self._queue = FairQueue()
        self._feeds: dict[int, ProgressFeed] = {}
        self._tasks: dict[int, asyncio.Task[None]] = {}
        self._is_closed = False

    def missing_requirement(self) -> str | None:
        """Return one line on why training is not available and how to change that, or None."""
        return missing_requirement(self._settings.scheduler)

    async def preview(
        self, corpus: bytes, file_name: str, reading: Mapping[str, Any] | None = None
    ) -> CorpusSummary:
        """Describe an uploaded list; raises `InvalidCorpusError` or `TrainingError`.

        `reading` is one of a `CorpusSummary`; what it lacks is decided by the look of the list.
        """
        async with self._pool.connect() as client:
            result = await client.run(_PREVIEW_JOB, corpus, file_name, reading, is_urgent=True)
        return _parse(CorpusSummary, _check_accepted(result))

    async def offer(self, new: NewTraining) -> Training:
        """Store a training until someone confirms it; raises `StoreError`."""
        trainings = self._store.trainings
        await trainings.delete_expired()
        await trainings.delete_old_offers(new.user_id, keep=_MAX_OFFERS - 1)
        return await trainings.add(new)

    async def start(self, id: int, *, channel_id: int, message_id: int) -> Training:
        """Queue an offered training, whose progress that message will show.

        Raises `TrainingError` if the offer has expired or was used, and `StoreError`.
        """
        await self._store.trainings.delete_expired()
        training = await self._store.trainings.update(
            id,
            expected=["offered"],
            state="queued",
            started_at=datetime.now(UTC),
            channel_id=channel_id,
            message_id=message_id,
        )
        if training is None:
            raise TrainingError("this list was already used or cancelled; upload it again")
        self._enqueue(training)
        return training

    async def follow(self, id: int) -> AsyncIterator[TrainingEvent]:
        """Yield the latest event of the training, then each new one.

        Ends after `Done`, `Failed` or `Cancelled`, and when the manager closes. Raises
        `TrainingError` for a training that is not active here, and `StoreError`.
        """
        if feed := self._feeds.get(id):
            async for event in feed.follow():
                yield event
        else:
            yield final_event(await self._store.trainings.get(id))

    async def cancel(self, id: int, user_id: int | None = None) -> bool:
        """Cancel an offered, queued or running training; return False if it has already ended.

        Raises `StoreError`, and the training continues.
        """
        training = await self._store.trainings.update(
            id, expected=("offered", *ACTIVE_STATES), state="cancelled", cancelled_by=user_id
        )
        if training is None:
            return False
        self._stop(id)
        return True

    def counts(self) -> dict[str, int]:
        """Return how many trainings are queued and running."""
        return {"queued": len(self._feeds) - len(self._tasks), "running": len(self._tasks)}

    async def stop_deleted(self) -> None:
        """Stop the active trainings that were deleted from the store; raises `StoreError`."""
        for id in list(self._feeds):
            if await self._store.trainings.get(id) is None:
                self._stop(id)

    async def resume(self, is_local: Callable[[int | None], bool]) -> list[Training]:
        """Queue the trainings that were active when the last process ended; return them.

        Only those whose origin guild `is_local`. They run from the beginning. Raises `StoreError`.
        """
        await self._store.trainings.delete_expired()
        resumed = []
        for training in await self._store.trainings.list_active():
            if is_local(training.origin_guild_id) and training.id not in self._feeds:
                self._enqueue(training)
                resumed.append(training)
        return resumed

    async def close(self) -> None:
        """Disconnect from the workers; the next process can resume active trainings."""
        self._is_closed = True
        await cancel_tasks(self._tasks.values(), "Trainings")
        for feed in self._feeds.values():
            feed.close()
        await self._pool.close()

    def _enqueue(self, training: Training) -> None:
        self._feeds[training.id] = feed = ProgressFeed(training.id, training.guild_id)
        feed.context.run(begin_request)  # a training that a restart interrupted has none
        self._queue.add(training.guild_id, training.id)
        self._start_next()

    def _start_next(self) -> None:
        """Start as many queued trainings as the workers can run."""
        while not self._is_closed and len(self._tasks) < self._pool.capacity:
            if (id := self._queue.pop()) is None:
                break
            feed = self._feeds[id]
            feed.started_at = time.monotonic()
            task = self._tasks[id] = asyncio.create_task(self._run(feed), context=feed.context)
            task.add_done_callback(partial(self._finish, id))
        self._publish_positions()

    def _publish_positions(self) -> None:
        starting = [id for id in self._tasks if isinstance(self._feeds[id].latest, Queued)]
        waiting = [*starting, *self._queue.ids()]
        for position, id in enumerate(waiting, 1):
            self._feeds[id].publish(Queued(position, len(waiting)))

    async def _run(self, feed: ProgressFeed) -> None:
        """Train, store the outcome and publish it."""
        try:
            feed.publish(await self._train_and_store(feed))
        except StoreError as error:
            _log.error("training %s: %s", feed.training_id, error)
            feed.publish(Failed("I can't reach my database."))
        except Exception:
            _log.exception("training %s", feed.training_id)
            feed.publish(Failed("something went wrong in the bot; its log has the details"))

    def _finish(self, id: int, _: "asyncio.Task[None]") -> None:
        """Remove a training that has ended and start the next one."""
        # A callback, because a task that is cancelled before its first step runs no `finally`.
        del self._tasks[id]
        if not self._is_closed:
            _report(self._feeds.pop(id))
            self._start_next()

    async def _train_and_store(self, feed: ProgressFeed) -> TrainingEvent:
        changes: dict[str, Any]
        try:
            result = await self._train(feed)
            report = _parse(TrainingReport, {**result, "metrics": result["report"]})
            changes = {"state": "done", "candidate": result["artifact"], "report": report}
        except (TrainingError, InvalidCorpusError) as error:
            changes = {"state": "failed", "failure": str(error)}
        training = await self._update(feed.training_id, **changes)
        if training is None:  # it was cancelled, deleted, or finished by another process
            training = await self._store.trainings.get(feed.training_id)
        return final_event(training) if training else Cancelled()

    async def _train(self, feed: ProgressFeed) -> dict[str, Any]:
        """Run the training job and return its result."""
        corpus = await self._store.trainings.get_corpus(feed.training_id)
        training = await self._update(feed.training_id, state="running")
        if corpus is None or training is None:
            raise TrainingError("its list was deleted; upload it again")
        label = {
            "title": training.style,
            "description": f"learned from {training.file_name}",
            "licence": "unknown",
        }

        def on_progress(report: Mapping[str, Any] | None) -> None:
            was_queued = isinstance(feed.latest, Queued)
            feed.publish(Running(Progress.from_job(report) if report else None))
            if was_queued:
                self._publish_positions()

        async with self._pool.connect() as client:
            result = await client.run(
                _TRAINING_JOB,
                corpus,
                training.file_name,
                training.recipe,
                label,
                training.corpus_summary.reading,
                nice=0 if self._settings.scheduler else NICENESS,
                on_progress=on_progress,
            )
        return _check_accepted(result)

    async def _update(self, id: int, **changes: Any) -> Training | None:
        """Change an active training; return None if it was cancelled or deleted."""
        return await self._store.trainings.update(id, expected=ACTIVE_STATES, **changes)

    def _stop(self, id: int) -> None:
        if feed := self._feeds.get(id):
            feed.publish(Cancelled())
            if task := self._tasks.get(id):
                task.cancel()  # `_finish` then starts the next one
            else:
                self._queue.remove(feed.guild_id, id)
                _report(self._feeds.pop(id))
                self._publish_positions()


def _report(feed: ProgressFeed) -> None:
    """Log and count a training that has ended."""
    seconds = time.monotonic() - feed.started_at if feed.started_at else 0.0
    state = type(feed.latest).__name__.lower()
    feed.context.run(_log.info, "Training %d: %s after %.1f s", feed.training_id, state, seconds)
    observer().count_training(state, seconds)


def _parse(model: type[T], result: Mapping[str, Any]) -> T:
    try:
        return convert(result, model, strict=False)
    except ValidationError:
        raise TrainingError("the worker runs another version of Namesmith; update it") from None


def _check_accepted(result: dict[str, Any]) -> dict[str, Any]:
    if "refused" in result:
        raise InvalidCorpusError(result["refused"], result.get("reason", ()))
    return result
