"""What one process publishes, every other one answers from, and no request falls between."""

import asyncio
import logging
import threading
from pathlib import Path

import pytest

from bot.library import Library, StorageError, operations
from bot.library.index import StyleIndex
from bot.library.storage import LocalStorage
from bot.sampling import Request

from ..artifacts import artifact_of_version as version
from ..artifacts import versions_in
from .conftest import Opened, answered_by, answering

folder_alone = pytest.mark.parametrize("url", ["folder"], indirect=True)
bucket_alone = pytest.mark.parametrize("url", ["s3"], indirect=True)


async def test_what_another_process_changes_is_noticed(opened: Opened) -> None:
    async with opened() as here, opened() as there:
        await there.publish("elves", version(1), author="7")
        await answered_by(here, 1)
        await there.publish("elves", version(2), author="7")
        await answered_by(here, 2)
        await there.roll_back("elves", author="7")
        await answered_by(here, 1)
        await there.retire("elves", author="7")
        async with asyncio.timeout(10):
            while "elves" in here.style_names():  # noqa: ASYNC110
                await asyncio.sleep(0.01)


async def test_who_asked_before_a_swap_gets_the_answer_of_the_version_asked(
    library: Library,
) -> None:
    await library.publish("elves", version(1), author="7")
    engine = await library.engine("elves")
    asked = [asyncio.create_task(engine.names(Request(count=25))) for _ in range(20)]
    await library.publish("elves", version(2), author="7")
    assert await answering(library) == 2
    answers = await asyncio.gather(*asked)
    assert all(versions_in(names) == {1} for names in answers)
    assert versions_in(await engine.names(Request())) == {1}


@bucket_alone
async def test_an_empty_manifest_in_a_bucket_keeps_no_other_style_from_being_noticed(
    library: Library, caplog: pytest.LogCaptureFixture
) -> None:
    library._storage.write("orcs/style.json", b"")
    await library.refresh()
    assert "orcs/style.json: invalid manifest" in caplog.text
    operations.publish(
        library._storage, "elves", version(1), author="7", keep_versions=3, max_bytes=2**20
    )
    await answered_by(library, 1)


@folder_alone
async def test_a_folder_is_made_by_who_publishes_not_by_who_looks(
    opened: Opened, tmp_path: Path
) -> None:
    async with opened() as here:
        await here.refresh()
        assert not (tmp_path / "styles").exists()
        async with opened() as there:
            await there.publish("elves", version(1), author="7")
        await answered_by(here, 1)


@folder_alone
async def test_a_library_that_is_closed_leaves_no_thread_that_watches(opened: Opened) -> None:
    for number in (1, 2, 3):
        async with opened() as here, opened() as there:
            await there.publish("elves", version(number), author="7")
            await answered_by(here, number)
    async with asyncio.timeout(10):
        while any(thread.name.startswith("watcher") for thread in threading.enumerate()):  # noqa: ASYNC110
            await asyncio.sleep(0.01)


@folder_alone
async def test_a_folder_that_goes_away_stops_nothing_and_is_told_once(
    opened: Opened, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with opened() as here, opened() as there:
        await there.publish("elves", version(1), author="7")
        await answered_by(here, 1)
        (tmp_path / "styles").rename(tmp_path / "away")
        with pytest.raises(StorageError, match="the folder is missing"):
            await here.refresh()
        async with asyncio.timeout(10):
            while caplog.text.count("the folder is missing") < 2:  # noqa: ASYNC110
                await asyncio.sleep(0.01)
        assert await answering(here) == 1
        (tmp_path / "away").rename(tmp_path / "styles")
        await there.publish("elves", version(2), author="7")
        await answered_by(here, 2)
    told = [r.message for r in caplog.records if "the folder is missing" in r.message]
    assert len(told) == 2  # one of each library


@folder_alone
async def test_a_folder_that_the_system_has_no_answer_about_is_watched_again_when_it_has(
    opened: Opened, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    styles = tmp_path / "styles"
    async with opened() as here, opened() as there:
        await there.publish("elves", version(1), author="7")
        await answered_by(here, 1)
        styles.rename(tmp_path / "away")
        styles.symlink_to("x" * 300)  # which no system call takes, as with a disk that fails
        async with asyncio.timeout(10):
            while caplog.text.count("File name too long") < 2:  # noqa: ASYNC110
                await asyncio.sleep(0.01)
        styles.unlink()
        (tmp_path / "away").rename(styles)
        await there.publish("elves", version(2), author="7")
        await answered_by(here, 2)


def test_what_was_found_by_a_look_that_was_broken_off_is_found_by_the_next(tmp_path: Path) -> None:
    storage, index = LocalStorage(tmp_path), StyleIndex(LocalStorage(tmp_path))
    operations.publish(storage, "elves", version(1), author="7", keep_versions=3, max_bytes=2**20)
    assert list(index.scan()) == ["elves"]  # of which nothing was kept
    index.refresh()
    assert index.manifest("elves") is not None
    assert index.scan() == {}


@bucket_alone
async def test_a_version_that_cannot_be_fetched_answers_as_soon_as_it_can(
    opened: Opened, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with opened() as here, opened() as there:
        await there.publish("elves", version(1), author="7")
        await answered_by(here, 1)
        files = here._storage._files  # type: ignore[attr-defined]
        fetch = files.cat_file

        def without_styles(path: str, **how: object) -> object:
            if path.endswith(".onnx"):
                unreachable()
            return fetch(path, **how)

        monkeypatch.setattr(files, "cat_file", without_styles)
        monkeypatch.setattr(files, "size", unreachable)
        await there.publish("elves", version(2), author="7")
        async with asyncio.timeout(10):
            while "the open version stays in use" not in caplog.text:  # noqa: ASYNC110
                await asyncio.sleep(0.01)
        for _ in range(3):
            await here.refresh()
        assert await answering(here) == 1
        monkeypatch.undo()
        await answered_by(here, 2)
    assert caplog.text.count("the open version stays in use") == 1


@bucket_alone
async def test_a_bucket_that_cannot_be_reached_stops_nothing_and_is_told_once(
    opened: Opened, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with opened() as library:
        await library.publish("elves", version(1), author="7")
        assert await answering(library) == 1
        files = library._storage._files  # type: ignore[attr-defined]
        monkeypatch.setattr(files, "find", unreachable)
        async with asyncio.timeout(10):
            while "cannot be reached" not in caplog.text:  # noqa: ASYNC110
                await asyncio.sleep(0.01)
        for _ in range(3):
            with pytest.raises(StorageError):
                await library.refresh()
        assert await answering(library) == 1
        monkeypatch.undo()
        async with asyncio.timeout(10):
            while "can be reached again" not in caplog.text:  # noqa: ASYNC110
                await asyncio.sleep(0.01)
    assert len([r for r in caplog.records if r.levelno >= logging.ERROR]) == 1


def unreachable(*_: object, **__: object) -> None:
    raise ConnectionError("Could not connect to the endpoint")
