"""Whatever lies where styles are kept, what is live stays so, and it is told in one line."""

import shutil
import unicodedata
from collections.abc import Callable
from pathlib import Path

import pytest

from bot.library import Library, LibraryError, StorageError, operations
from bot.library.storage import LocalStorage
from bot.sampling import ArtifactError

from ..artifacts import artifact_of_version as version
from .conftest import Opened, answering

pytestmark = pytest.mark.parametrize("url", ["folder"], indirect=True)

Change = Callable[[Path], object]


def torn(file: Path) -> None:
    file.write_bytes(file.read_bytes()[:-9])


def another_style(file: Path) -> None:
    file.write_bytes(version(99))


def gone(file: Path) -> None:
    file.unlink()


def larger_than_the_limit(file: Path) -> None:
    file.write_bytes(file.read_bytes() + bytes(5 * 2**20))


def a_folder(file: Path) -> None:
    file.unlink()
    file.mkdir()


@pytest.mark.parametrize("change", [torn, another_style, gone, larger_than_the_limit, a_folder])
async def test_a_live_version_that_does_not_open_leaves_the_one_that_is_open(
    opened: Opened, tmp_path: Path, caplog: pytest.LogCaptureFixture, change: Change
) -> None:
    async with opened() as library:
        await library.publish("elves", version(1), author="7")
        assert await answering(library) == 1
        # What another process publishes, as it is when the disk loses it.
        storage = LocalStorage(tmp_path / "styles")
        operations.publish(
            storage, "elves", version(2), author="7", keep_versions=10, max_bytes=2**20
        )
        change(tmp_path / "styles" / "elves" / "0002.onnx")
        for _ in range(3):
            await library.refresh()
        assert await answering(library) == 1
        told = [r.message for r in caplog.records if "the open version stays in use" in r.message]
        assert len(told) == 1
        assert told[0].startswith(f"{tmp_path / 'styles' / 'elves' / '0002.onnx'}: ")
        await library.publish("elves", version(3), author="7")
        assert await answering(library) == 3


@pytest.mark.parametrize("change", [torn, another_style, gone])
async def test_at_a_start_the_last_version_that_opens_answers(
    opened: Opened, tmp_path: Path, caplog: pytest.LogCaptureFixture, change: Change
) -> None:
    async with opened() as library:
        for number in (1, 2, 3):
            await library.publish("elves", version(number), author="7")
    for name in ("0003.onnx", "0002.onnx"):
        change(tmp_path / "styles" / "elves" / name)
    async with opened(style="elves") as library:
        assert await answering(library) == 1
        told = [
            record.message for record in caplog.records if "trying the version" in record.message
        ]
        assert len(told) == 2
        (tmp_path / "styles" / "elves" / "0001.onnx").unlink()
    caplog.clear()
    async with opened() as library:
        for _ in range(3):
            with pytest.raises(ArtifactError, match=r"0003\.onnx"):
                await library.engine("elves")
        assert len(caplog.records) == 3


