"""Places behind a URL: what they are called, when they cannot be reached, and others at work."""

import threading
from pathlib import Path

import pytest

from bot.config import LibrarySettings, NamesSettings
from bot.library import Library, PlaceError, changing
from bot.library.remote import Remote

from ..artifacts import artifact_of_version as version


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("s3://no-such-bucket/styles", "cannot be reached"),
        ("nosuch://there/styles", "cannot be reached"),
        ("gs://bucket/styles", "its driver is not installed"),
    ],
)
async def test_a_place_that_cannot_be_reached_stops_the_start_in_one_line(
    bucket: str, tmp_path: Path, url: str, reason: str
) -> None:
    del bucket
    with pytest.raises(PlaceError) as error:
        await Library.open(NamesSettings(), LibrarySettings(url=url), tmp_path)
    line = str(error.value)
    assert line.startswith(f"{url}: {reason} (")
    assert "\n" not in line


def test_folders_are_made_where_a_place_has_any_but_never_the_place(tmp_path: Path) -> None:
    for guild_id in (None, 7):
        place = Remote(f"local://{tmp_path}")
        changing.publish(
            place, "elves", version(1), who="7", kept=3, max_bytes=2**20, guild_id=guild_id
        )
    assert sorted(place.look()) == ["@7/elves", "elves"]
    nowhere = Remote(f"local://{tmp_path}/nowhere")
    with pytest.raises(PlaceError, match="nowhere: cannot be reached"):
        changing.publish(nowhere, "elves", version(1), who="7", kept=3, max_bytes=2**20)


def test_a_password_is_never_told() -> None:
    assert Remote("memory://ada:p@ss@there/styles").name == "memory://there/styles"


def test_what_was_just_written_is_there_whoever_else_lists_the_place(bucket: str) -> None:
    place = Remote(bucket)
    over = threading.Event()

    def look() -> None:
        while not over.is_set():
            place.look()

    looking = [threading.Thread(target=look) for _ in range(2)]
    for thread in looking:
        thread.start()
    try:
        for number in range(40):
            place.create(f"elves/{number:04}.onnx", b"1")
            assert f"{number:04}.onnx" in place.files("elves")
    finally:
        over.set()
        for thread in looking:
            thread.join()
