"""Where there are no locks one at a time changes a style, also after one who died."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from bot.library import LibraryError, changing
from bot.library import lease as lease_module
from bot.library.lease import lease
from bot.library.remote import Remote

from ..artifacts import artifact_of_version as version


@pytest.fixture
def place(bucket: str) -> Remote:
    return Remote(bucket)


def test_one_at_a_time_holds_a_lease(place: Remote) -> None:
    inside, most = [0], [0]
    guard = threading.Lock()

    def work(_: int) -> None:
        with lease(place, "elves") as still:
            with guard:
                inside[0] += 1
                most[0] = max(most[0], inside[0])
            still()
            with guard:
                inside[0] -= 1

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(work, range(8)))
    assert most == [1]
    assert place.files("elves") == []


def test_who_died_with_a_lease_holds_the_others_up_for_a_while_and_no_longer(
    place: Remote, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lease_module, "SECONDS", 1.0)
    place.create("elves/.lease-1", b"of one who died")
    with lease(place, "elves") as still:
        assert place.files("elves") == [".lease-2"]
        still()
    assert place.files("elves") == []
    place.create("elves/.lease-7", b"of one who died")
    change = changing.publish(place, "elves", version(1), who="7", kept=3, max_bytes=2**20)
    assert change.version == 1
    assert sorted(place.files("elves")) == ["0001.onnx", "style.json"]


def test_who_was_taken_for_dead_changes_nothing_any_more(
    place: Remote, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lease_module, "SECONDS", 0.5)
    with (
        lease(place, "elves") as still,
        lease(place, "elves"),
        pytest.raises(LibraryError, match="elves: somebody else changed it; try again"),
    ):
        still()


def test_who_came_second_where_two_can_leaves_the_lease_of_the_first_alone(
    place: Remote, monkeypatch: pytest.MonkeyPatch
) -> None:
    def second(path: str, content: bytes) -> None:
        place.write(path, content)
        place.write(path, b"of the first")  # whose look came before ours, and whose write after it

    monkeypatch.setattr(place, "create", second)
    assert lease_module._tried(place, "elves", b"of the second", {}) == 0
    assert place.read("elves/.lease-1", 64) == b"of the first"


def test_who_waits_for_one_that_lives_gives_up_in_the_end(
    place: Remote, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lease_module, "SECONDS", 0.5)
    over = threading.Event()

    def live() -> None:
        number = 0
        while not over.is_set():
            place.write("elves/.lease-1", str(number).encode())
            number += 1
            time.sleep(0.05)

    living = threading.Thread(target=live)
    living.start()
    try:
        with (
            pytest.raises(LibraryError, match="somebody else is changing it; try again"),
            lease(place, "elves"),
        ):
            pass
    finally:
        over.set()
        living.join()
