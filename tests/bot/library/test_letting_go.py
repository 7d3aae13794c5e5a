"""An engine that nobody has use for goes, with its thread and its session."""

import asyncio
import contextlib
import gc
import weakref

import pytest

from bot.library import Library
from bot.library import library as library_module
from bot.sampling import Artifact, Engine, Request, RequestError
from bot.sampling.autocomplete import AutocompleteCache

from ..artifacts import artifact_of_version as version
from .conftest import Opened, answering

folder_alone = pytest.mark.parametrize("url", ["folder"], indirect=True)


@folder_alone
async def test_an_engine_goes_with_the_last_who_asks_it_without_any_collection(
    library: Library,
) -> None:
    await library.publish("elves", version(1), author="7")
    completions = AutocompleteCache()
    gc.collect()
    gc.disable()
    try:
        engine = await library.engine("elves")
        await asyncio.gather(*(engine.names(Request(count=25)) for _ in range(50)))
        for prefix in ("", "5", "5"):
            with contextlib.suppress(RequestError):
                await completions.get(engine, prefix)
        with pytest.raises(RequestError):
            await engine.names(Request("5"))
        session = weakref.ref(engine.artifact.session)
        del engine
        assert session() is not None
        await library.publish("elves", version(2), author="7")
        async with asyncio.timeout(5):
            while session() is not None:  # noqa: ASYNC110
                await asyncio.sleep(0)
    finally:
        gc.enable()


async def test_an_engine_goes_also_where_a_search_in_it_went_wrong() -> None:
    completions = AutocompleteCache()
    engine = Engine(Artifact.read(version(1), "elves.onnx"))
    engine.close()
    for _ in range(2):
        with pytest.raises(RuntimeError, match="the engine is closed"):
            await completions.get(engine, "")
    session = weakref.ref(engine.artifact.session)
    del engine
    async with asyncio.timeout(5):
        while session() is not None:
            gc.collect()
            await asyncio.sleep(0)


@folder_alone
async def test_styles_that_nobody_asks_for_any_more_are_closed_but_never_the_own_one(
    opened: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(library_module, "_MAX_ENGINES", 2)
    async with opened() as library:
        own = weakref.ref(await library.engine("names"))
        for number in range(4):
            await library.publish(f"style{number}", version(number), author="7")
        engines = [weakref.ref(await library.engine(f"style{number}")) for number in range(4)]
        async with asyncio.timeout(5):
            while any(engine() for engine in engines[:2]):  # noqa: ASYNC110
                await asyncio.sleep(0)
        assert all(engine() for engine in engines[2:])
        assert own() is not None
        assert await answering(library, "style0") == 0
