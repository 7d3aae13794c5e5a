"""Deleting the styles of a server, and the id of a user."""

import threading
from pathlib import Path

import pytest

from bot.library import Library, LibraryError
from bot.library.storage import LocalStorage

from ..artifacts import artifact_of_version as version
from .conftest import OpenLibrary, live_version

GUILD, OTHER = 1001, 1002


async def test_forget_guild_deletes_only_its_styles(library: Library) -> None:
    await library.publish("fauns", version(1), author="7")
    await library.publish("fauns", version(2), author="7", guild_id=GUILD)
    await library.publish("fauns", version(3), author="7", guild_id=OTHER)
    await library.forget_guild(GUILD)
    await library.forget_guild(4004)
    assert library.records(GUILD) == []
    assert await live_version(library, "fauns", GUILD) == 1
    assert await live_version(library, "fauns", OTHER) == 3
    assert library._storage.list_files(f"@{GUILD}/fauns") == []


async def test_forget_user_removes_the_id(library: Library) -> None:
    await library.publish("fauns", version(1), author="7")
    await library.publish("fauns", version(2), author="77")
    await library.publish("fauns", version(3), author="7", guild_id=GUILD)
    await library.retire("fauns", author="7", guild_id=GUILD)
    assert library.count_user_changes(7) == 3
    assert await library.forget_user(7) == 3
    assert library.count_user_changes(7) == await library.forget_user(7) == 0
    assert [change.author for change in library.changes()] == ["77", ""]
    assert [change.author for change in library.changes(GUILD)] == ["", ""]
    assert await live_version(library) == 2


@pytest.mark.parametrize("url", ["folder"], indirect=True)
async def test_unreadable_style_is_skipped(open_library: OpenLibrary, tmp_path: Path) -> None:
    (tmp_path / "styles" / "aaa").mkdir(parents=True)
    (tmp_path / "styles" / "aaa" / "style.json").write_text("torn")
    async with open_library() as library:
        await library.publish("fauns", version(1), author="7")
        with pytest.raises(LibraryError, match=r"aaa/style\.json: invalid manifest"):
            await library.forget_user(7)
        assert library.count_user_changes(7) == 0


def delete_files(storage: LocalStorage, files: list[str]) -> None:
    for file in files:
        storage.delete(file)


def test_concurrent_deletion_is_ignored(tmp_path: Path) -> None:
    for turn in range(20):
        storage = LocalStorage(tmp_path / str(turn))
        files = [f"@{GUILD}/{style}/{n:04}.onnx" for n in range(30) for style in ("fauns", "owls")]
        for file in files:
            storage.create(file, b"")
        others = threading.Thread(target=delete_files, args=(storage, files))
        others.start()
        storage.delete_folder(f"@{GUILD}")
        others.join()
        assert list(storage.root.iterdir()) == []
