"""Versions are swapped under load: no request fails, no answer mixes versions.

`make bench ROW=swaps-failed,swaps-memory` does it a thousand times.
"""

import asyncio
import sys
from pathlib import Path

from bot.library import operations
from bot.library.storage import LocalStorage
from bot.loopback import Loopback

from ...version_swaps import swap_versions
from ..artifacts import artifact_of_version as version
from ..artifacts import versions_in
from ..conftest import RunBot, names_in

MIB = 2**20


async def test_100_swaps_under_50_requesters() -> None:
    report = await swap_versions(changes=100, requesters=50)
    assert report.answers >= 1000
    assert (report.failed, report.mixed) == (0, 0)
    assert len(report.versions) >= 60
    if sys.platform == "linux":
        assert max(report.memory[50:]) < max(report.memory[:50]) + 25 * MIB


async def test_swaps_during_discord_commands(
    discord: Loopback,
    run_bot: RunBot,
    tmp_path: Path,
) -> None:
    storage = LocalStorage(tmp_path / "data" / "styles")

    def publish(number: int) -> None:
        content = version(number)
        operations.publish(storage, "fauns", content, author="7", keep_versions=3, max_bytes=MIB)

    publish(0)
    seen: list[set[int]] = []

    async def request_names(author: str) -> None:
        while True:
            call = await discord.invoke("name", {"style": "fauns", "count": 4}, author=author)
            seen.append(versions_in(names_in(await call.answer())))

    async with run_bot(discord, names={"new_only": False}):
        tasks = [asyncio.create_task(request_names(author)) for author in ("ada", "ben")]
        for number in range(1, 11):
            await asyncio.to_thread(publish, number)
            async with asyncio.timeout(20):
                while {number} not in seen:
                    if (done := next((task for task in tasks if task.done()), None)) is not None:
                        done.result()
                    await asyncio.sleep(0.01)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    assert all(len(versions) == 1 for versions in seen)
