"""A style is published, rolled back and retired, in a folder as in a bucket."""

import asyncio
import hashlib
from datetime import datetime, tzinfo
from pathlib import Path

import pytest

from bot.library import Library, LibraryError, StyleNotFoundError, operations

from ..artifacts import artifact_of_version as version
from .conftest import Opened, answering

GUILD, OTHER = 1001, 1002


def refused(error: pytest.ExceptionInfo[LibraryError]) -> str:
    line = str(error.value)
    assert "\n" not in line
    return line


async def test_what_is_published_answers_at_once(library: Library) -> None:
    change = await library.publish("Elves", version(1), author="7")
    assert (change.operation, change.style, change.version, change.author) == (
        "publish",
        "elves",
        1,
        "7",
    )
    assert change.digest == hashlib.sha256(version(1)).hexdigest()
    assert change.size == len(version(1))
    assert await answering(library) == 1
    assert library.style_names() == ["names", "elves", "dinosaurs", "surnames"]
    assert library.layer("elves", GUILD) == "shared"


async def test_a_roll_back_goes_to_the_version_that_was_live_before_and_twice_by_two(
    library: Library,
) -> None:
    for number in (1, 2, 3):
        await library.publish("elves", version(number), author="7")
    assert (await library.roll_back("elves", author="8")).version == 2
    assert await answering(library) == 2
    await library.roll_back("elves", author="8")
    assert await answering(library) == 1
    with pytest.raises(LibraryError) as error:
        await library.roll_back("elves", author="8")
    assert (
        refused(error) == "elves has no earlier live version. Choose one of its versions: 1, 2, 3."
    )
    await library.roll_back("elves", author="8", version=3)
    assert await answering(library) == 3
    await library.roll_back("elves", author="8")
    assert await answering(library) == 1


async def test_a_retired_style_answers_no_more_until_it_is_brought_back(library: Library) -> None:
    for number in (1, 2):
        await library.publish("elves", version(number), author="7")
    await library.retire("elves", author="8")
    assert "elves" not in library.style_names()
    with pytest.raises(StyleNotFoundError, match="The styles are names, dinosaurs, surnames"):
        await library.engine("elves")
    (shelved,) = library.records()
    assert (shelved.live, shelved.versions) == (None, (1, 2))
    with pytest.raises(LibraryError, match="elves is already retired"):
        await library.retire("elves", author="8")
    assert (await library.roll_back("elves", author="8")).version == 2
    assert await answering(library) == 2
    await library.retire("elves", author="8")
    await library.publish("elves", version(3), author="8")
    assert await answering(library) == 3


async def test_every_change_is_told_the_newest_first(library: Library) -> None:
    await library.publish("elves", version(1), author="7")
    await library.publish("elves", version(2), author="shell: ada")
    await library.roll_back("elves", author="8")
    await library.publish("orcs", version(3), author="7")
    await library.retire("elves", author="8")
    told = [(c.operation, c.style, c.version, c.author) for c in library.changes()]
    assert told == [
        ("retire", "elves", 1, "8"),
        ("publish", "orcs", 1, "7"),
        ("rollback", "elves", 1, "8"),
        ("publish", "elves", 2, "shell: ada"),
        ("publish", "elves", 1, "7"),
    ]
    assert [change.style for change in library.changes(style="orcs")] == ["orcs"]
    times = [change.time for change in library.changes()]
    assert times == sorted(times, reverse=True)


async def test_a_published_style_covers_a_shipped_one_and_a_guilds_own_covers_both(
    library: Library,
) -> None:
    shipped = await library.engine("dinosaurs", GUILD)
    await library.publish("dinosaurs", version(1), author="7")
    await library.publish("dinosaurs", version(2), author="7", guild_id=GUILD)
    await library.publish("elves", version(3), author="7", guild_id=GUILD)
    assert [library.layer("dinosaurs", guild) for guild in (GUILD, OTHER, None)] == [
        "guild",
        "shared",
        "shared",
    ]
    assert await answering(library, "dinosaurs", GUILD) == 2
    assert (
        await answering(library, "dinosaurs", OTHER) == await answering(library, "dinosaurs") == 1
    )
    assert library.style_names(GUILD) == ["names", "dinosaurs", "elves", "surnames"]
    assert library.style_names(OTHER) == library.style_names() == ["names", "dinosaurs", "surnames"]
    with pytest.raises(StyleNotFoundError):
        await library.engine("elves", OTHER)
    await library.retire("dinosaurs", author="7", guild_id=GUILD)
    assert await answering(library, "dinosaurs", GUILD) == 1
    await library.retire("dinosaurs", author="7")
    assert await library.engine("dinosaurs", GUILD) is shipped
    assert [shelved.style for shelved in library.records(GUILD)] == ["dinosaurs", "elves"]
    assert [shelved.style for shelved in library.records()] == ["dinosaurs"]
    assert len(library.changes(GUILD)) == 3


