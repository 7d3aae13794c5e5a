"""Storages behind a URL: names, errors and concurrent access."""

import threading
from pathlib import Path

import pytest

from bot.config_sections import LibrarySettings, NamesSettings
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
async def test_unreachable_storage_stops_the_start(
    bucket: str, tmp_path: Path, url: str, reason: str
) -> None:
    del bucket
    with pytest.raises(StorageError) as error:
        await Library.open(NamesSettings(), LibrarySettings(url=url), tmp_path)
    line = str(error.value)
    assert line.startswith(f"{url}: {reason} (")
    assert "\n" not in line


def test_style_folders_are_created_but_no_root(tmp_path: Path) -> None:
    for guild_id in (None, 7):
        storage = RemoteStorage(f"local://{tmp_path}")
        operations.publish(
            storage,
            "fauns",
            version(1),
            author="7",
            keep_versions=3,
            max_bytes=2**20,
            guild_id=guild_id,
        )
    assert sorted(storage.fingerprints()) == ["@7/fauns", "fauns"]
    missing = RemoteStorage(f"local://{tmp_path}/missing")
    with pytest.raises(StorageError, match="missing: cannot be reached"):
        operations.publish(
            missing, "fauns", version(1), author="7", keep_versions=3, max_bytes=2**20
        )


def test_name_hides_the_password() -> None:
    assert RemoteStorage("memory://ada:p@ss@there/styles").name == "memory://there/styles"


def test_new_files_are_listed_at_once(bucket: str) -> None:
    storage = RemoteStorage(bucket)
    stopped = threading.Event()

    def list_forever() -> None:
        while not stopped.is_set():
            storage.fingerprints()

    threads = [threading.Thread(target=list_forever) for _ in range(2)]
    for thread in threads:
        thread.start()
    try:
        for number in range(40):
            storage.create(f"fauns/{number:04}.onnx", b"1")
            assert f"{number:04}.onnx" in storage.list_files("fauns")
    finally:
        stopped.set()
        for thread in threads:
            thread.join()
