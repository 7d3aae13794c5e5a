"""The function that runs on a worker: imports a job by its name, calls it and reports progress."""

from collections.abc import Callable
from typing import Any


def make_worker_job() -> Callable[..., dict[str, Any]]:
    """Return that function; a nested function is pickled as code, so workers need no bot.

    Its arguments are the job's name (`module:function`), the Dask topic for events, and the job's
    own arguments. It returns the job's result or `{"failed": line}`. Every result is plain data,
    because the bot may lack the type of an exception.
    """

    def run_job(job: str, topic: str, *arguments: Any, **options: Any) -> dict[str, Any]:
        import importlib
        import os
        import socket

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

        start = {"key": key, "worker": worker.address, "host": host, "process": os.getpid()}
        worker.log_event(topic, start)
        module, _, name = job.partition(":")
        try:
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
