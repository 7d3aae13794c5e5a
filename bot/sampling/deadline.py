"""Deadline: end a run of a network that takes too long.

One thread watches the runs of all networks. It ends if nothing has run for some seconds, so that a
run costs no system call, and an idle bot has no such thread.
"""

import itertools
import threading
import time
from collections.abc import Sequence
from typing import Any

import onnxruntime as ort

_CHECK_SECONDS = 0.2
_IDLE_CHECKS = 25
"""Checks without a run after which the thread ends."""

_numbers = itertools.count()
_runs: dict[int, tuple[float, ort.RunOptions]] = {}
"""The time when each run must have ended, and the options that end it."""

_watcher: threading.Thread | None = None


def run_within(
    seconds: float, session: ort.InferenceSession, outputs: Sequence[str], token: Any, state: Any
) -> list[Any]:
    """Return what the `session` computes; raises `TimeoutError` if that takes too long.

    A run is ended soon after `seconds`, between two operators of its graph.
    """
    options, number = ort.RunOptions(), next(_numbers)
    _runs[number] = time.monotonic() + seconds, options
    if _watcher is None:
        _start()
    inputs = {"token": token, "state": state}
    try:  # the public method also checks the names of the inputs, which takes 3 µs
        return session._sess.run(outputs, inputs, options)  # type: ignore[no-any-return]
    except Exception:  # onnxruntime's errors share no base class
        if options.terminate:
            raise TimeoutError(f"it takes over {seconds:g} s") from None
        raise
    finally:
        del _runs[number]


def _start() -> None:
    global _watcher
    _watcher = threading.Thread(target=_watch, name="deadline", daemon=True)
    _watcher.start()


def _watch() -> None:
    """End the runs that are late, until there are none for some time."""
    global _watcher
    idle = 0
    while idle < _IDLE_CHECKS:
        time.sleep(_CHECK_SECONDS)
        idle = 0 if _terminate_late_runs() else idle + 1
    _watcher = None
    if _runs:  # one that began meanwhile may have seen this thread
        _start()


def _terminate_late_runs() -> bool:
    """Terminate the runs that are late; return whether there are any runs."""
    now, runs = time.monotonic(), list(_runs.values())
    for until, options in runs:
        if now > until:
            options.terminate = True
    return bool(runs)
