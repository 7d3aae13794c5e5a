"""Publish, roll back and retire styles, in a local folder and in a bucket."""

import asyncio
import hashlib
from datetime import datetime, tzinfo
from pathlib import Path

import pytest

from bot.library import Library, LibraryError, StyleNotFoundError, operations

from ..artifacts import artifact_of_version as version
from .conftest import OpenLibrary, live_version

GUILD, OTHER = 1001, 1002


def message(error: pytest.ExceptionInfo[LibraryError]) -> str:
    line = str(error.value)
    assert "\n" not in line
    return line


async def test_published_style_is_live_at_once(library: Library) -> None:
    default, *shipped = library.style_names()
    change = await library.publish("Fauns", version(1), author="7")
    assert (change.operation, change.style, change.version, change.author) == (
        "publish",
        "fauns",
        1,
        "7",
    )
    assert change.digest == hashlib.sha256(version(1)).hexdigest()
    assert change.size == len(version(1))
    assert await live_version(library) == 1
    assert library.style_names() == [default, "fauns", *shipped]
    assert library.layer("fauns", GUILD) == "shared"


async def test_roll_back_goes_to_the_previous_version(
    library: Library,
) -> None:
    for number in (1, 2, 3):
        await library.publish("fauns", version(number), author="7")
    assert (await library.roll_back("fauns", author="8")).version == 2
    assert await live_version(library) == 2
    await library.roll_back("fauns", author="8")
    assert await live_version(library) == 1
    with pytest.raises(LibraryError) as error:
        await library.roll_back("fauns", author="8")
    assert (
        message(error) == "fauns has no earlier live version. Choose one of its versions: 1, 2, 3."
    )
    await library.roll_back("fauns", author="8", version=3)
    assert await live_version(library) == 3
    await library.roll_back("fauns", author="8")
    assert await live_version(library) == 1


async def test_retire_and_restore(library: Library) -> None:
    for number in (1, 2):
        await library.publish("fauns", version(number), author="7")
    await library.retire("fauns", author="8")
    assert "fauns" not in library.style_names()
    with pytest.raises(StyleNotFoundError, match="The styles are names, american-towns"):
        await library.engine("fauns")
    (record,) = library.records()
    assert (record.live, record.versions) == (None, (1, 2))
    with pytest.raises(LibraryError, match="fauns is already retired"):
        await library.retire("fauns", author="8")
    assert (await library.roll_back("fauns", author="8")).version == 2
    assert await live_version(library) == 2
    await library.retire("fauns", author="8")
    await library.publish("fauns", version(3), author="8")
    assert await live_version(library) == 3


async def test_changes_are_newest_first(library: Library) -> None:
    await library.publish("fauns", version(1), author="7")
    await library.publish("fauns", version(2), author="shell: ada")
    await library.roll_back("fauns", author="8")
    await library.publish("owls", version(3), author="7")
    await library.retire("fauns", author="8")
    changes = [(c.operation, c.style, c.version, c.author) for c in library.changes()]
    assert changes == [
        ("retire", "fauns", 1, "8"),
        ("publish", "owls", 1, "7"),
        ("rollback", "fauns", 1, "8"),
        ("publish", "fauns", 2, "shell: ada"),
        ("publish", "fauns", 1, "7"),
    ]
    assert [change.style for change in library.changes(style="owls")] == ["owls"]
    times = [change.time for change in library.changes()]
    assert times == sorted(times, reverse=True)


async def test_layers_hide_each_other(
    library: Library,
) -> None:
    others = [style for style in library.style_names() if style not in ("names", "dinosaurs")]
    shipped = await library.engine("dinosaurs", GUILD)
    await library.publish("dinosaurs", version(1), author="7")
    await library.publish("dinosaurs", version(2), author="7", guild_id=GUILD)
    await library.publish("fauns", version(3), author="7", guild_id=GUILD)
    assert [library.layer("dinosaurs", guild) for guild in (GUILD, OTHER, None)] == [
        "guild",
        "shared",
        "shared",
    ]
    assert await live_version(library, "dinosaurs", GUILD) == 2
    assert (
        await live_version(library, "dinosaurs", OTHER)
        == await live_version(library, "dinosaurs")
        == 1
    )
    assert library.style_names(GUILD) == ["names", "dinosaurs", "fauns", *others]
    assert library.style_names(OTHER) == library.style_names() == ["names", "dinosaurs", *others]
    with pytest.raises(StyleNotFoundError):
        await library.engine("fauns", OTHER)
    await library.retire("dinosaurs", author="7", guild_id=GUILD)
    assert await live_version(library, "dinosaurs", GUILD) == 1
    await library.retire("dinosaurs", author="7")
    assert await library.engine("dinosaurs", GUILD) is shipped
    assert [record.style for record in library.records(GUILD)] == ["dinosaurs", "fauns"]
    assert [record.style for record in library.records()] == ["dinosaurs"]
    assert len(library.changes(GUILD)) == 3


