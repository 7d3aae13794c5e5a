"""What is sent to a worker: a function that finds the job there by its name and calls it."""

from collections.abc import Callable
from typing import Any


def work() -> Callable[..., dict[str, Any]]:
    """Return that function: made here, so that it travels as code and needs no bot over there.

    It takes the job's name, `module:function`, the topic of the events that the job tells, and the
    job's own arguments. It returns what the job does, or `{"failed": line}`: plain data, for an
    exception may be of a type that nobody here can read.
    """

    def run(job: str, topic: str, *arguments: Any, **options: Any) -> dict[str, Any]:
        import importlib
        import os
        import socket

        from distributed import get_worker

        worker = get_worker()
        key = worker.get_current_task()
        about = {"key": key, "host": socket.gethostname(), "process": os.getpid()}

        def report(progress: dict[str, Any]) -> None:
            worker.log_event(topic, {"key": key, "progress": progress})

        def is_cancelled() -> bool:
            task = worker.state.tasks.get(key)  # "cancelled" once nobody waits for what it makes
            serving = worker.status.name in ("running", "paused")
            return not serving or task is None or task.state != "executing"

        worker.log_event(topic, {**about, "worker": worker.address})
        module, _, name = job.partition(":")
        try:
            function = getattr(importlib.import_module(module), name)
            found: dict[str, Any] = function(
                *arguments, **options, on_progress=report, is_cancelled=is_cancelled
            )
        except ImportError as error:
            return {"failed": f"its worker on {about['host']} lacks the workshop: {error}"}
        except BaseException as error:
            said = " ".join(str(error).split())
            return {"failed": f"its job broke: {type(error).__name__}: {said}".rstrip(": ")}
        return found

    return run
