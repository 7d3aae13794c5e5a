"""Open engines by style, and how to open the engine of a file or of a stored version."""

import asyncio
import time
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from pathlib import Path
from weakref import WeakValueDictionary

from ..observer import observer
from ..sampling import Artifact, ArtifactError, Engine
from .manifest import Manifest, StoredVersion
from .pattern_style import PatternStyle
from .storage import Storage, load_version

Opened = Engine | PatternStyle
"""What a style's file becomes: an engine, or a pattern, which is made of the engines of others."""

OpenEngine = Callable[[], Opened]
"""Opens an engine. It may block."""

_BUILT_IN = Path(__file__).parents[1] / "styles"
"""The folder of the styles that are installed with the bot."""

_IDLE_SECONDS = 600.0
"""An engine that was not used for so long is dropped."""


class EngineCache:
    """Patterns and up to `max_engines` engines by folder; the least recently used go first.

    `pinned` returns the folder of the one engine that is never dropped. A dropped engine that
    still answers requests is used again if its style is asked for meanwhile.

    Engines are opened one at a time: glibc gives each thread that opens them a heap, which keeps
    what they free. Built-in styles, in "/NAME", have their own thread, so that a storage that hangs
    does not hold them up.
    """

    def __init__(self, max_engines: int, pinned: Callable[[], str]) -> None:
        self._max_engines = max_engines
        self._pinned = pinned
        self._engines: OrderedDict[str, asyncio.Future[Opened]] = OrderedDict()
        self._used_at: dict[str, float] = {}
        self._dropped: WeakValueDictionary[str, Opened] = WeakValueDictionary()
        self._idle_timer: asyncio.TimerHandle | None = None
        self._threads = {
            is_shipped: ThreadPoolExecutor(max_workers=1, thread_name_prefix="open-style")
            for is_shipped in (True, False)
        }

    def __len__(self) -> int:
        return len(self._engines)

    def __contains__(self, folder: str) -> bool:
        return folder in self._engines or folder in self._dropped

    async def get(self, folder: str, open_engine: OpenEngine) -> Opened:
        """Return the cached engine, or open one; raises what `open_engine` raises."""
        opened = self._engines.get(folder)
        if opened is not None and opened.done() and not _failed(opened):
            self._engines.move_to_end(folder)
            self._used_at[folder] = time.monotonic()
            return opened.result()
        if opened is None and (dropped := self._dropped.pop(folder, None)):
            opened = self._engines[folder] = asyncio.get_running_loop().create_future()
            opened.set_result(dropped)
        if opened is None or _failed(opened):
            opened = self._engines[folder] = self._open(folder, open_engine)
            opened.add_done_callback(lambda _: self._drop_excess())
        self._engines.move_to_end(folder)
        self._used_at[folder] = time.monotonic()
        self._drop_excess()
        self._start_idle_timer()
        return await asyncio.shield(opened)

    async def replace(self, folder: str, open_engine: OpenEngine) -> None:
        """Open a new engine, then put it in place of the cached one.

        If `open_engine` raises, the cached engine stays.
        """
        opened = self._open(folder, open_engine)
        try:
            await opened
        except Exception as error:
            observer().count_swap("damaged" if isinstance(error, ArtifactError) else "unreachable")
            raise
        observer().count_swap("loaded")
        self._dropped.pop(folder, None)
        if folder in self._engines:
            self._engines[folder] = opened

    def remove(self, folder: str) -> None:
        """Remove an engine; requests in progress still get their answers."""
        self._engines.pop(folder, None)
        self._used_at.pop(folder, None)
        self._dropped.pop(folder, None)

    def close(self) -> None:
        """Close all engines at once and cancel their requests."""
        if self._idle_timer:
            self._idle_timer.cancel()
        for opened in self._engines.values():
            if not opened.cancel() and not opened.cancelled() and not opened.exception():
                opened.result().close()
        for engine in list(self._dropped.values()):
            engine.close()
        self._engines.clear()
        for thread in self._threads.values():
            thread.shutdown(wait=False, cancel_futures=True)

    def _open(self, folder: str, open_engine: OpenEngine) -> "asyncio.Future[Opened]":
        thread = self._threads[folder.startswith("/")]
        loop = asyncio.get_running_loop()
        return loop.run_in_executor(thread, copy_context().run, open_engine)

    def _drop_excess(self) -> None:
        """Drop the least recently used engines; not those being opened, and no pattern."""
        pinned = self._pinned()
        engines = [
            folder
            for folder, opened in self._engines.items()
            if folder != pinned and opened.done() and not _is_pattern(opened)
        ]
        for folder in engines[: max(0, len(engines) - self._max_engines)]:
            self._drop(folder)

    def _drop_idle(self) -> None:
        self._idle_timer = None
        now, pinned = time.monotonic(), self._pinned()
        for folder, opened in list(self._engines.items()):
            is_idle = opened.done() and now - self._used_at.get(folder, 0.0) >= _IDLE_SECONDS
            if is_idle and folder != pinned:
                self._drop(folder)
        self._start_idle_timer()

    def _start_idle_timer(self) -> None:
        """Drop idle engines later, unless only the pinned one is open."""
        if self._idle_timer is None and len(self._engines) > 1:
            loop = asyncio.get_running_loop()
            self._idle_timer = loop.call_later(_IDLE_SECONDS, self._drop_idle)

    def _drop(self, folder: str) -> None:
        opened = self._engines.pop(folder)
        self._used_at.pop(folder, None)
        if not _failed(opened):
            self._dropped[folder] = opened.result()


def _failed(opened: "asyncio.Future[Opened]") -> bool:
    return opened.done() and (opened.cancelled() or opened.exception() is not None)


def _is_pattern(opened: "asyncio.Future[Opened]") -> bool:
    return not _failed(opened) and isinstance(opened.result(), PatternStyle)


def open_file(file: Path, max_bytes: int) -> Engine:
    """Open the engine of a local .onnx file; raises `ArtifactError`. Blocks."""
    is_trusted = file.parent == _BUILT_IN
    return Engine(Artifact.open(file, max_bytes=max_bytes, is_trusted=is_trusted))


def open_version(storage: Storage, folder: str, stored: StoredVersion, max_bytes: int) -> Opened:
    """Open the engine of a version, or its pattern; raises as `load_version` does. Blocks."""
    content = load_version(storage, folder, stored, max_bytes)
    return content if isinstance(content, PatternStyle) else Engine(content)


def open_live_version(
    storage: Storage,
    folder: str,
    manifest: Manifest,
    max_bytes: int,
    report: Callable[[str], None],
) -> Opened:
    """Open the engine of the live version, or of the latest earlier one that is intact. Blocks.

    Calls `report` with a line for each damaged version. Raises the `ArtifactError` of the live
    version if all are damaged, or `StorageError`.
    """
    errors: list[ArtifactError] = []
    for version in reversed(manifest.live_history()):
        if stored := manifest.find(version):
            try:
                return open_version(storage, folder, stored, max_bytes)
            except ArtifactError as error:
                errors.append(error.with_traceback(None))
                report(f"{error}; trying the version that was live before it")
    raise errors[0] if errors else ArtifactError(f"{storage.name}/{folder}: no version is stored")
