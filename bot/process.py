"""Process: Ctrl-C, closed or full standard streams, and a time limit for the end."""

import asyncio
import contextlib
import errno
import gc
import os
import signal
import sys
import threading
from collections.abc import Coroutine, Iterator
from pathlib import Path
from typing import Any, TypeVar

from .quiet_imports import own_process

T = TypeVar("T")

_IS_WINDOWS = os.name == "nt"

_JOIN_SECONDS = 3.0
"""After the end, time limit for threads that still compute; a step of a network can't be ended."""

_TURN_SECONDS = 0.001

_M_TRIM_THRESHOLD, _M_ARENA_MAX = -1, -8
"""Options of glibc's mallopt."""


def prepare_process() -> None:
    """Let Ctrl-C end the process silently, also while it imports, and open closed streams.

    `interruptible` is for work that must clean up. A process that ignores Ctrl-C goes on doing so.
    The imports that follow are made cheaper. Threads that compute take shorter turns than Python's
    5 ms, for which the event loop would wait.
    """
    own_process()
    sys.setswitchinterval(_TURN_SECONDS)
    gc.disable()  # imports leave no garbage; `collect_garbage` turns it on again
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    # Each gets the lowest free number, which is that of the closed stream.
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, Path(os.devnull).open(mode, encoding="utf-8"))  # noqa: SIM115
    if hasattr(sys.stdout, "reconfigure"):  # its encoding may lack letters of names
        sys.stdout.reconfigure(errors="replace")


def limit_heap() -> None:
    """Let glibc return freed memory to the system, and give threads no heaps of their own.

    That saves 5 MB. Other C libraries have no such options.
    """
    if sys.platform == "linux":
        import ctypes

        with contextlib.suppress(AttributeError, OSError):
            mallopt = ctypes.CDLL(None).mallopt
            mallopt(_M_TRIM_THRESHOLD, 2**16)
            mallopt(_M_ARENA_MAX, 1)


def collect_garbage() -> None:
    """Turn garbage collection on, for what is made from now on, once everything is imported.

    A full collection of all loaded modules would block the event loop for some 30 ms.
    """
    gc.freeze()
    gc.enable()


@contextlib.contextmanager
def interruptible() -> Iterator[None]:
    """Raise `KeyboardInterrupt` in the `with` block at Ctrl-C, which otherwise ends the process."""
    if signal.getsignal(signal.SIGINT) is not signal.SIG_DFL:
        yield
        return
    signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, signal.SIG_DFL)


def run(main: Coroutine[Any, Any, T]) -> T:
    """Run `main` as `asyncio.run` does; then wait some seconds for threads, but no longer."""

    async def limited() -> T:
        try:
            result = await main
        except asyncio.CancelledError:  # Ctrl-C
            end_within(_JOIN_SECONDS, status=130)
            raise
        end_within(_JOIN_SECONDS)
        return result

    with interruptible():
        return asyncio.run(limited())


def end_within(seconds: float, status: int = 0) -> None:
    """End the process with `status` after `seconds`, even if a thread still computes."""

    def end() -> None:
        with contextlib.suppress(OSError, ValueError):
            write_line("Ended without waiting for work that takes too long.")
        os._exit(status)

    timer = threading.Timer(seconds, end)
    timer.daemon = True
    timer.start()


def is_broken_pipe(error: OSError) -> bool:
    """Whether the reader of a stream has ended; on Windows, that is an invalid argument."""
    return isinstance(error, BrokenPipeError) or (_IS_WINDOWS and error.errno == errno.EINVAL)


def write_line(line: str) -> None:
    """Write a line about the program to standard error, as JSON where the log is JSON.

    Takes no lock of the log, which a thread that hangs may hold.
    """
    import logging

    text = f"namesmith: {line}"
    for handler in logging.getLogger().handlers:
        if format_line := getattr(handler.formatter, "format_line", None):
            text = format_line(line)
    sys.stderr.write(text + "\n")


def write_output(text: str) -> None:
    """Write to standard output, which ends silently if its reader, such as `head`, has ended.

    Raises an `OSError`, one line, if it can't be written.
    """
    try:
        sys.stdout.write(text)
        sys.stdout.flush()
    except OSError as error:
        # Python writes what is left when it exits.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        if not is_broken_pipe(error):
            raise OSError(error.errno, error.strerror, "standard output") from None