async def test_a_manifest_that_cannot_be_read_leaves_all_as_it_is_and_is_told_once(
    opened: Opened, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    manifest = tmp_path / "styles" / "elves" / "style.json"
    async with opened() as library:
        await library.publish("elves", version(1), author="7")
        whole = manifest.read_bytes()
        manifest.write_text('{"format": 2}')
        for _ in range(3):
            await library.refresh()
        assert await answering(library) == 1
        with pytest.raises(LibraryError, match=r"style\.json: invalid manifest \(format: Input"):
            await library.publish("elves", version(2), author="7")
        assert len(caplog.records) == 1
        manifest.write_bytes(whole)
        await library.publish("elves", version(2), author="7")
        assert await answering(library) == 2


async def test_a_place_that_cannot_be_written_to_is_told(library: Library, tmp_path: Path) -> None:
    styles = tmp_path / "styles"
    styles.mkdir()
    (styles / "elves").write_text("")
    with pytest.raises(StorageError) as error:
        await library.publish("elves", version(1), author="7")
    assert str(error.value).startswith(f"{styles / 'elves'}")
    assert str(error.value).endswith(": cannot be read (Not a directory)")
    (styles / "orcs").mkdir()
    (styles / "orcs" / "style.json").mkdir()
    with pytest.raises(LibraryError, match=r"style\.json: cannot be read \(Is a directory\)"):
        await library.publish("orcs", version(1), author="7")


async def test_folders_that_are_no_styles_are_passed_over(opened: Opened, tmp_path: Path) -> None:
    async with opened() as library:
        await library.publish("elves", version(1), author="7")
        for other in ("@7x/elves", "a.b", "@5/@6", "Elves", "@5/elves/deep", "lost+found"):
            shutil.copytree(tmp_path / "styles" / "elves", tmp_path / "styles" / other)
        (tmp_path / "styles" / "file").write_text("")
        (tmp_path / "styles" / "empty").mkdir()
        await library.refresh()
        assert [shelved.style for shelved in library.records()] == ["elves"]
        assert library.records(5) == []


async def test_a_roll_back_to_a_version_that_opens_no_more_is_refused(
    opened: Opened, tmp_path: Path
) -> None:
    async with opened() as library:
        for number in (1, 2):
            await library.publish("elves", version(number), author="7")
        torn(tmp_path / "styles" / "elves" / "0001.onnx")
        with pytest.raises(LibraryError, match=r"0001\.onnx: is not the file that was published"):
            await library.roll_back("elves", author="7")
        assert library.records()[0].live == await answering(library) == 2


async def test_what_cannot_be_taken_away_keeps_no_version_from_being_published(
    opened: Opened, tmp_path: Path
) -> None:
    async with opened(keep_versions=2) as library:
        for number in (1, 2):
            await library.publish("elves", version(number), author="7")
        a_folder(tmp_path / "styles" / "elves" / "0001.onnx")
        assert (await library.publish("elves", version(3), author="7")).version == 3
        assert await answering(library) == 3


async def test_after_the_highest_number_there_is_no_version(opened: Opened, tmp_path: Path) -> None:
    async with opened() as library:
        await library.publish("elves", version(1), author="7")
        (tmp_path / "styles" / "elves" / "999999.onnx").write_text("")
        with pytest.raises(
            LibraryError, match=r"elves: version 999999 is the highest possible one"
        ):
            await library.publish("elves", version(2), author="7")


@pytest.mark.parametrize("fault", ["Is a directory", "Too many levels of symbolic links"])
async def test_a_manifest_that_cannot_be_opened_keeps_no_other_style_from_being_noticed(
    opened: Opened, tmp_path: Path, caplog: pytest.LogCaptureFixture, fault: str
) -> None:
    manifest = tmp_path / "styles" / "orcs" / "style.json"
    manifest.parent.mkdir(parents=True)
    if fault == "Is a directory":
        manifest.mkdir()
    else:
        manifest.symlink_to(manifest.name)
    async with opened() as library:
        await library.publish("elves", version(1), author="7")
        await library.refresh()
        assert await answering(library) == 1
    told = [r.message for r in caplog.records]
    assert told == [f"{manifest}: cannot be read ({fault}); the style stays as it was"]


async def test_a_folder_that_another_spelling_of_a_style_names_is_passed_over(
    opened: Opened, tmp_path: Path
) -> None:
    styles = tmp_path / "styles"
    decomposed = unicodedata.normalize("NFD", "\u00e9lf")
    async with opened() as library:
        await library.publish("\u00e9lf", version(1), author="7")
        await library.publish("orcs", version(2), author="7", guild_id=7)
        shutil.copytree(styles / "\u00e9lf", styles / decomposed)
        shutil.copytree(styles / "@7", styles / "@007")
        await library.refresh()
        shutil.rmtree(styles / decomposed)
        shutil.rmtree(styles / "@007")
        await library.refresh()
        assert await answering(library, "\u00e9lf") == 1
        assert await answering(library, "orcs", 7) == 2


async def test_what_one_who_died_left_of_a_manifest_goes_with_the_next_change(
    opened: Opened, tmp_path: Path
) -> None:
    elves = tmp_path / "styles" / "elves"
    elves.mkdir(parents=True)
    (elves / ".style.json.part").write_text("torn")
    async with opened() as library:
        await library.publish("elves", version(1), author="7")
    assert sorted(file.name for file in elves.iterdir()) == [".lock", "0001.onnx", "style.json"]


async def test_a_name_that_is_no_name_is_refused(library: Library) -> None:
    for style in ("", "a/b", "..", "@1", "a.b", "x" * 33, "a b", "c\0", "con"):
        with pytest.raises(LibraryError) as error:
            await library.publish(style, version(1), author="7")
        assert "name" in str(error.value)
    assert library.records() == []
