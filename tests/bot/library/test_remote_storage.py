"""Storages behind a URL: names, errors and concurrent access."""

import threading
from pathlib import Path

import pytest

from bot.config_sections import LibrarySettings, NamesSettings
from bot.library import Library, StorageError, operations, remote
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


def publish(storage: RemoteStorage, style: str) -> None:
    operations.publish(storage, style, version(1), author="7", keep_versions=3, max_bytes=2**20)


@pytest.fixture
def listings(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The listings of all storages; two files are many."""
    monkeypatch.setattr(remote, "_MANY_FILES", 1)
    found: list[str] = []
    original = RemoteStorage._select_manifests

    def select(storage: RemoteStorage, files: dict[str, object]) -> dict[str, object]:
        found.append(storage.name)
        return original(storage, files)

    monkeypatch.setattr(RemoteStorage, "_select_manifests", select)
    return found


def test_many_files_are_listed_after_changes_only(bucket: str, listings: list[str]) -> None:
    ours, theirs = RemoteStorage(bucket), RemoteStorage(bucket)
    publish(ours, "fauns")
    for _ in range(5):
        assert set(theirs.fingerprints()) == {"fauns"}
    assert len(listings) == 2  # the first one may have come before a change
    publish(ours, "elves")
    for _ in range(5):
        assert set(theirs.fingerprints()) == {"elves", "fauns"}
    assert len(listings) == 3
    before = theirs.fingerprints()
    operations.retire(ours, "elves", author="7")
    assert theirs.fingerprints() != before
    ours.delete_folder("fauns")
    for _ in range(5):
        assert set(theirs.fingerprints()) == {"elves"}


def test_many_files_are_listed_from_time_to_time(
    bucket: str, listings: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Files that are copied there are noticed, too."""
    storage = RemoteStorage(bucket)
    publish(storage, "fauns")
    storage.fingerprints()
    storage.fingerprints()
    manifest = storage.read("fauns/style.json", 2**20)
    storage._put("copied/style.json", manifest, mode="create")
    assert set(storage.fingerprints()) == {"fauns"}
    monkeypatch.setattr(remote, "_LIST_SECONDS", 0.0)
    assert set(storage.fingerprints()) == {"copied", "fauns"}
    assert len(listings) == 3


def test_few_files_are_always_listed(
    bucket: str, listings: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(remote, "_MANY_FILES", 1000)
    storage = RemoteStorage(bucket)
    publish(storage, "fauns")
    for _ in range(4):
        storage.fingerprints()
    assert len(listings) == 4


def test_lost_change_file_is_written_again(bucket: str, listings: list[str]) -> None:
    storage = RemoteStorage(bucket)
    publish(storage, "fauns")
    storage.delete(remote.CHANGES_FILE)
    for _ in range(8):
        assert set(storage.fingerprints()) == {"fauns"}
    assert len(listings) == 3


def test_unwritable_change_file_is_logged(
    bucket: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """The change itself is stored."""
    storage = RemoteStorage(bucket)
    put = RemoteStorage._put

    def refuse(self: RemoteStorage, path: str, content: bytes, *, mode: str) -> None:
        if path == remote.CHANGES_FILE:
            raise StorageError("no access")
        put(self, path, content, mode=mode)

    monkeypatch.setattr(RemoteStorage, "_put", refuse)
    publish(storage, "fauns")
    assert set(storage.fingerprints()) == {"fauns"}
    assert caplog.messages == ["no access; other bots notice the change within ten minutes"]
