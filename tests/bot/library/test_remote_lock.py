"""Locks in object stores exclude each other, and an abandoned lock expires."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from bot.library import LibraryError, operations
from bot.library import remote as remote_module
from bot.library.remote import RemoteStorage, lock_folder

from ..artifacts import artifact_of_version as version


@pytest.fixture
def storage(bucket: str) -> RemoteStorage:
    return RemoteStorage(bucket)


def test_lock_excludes_others(storage: RemoteStorage) -> None:
    inside, highest = [0], [0]
    guard = threading.Lock()

    def work(_: int) -> None:
        with lock_folder(storage, "fauns") as check_lock:
            with guard:
                inside[0] += 1
                highest[0] = max(highest[0], inside[0])
            check_lock()
            with guard:
                inside[0] -= 1

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(work, range(8)))
    assert highest == [1]
    assert storage.list_files("fauns") == []


def test_abandoned_lock_expires(storage: RemoteStorage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(remote_module, "LOCK_SECONDS", 1.0)
    storage.create("fauns/.lease-1", b"abandoned")
    with lock_folder(storage, "fauns") as check_lock:
        assert storage.list_files("fauns") == [".lease-2"]
        check_lock()
    assert storage.list_files("fauns") == []
    storage.create("fauns/.lease-7", b"abandoned")
    change = operations.publish(
        storage, "fauns", version(1), author="7", keep_versions=3, max_bytes=2**20
    )
    assert change.version == 1
    assert sorted(storage.list_files("fauns")) == ["0001.onnx", "style.json"]


def test_lost_lock_raises(storage: RemoteStorage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(remote_module, "LOCK_SECONDS", 0.5)
    with (
        lock_folder(storage, "fauns") as check_lock,
        lock_folder(storage, "fauns"),
        pytest.raises(LibraryError, match="fauns: another process changed this style"),
    ):
        check_lock()


def test_losing_a_race_leaves_the_other_lock(
    storage: RemoteStorage, monkeypatch: pytest.MonkeyPatch
) -> None:
    def second(path: str, content: bytes) -> None:
        storage.write(path, content)
        storage.write(path, b"first")  # it checked before us and writes after us

    monkeypatch.setattr(storage, "create", second)
    assert remote_module._create_lock(storage, "fauns", b"second", {}) == 0
    assert storage.read("fauns/.lease-1", 64) == b"first"


def test_waiting_for_a_lock_times_out(
    storage: RemoteStorage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(remote_module, "LOCK_SECONDS", 0.5)
    stopped = threading.Event()

    def renew() -> None:
        number = 0
        while not stopped.is_set():
            storage.write("fauns/.lease-1", str(number).encode())
            number += 1
            time.sleep(0.05)

    holder = threading.Thread(target=renew)
    holder.start()
    try:
        with (
            pytest.raises(LibraryError, match="another process is changing this style"),
            lock_folder(storage, "fauns"),
        ):
            pass
    finally:
        stopped.set()
        holder.join()