async def test_oldest_versions_are_deleted(
    open_library: OpenLibrary,
) -> None:
    async with open_library(keep_versions=3) as library:
        for number in (1, 2, 3, 4):
            await library.publish("fauns", version(number), author="7")
        assert library.records()[0].versions == (2, 3, 4)
        await library.roll_back("fauns", author="7", version=2)
        await library.publish("fauns", version(5), author="7")
        (record,) = library.records()
        assert record.versions == (2, 4, 5)
        assert record.size == sum(len(version(number)) for number in (2, 4, 5))
        await library.roll_back("fauns", author="7")
        assert await live_version(library) == 2
        with pytest.raises(LibraryError) as error:
            await library.roll_back("fauns", author="7", version=3)
        assert message(error) == "fauns has no version 3. Its versions are 2, 4, 5."
        assert sorted(name for name in library._storage.list_files("fauns") if "onnx" in name) == [
            "0002.onnx",
            "0004.onnx",
            "0005.onnx",
        ]


async def test_change_order_survives_a_clock_set_back(
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
        await library.publish("fauns", version(number), author="7")
    assert [change.version for change in library.changes()] == [3, 2, 1]


async def test_styles_survive_a_restart(open_library: OpenLibrary) -> None:
    async with open_library() as library:
        await library.publish("fauns", version(1), author="7")
        await library.publish("fauns", version(2), author="7", guild_id=GUILD)
    async with open_library(style="Fauns") as library:
        assert library.default_style == "fauns"
        assert await live_version(library) == 1
        assert await live_version(library, "fauns", GUILD) == 2
        assert library.changes()[0].author == "7"


async def test_retired_default_style_is_replaced(open_library: OpenLibrary) -> None:
    async with open_library() as library:
        await library.publish("fauns", version(1), author="7")
    async with open_library(style="fauns") as library:
        await library.retire("fauns", author="7")
        assert library.default_style == "american-towns"
        assert library.style_names()[0] == "american-towns"
        await library.roll_back("fauns", author="7")
        assert library.default_style == "fauns"
        await library.retire("fauns", author="7")
    async with open_library(style="fauns") as library:  # and a restart does not end it
        assert library.default_style == "american-towns"


async def test_unknown_default_style_is_refused(open_library: OpenLibrary) -> None:
    with pytest.raises(StyleNotFoundError, match="fauns is neither an "):
        async with open_library(style="fauns"):
            pass


async def test_configured_file_hides_shared_styles(
    open_library: OpenLibrary, tmp_path: Path
) -> None:
    file = tmp_path / "fauns.onnx"
    file.write_bytes(version(9))
    async with open_library(style=str(file)) as library:
        await library.publish("fauns", version(1), author="7")
        await library.publish("fauns", version(2), author="7", guild_id=GUILD)
        assert library.default_style == "fauns"
        assert await live_version(library) == await live_version(library, "fauns", OTHER) == 9
        assert await live_version(library, "fauns", GUILD) == 2


async def test_invalid_file_is_not_stored(library: Library) -> None:
    await library.publish("fauns", version(1), author="7")
    for content in (b"", b"Anna\n", version(2)[:-9], b"\0" * (5 * 2**20)):
        with pytest.raises(LibraryError) as error:
            await library.publish("fauns", content, author="7")
        assert message(error).startswith("fauns: is ")
    for name in ("owls", "fauns"):
        with pytest.raises(LibraryError):
            await library.publish(name, b"Anna\n", author="7")
    assert await live_version(library) == 1
    assert library._storage.list_files("owls") == []
    assert sorted(library._storage.list_files("fauns")) in (
        ["0001.onnx", "style.json"],
        [".lock", "0001.onnx", "style.json"],
    )


async def test_unpublished_style_cannot_change(
    library: Library,
) -> None:
    for change in (library.roll_back, library.retire):
        with pytest.raises(LibraryError) as error:
            await change("fauns", author="7")
        assert message(error) == "There is no published style called fauns."
    assert library._storage.list_files("fauns") == []


async def test_concurrent_publishes_get_a_version_each(open_library: OpenLibrary) -> None:
    async with open_library() as one, open_library() as other:
        changes = await asyncio.gather(
            *(
                library.publish("fauns", version(2 * i + j), author=str(i))
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
        assert hashlib.sha256(version(await live_version(one))).hexdigest() == digests[live or 0]
