"""Damaged files never replace an intact version, and are logged in one line."""

import shutil
import unicodedata
from collections.abc import Callable
from pathlib import Path

import pytest

from bot.library import Library, LibraryError, StorageError, operations
from bot.library.storage import LocalStorage
from bot.sampling import ArtifactError

from ..artifacts import artifact_of_version as version
from .conftest import OpenLibrary, live_version

pytestmark = pytest.mark.parametrize("url", ["folder"], indirect=True)

Damage = Callable[[Path], object]


def truncate(file: Path) -> None:
    file.write_bytes(file.read_bytes()[:-9])


def replace_by_another_style(file: Path) -> None:
    file.write_bytes(version(99))


def delete(file: Path) -> None:
    file.unlink()


def make_too_large(file: Path) -> None:
    file.write_bytes(file.read_bytes() + bytes(5 * 2**20))


def replace_by_folder(file: Path) -> None:
    file.unlink()
    file.mkdir()


@pytest.mark.parametrize(
    "damage", [truncate, replace_by_another_style, delete, make_too_large, replace_by_folder]
)
async def test_damaged_live_version_leaves_the_open_one(
    open_library: OpenLibrary, tmp_path: Path, caplog: pytest.LogCaptureFixture, damage: Damage
) -> None:
    async with open_library() as library:
        await library.publish("fauns", version(1), author="7")
        assert await live_version(library) == 1
        # Another process publishes, and the disk damages the file.
        storage = LocalStorage(tmp_path / "styles")
        operations.publish(
            storage, "fauns", version(2), author="7", keep_versions=10, max_bytes=2**20
        )
        damage(tmp_path / "styles" / "fauns" / "0002.onnx")
        for _ in range(3):
            await library.refresh()
        assert await live_version(library) == 1
        logged = [r.message for r in caplog.records if "the open version stays in use" in r.message]
        assert len(logged) == 1
        assert logged[0].startswith(f"{tmp_path / 'styles' / 'fauns' / '0002.onnx'}: ")
        await library.publish("fauns", version(3), author="7")
        assert await live_version(library) == 3


@pytest.mark.parametrize("damage", [truncate, replace_by_another_style, delete])
async def test_start_uses_the_last_intact_version(
    open_library: OpenLibrary, tmp_path: Path, caplog: pytest.LogCaptureFixture, damage: Damage
) -> None:
    async with open_library() as library:
        for number in (1, 2, 3):
            await library.publish("fauns", version(number), author="7")
    for name in ("0003.onnx", "0002.onnx"):
        damage(tmp_path / "styles" / "fauns" / name)
    async with open_library(style="fauns") as library:
        assert await live_version(library) == 1
        logged = [
            record.message for record in caplog.records if "trying the version" in record.message
        ]
        assert len(logged) == 2
        (tmp_path / "styles" / "fauns" / "0001.onnx").unlink()
    caplog.clear()
    async with open_library() as library:
        for _ in range(3):
            with pytest.raises(ArtifactError, match=r"0003\.onnx"):
                await library.engine("fauns")
        assert len(caplog.records) == 3


