"""What one process publishes, every other one answers from, and no request falls between."""

import asyncio
import contextlib
import gc
import logging
import threading
import weakref
from pathlib import Path

import pytest

from bot.completing import Completions
from bot.config import LibrarySettings, NamesSettings
from bot.library import Library, PlaceError, changing
from bot.library import library as library_module
from bot.sampling import NamesRefused, Request

from ..artifacts import artifact_of_version as version
from ..artifacts import versions_in
from .conftest import Opened, answered_by, answering

folder_alone = pytest.mark.parametrize("url", ["folder"], indirect=True)
bucket_alone = pytest.mark.parametrize("url", ["s3"], indirect=True)


async def test_what_another_process_changes_is_noticed(opened: Opened) -> None:
    async with opened() as here, opened() as there:
        await there.publish("elves", version(1), who="7")
        await answered_by(here, 1)
        await there.publish("elves", version(2), who="7")
        await answered_by(here, 2)
        await there.roll_back("elves", who="7")
        await answered_by(here, 1)
        await there.retire("elves", who="7")
        async with asyncio.timeout(10):
            while "elves" in here.names():  # noqa: ASYNC110
                await asyncio.sleep(0.01)


async def test_who_asked_before_a_swap_gets_the_answer_of_the_version_asked(
    library: Library,
) -> None:
    await library.publish("elves", version(1), who="7")
    engine = await library.engine("elves")
    asked = [asyncio.create_task(engine.names(Request(count=25))) for _ in range(20)]
    await library.publish("elves", version(2), who="7")
    assert await answering(library) == 2
    answers = await asyncio.gather(*asked)
    assert all(versions_in(names) == {1} for names in answers)
    assert versions_in(await engine.names(Request())) == {1}


@folder_alone
async def test_an_engine_goes_with_the_last_who_asks_it_without_any_collection(
    library: Library,
) -> None:
    await library.publish("elves", version(1), who="7")
    completions = Completions()
    gc.collect()
    gc.disable()
    try:
        engine = await library.engine("elves")
        await asyncio.gather(*(engine.names(Request(count=25)) for _ in range(50)))
        for prefix in ("", "5", "5"):
            with contextlib.suppress(NamesRefused):
                await completions.of(engine, prefix)
        with pytest.raises(NamesRefused):
            await engine.names(Request("5"))
        session = weakref.ref(engine.sampler.artifact.session)
        del engine
        assert session() is not None
        await library.publish("elves", version(2), who="7")
        async with asyncio.timeout(5):
            while session() is not None:  # noqa: ASYNC110
                await asyncio.sleep(0)
    finally:
        gc.enable()


@folder_alone
async def test_styles_that_nobody_asks_for_any_more_are_closed_but_never_the_own_one(
    opened: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(library_module, "_ROOM", 2)
    async with opened() as library:
        own = weakref.ref(await library.engine("names"))
        for number in range(4):
            await library.publish(f"style{number}", version(number), who="7")
        engines = [weakref.ref(await library.engine(f"style{number}")) for number in range(4)]
        async with asyncio.timeout(5):
            while any(engine() for engine in engines[:2]):  # noqa: ASYNC110
                await asyncio.sleep(0)
        assert all(engine() for engine in engines[2:])
        assert own() is not None
        assert await answering(library, "style0") == 0


@bucket_alone
async def test_an_empty_manifest_in_a_bucket_keeps_no_other_style_from_being_noticed(
    library: Library, caplog: pytest.LogCaptureFixture
) -> None:
    library._place.write("orcs/style.json", b"")
    await library.refresh()
    assert "orcs/style.json: cannot be used" in caplog.text
    changing.publish(library._place, "elves", version(1), who="7", kept=3, max_bytes=2**20)
    await answered_by(library, 1)


@folder_alone
async def test_a_folder_is_made_by_who_publishes_not_by_who_looks(
    opened: Opened, tmp_path: Path
) -> None:
    async with opened() as here:
        await here.refresh()
        assert not (tmp_path / "styles").exists()
        async with opened() as there:
            await there.publish("elves", version(1), who="7")
        await answered_by(here, 1)


@folder_alone
async def test_a_library_that_is_closed_leaves_no_thread_that_watches(opened: Opened) -> None:
    for number in (1, 2, 3):
        async with opened() as here, opened() as there:
            await there.publish("elves", version(number), who="7")
            await answered_by(here, number)
    async with asyncio.timeout(10):
        while any(thread.name.startswith("watching") for thread in threading.enumerate()):  # noqa: ASYNC110
            await asyncio.sleep(0.01)


@folder_alone
async def test_a_folder_that_goes_away_stops_nothing_and_is_told_once(
    opened: Opened, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with opened() as here, opened() as there:
        await there.publish("elves", version(1), who="7")
        await answered_by(here, 1)
        (tmp_path / "styles").rename(tmp_path / "away")
        with pytest.raises(PlaceError, match="is not there any more"):
            await here.refresh()
        async with asyncio.timeout(10):
            while caplog.text.count("not there any more") < 2:  # noqa: ASYNC110
                await asyncio.sleep(0.01)
        assert await answering(here) == 1
        (tmp_path / "away").rename(tmp_path / "styles")
        await there.publish("elves", version(2), who="7")
        await answered_by(here, 2)
    told = [r.message for r in caplog.records if "not there any more" in r.message]
    assert len(told) == 2  # one of each library


@bucket_alone
async def test_a_bucket_that_cannot_be_reached_stops_nothing_and_is_told_once(
    opened: Opened, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with opened() as library:
        await library.publish("elves", version(1), who="7")
        assert await answering(library) == 1
        files = library._place._files  # type: ignore[attr-defined]
        monkeypatch.setattr(files, "find", unreachable)
        async with asyncio.timeout(10):
            while "cannot be reached" not in caplog.text:  # noqa: ASYNC110
                await asyncio.sleep(0.01)
        for _ in range(3):
            with pytest.raises(PlaceError):
                await library.refresh()
        assert await answering(library) == 1
        monkeypatch.undo()
        async with asyncio.timeout(10):
            while "can be reached again" not in caplog.text:  # noqa: ASYNC110
                await asyncio.sleep(0.01)
    assert len([r for r in caplog.records if r.levelno >= logging.ERROR]) == 1


def unreachable(*_: object, **__: object) -> None:
    raise ConnectionError("Could not connect to the endpoint")


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
