"""A connection to a Dask cluster: jobs go over, what they tell and what becomes of them comes back.

One whose scheduler is lost is of no more use; another is made then.
"""

import asyncio
import contextlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Self
from uuid import uuid4

from ..config import TrainingSettings
from .connecting import CONNECT, address, client, started
from .own import OwnCluster, lacking
from .sent import work
from .updates import TrainingFailed

Told = Callable[[Mapping[str, Any] | None], object]
"""Is called with None when a worker begins, then with each progress that the job tells."""

_NO_WORKER = 60.0
"""Seconds for which a cluster may be without a worker."""
_LOOK = 2.0
"""Seconds from look to look at which workers there are."""
_END = 5.0
"""Seconds that a worker may take to end."""
_WHY = 1.0
"""Seconds to wait for the reason of a worker's death."""
_EXCEEDED = "worker-restart-memory"
"""Dask's topic of workers that are ended, for they exceeded their memory."""


@dataclass(eq=False)
class _Job:
    """A job on its way; `trouble` comes to hold why nothing can come of it."""

    told: Told
    worker: str = ""
    where: str = ""
    trouble: "asyncio.Future[str]" = field(default_factory=lambda: _future())


class Link:
    """A client of a scheduler that is the bot's own or named in the settings."""

    def __init__(
        self,
        settings: TrainingSettings,
        client: Any,
        own: OwnCluster | None,
        changed: Callable[[], object],
    ) -> None:
        self.places = 1
        """How many trainings the workers can do at once."""
        self._settings = settings
        self._client = client
        self._own = own
        self._changed = changed
        self._jobs: dict[str, _Job] = {}
        self._topic = f"namesmith-{uuid4().hex}"
        client.subscribe_topic(self._topic, self._tell)
        client.subscribe_topic(_EXCEEDED, self._exceed)
        self._watching = asyncio.create_task(self._watch())

    @classmethod
    async def open(cls, settings: TrainingSettings, changed: Callable[[], object]) -> Self:
        """Connect, to a cluster started for it where the settings name none.

        `changed` is called whenever `places` is another. Raises `TrainingFailed`.
        """
        if lacks := lacking(settings.scheduler):
            raise TrainingFailed(lacks)
        if settings.scheduler:
            return cls(settings, await client(settings.scheduler), None, changed)
        own = await started(settings.worker_memory_bytes)
        try:
            return cls(settings, await client(await address(own)), own, changed)
        except BaseException:
            await asyncio.shield(asyncio.to_thread(own.stop))
            raise

    @property
    def lost(self) -> bool:
        """Whether its scheduler is."""
        return bool(self._client.status != "running")

    async def run(
        self, job: str, *arguments: Any, told: Told, urgent: bool, **options: Any
    ) -> dict[str, Any]:
        """Do a job, `module:function`, on a worker; return what that returns.

        To cancel this stops the job. Raises `TrainingFailed` with what became of it.
        """
        key = f"namesmith-{uuid4().hex}"
        found = self._jobs[key] = _Job(told)
        future = self._client.submit(
            work(),
            job,
            self._topic,
            *arguments,
            key=key,
            pure=False,
            priority=int(urgent),
            **options,
        )
        outcome = asyncio.ensure_future(_result(future))
        try:
            await asyncio.wait({outcome, found.trouble}, return_when=asyncio.FIRST_COMPLETED)
            if found.trouble.done():
                # The next job would be given to the worker that ends, were it begun before that.
                await asyncio.wait({outcome}, timeout=_END)
                raise TrainingFailed(found.trouble.result())
            if outcome.cancelled():
                raise TrainingFailed(self._gone())
            if error := outcome.exception():
                raise TrainingFailed(await self._reason(error, found))
            return _checked(outcome.result(), found)
        finally:
            del self._jobs[key]
            outcome.add_done_callback(lambda task: task.cancelled() or task.exception())
            outcome.cancel()
            if not self.lost:
                await future.cancel()

    async def close(self) -> None:
        """Stop what runs, and let the cluster go if it is the bot's own."""
        self._watching.cancel()
        with contextlib.suppress(OSError, TimeoutError):
            await self._client.close(timeout=CONNECT)
        if self._own:
            await asyncio.to_thread(self._own.stop)

    def _tell(self, event: tuple[float, dict[str, Any]]) -> None:
        """Pass on what a job said."""
        said = event[1]
        if (job := self._jobs.get(said["key"])) is None:
            return
        if "process" in said:
            job.worker = said["worker"]
            job.where = f"process {said['process']} on {said['host']}"
        job.told(said.get("progress"))

    def _exceed(self, event: tuple[float, dict[str, Any]]) -> None:
        """Give up what was done by a worker that is ended: it would end the next one too."""
        for job in self._jobs.values():
            if job.worker == event[1]["worker"] and not job.trouble.done():
                taken = event[1]["rss"] / 2**20
                job.trouble.set_result(
                    f"the worker ({job.where}) was ended, for it took {taken:,.0f} MiB of memory, "
                    f"over its limit; {self._room()}"
                )

    async def _reason(self, error: BaseException, job: _Job) -> str:
        """Return in one line why nothing came of the job."""
        kind = type(error).__name__
        if kind == "FutureCancelledError":
            return self._gone()
        if kind == "KilledWorker":
            with contextlib.suppress(TimeoutError):  # why is told by another way, if at all
                return await asyncio.wait_for(asyncio.shield(job.trouble), _WHY)
            return (
                f"the worker ({job.where or 'of unknown place'}) died in the middle; perhaps its "
                "machine was short of memory: begin it again"
            )
        return f"Dask could not do it: {kind}: {' '.join(str(error).split())}".rstrip(": ")

    def _room(self) -> str:
        return "bring a shorter list, or give " + (
            "it more in [training] worker_memory_bytes"
            if self._own
            else "the cluster's workers more"
        )

    def _gone(self) -> str:
        if self._own:
            return f"the training process ({self._own.process.pid}) was ended; begin it again"
        return (
            f"the connection to the scheduler {self._settings.scheduler} was lost; "
            "begin it again when that is back"
        )

    async def _watch(self) -> None:
        """See which workers there are; give up what none has begun where there long is none."""
        seen = asyncio.get_running_loop().time()
        with contextlib.suppress(OSError):  # it is lost, which whoever waits is told
            while True:
                threads = list((await self._client.nthreads()).values())
                # A worker of many threads keeps one free to look at lists.
                places = max(1, len(threads), sum(threads) - len(threads))
                if places != self.places:
                    self.places = places
                    self._changed()
                if threads:
                    seen = asyncio.get_running_loop().time()
                elif asyncio.get_running_loop().time() > seen + _NO_WORKER:
                    self._give_up()
                await asyncio.sleep(_LOOK)

    def _give_up(self) -> None:
        for job in self._jobs.values():
            if not job.worker and not job.trouble.done():
                where = self._settings.scheduler or "of the bot's own"
                job.trouble.set_result(
                    f"the scheduler {where} has had no worker for {_NO_WORKER:g} s; start one"
                )


async def _result(future: Any) -> Any:
    """Await it in a task of its own, which can be waited for beside another."""
    return await future


def _checked(found: dict[str, Any], job: _Job) -> dict[str, Any]:
    if "failed" in found:
        raise TrainingFailed(found["failed"])
    if "cancelled" in found:
        raise TrainingFailed(
            f"the worker ({job.where}) was shut down in the middle; begin it again"
        )
    return found


def _future() -> "asyncio.Future[str]":
    return asyncio.get_running_loop().create_future()
