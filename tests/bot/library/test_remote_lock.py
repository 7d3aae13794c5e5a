"""Where there are no locks one at a time changes a style, also after one who died."""

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


def test_one_at_a_time_holds_a_lock_folder(storage: RemoteStorage) -> None:
    inside, most = [0], [0]
    guard = threading.Lock()

    def work(_: int) -> None:
        with lock_folder(storage, "elves") as check_lock:
            with guard:
                inside[0] += 1
                most[0] = max(most[0], inside[0])
            check_lock()
            with guard:
                inside[0] -= 1

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(work, range(8)))
    assert most == [1]
    assert storage.list_files("elves") == []


def test_who_died_with_a_lease_holds_the_others_up_for_a_while_and_no_longer(
    storage: RemoteStorage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(remote_module, "LOCK_SECONDS", 1.0)
    storage.create("elves/.lease-1", b"of one who died")
    with lock_folder(storage, "elves") as check_lock:
        assert storage.list_files("elves") == [".lease-2"]
        check_lock()
    assert storage.list_files("elves") == []
    storage.create("elves/.lease-7", b"of one who died")
    change = operations.publish(
        storage, "elves", version(1), author="7", keep_versions=3, max_bytes=2**20
    )
    assert change.version == 1
    assert sorted(storage.list_files("elves")) == ["0001.onnx", "style.json"]


def test_who_was_taken_for_dead_changes_nothing_any_more(
    storage: RemoteStorage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(remote_module, "LOCK_SECONDS", 0.5)
    with (
        lock_folder(storage, "elves") as check_lock,
        lock_folder(storage, "elves"),
        pytest.raises(LibraryError, match="elves: another process changed this style"),
    ):
        check_lock()


def test_who_came_second_where_two_can_leaves_the_lease_of_the_first_alone(
    storage: RemoteStorage, monkeypatch: pytest.MonkeyPatch
) -> None:
    def second(path: str, content: bytes) -> None:
        storage.write(path, content)
        storage.write(
            path, b"of the first"
        )  # whose look came before ours, and whose write after it

    monkeypatch.setattr(storage, "create", second)
    assert remote_module._create_lock(storage, "elves", b"of the second", {}) == 0
    assert storage.read("elves/.lease-1", 64) == b"of the first"


def test_who_waits_for_one_that_lives_gives_up_in_the_end(
    storage: RemoteStorage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(remote_module, "LOCK_SECONDS", 0.5)
    over = threading.Event()

    def live() -> None:
        number = 0
        while not over.is_set():
            storage.write("elves/.lease-1", str(number).encode())
            number += 1
            time.sleep(0.05)

    living = threading.Thread(target=live)
    living.start()
    try:
        with (
            pytest.raises(LibraryError, match="another process is changing this style"),
            lock_folder(storage, "elves"),
        ):
            pass
    finally:
        over.set()
        living.join()
