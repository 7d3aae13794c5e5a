"""Dask client: sends jobs to the workers, and passes on their progress and results.

`WorkerPool` connects when a job needs it and disconnects when idle; `DaskClient` is one connection.
On the worker, the function of `make_worker_job` imports a job by its name and calls it.
"""

import asyncio
import contextlib
import sys
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Self
from uuid import uuid4

from ..config_sections import TrainingSettings
from ..quiet_imports import quiet_imports
from ..request_id import request_id
from .events import TrainingError
from .local_dask_cluster import (
    Address,
    LocalCluster,
    missing_requirement,
    start_local_cluster,
    wait_for_address,
)


def make_worker_job() -> Callable[..., dict[str, Any]]:
    """Return that function; a nested function is pickled as code, so workers need no bot.

    Its arguments are the job's name (`module:function`), the Dask topic for events, and the job's
    own arguments. It returns the job's result or `{"failed": line}`. Every result is plain data,
    because the bot may lack the type of an exception.
    """

    def run_job(job: str, topic: str, *arguments: Any, **options: Any) -> dict[str, Any]:
        import importlib.util
        import logging
        import os
        import socket
        import sys

        from distributed import get_worker

        worker = get_worker()
        key = worker.get_current_task()
        host = socket.gethostname()

        def report_progress(progress: dict[str, Any]) -> None:
            worker.log_event(topic, {"key": key, "progress": progress})

        def is_cancelled() -> bool:
            task = worker.state.tasks.get(key)  # its state changes once nobody waits for it
            is_serving = worker.status.name in ("running", "paused")
            return not is_serving or task is None or task.state != "executing"

        logging.getLogger("distributed.worker").info("%s: %s", key, job)  # with the request's id
        start = {"key": key, "worker": worker.address, "host": host, "process": os.getpid()}
        worker.log_event(topic, start)
        module, _, name = job.partition(":")
        try:
            # An installed wheel has the training code in a folder that is not a package.
            installed = importlib.util.find_spec("namesmith")
            for package in (installed and installed.submodule_search_locations) or ():
                folder = os.path.join(package, "training_code")  # noqa: PTH118
                if os.path.isdir(folder) and folder not in sys.path:  # noqa: PTH112
                    sys.path.append(folder)
            function = getattr(importlib.import_module(module), name)
            result: dict[str, Any] = function(
                *arguments, **options, on_progress=report_progress, is_cancelled=is_cancelled
            )
        except ImportError as error:
            return {"failed": f"the worker on {host} cannot import the training code: {error}"}
        except BaseException as error:
            message = " ".join(str(error).split())
            return {"failed": f"the job failed: {type(error).__name__}: {message}".rstrip(": ")}
        return result

    return run_job


OnProgress = Callable[[Mapping[str, Any] | None], object]
"""Is called with None when a worker starts the job, then with each progress report of the job."""

_CONNECT_TIMEOUT = 10.0
_NO_WORKER_TIMEOUT = 60.0
"""Seconds that a cluster may be without a worker."""
_POLL_INTERVAL = 2.0
"""Seconds between two checks of which workers exist."""
_WORKER_END_TIMEOUT = 5.0
"""Seconds that a failed worker may take to end."""
_REASON_TIMEOUT = 1.0
"""Seconds to wait for Dask's message on why a worker died."""
_OUT_OF_MEMORY_TOPIC = "worker-restart-memory"
"""Dask's topic for workers that were ended because they used too much memory."""
_SHUTTING_DOWN = "the bot is shutting down; try again when it is back"


@dataclass(eq=False)
class _Job:
    """A submitted job; `failure` receives the reason why it will not finish."""

    on_progress: OnProgress
    worker: str = ""
    location: str = "on an unknown machine"
    failure: "asyncio.Future[str]" = field(
        default_factory=lambda: asyncio.get_running_loop().create_future()
    )


