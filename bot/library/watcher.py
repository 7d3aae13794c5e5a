"""Watcher: refreshes the library when another process changes its storage.

Changes of a local folder are noticed at once, those of a remote storage by polling.
"""

import asyncio
import contextlib
import logging
import os.path
import threading
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from .manifest import MANIFEST_FILE, LibraryError
from .storage import LocalStorage, Storage

_log = logging.getLogger(__name__)

_FOLDER_POLL_SECONDS = 1.0
"""Interval at which a local folder is checked in any case. The system reports no changes that other
machines make in a shared folder."""

_STEP_MS, _DEBOUNCE_MS = 20, 200
"""Milliseconds without a change before changes are reported, and the longest delay."""


async def watch(
    storage: Storage, poll_seconds: float, refresh: Callable[[], Awaitable[None]]
) -> None:
    """Await `refresh` whenever something may have changed, until cancelled.

    An error is logged once, until `refresh` succeeds again.
    """
    logged = ""
    async with contextlib.aclosing(_triggers(storage, poll_seconds)) as triggers:
        async for _ in triggers:
            try:
                await refresh()
            except Exception as error:  # any error must not end the watcher
                if str(error) != logged:
                    logged, is_bug = str(error), not isinstance(error, LibraryError)
                    _log.error("%s; the styles stay as they are", logged, exc_info=is_bug)
                continue
            if logged:
                logged = ""
                _log.warning("%s: can be reached again", storage.name)


def _triggers(storage: Storage, poll_seconds: float) -> AsyncGenerator[None, None]:
    return _watch_root(storage.root) if isinstance(storage, LocalStorage) else _poll(poll_seconds)


async def _poll(seconds: float) -> AsyncGenerator[None, None]:
    while True:
        await asyncio.sleep(seconds)
        yield


async def _watch_root(root: Path) -> AsyncGenerator[None, None]:
    """Yield at every change of a manifest below `root`, which may disappear and come back."""
    while True:
        yield
        if await asyncio.to_thread(os.path.isdir, root):
            with contextlib.suppress(OSError, RuntimeError):  # the system's limit of watches
                async with contextlib.aclosing(_watch_folder(root)) as changes:
                    async for _ in changes:
                        yield
                        if not await asyncio.to_thread(os.path.isdir, root):
                            break
        await asyncio.sleep(_FOLDER_POLL_SECONDS)


async def _watch_folder(root: Path) -> AsyncGenerator[None, None]:
    """Yield when the system reports a change, or after `_FOLDER_POLL_SECONDS` without one.

    `watchfiles` is imported on the watching thread; `watchfiles.awatch` would import on the event
    loop.
    """
    stop, loop = threading.Event(), asyncio.get_running_loop()
    thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="watcher")
    try:
        changes = await loop.run_in_executor(thread, _changes, root, stop)
        while await loop.run_in_executor(thread, next, changes, None) is not None:
            yield
    finally:
        stop.set()
        thread.shutdown(wait=False)


def _changes(root: Path, stop: threading.Event) -> Iterator[object]:
    from watchfiles import watch  # only a bot with published styles needs it

    return watch(
        root,
        watch_filter=lambda _, path: path.endswith(MANIFEST_FILE),
        step=_STEP_MS,
        debounce=_DEBOUNCE_MS,
        rust_timeout=int(_FOLDER_POLL_SECONDS * 1000),
        yield_on_timeout=True,
        stop_event=stop,
    )
