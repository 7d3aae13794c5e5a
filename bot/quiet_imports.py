"""Quiet imports: import large modules on a thread while the event loop goes on.

Only in a process of our own: a plugin does not change the garbage collector of its host.

An import holds Python's interpreter lock for turns of 5 ms, and makes so many objects that a
collection of garbage would stop all threads for 50 ms, then and later. So turns are shorter, and
what was imported is never searched for garbage.
"""

import gc
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

_TURN_SECONDS = 0.0005

_is_own_process = False

_lock = threading.RLock()


def own_process() -> None:
    """Note that the process runs nothing but this bot."""
    global _is_own_process
    _is_own_process = True


@contextmanager
def quiet_imports() -> Iterator[None]:
    """Import in the `with` block, on a thread other than the event loop's."""
    if not _is_own_process:
        yield
        return
    with _lock:
        interval, is_collecting = sys.getswitchinterval(), gc.isenabled()
        sys.setswitchinterval(_TURN_SECONDS)
        gc.disable()
        try:
            yield
        finally:
            sys.setswitchinterval(interval)
            if is_collecting:
                gc.freeze()
                gc.enable()
