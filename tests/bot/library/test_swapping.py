"""A hundred swaps under fifty requesters: no request fails, no answer is of two versions.

`make bench ROW=swaps-failed,swaps-memory` does it a thousand times.
"""

import asyncio
import sys
from pathlib import Path

from bot.library import operations
from bot.library.storage import LocalStorage
from bot.loopback import Loopback

from ...swapping import swapped
from ..artifacts import artifact_of_version as version
from ..artifacts import versions_in
from ..conftest import Serving, names_in

MIB = 2**20


async def test_a_hundred_swaps_under_fifty_requesters() -> None:
    told = await swapped(changes=100, requesters=50)
    assert told.answers >= 1000
    assert (told.failed, told.mixed) == (0, 0)
    assert len(told.versions) >= 60
    if sys.platform == "linux":
        assert max(told.memory[50:]) < max(told.memory[:50]) + 25 * MIB


async def test_swaps_by_another_process_under_people_who_ask_on_discord(
    discord: Loopback,
    serving: Serving,
    tmp_path: Path,
) -> None:
    storage = LocalStorage(tmp_path / "data" / "styles")

    def publish(number: int) -> None:
        content = version(number)
        operations.publish(storage, "elves", content, author="7", keep_versions=3, max_bytes=MIB)

    publish(0)
    seen: list[set[int]] = []

    async def ask(person: str) -> None:
        while True:
            call = await discord.invoke("name", {"style": "elves", "count": 4}, author=person)
            seen.append(versions_in(names_in(await call.answer())))

    async with serving(discord):
        asking = [asyncio.create_task(ask(person)) for person in ("ada", "ben")]
        for number in range(1, 11):
            await asyncio.to_thread(publish, number)
            async with asyncio.timeout(20):
                while {number} not in seen:
                    if (done := next((task for task in asking if task.done()), None)) is not None:
                        done.result()
                    await asyncio.sleep(0.01)
        for task in asking:
            task.cancel()
        await asyncio.gather(*asking, return_exceptions=True)
    assert all(len(versions) == 1 for versions in seen)
