"""Swaps versions of a style under load: publishes and roll backs while names are requested.

A test and a benchmark share it.
"""

import asyncio
import gc
import tempfile
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

from bot.config_sections import LibrarySettings, NamesSettings
from bot.library import Library
from bot.sampling import Request

from .bot.artifacts import artifact_of_version, versions_in

STYLE = "fauns"
_PADDING = 2**20
"""Bytes added to each version, so that memory that is not freed becomes visible."""


@dataclass
class SwapReport:
    """The results. `mixed` answers had names of several versions; `memory` is in bytes."""

    answers: int = 0
    failed: int = 0
    mixed: int = 0
    versions: set[int] = field(default_factory=set)
    memory: list[int] = field(default_factory=list)


async def swap_versions(changes: int, requesters: int) -> SwapReport:
    """Publish and roll back `changes` times while `requesters` draw names without a pause."""
    report = SwapReport()
    with tempfile.TemporaryDirectory() as folder:
        settings = LibrarySettings(keep_versions=10)
        library = await Library.open(NamesSettings(), settings, Path(folder))
        await library.publish(STYLE, artifact_of_version(0, _PADDING), author="7")
        tasks = [asyncio.create_task(_request_names(library, report)) for _ in range(requesters)]
        async for _ in _make_changes(library, changes):
            answers = report.answers
            while report.answers + report.failed < answers + requesters // 5:  # noqa: ASYNC110
                await asyncio.sleep(0)
            report.memory.append(resident_bytes())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await library.close()
    return report


async def _make_changes(library: Library, changes: int) -> AsyncIterator[int]:
    """Change the style, two publishes and one roll back in turn; yield after each change."""
    for change in range(changes):
        if change % 3 == 2:
            await library.roll_back(STYLE, author="7")
        else:
            content = await asyncio.to_thread(artifact_of_version, change % 1300 + 1, _PADDING)
            await library.publish(STYLE, content, author="7")
        yield change


async def _request_names(library: Library, report: SwapReport) -> None:
    while True:
        try:
            engine = await library.engine(STYLE)
            versions = versions_in(await engine.names(Request(count=4)))
        except Exception:  # failures are counted
            report.failed += 1
        else:
            report.answers += 1
            report.mixed += len(versions) != 1
            report.versions |= versions
        await asyncio.sleep(0)


def resident_bytes() -> int:
    """Return the memory of this process that is in RAM."""
    gc.collect(0)
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * 4096
