"""Jobs for tests, which a worker imports as `jobs`; the first word of a list selects the job."""

import importlib
import importlib.util
import os
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

OnProgress = Callable[[dict[str, Any]], None]
IsCancelled = Callable[[], bool]


class StrangeError(Exception):
    """An exception of a type that only the worker can import."""


def run(corpus: bytes, *arguments: Any, **options: Any) -> dict[str, Any]:
    """Run the job that the list names; the rest of the list is its argument."""
    job, _, rest = corpus.partition(b" ")
    result: dict[str, Any] = globals()[job.decode()](rest, *arguments, **options)
    return result


def finish(
    _: bytes, *__: Any, nice: int, on_progress: OnProgress, is_cancelled: IsCancelled
) -> dict[str, Any]:
    """Return at once; the artifact is the worker's process id."""
    return _result(str(os.getpid()).encode())


def name_task(
    _: bytes, *__: Any, nice: int, on_progress: OnProgress, is_cancelled: IsCancelled
) -> dict[str, Any]:
    """Return at once; the artifact is the key of the job in Dask."""
    worker = importlib.import_module("distributed").get_worker()
    return _result(worker.get_current_task().encode())


def wait_for(
    file: bytes, *_: Any, nice: int, on_progress: OnProgress, is_cancelled: IsCancelled
) -> dict[str, Any]:
    """Report ever more steps until `file` exists; the artifact is the worker's process id."""
    step = 0
    while not Path(file.decode()).exists():
        if is_cancelled():
            return {"cancelled": True}
        on_progress(_progress(step))
        step += 1
        time.sleep(0.01)
    return _result(str(os.getpid()).encode())


def wait_for_cancel(
    file: bytes, *_: Any, nice: int = 0, on_progress: OnProgress, is_cancelled: IsCancelled
) -> dict[str, Any]:
    """Run until cancelled, then create `file`."""
    while not is_cancelled():
        on_progress(_progress(1))
        time.sleep(0.01)
    Path(file.decode()).touch()
    return {"cancelled": True}


def use_memory(
    _: bytes, *__: Any, nice: int, on_progress: OnProgress, is_cancelled: IsCancelled
) -> dict[str, Any]:
    """Use more and more memory."""
    used = []
    while True:
        used.append(b"x" * 2**25)
        time.sleep(0.05)


def die(
    _: bytes, *__: Any, nice: int, on_progress: OnProgress, is_cancelled: IsCancelled
) -> dict[str, Any]:
    """Kill the worker, as a machine without memory does."""
    on_progress(_progress(1))
    time.sleep(1)  # lets the worker send its events
    os.kill(os.getpid(), signal.SIGKILL)
    raise AssertionError


def fail(
    _: bytes, *__: Any, nice: int, on_progress: OnProgress, is_cancelled: IsCancelled
) -> dict[str, Any]:
    """Raise an exception that the bot cannot import."""
    raise StrangeError("something\nbroke")


def import_missing(
    _: bytes, *__: Any, nice: int, on_progress: OnProgress, is_cancelled: IsCancelled
) -> dict[str, Any]:
    """Import a module that the worker does not have."""
    importlib.import_module("no_such_torch")
    raise AssertionError


def return_nonsense(
    _: bytes, *__: Any, nice: int, on_progress: OnProgress, is_cancelled: IsCancelled
) -> dict[str, Any]:
    """Return a result that this version of the bot cannot read."""
    return {"artifact": b"", "report": {}, "history": "none"}


def describe_worker(*_: Any, on_progress: OnProgress, is_cancelled: IsCancelled) -> dict[str, Any]:
    """Describe the worker's process."""
    return {
        "bot": importlib.util.find_spec("bot") is not None,
        "folder": str(Path.cwd()),
        "niceness": os.getpriority(os.PRIO_PROCESS, 0),
        "process": os.getpid(),
        "temporary": [path for path in sys.path if "namesmith-" in path],
        "secrets": [name for name, value in os.environ.items() if "secret" in value],
    }


def _progress(step: int) -> dict[str, Any]:
    losses = {"epoch": 0.5, "loss": 2.5, "validation_loss": 2.25, "seconds_left": 42.0}
    return {"step": step, "max_steps": 1000, **losses, "names": ["Ann", "Ben"]}


def _result(artifact: bytes) -> dict[str, Any]:
    result = {"report": {}, "history": [], "steps": 1, "seconds": 0.1, "samples": 1, "digest": "ab"}
    return {"artifact": artifact, **result, "warnings": []}