class DaskClient:
    """A connection to the scheduler of a local cluster, or of the one in the settings.

    A connection whose scheduler is lost stays unusable; open a new one.
    """

    def __init__(
        self,
        settings: TrainingSettings,
        client: Any,
        local_cluster: LocalCluster | None,
        on_capacity_change: Callable[[], object],
    ) -> None:
        self.capacity = 1
        """How many trainings the workers can run at once."""
        self._settings = settings
        self._client = client
        self._local_cluster = local_cluster
        self._on_capacity_change = on_capacity_change
        self._jobs: dict[str, _Job] = {}
        self._topic = f"namesmith-{uuid4().hex}"
        client.subscribe_topic(self._topic, self._handle_event)
        client.subscribe_topic(_OUT_OF_MEMORY_TOPIC, self._handle_out_of_memory)
        self._watching = asyncio.create_task(self._watch_workers())

    @classmethod
    async def open(
        cls, settings: TrainingSettings, on_capacity_change: Callable[[], object]
    ) -> Self:
        """Connect to the scheduler in the settings, or start a local cluster and connect to it.

        Raises `TrainingError`.
        """
        if missing := missing_requirement(settings.scheduler):
            raise TrainingError(missing)
        if settings.scheduler:
            client = await _connect(Address(settings.scheduler))
            return cls(settings, client, None, on_capacity_change)
        cluster = await start_local_cluster(settings.worker_memory_bytes)
        try:
            client = await _connect(await wait_for_address(cluster))
            return cls(settings, client, cluster, on_capacity_change)
        except BaseException:
            await asyncio.shield(asyncio.to_thread(cluster.stop))
            raise

    @property
    def is_lost(self) -> bool:
        """Whether the connection to the scheduler is lost."""
        return bool(self._client.status != "running")

    async def run(
        self,
        job: str,
        *arguments: Any,
        on_progress: OnProgress = lambda _: None,
        is_urgent: bool = False,
        **options: Any,
    ) -> dict[str, Any]:
        """Run the job `module:function` on a worker and return its result.

        An urgent job precedes waiting jobs that are not. Cancelling this task cancels the job.
        Raises `TrainingError`.
        """
        key = "-".join(filter(None, ("namesmith", request_id(), uuid4().hex)))
        submitted = self._jobs[key] = _Job(on_progress)
        future = self._client.submit(
            make_worker_job(),
            job,
            self._topic,
            *arguments,
            key=key,
            pure=False,
            priority=int(is_urgent),
            **options,
        )
        result = asyncio.ensure_future(_await(future))
        try:
            await asyncio.wait({result, submitted.failure}, return_when=asyncio.FIRST_COMPLETED)
            if submitted.failure.done():
                # A job that starts before the failed worker has ended would run on that worker.
                await asyncio.wait({result}, timeout=_WORKER_END_TIMEOUT)
                raise TrainingError(submitted.failure.result())
            if result.cancelled():
                raise TrainingError(self._describe_lost_connection())
            if error := result.exception():
                raise TrainingError(await self._describe_error(error, submitted))
            return _check_result(result.result(), submitted)
        finally:
            del self._jobs[key]
            result.add_done_callback(lambda task: task.cancelled() or task.exception())
            result.cancel()
            if not self.is_lost:
                await future.cancel()

    async def close(self) -> None:
        """Cancel running jobs, disconnect, and stop the local cluster if there is one."""
        self._watching.cancel()
        with contextlib.suppress(OSError, TimeoutError):
            await self._client.close(timeout=_CONNECT_TIMEOUT)
        if self._local_cluster:
            await asyncio.to_thread(self._local_cluster.stop)

    def _handle_event(self, event: tuple[float, dict[str, Any]]) -> None:
        """Pass on the start or the progress of a job."""
        content = event[1]
        if (job := self._jobs.get(content["key"])) is None:
            return
        if "process" in content:
            job.worker = content["worker"]
            job.location = f"process {content['process']} on {content['host']}"
        job.on_progress(content.get("progress"))

    def _handle_out_of_memory(self, event: tuple[float, dict[str, Any]]) -> None:
        """Fail the job of a worker that used too much memory: it would end the next one, too."""
        for job in self._jobs.values():
            if job.worker == event[1]["worker"] and not job.failure.done():
                used = event[1]["rss"] / 2**20
                more = (
                    "raise [training] worker_memory_bytes"
                    if self._local_cluster
                    else "give the cluster's workers more memory"
                )
                job.failure.set_result(
                    f"the worker ({job.location}) was stopped because it used {used:,.0f} MiB of "
                    f"memory, more than its limit; train on a shorter list, or {more}"
                )

    async def _describe_error(self, error: BaseException, job: _Job) -> str:
        """Return one line on why Dask did not run the job."""
        kind = type(error).__name__
        if kind == "FutureCancelledError":
            return self._describe_lost_connection()
        if kind == "KilledWorker":
            with contextlib.suppress(TimeoutError):  # Dask may send the reason a little later
                async with asyncio.timeout(_REASON_TIMEOUT):
                    return await asyncio.shield(job.failure)
            return (
                f"the worker ({job.location}) died, perhaps because its machine has no memory left"
            )
        return f"Dask failed: {kind}: {' '.join(str(error).split())}".rstrip(": ")

    def _describe_lost_connection(self) -> str:
        if self._local_cluster:
            return f"the training process ({self._local_cluster.process.pid}) ended"
        return (
            f"the connection to the scheduler {self._settings.scheduler} was lost; "
            "try again when it is back"
        )

    async def _watch_workers(self) -> None:
        """Update the capacity; fail waiting jobs if there is no worker for too long."""
        loop = asyncio.get_running_loop()
        last_seen = loop.time()
        with contextlib.suppress(OSError):  # the connection is lost; `run` reports that
            while True:
                threads = list((await self._client.nthreads()).values())
                # A worker with several threads reserves one for previews.
                capacity = max(1, len(threads), sum(threads) - len(threads))
                if capacity != self.capacity:
                    self.capacity = capacity
                    self._on_capacity_change()
                if threads:
                    last_seen = loop.time()
                elif loop.time() > last_seen + _NO_WORKER_TIMEOUT:
                    self._fail_waiting_jobs()
                await asyncio.sleep(_POLL_INTERVAL)

    def _fail_waiting_jobs(self) -> None:
        scheduler = self._settings.scheduler or "of the local cluster"
        for job in self._jobs.values():
            if not job.worker and not job.failure.done():
                job.failure.set_result(
                    f"the scheduler {scheduler} has had no worker for {_NO_WORKER_TIMEOUT:g} s; "
                    "start a worker"
                )


