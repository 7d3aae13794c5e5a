"""Unused engines are freed, with their threads and sessions."""

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
from .conftest import OpenLibrary, live_version

local_only = pytest.mark.parametrize("url", ["folder"], indirect=True)


@local_only
async def test_unused_engine_is_freed_without_gc(
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
        session = weakref.ref((await library.artifact("elves")).session)
        del engine
        assert session() is not None
        await library.publish("elves", version(2), author="7")
        async with asyncio.timeout(60):
            while session() is not None:  # noqa: ASYNC110
                await asyncio.sleep(0)
    finally:
        gc.enable()


async def test_engine_is_freed_after_a_failed_search() -> None:
    completions = AutocompleteCache()
    artifact = Artifact.read(version(1), "elves.onnx")
    engine = Engine(artifact)
    engine.close()
    for _ in range(2):
        with pytest.raises(RuntimeError, match="the engine is closed"):
            await completions.get(engine, "")
    session = weakref.ref(artifact.session)
    del engine, artifact
    async with asyncio.timeout(60):
        while session() is not None:
            gc.collect()
            await asyncio.sleep(0)


@local_only
async def test_least_recent_engines_are_evicted(
    open_library: OpenLibrary, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(library_module, "_MAX_ENGINES", 2)
    async with open_library() as library:
        default = weakref.ref(await library.engine("names"))
        for number in range(4):
            await library.publish(f"style{number}", version(number), author="7")
        engines = [weakref.ref(await library.engine(f"style{number}")) for number in range(4)]
        async with asyncio.timeout(60):
            while any(engine() for engine in engines[:2]):  # noqa: ASYNC110
                await asyncio.sleep(0)
        assert all(engine() for engine in engines[2:])
        assert default() is not None
        assert await live_version(library, "style0") == 0
