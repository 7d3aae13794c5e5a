"""Open engines by style, and how to open the engine of a file or of a stored version."""

import asyncio
from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path

from ..sampling import Artifact, ArtifactError, Engine
from .manifest import Manifest, StoredVersion
from .pattern_style import PatternStyle
from .storage import Storage, load_version

Opened = Engine | PatternStyle
"""What a style's file becomes: an engine, or a pattern, which is made of the engines of others."""

OpenEngine = Callable[[], Opened]
"""Opens an engine. It may block."""


class EngineCache:
    """Up to `max_engines` engines, least recently used evicted first, by style folder.

    `pinned` returns the folder of the one engine that is never evicted.
    """

    def __init__(self, max_engines: int, pinned: Callable[[], str]) -> None:
        self._max_engines = max_engines
        self._pinned = pinned
        self._engines: OrderedDict[str, asyncio.Future[Opened]] = OrderedDict()

    def __contains__(self, folder: str) -> bool:
        return folder in self._engines

    async def get(self, folder: str, open_engine: OpenEngine) -> Opened:
        """Return the cached engine, or open one; raises what `open_engine` raises."""
        opened = self._engines.get(folder)
        if opened is None or _failed(opened):
            opened = asyncio.ensure_future(asyncio.to_thread(open_engine))
            self._engines[folder] = opened
        self._engines.move_to_end(folder)
        self._evict()
        return await asyncio.shield(opened)

    async def replace(self, folder: str, open_engine: OpenEngine) -> None:
        """Open a new engine, then put it in place of the cached one.

        If `open_engine` raises, the cached engine stays.
        """
        opened = asyncio.ensure_future(asyncio.to_thread(open_engine))
        await opened
        if folder in self._engines:
            self._engines[folder] = opened

    def remove(self, folder: str) -> None:
        """Remove an engine; requests in progress still get their answers."""
        self._engines.pop(folder, None)

    def close(self) -> None:
        """Close all engines at once and cancel their requests."""
        for opened in self._engines.values():
            if not opened.cancel() and not opened.cancelled() and not opened.exception():
                opened.result().close()
        self._engines.clear()

    def _evict(self) -> None:
        pinned = self._pinned()
        evictable = [folder for folder in self._engines if folder != pinned]
        for folder in evictable[: max(0, len(evictable) - self._max_engines)]:
            self.remove(folder)


def _failed(opened: "asyncio.Future[Opened]") -> bool:
    return opened.done() and (opened.cancelled() or opened.exception() is not None)


def open_file(file: Path, max_bytes: int) -> Engine:
    """Open the engine of a local .onnx file; raises `ArtifactError`. Blocks."""
    return Engine(Artifact.open(file, max_bytes=max_bytes))


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
