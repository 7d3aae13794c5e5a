"""Unused engines are freed, with their threads and sessions."""

import asyncio
import contextlib
import gc
import weakref

import pytest

from bot.library import Library, engine_cache
from bot.library import library as library_module
from bot.library.engine_cache import EngineCache
from bot.library.pattern_style import PatternStyle
from bot.sampling import Artifact, ArtifactError, Engine, Request, RequestError
from bot.sampling.autocomplete import AutocompleteCache

from ..artifacts import artifact_of_version as version
from .conftest import OpenLibrary, live_version

local_only = pytest.mark.parametrize("url", ["folder"], indirect=True)


@local_only
async def test_unused_engine_is_freed_without_gc(
    library: Library,
) -> None:
    await library.publish("fauns", version(1), author="7")
    completions = AutocompleteCache()
    gc.collect()
    gc.disable()
    try:
        engine = await library.engine("fauns")
        await asyncio.gather(*(engine.names(Request(count=25)) for _ in range(50)))
        for prefix in ("", "5", "5"):
            with contextlib.suppress(RequestError):
                await completions.get(engine, prefix)
        with pytest.raises(RequestError):
            await engine.names(Request("5"))
        session = weakref.ref((await library.artifact("fauns")).session)
        del engine
        assert session() is not None
        await library.publish("fauns", version(2), author="7")
        async with asyncio.timeout(60):
            while session() is not None:  # noqa: ASYNC110
                await asyncio.sleep(0)
    finally:
        gc.enable()


async def test_engine_is_freed_after_a_failed_search() -> None:
    completions = AutocompleteCache()
    artifact = Artifact.read(version(1), "fauns.onnx")
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


class Opener:
    """Opens engines for a cache, and counts them."""

    def __init__(self) -> None:
        self.count = 0

    def __call__(self) -> Engine:
        self.count += 1
        return Engine(Artifact.read(version(1), "test.onnx"))


async def test_styles_asked_for_at_once_open_once() -> None:
    cache, openers = EngineCache(3, lambda: "/default"), {f"/s{i}": Opener() for i in range(20)}
    asked = [cache.get(folder, opener) for folder, opener in openers.items() for _ in range(5)]
    await asyncio.gather(*asked)
    assert all(opener.count == 1 for opener in openers.values())
    async with asyncio.timeout(60):
        while sum(folder in cache for folder in openers) > 3:  # noqa: ASYNC110
            await asyncio.sleep(0)
    cache.close()


async def test_engine_in_use_is_not_opened_again() -> None:
    """Neither while it answers, nor if it is dropped meanwhile."""
    cache, opener, other = EngineCache(1, lambda: "/default"), Opener(), Opener()
    engine = await cache.get("/a", opener)
    assert isinstance(engine, Engine)
    running = asyncio.create_task(engine.names(Request(count=25)))
    for folder in ("/b", "/c"):
        await cache.get(folder, other)
    assert await cache.get("/a", opener) is engine
    await running
    await cache.get("/b", other)
    await cache.get("/c", other)
    used = weakref.ref(engine)
    del engine, running
    async with asyncio.timeout(60):
        while used() is not None:  # noqa: ASYNC110
            await asyncio.sleep(0)
    assert "/a" not in cache
    await cache.get("/a", opener)
    assert opener.count == 2
    cache.close()


async def test_replaced_engine_is_not_used_again() -> None:
    cache, opener = EngineCache(1, lambda: "/default"), Opener()
    old = await cache.get("/a", opener)
    await cache.get("/b", Opener())
    await cache.replace("/a", opener)
    assert await cache.get("/a", opener) is not old
    cache.remove("/a")
    assert "/a" not in cache
    cache.close()


async def test_idle_engines_are_dropped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine_cache, "_IDLE_SECONDS", 0.05)
    cache = EngineCache(5, lambda: "/default")
    for folder in ("/default", "/a", "/b"):
        await cache.get(folder, Opener())
    async with asyncio.timeout(60):
        while "/a" in cache or "/b" in cache:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    assert "/default" in cache
    cache.close()


async def test_patterns_take_no_room() -> None:
    cache, opener = EngineCache(1, lambda: "/default"), Opener()
    await cache.get("/a", opener)
    pattern = PatternStyle(title="People", pattern="{names} {surnames}")
    for number in range(9):
        await cache.get(f"/pattern{number}", lambda: pattern)
    await cache.get("/a", opener)
    assert opener.count == 1
    cache.close()


async def test_failed_opening_is_tried_again() -> None:
    cache = EngineCache(1, lambda: "/default")

    def fail() -> Engine:
        raise ArtifactError("broken")

    for _ in range(2):
        with pytest.raises(ArtifactError):
            await cache.get("/a", fail)
    assert await cache.get("/a", Opener())
    cache.close()
