"""Places behind a URL: what they are called, when they cannot be reached, and others at work."""

import threading
from pathlib import Path

import pytest

from bot.config import LibrarySettings, NamesSettings
from bot.library import Library, StorageError, operations
from bot.library.remote import RemoteStorage

from ..artifacts import artifact_of_version as version


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("s3://no-such-bucket/styles", "cannot be reached"),
        ("nosuch://there/styles", "cannot be reached"),
        ("gs://bucket/styles", "its fsspec driver is not installed"),
    ],
)
async def test_a_place_that_cannot_be_reached_stops_the_start_in_one_line(
    bucket: str, tmp_path: Path, url: str, reason: str
) -> None:
    del bucket
    with pytest.raises(StorageError) as error:
        await Library.open(NamesSettings(), LibrarySettings(url=url), tmp_path)
    line = str(error.value)
    assert line.startswith(f"{url}: {reason} (")
    assert "\n" not in line


def test_folders_are_made_where_a_place_has_any_but_never_the_storage(tmp_path: Path) -> None:
    for guild_id in (None, 7):
        storage = RemoteStorage(f"local://{tmp_path}")
        operations.publish(
            storage,
            "elves",
            version(1),
            author="7",
            keep_versions=3,
            max_bytes=2**20,
            guild_id=guild_id,
        )
    assert sorted(storage.fingerprints()) == ["@7/elves", "elves"]
    nowhere = RemoteStorage(f"local://{tmp_path}/nowhere")
    with pytest.raises(StorageError, match="nowhere: cannot be reached"):
        operations.publish(
            nowhere, "elves", version(1), author="7", keep_versions=3, max_bytes=2**20
        )


def test_a_password_is_never_told() -> None:
    assert RemoteStorage("memory://ada:p@ss@there/styles").name == "memory://there/styles"


def test_what_was_just_written_is_there_whoever_else_lists_the_storage(bucket: str) -> None:
    storage = RemoteStorage(bucket)
    over = threading.Event()

    def look() -> None:
        while not over.is_set():
            storage.fingerprints()

    looking = [threading.Thread(target=look) for _ in range(2)]
    for thread in looking:
        thread.start()
    try:
        for number in range(40):
            storage.create(f"elves/{number:04}.onnx", b"1")
            assert f"{number:04}.onnx" in storage.list_files("elves")
    finally:
        over.set()
        for thread in looking:
            thread.join()
