"""Many publishes and roll-backs under many requesters: what a test and a benchmark both do."""

import asyncio
import gc
import tempfile
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

from bot.config import LibrarySettings, NamesSettings
from bot.library import Library
from bot.sampling import Request

from .bot.artifacts import artifact_of_version, versions_in

STYLE = "elves"
_BULK = 2**20
"""Bytes of each version: a thousand that are not freed would be seen."""


@dataclass
class Swapped:
    """What came of it: `mixed` answers had names of several versions, `memory` is in bytes."""

    answers: int = 0
    failed: int = 0
    mixed: int = 0
    versions: set[int] = field(default_factory=set)
    memory: list[int] = field(default_factory=list)


async def swapped(changes: int, requesters: int) -> Swapped:
    """Publish and roll back `changes` times while `requesters` ask for names without a pause."""
    told = Swapped()
    with tempfile.TemporaryDirectory() as folder:
        library = await Library.open(
            NamesSettings(), LibrarySettings(keep_versions=10), Path(folder)
        )
        await library.publish(STYLE, artifact_of_version(0, _BULK), author="7")
        asking = [asyncio.create_task(_ask(library, told)) for _ in range(requesters)]
        async for _ in _changed(library, changes):
            answers = told.answers
            while told.answers + told.failed < answers + requesters // 5:  # noqa: ASYNC110
                await asyncio.sleep(0)
            told.memory.append(_resident())
        for task in asking:
            task.cancel()
        await asyncio.gather(*asking, return_exceptions=True)
        await library.close()
    return told


async def _changed(library: Library, changes: int) -> AsyncIterator[int]:
    """Change the style: two publishes, then one roll back, and so on."""
    for change in range(changes):
        if change % 3 == 2:
            await library.roll_back(STYLE, author="7")
        else:
            content = await asyncio.to_thread(artifact_of_version, change % 1300 + 1, _BULK)
            await library.publish(STYLE, content, author="7")
        yield change


async def _ask(library: Library, told: Swapped) -> None:
    while True:
        try:
            engine = await library.engine(STYLE)
            versions = versions_in(await engine.names(Request(count=4)))
        except Exception:  # it is what is counted
            told.failed += 1
        else:
            told.answers += 1
            told.mixed += len(versions) != 1
            told.versions |= versions
        await asyncio.sleep(0)


def _resident() -> int:
    gc.collect(0)
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * 4096