class WorkerPool:
    """The workers of a cluster: connects for the first job, disconnects after an idle time.

    `on_capacity_change` is called when `capacity` may have changed.
    """

    def __init__(
        self, settings: TrainingSettings, on_capacity_change: Callable[[], object]
    ) -> None:
        self._settings = settings
        self._on_capacity_change = on_capacity_change
        self._opening: asyncio.Task[DaskClient] | None = None
        self._closing: set[asyncio.Task[None]] = set()
        self._user_count = 0
        self._idle_timer: asyncio.TimerHandle | None = None
        self._is_closed = False

    @property
    def capacity(self) -> int:
        """How many trainings can run at once; 1 while there is no connection."""
        client = self._current_client()
        return client.capacity if client else 1

    @contextlib.asynccontextmanager
    async def connect(self) -> AsyncIterator[DaskClient]:
        """Provide a connection for the `with` block; raises `TrainingError`."""
        self._user_count += 1
        if self._idle_timer:
            self._idle_timer.cancel()
        try:
            yield await self._open()
        finally:
            self._user_count -= 1
            if not self._user_count and not self._is_closed:
                loop = asyncio.get_running_loop()
                delay = self._settings.worker_idle_seconds
                self._idle_timer = loop.call_later(delay, self._disconnect)

    async def close(self) -> None:
        """Cancel running jobs and disconnect."""
        self._is_closed = True
        self._disconnect()
        await asyncio.gather(*self._closing, return_exceptions=True)

    async def _open(self) -> DaskClient:
        """Return the open connection, or open one; replace a lost connection."""
        if self._is_closed:
            raise TrainingError(_SHUTTING_DOWN)
        if (client := self._current_client()) and client.is_lost:
            self._disconnect()
        if self._opening is None or (self._opening.done() and not self._current_client()):
            self._opening = asyncio.create_task(
                DaskClient.open(self._settings, self._on_capacity_change)
            )
        opening = self._opening
        await asyncio.wait({opening})  # continues for other tasks if this one is cancelled
        if opening.cancelled():
            raise TrainingError(_SHUTTING_DOWN)
        return opening.result()

    def _current_client(self) -> DaskClient | None:
        opening = self._opening
        if opening and opening.done() and not opening.cancelled() and not opening.exception():
            return opening.result()
        return None

    def _disconnect(self) -> None:
        if self._idle_timer:
            self._idle_timer.cancel()
        opening, self._opening = self._opening, None
        if opening:
            closing = asyncio.create_task(_close(opening))
            self._closing.add(closing)
            closing.add_done_callback(self._closing.discard)


def _import_distributed() -> Any:
    """Import distributed, which takes a second, without its changes to the process's logging.

    Its default configuration sets levels and handlers of `tornado` and other shared loggers.
    """
    if "distributed" not in sys.modules:
        unchanged = {"version": 1, "disable_existing_loggers": False, "incremental": True}
        with quiet_imports():
            import dask

            with dask.config.set({"logging": unchanged}):
                import distributed  # noqa: F401
    return sys.modules["distributed"]


async def _connect(scheduler: Address) -> Any:
    """Return a `distributed.Client` for the scheduler's address; raises `TrainingError`."""
    distributed = await asyncio.to_thread(_import_distributed)
    tls = scheduler.tls
    security = distributed.Security(require_encryption=True, **tls) if tls else None
    try:
        return await distributed.Client(
            scheduler.url,
            security=security,
            asynchronous=True,
            set_as_default=False,
            timeout=_CONNECT_TIMEOUT,
            name="namesmith",
        )
    except (OSError, TimeoutError, ValueError) as error:
        reason = " ".join(str(error).split())
        raise TrainingError(f"can't reach the scheduler {scheduler.url}: {reason}") from None


async def _close(opening: asyncio.Task[DaskClient]) -> None:
    if not opening.done():
        opening.cancel()
    with contextlib.suppress(TrainingError, asyncio.CancelledError):  # it never opened
        await (await opening).close()


async def _await(future: Any) -> Any:
    """Await a Dask future in a coroutine, so that it can be a task."""
    return await future


def _check_result(result: dict[str, Any], job: _Job) -> dict[str, Any]:
    if "failed" in result:
        raise TrainingError(result["failed"])
    if "cancelled" in result:
        raise TrainingError(f"the worker ({job.location}) was shut down")
    return result