async def test_the_oldest_versions_go_but_never_the_live_one_nor_the_one_before_it(
    opened: Opened,
) -> None:
    async with opened(keep_versions=3) as library:
        for number in (1, 2, 3, 4):
            await library.publish("elves", version(number), author="7")
        assert library.records()[0].versions == (2, 3, 4)
        await library.roll_back("elves", author="7", version=2)
        await library.publish("elves", version(5), author="7")
        (shelved,) = library.records()
        assert shelved.versions == (2, 4, 5)
        assert shelved.size == sum(len(version(number)) for number in (2, 4, 5))
        await library.roll_back("elves", author="7")
        assert await answering(library) == 2
        with pytest.raises(LibraryError) as error:
            await library.roll_back("elves", author="7", version=3)
        assert refused(error) == "elves has no version 3. Its versions are 2, 4, 5."
        assert sorted(name for name in library._storage.list_files("elves") if "onnx" in name) == [
            "0002.onnx",
            "0004.onnx",
            "0005.onnx",
        ]


async def test_the_changes_of_a_style_stay_in_their_order_when_a_clock_goes_back(
    library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Clock:
        hour = 9

        @classmethod
        def now(cls, zone: tzinfo) -> datetime:
            cls.hour -= 1
            return datetime(2026, 1, 1, cls.hour, tzinfo=zone)

    monkeypatch.setattr(operations, "datetime", Clock)
    for number in (1, 2, 3):
        await library.publish("elves", version(number), author="7")
    assert [change.version for change in library.changes()] == [3, 2, 1]


async def test_what_is_kept_is_there_after_a_restart(opened: Opened) -> None:
    async with opened() as library:
        await library.publish("elves", version(1), author="7")
        await library.publish("elves", version(2), author="7", guild_id=GUILD)
    async with opened(style="Elves") as library:
        assert library.default_style == "elves"
        assert await answering(library) == 1
        assert await answering(library, "elves", GUILD) == 2
        assert library.changes()[0].author == "7"


async def test_where_the_own_style_is_retired_the_first_other_answers(opened: Opened) -> None:
    async with opened() as library:
        await library.publish("elves", version(1), author="7")
    async with opened(style="elves") as library:
        await library.retire("elves", author="7")
        assert library.default_style == "dinosaurs"
        assert library.style_names() == ["dinosaurs", "names", "surnames"]
        await library.roll_back("elves", author="7")
        assert library.default_style == "elves"
        await library.retire("elves", author="7")
    async with opened(style="elves") as library:  # and a restart does not end it
        assert library.default_style == "dinosaurs"


async def test_a_style_that_is_nowhere_cannot_be_the_own_one(opened: Opened) -> None:
    with pytest.raises(StyleNotFoundError, match="elves is neither an "):
        async with opened(style="elves"):
            pass


async def test_a_file_that_the_settings_name_is_covered_by_nothing_for_everyone(
    opened: Opened, tmp_path: Path
) -> None:
    file = tmp_path / "elves.onnx"
    file.write_bytes(version(9))
    async with opened(style=str(file)) as library:
        await library.publish("elves", version(1), author="7")
        await library.publish("elves", version(2), author="7", guild_id=GUILD)
        assert library.default_style == "elves"
        assert await answering(library) == await answering(library, "elves", OTHER) == 9
        assert await answering(library, "elves", GUILD) == 2


async def test_what_is_no_style_is_refused_and_nothing_of_it_is_kept(library: Library) -> None:
    await library.publish("elves", version(1), author="7")
    for content in (b"", b"Anna\n", version(2)[:-9], b"\0" * (5 * 2**20)):
        with pytest.raises(LibraryError) as error:
            await library.publish("elves", content, author="7")
        assert refused(error).startswith("elves: is ")
    for name in ("orcs", "elves"):
        with pytest.raises(LibraryError):
            await library.publish(name, b"Anna\n", author="7")
    assert await answering(library) == 1
    assert library._storage.list_files("orcs") == []
    assert sorted(library._storage.list_files("elves")) in (
        ["0001.onnx", "style.json"],
        [".lock", "0001.onnx", "style.json"],
    )


async def test_a_style_that_was_not_published_cannot_be_rolled_back_or_retired(
    library: Library,
) -> None:
    for change in (library.roll_back, library.retire):
        with pytest.raises(LibraryError) as error:
            await change("elves", author="7")
        assert refused(error) == "There is no published style called elves."
    assert library._storage.list_files("elves") == []


async def test_many_who_publish_at_once_get_a_version_each_and_none_is_lost(opened: Opened) -> None:
    async with opened() as one, opened() as other:
        changes = await asyncio.gather(
            *(
                library.publish("elves", version(2 * i + j), author=str(i))
                for i in range(3)
                for j, library in enumerate((one, other))
            )
        )
        assert sorted(change.version for change in changes) == [1, 2, 3, 4, 5, 6]
        await one.refresh()
        assert len(one.changes()) == 6
        digests = {change.version: change.digest for change in changes}
        assert {change.version: change.digest for change in one.changes()} == digests
        live = one.records()[0].live
        assert hashlib.sha256(version(await answering(one))).hexdigest() == digests[live or 0]