async def test_invalid_manifest_changes_nothing(
    open_library: OpenLibrary, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    manifest = tmp_path / "styles" / "fauns" / "style.json"
    async with open_library() as library:
        await library.publish("fauns", version(1), author="7")
        intact = manifest.read_bytes()
        manifest.write_text('{"format": 2}')
        for _ in range(3):
            await library.refresh()
        assert await live_version(library) == 1
        with pytest.raises(
            LibraryError, match=r"style\.json: invalid manifest \(format: Invalid enum value 2"
        ):
            await library.publish("fauns", version(2), author="7")
        assert len(caplog.records) == 1
        manifest.write_bytes(intact)
        await library.publish("fauns", version(2), author="7")
        assert await live_version(library) == 2


async def test_unwritable_storage(library: Library, tmp_path: Path) -> None:
    styles = tmp_path / "styles"
    styles.mkdir()
    (styles / "fauns").write_text("")
    with pytest.raises(StorageError) as error:
        await library.publish("fauns", version(1), author="7")
    assert str(error.value).startswith(f"{styles / 'fauns'}")
    assert str(error.value).endswith(": cannot be read (Not a directory)")
    (styles / "owls").mkdir()
    (styles / "owls" / "style.json").mkdir()
    with pytest.raises(LibraryError, match=r"style\.json: cannot be read \(Is a directory\)"):
        await library.publish("owls", version(1), author="7")


async def test_other_folders_are_ignored(open_library: OpenLibrary, tmp_path: Path) -> None:
    async with open_library() as library:
        await library.publish("fauns", version(1), author="7")
        for other in ("@7x/fauns", "a.b", "@5/@6", "Fauns", "@5/fauns/deep", "lost+found"):
            shutil.copytree(tmp_path / "styles" / "fauns", tmp_path / "styles" / other)
        (tmp_path / "styles" / "file").write_text("")
        (tmp_path / "styles" / "empty").mkdir()
        await library.refresh()
        assert [record.style for record in library.records()] == ["fauns"]
        assert library.records(5) == []


async def test_roll_back_to_a_damaged_version(open_library: OpenLibrary, tmp_path: Path) -> None:
    async with open_library() as library:
        for number in (1, 2):
            await library.publish("fauns", version(number), author="7")
        truncate(tmp_path / "styles" / "fauns" / "0001.onnx")
        with pytest.raises(LibraryError, match=r"0001\.onnx: is not the file that was published"):
            await library.roll_back("fauns", author="7")
        assert library.records()[0].live == await live_version(library) == 2


async def test_undeletable_version_does_not_stop_publish(
    open_library: OpenLibrary, tmp_path: Path
) -> None:
    async with open_library(keep_versions=2) as library:
        for number in (1, 2):
            await library.publish("fauns", version(number), author="7")
        replace_by_folder(tmp_path / "styles" / "fauns" / "0001.onnx")
        assert (await library.publish("fauns", version(3), author="7")).version == 3
        assert await live_version(library) == 3


async def test_highest_version_number(open_library: OpenLibrary, tmp_path: Path) -> None:
    async with open_library() as library:
        await library.publish("fauns", version(1), author="7")
        (tmp_path / "styles" / "fauns" / "999999.onnx").write_text("")
        with pytest.raises(
            LibraryError, match=r"fauns: version 999999 is the highest possible one"
        ):
            await library.publish("fauns", version(2), author="7")


@pytest.mark.parametrize("fault", ["Is a directory", "Too many levels of symbolic links"])
async def test_unopenable_manifest_is_skipped(
    open_library: OpenLibrary, tmp_path: Path, caplog: pytest.LogCaptureFixture, fault: str
) -> None:
    manifest = tmp_path / "styles" / "owls" / "style.json"
    manifest.parent.mkdir(parents=True)
    if fault == "Is a directory":
        manifest.mkdir()
    else:
        manifest.symlink_to(manifest.name)
    async with open_library() as library:
        await library.publish("fauns", version(1), author="7")
        await library.refresh()
        assert await live_version(library) == 1
    logged = [r.message for r in caplog.records]
    assert logged == [f"{manifest}: cannot be read ({fault}); the style stays as it was"]


async def test_other_spellings_are_ignored(open_library: OpenLibrary, tmp_path: Path) -> None:
    styles = tmp_path / "styles"
    decomposed = unicodedata.normalize("NFD", "\u00e9lf")
    async with open_library() as library:
        await library.publish("\u00e9lf", version(1), author="7")
        await library.publish("owls", version(2), author="7", guild_id=7)
        shutil.copytree(styles / "\u00e9lf", styles / decomposed)
        shutil.copytree(styles / "@7", styles / "@007")
        await library.refresh()
        shutil.rmtree(styles / decomposed)
        shutil.rmtree(styles / "@007")
        await library.refresh()
        assert await live_version(library, "\u00e9lf") == 1
        assert await live_version(library, "owls", 7) == 2


async def test_leftover_part_file_is_deleted(open_library: OpenLibrary, tmp_path: Path) -> None:
    fauns = tmp_path / "styles" / "fauns"
    fauns.mkdir(parents=True)
    (fauns / ".style.json.part").write_text("torn")
    async with open_library() as library:
        await library.publish("fauns", version(1), author="7")
    assert sorted(file.name for file in fauns.iterdir()) == [".lock", "0001.onnx", "style.json"]


async def test_invalid_names_are_refused(library: Library) -> None:
    for style in ("", "a/b", "..", "@1", "a.b", "x" * 33, "a b", "c\0", "con"):
        with pytest.raises(LibraryError) as error:
            await library.publish(style, version(1), author="7")
        assert "name" in str(error.value)
    assert library.records() == []
