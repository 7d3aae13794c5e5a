"""Quiet imports: import large modules on a thread while the event loop goes on.

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

_lock = threading.RLock()


@contextmanager
def quiet_imports() -> Iterator[None]:
    """Import in the `with` block, on a thread other than the event loop's."""
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
