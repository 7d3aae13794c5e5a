"""Jobs that do what real ones would in bad luck; a worker knows them as `jobs`."""

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
    """Of a type that only the worker knows."""


def does(corpus: bytes, *arguments: Any, **options: Any) -> dict[str, Any]:
    """Do the job that the list names, with what it says after that."""
    job, _, rest = corpus.partition(b" ")
    found: dict[str, Any] = globals()[job.decode()](rest, *arguments, **options)
    return found


def counts(
    steps: bytes, *_: Any, nice: int, on_progress: OnProgress, is_cancelled: IsCancelled
) -> dict[str, Any]:
    """Take so many steps of a hundredth of a second; the artifact is the process's number."""
    for step in range(int(steps)):
        on_progress(_progress(step, int(steps)))
        time.sleep(0.01)
    return _style(str(os.getpid()).encode())


def waits(
    file: bytes, *_: Any, nice: int = 0, on_progress: OnProgress, is_cancelled: IsCancelled
) -> dict[str, Any]:
    """Run until it is stopped, and write that into `file`."""
    while not is_cancelled():
        on_progress(_progress(1, 2))
        time.sleep(0.01)
    Path(file.decode()).write_text("stopped")
    return {"cancelled": True}


def grows(
    _: bytes, *__: Any, nice: int, on_progress: OnProgress, is_cancelled: IsCancelled
) -> dict[str, Any]:
    """Take ever more memory."""
    taken = []
    while True:
        taken.append(b"x" * 2**25)
        time.sleep(0.01)


def dies(
    _: bytes, *__: Any, nice: int, on_progress: OnProgress, is_cancelled: IsCancelled
) -> dict[str, Any]:
    """Be killed, as by a machine that is short of memory."""
    on_progress(_progress(1, 2))
    time.sleep(0.2)
    os.kill(os.getpid(), signal.SIGKILL)
    raise AssertionError


def breaks(
    _: bytes, *__: Any, nice: int, on_progress: OnProgress, is_cancelled: IsCancelled
) -> dict[str, Any]:
    """Raise what the bot cannot know."""
    raise StrangeError("something\nbroke")


def lacks(
    _: bytes, *__: Any, nice: int, on_progress: OnProgress, is_cancelled: IsCancelled
) -> dict[str, Any]:
    """Need what the worker does not have."""
    importlib.import_module("no_such_torch")
    raise AssertionError


def facts(*_: Any, on_progress: OnProgress, is_cancelled: IsCancelled) -> dict[str, Any]:
    """Tell of the worker."""
    return {
        "bot": importlib.util.find_spec("bot") is not None,
        "folder": str(Path.cwd()),
        "niceness": os.getpriority(os.PRIO_PROCESS, 0),
        "process": os.getpid(),
        "parent": os.getppid(),
        "temporary": [path for path in sys.path if "namesmith-" in path],
        "token": os.environ.get("DISCORD_TOKEN"),
    }


def _progress(step: int, steps: int) -> dict[str, Any]:
    losses = {"epoch": 0.5, "loss": 2.5, "held_out": 2.25, "seconds_left": 1.0}
    return {"step": step, "steps": steps, **losses, "names": ["Ann", "Ben"]}


def _style(artifact: bytes) -> dict[str, Any]:
    told = {"report": {}, "history": [], "steps": 1, "seconds": 0.1, "samples": 1, "digest": "ab"}
    return {"artifact": artifact, **told, "warnings": []}
