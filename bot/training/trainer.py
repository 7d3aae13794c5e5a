"""Lists become styles: queued here, learned on a Dask worker, told as it goes.

Each step is kept before it is told, so what the database says is what happens: of a cancel and an
end at once one is true, and a restart finds what waited or ran.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Mapping
from datetime import UTC, datetime
from functools import partial
from typing import Any

from ..config import TrainingSettings
from ..store import (
    ACTIVE_STATES,
    CorpusSummary,
    NewTraining,
    State,
    Store,
    StoreError,
    Training,
    TrainingReport,
)
from .course import Course, outcome
from .own import NICENESS, lacking
from .turns import Turns
from .updates import (
    Cancelled,
    Failed,
    Progress,
    Running,
    TrainingFailed,
    TrainingRefused,
    Update,
    Waiting,
)
from .workers import Workers

_log = logging.getLogger(__name__)

_PREVIEW = "model.job:preview"
_LEARN = "export.job:train_style"
"""The jobs, by the names that the workers know them by."""
_OFFERS = 5
"""Lists that are kept of one person who has not confirmed them."""


class Trainer:
    """The trainings of one bot process: as many at once as there are workers, servers in turn."""

    def __init__(self, settings: TrainingSettings, store: Store) -> None:
        self._settings = settings
        self._store = store
        self._workers = Workers(settings, self._dispatch)
        self._turns = Turns()
        self._courses: dict[int, Course] = {}
        self._tasks: dict[int, asyncio.Task[None]] = {}
        self._closed = False

    def lacking(self) -> str | None:
        """Return in one line why nothing can be learned here and how to mend it, or None."""
        return lacking(self._settings.scheduler)

    async def preview(self, corpus: bytes, name: str) -> CorpusSummary:
        """Return what `model.job.preview` says of the list in the file `name`.

        Raises `TrainingRefused` for a list that cannot be learned, `TrainingFailed` for the rest.
        """
        found = _accepted(await self._workers.run(_PREVIEW, corpus, name, urgent=True))
        return CorpusSummary.model_validate(found)

    async def offer(self, new: NewTraining) -> Training:
        """Keep the list until somebody confirms, for an hour at most; raises `StoreError`.

        What the person offered before the last `_OFFERS` is dropped.
        """
        await self._store.trainings.delete_expired()
        await self._store.trainings.delete_old_offers(new.user_id, keep=_OFFERS - 1)
        return await self._store.trainings.add(new)

    async def begin(self, id: int, *, channel_id: int, message_id: int) -> Training:
        """Queue what was offered; that message tells how it goes.

        Raises `TrainingFailed` where the offer is no more or was taken, and `StoreError`.
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
            raise TrainingFailed("this list was begun or given up before; bring it anew")
        self._queue(training)
        return training

    async def follow(self, id: int) -> AsyncIterator[Update]:
        """Yield the latest of the training at once and then each change, to its end.

        Ends after `Done`, `Failed` or `Cancelled`, and when the trainer is closed. Raises
        `TrainingFailed` for one that is not under way here, and `StoreError`.
        """
        if course := self._courses.get(id):
            async for update in course.follow():
                yield update
        else:
            yield outcome(await self._store.trainings.get(id))

    async def cancel(self, id: int, user_id: int | None = None) -> bool:
        """Cancel an offered, queued or running training; return False if it has already ended.

        Raises `StoreError`, and the training goes on.
        """
        expected: list[State] = ["offered", *ACTIVE_STATES]
        changes: dict[str, Any] = {"state": "cancelled", "cancelled_by": user_id}
        if await self._store.trainings.update(id, expected=expected, **changes) is None:
            return False
        self._stop(id)
        return True

    async def give_up_forgotten(self) -> None:
        """Give up what is kept no more, as when its server removed the bot; raises `StoreError`."""
        for id in list(self._courses):
            if await self._store.trainings.get(id) is None:
                self._stop(id)

    async def take_up(self, homes: Callable[[int | None], bool]) -> list[Training]:
        """Queue again those that waited or ran in `homes` when the last process ended.

        They begin from their start, and those under way already just go on. Raises `StoreError`.
        """
        await self._store.trainings.delete_expired()
        taken = []
        for training in await self._store.trainings.list_active():
            if homes(training.origin_guild_id) and training.id not in self._courses:
                self._queue(training)
                taken.append(training)
        return taken

    async def close(self) -> None:
        """Let the workers go; what waits or runs can be taken up by the next process."""
        self._closed = True
        for task in (tasks := list(self._tasks.values())):
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for course in self._courses.values():
            course.close()
        await self._workers.close()

    def _queue(self, training: Training) -> None:
        self._courses[training.id] = Course(training.id, training.guild_id)
        self._turns.add(training.guild_id, training.id)
        self._dispatch()

    def _dispatch(self) -> None:
        """Begin what there is a place for, and tell the others theirs."""
        while not self._closed and len(self._tasks) < self._workers.places:
            if (id := self._turns.next()) is None:
                break
            task = self._tasks[id] = asyncio.create_task(self._train(self._courses[id]))
            task.add_done_callback(partial(self._next, id))  # one may be over before it begins
        self._tell_places()

    def _tell_places(self) -> None:
        begun = [id for id in self._tasks if isinstance(self._courses[id].latest, Waiting)]
        waiting = [*begun, *self._turns.order()]
        for place, id in enumerate(waiting, 1):
            self._courses[id].tell(Waiting(place, len(waiting)))

    async def _train(self, course: Course) -> None:
        """Have it learned, keep what comes of it, and tell."""
        try:
            course.tell(await self._outcome(course))
        except StoreError as error:
            _log.error("training %s: %s", course.id, error)
            course.tell(Failed("I can't reach my database."))
        except Exception:
            _log.exception("training %s", course.id)
            course.tell(Failed("something went wrong in the bot; its log tells what"))

    def _next(self, id: int, _: "asyncio.Task[None]") -> None:
        """Let `id` go, which is over, and give its place to the next."""
        del self._tasks[id]
        if not self._closed:
            del self._courses[id]
            self._dispatch()

    async def _outcome(self, course: Course) -> Update:
        changes: dict[str, Any]
        try:
            found = await self._learn(course)
            report = TrainingReport.model_validate({**found, "metrics": found["report"]})
            changes = {"state": "done", "candidate": found["artifact"], "report": report}
        except (TrainingFailed, TrainingRefused) as error:
            changes = {"state": "failed", "failure": str(error)}
        training = await self._update(course.id, **changes)
        if training is None:  # it was over before: given up, or done by another process
            training = await self._store.trainings.get(course.id)
        return outcome(training) if training else Cancelled()

    async def _learn(self, course: Course) -> dict[str, Any]:
        corpus = await self._store.trainings.get_corpus(course.id)
        training = await self._update(course.id, state="running")
        if corpus is None or training is None:
            raise TrainingFailed("its list is kept no more; bring it anew")
        about = f"learned from {training.file_name}"
        label = {"title": training.style, "description": about, "licence": "unknown"}

        def told(progress: Mapping[str, Any] | None) -> None:
            waited = isinstance(course.latest, Waiting)
            course.tell(Running(Progress.of(progress) if progress else None))
            if waited:
                self._tell_places()

        job = (_LEARN, corpus, training.file_name, training.recipe, label)
        nice = 0 if self._settings.scheduler else NICENESS
        return _accepted(await self._workers.run(*job, nice=nice, told=told))

    async def _update(self, id: int, **changes: Any) -> Training | None:
        """Change an active training; return None if it was cancelled or deleted."""
        return await self._store.trainings.update(id, expected=ACTIVE_STATES, **changes)

    def _stop(self, id: int) -> None:
        if course := self._courses.get(id):
            course.tell(Cancelled())
            if task := self._tasks.get(id):
                task.cancel()  # which lets the next one begin
            else:
                self._turns.remove(course.whose, id)
                del self._courses[id]
                self._tell_places()


def _accepted(found: dict[str, Any]) -> dict[str, Any]:
    if "refused" in found:
        raise TrainingRefused(found["refused"])
    return found
