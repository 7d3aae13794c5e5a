"""The task that notices what others change: at once in a folder, every few seconds elsewhere."""

import asyncio
import contextlib
import logging
import os.path
import threading
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from .errors import LibraryError
from .folder import Folder
from .manifest import NAME
from .place import Place

_log = logging.getLogger(__name__)

_LOOK_SECONDS = 1.0
"""How often a folder is looked for, and looked at where the system tells of no change: it does not
for what other machines change in a shared one."""

_STEP, _DEBOUNCE = 20, 200
"""Milliseconds without a change after which changes are told, and in which they are anyway."""


async def watch(place: Place, poll_seconds: float, look: Callable[[], Awaitable[None]]) -> None:
    """Await `look` whenever something may have changed, until cancelled.

    What goes wrong is logged once, and all stays as it was until it is over.
    """
    told = ""
    async with contextlib.aclosing(_occasions(place, poll_seconds)) as occasions:
        async for _ in occasions:
            try:
                await look()
            except Exception as error:  # whatever it is, to notice nothing any more is worse
                if str(error) != told:
                    told, fault = str(error), not isinstance(error, LibraryError)
                    _log.error("%s; the styles stay as they are", told, exc_info=fault)
                continue
            if told:
                told = ""
                _log.warning("%s: can be reached again", place.name)


def _occasions(place: Place, poll_seconds: float) -> AsyncGenerator[None, None]:
    return _changes(place.root) if isinstance(place, Folder) else _times(poll_seconds)


async def _times(seconds: float) -> AsyncGenerator[None, None]:
    while True:
        await asyncio.sleep(seconds)
        yield


async def _changes(root: Path) -> AsyncGenerator[None, None]:
    """Yield now and then, and at every change of a manifest below `root`, which may come and go."""
    while True:
        yield
        if await asyncio.to_thread(os.path.isdir, root):
            with contextlib.suppress(OSError, RuntimeError):  # no more folders may be watched
                async with contextlib.aclosing(_told(root)) as told:
                    async for _ in told:
                        yield
                        if not await asyncio.to_thread(os.path.isdir, root):
                            break
        await asyncio.sleep(_LOOK_SECONDS)


async def _told(root: Path) -> AsyncGenerator[None, None]:
    """Yield whenever the system tells of a change, or has told of none for a while.

    On a thread of its own, on which also loads what that takes: `watchfiles.awatch` would load it
    on the event loop.
    """
    stop, loop = threading.Event(), asyncio.get_running_loop()
    thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="watching")
    try:
        told = await loop.run_in_executor(thread, _watched, root, stop)
        while await loop.run_in_executor(thread, next, told, None) is not None:
            yield
    finally:
        stop.set()
        thread.shutdown(wait=False)


def _watched(root: Path, stop: threading.Event) -> Iterator[object]:
    from watchfiles import watch  # for a bot with styles of its own

    return watch(
        root,
        watch_filter=lambda _, path: path.endswith(NAME),
        step=_STEP,
        debounce=_DEBOUNCE,
        rust_timeout=int(_LOOK_SECONDS * 1000),
        yield_on_timeout=True,
        stop_event=stop,
    )
