"""Loop monitor: how long each callback holds an event loop, and where the long ones are.

A callback is measured in CPU time of the loop's thread: on a busy machine, wall-clock time also
counts other processes. Garbage collections don't count: they depend on what else the process has.
"""

import asyncio
import gc
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from time import perf_counter, thread_time
from typing import Any
from unittest.mock import patch

_SAMPLE_SECONDS = 0.002
_STACK_DEPTH = 14

Stack = tuple[str, ...]


@dataclass
class Callback:
    """A callback that held the loop for `seconds` of CPU time; `stack` is innermost first."""

    seconds: float
    name: str
    stack: Stack

    def __str__(self) -> str:
        """The time, the callback, and where it was."""
        return f"{self.seconds * 1000:.1f} ms {self.name}: {' < '.join(self.stack) or 'unseen'}"


@dataclass
class LoopMonitor:
    """The callbacks of a thread's loop that took over `threshold` seconds; CPU times in seconds."""

    thread_id: int
    threshold: float = 0.01
    slow: list[Callback] = field(default_factory=list)
    longest: float = 0.0
    total: float = 0.0
    count: int = 0
    _started: float | None = None
    _stack: Stack = ()
    _collecting: float = 0.0
    _collected: float = 0.0

    @contextmanager
    def running(self) -> Iterator[None]:
        """Measure until the `with` block ends."""
        run, stopped = asyncio.events.Handle._run, threading.Event()

        def measured(handle: asyncio.Handle) -> None:
            if threading.get_ident() == self.thread_id:
                self._measure(run, handle)
            else:
                run(handle)

        sampler = threading.Thread(target=self._sample, args=(stopped,), daemon=True)
        sampler.start()
        gc.callbacks.append(self._on_collection)
        try:
            with patch.object(asyncio.events.Handle, "_run", measured):
                yield
        finally:
            gc.callbacks.remove(self._on_collection)
            stopped.set()
            sampler.join()

    def _measure(self, run: Any, handle: asyncio.Handle) -> None:
        name = _name(handle)
        self._stack, self._collected, self._started = (), 0.0, perf_counter()
        start = thread_time()
        run(handle)
        seconds = thread_time() - start - self._collected
        self._started = None
        self.total += seconds
        self.count += 1
        self.longest = max(self.longest, seconds)
        if seconds > self.threshold:
            self.slow.append(Callback(seconds, name, self._stack))

    def _on_collection(self, phase: str, info: dict[str, int]) -> None:
        if threading.get_ident() != self.thread_id:
            return
        if phase == "start":
            self._collecting = thread_time()
            return
        self._collected += thread_time() - self._collecting

    def _sample(self, stopped: threading.Event) -> None:
        while not stopped.wait(_SAMPLE_SECONDS):
            started = self._started
            if started is None or perf_counter() - started < self.threshold / 2:
                continue
            frame = sys._current_frames().get(self.thread_id)
            if frame is not None and self._started == started:
                self._stack = _stack(frame)


def _stack(frame: Any) -> Stack:
    """Return the innermost frames, as `file:line function`, without those of the loop itself."""
    found: list[str] = []
    while frame is not None and len(found) < _STACK_DEPTH:
        file = frame.f_code.co_filename
        if not file.endswith(("loop_monitor.py", "asyncio/events.py")):
            short = "/".join(Path(file).parts[-2:])
            found.append(f"{short}:{frame.f_lineno} {frame.f_code.co_name}")
        elif found:
            break
        frame = frame.f_back
    return tuple(found)


def _name(handle: asyncio.Handle) -> str:
    callback: Any = handle._callback  # type: ignore[attr-defined]
    task = getattr(callback, "__self__", None)
    if isinstance(task, asyncio.Task):
        return getattr(task.get_coro(), "__qualname__", task.get_name())
    # No `repr`: it can change what it shows, such as a response of aiohttp.
    callback = getattr(callback, "func", callback)
    return getattr(callback, "__qualname__", type(callback).__qualname__)
