"""Other processes' changes are noticed, and no request fails meanwhile."""

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
from .conftest import OpenLibrary, live_version, wait_for_version

local_only = pytest.mark.parametrize("url", ["folder"], indirect=True)
s3_only = pytest.mark.parametrize("url", ["s3"], indirect=True)


async def test_changes_of_another_process(open_library: OpenLibrary) -> None:
    async with open_library() as reader, open_library() as writer:
        await writer.publish("fauns", version(1), author="7")
        await wait_for_version(reader, 1)
        await writer.publish("fauns", version(2), author="7")
        await wait_for_version(reader, 2)
        await writer.roll_back("fauns", author="7")
        await wait_for_version(reader, 1)
        await writer.retire("fauns", author="7")
        async with asyncio.timeout(60):
            while "fauns" in reader.style_names():  # noqa: ASYNC110
                await asyncio.sleep(0.01)


async def test_running_requests_finish_with_their_version(
    library: Library,
) -> None:
    await library.publish("fauns", version(1), author="7")
    engine = await library.engine("fauns")
    requests = [asyncio.create_task(engine.names(Request(count=25))) for _ in range(20)]
    await library.publish("fauns", version(2), author="7")
    assert await live_version(library) == 2
    answers = await asyncio.gather(*requests)
    assert all(versions_in(names) == {1} for names in answers)
    assert versions_in(await engine.names(Request())) == {1}


@s3_only
async def test_empty_manifest_is_skipped(
    library: Library, caplog: pytest.LogCaptureFixture
) -> None:
    library._storage.write("owls/style.json", b"")
    await library.refresh()
    assert "owls/style.json: invalid manifest" in caplog.text
    operations.publish(
        library._storage, "fauns", version(1), author="7", keep_versions=3, max_bytes=2**20
    )
    await wait_for_version(library, 1)


@local_only
async def test_only_publish_creates_the_folder(open_library: OpenLibrary, tmp_path: Path) -> None:
    async with open_library() as reader:
        await reader.refresh()
        assert not (tmp_path / "styles").exists()
        async with open_library() as writer:
            await writer.publish("fauns", version(1), author="7")
        await wait_for_version(reader, 1)


@local_only
async def test_close_ends_the_thread(open_library: OpenLibrary) -> None:
    for number in (1, 2, 3):
        async with open_library() as reader, open_library() as writer:
            await writer.publish("fauns", version(number), author="7")
            await wait_for_version(reader, number)
    async with asyncio.timeout(60):
        while any(thread.name.startswith("watcher") for thread in threading.enumerate()):  # noqa: ASYNC110
            await asyncio.sleep(0.01)


@local_only
async def test_missing_folder_is_logged_once(
    open_library: OpenLibrary, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with open_library() as reader, open_library() as writer:
        await writer.publish("fauns", version(1), author="7")
        await wait_for_version(reader, 1)
        await writer.refresh()  # a library that has not seen the folder does not miss it
        (tmp_path / "styles").rename(tmp_path / "away")
        with pytest.raises(StorageError, match="the folder is missing"):
            await reader.refresh()
        async with asyncio.timeout(60):
            while caplog.text.count("the folder is missing") < 2:  # noqa: ASYNC110
                await asyncio.sleep(0.01)
        assert await live_version(reader) == 1
        (tmp_path / "away").rename(tmp_path / "styles")
        await writer.publish("fauns", version(2), author="7")
        await wait_for_version(reader, 2)
    logged = [r.message for r in caplog.records if "the folder is missing" in r.message]
    assert len(logged) == 2  # one of each library


@local_only
async def test_unreadable_folder_is_watched_again(
    open_library: OpenLibrary, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    styles = tmp_path / "styles"
    async with open_library() as reader, open_library() as writer:
        await writer.publish("fauns", version(1), author="7")
        await wait_for_version(reader, 1)
        styles.rename(tmp_path / "away")
        styles.symlink_to("x" * 300)  # every system call fails, as with a broken disk
        async with asyncio.timeout(60):
            while caplog.text.count("File name too long") < 2:  # noqa: ASYNC110
                await asyncio.sleep(0.01)
        styles.unlink()
        (tmp_path / "away").rename(styles)
        await writer.publish("fauns", version(2), author="7")
        await wait_for_version(reader, 2)


def test_scan_repeats_until_update(tmp_path: Path) -> None:
    storage, index = LocalStorage(tmp_path), StyleIndex(LocalStorage(tmp_path))
    operations.publish(storage, "fauns", version(1), author="7", keep_versions=3, max_bytes=2**20)
    assert list(index.scan()) == ["fauns"]  # without `update`
    index.refresh()
    assert index.manifest("fauns") is not None
    assert index.scan() == {}


@s3_only
async def test_unreachable_version_is_retried(
    open_library: OpenLibrary, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with open_library() as reader, open_library() as writer:
        await writer.publish("fauns", version(1), author="7")
        await wait_for_version(reader, 1)
        files = reader._storage._files  # type: ignore[attr-defined]
        fetch = files.cat_file

        def fail_for_onnx(path: str, **options: object) -> object:
            if path.endswith(".onnx"):
                raise_unreachable()
            return fetch(path, **options)

        monkeypatch.setattr(files, "cat_file", fail_for_onnx)
        monkeypatch.setattr(files, "size", raise_unreachable)
        await writer.publish("fauns", version(2), author="7")
        async with asyncio.timeout(60):
            while "the open version stays in use" not in caplog.text:  # noqa: ASYNC110
                await asyncio.sleep(0.01)
        for _ in range(3):
            await reader.refresh()
        assert await live_version(reader) == 1
        monkeypatch.undo()
        await wait_for_version(reader, 2)
    assert caplog.text.count("the open version stays in use") == 1


@s3_only
async def test_unreachable_bucket_is_logged_once(
    open_library: OpenLibrary, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with open_library() as library:
        await library.publish("fauns", version(1), author="7")
        assert await live_version(library) == 1
        files = library._storage._files  # type: ignore[attr-defined]
        monkeypatch.setattr(files, "find", raise_unreachable)
        async with asyncio.timeout(60):
            while "cannot be reached" not in caplog.text:  # noqa: ASYNC110
                await asyncio.sleep(0.01)
        for _ in range(3):
            with pytest.raises(StorageError):
                await library.refresh()
        assert await live_version(library) == 1
        monkeypatch.undo()
        async with asyncio.timeout(60):
            while "can be reached again" not in caplog.text:  # noqa: ASYNC110
                await asyncio.sleep(0.01)
    assert len([r for r in caplog.records if r.levelno >= logging.ERROR]) == 1


def raise_unreachable(*_: object, **__: object) -> None:
    raise ConnectionError("Could not connect to the endpoint")
