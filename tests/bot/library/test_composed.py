"""Composed styles: their generators are cached, bounded, and dropped with their parts."""

import gc
import weakref
from pathlib import Path

import pytest

from bot.library.composed import ComposedCache
from bot.sampling import Artifact, Engine

from ..artifacts import write_artifact


@pytest.fixture
def artifact(tmp_path: Path) -> Artifact:
    return Artifact.open(write_artifact(tmp_path / "test.onnx"))


def test_the_same_parts_give_the_same_generator(artifact: Artifact) -> None:
    cache, parts = ComposedCache(), [Engine(artifact), Engine(artifact)]
    first = cache.get("a+b", parts, lambda: Engine(artifact))
    assert cache.get("a+b", parts, lambda: Engine(artifact)) is first
    assert cache.get("a+b*2", parts, lambda: Engine(artifact)) is not first
    assert cache.get("a+b", parts[::-1], lambda: Engine(artifact)) is not first


def test_a_generator_is_dropped_with_the_engine_of_a_part(artifact: Artifact) -> None:
    cache, staying, replaced = ComposedCache(), Engine(artifact), Engine(artifact)
    other = cache.get("a+c", [staying], lambda: Engine(artifact))
    mixed = weakref.ref(cache.get("a+b", [staying, replaced], lambda: Engine(artifact)))
    gc.disable()
    try:
        del replaced
        assert mixed() is None
    finally:
        gc.enable()
    assert cache.get("a+c", [staying], lambda: Engine(artifact)) is other


def test_the_least_recent_generator_is_evicted(artifact: Artifact) -> None:
    cache, parts = ComposedCache(max_generators=2), [Engine(artifact)]
    a, b = (cache.get(text, parts, lambda: Engine(artifact)) for text in "ab")
    assert cache.get("a", parts, lambda: Engine(artifact)) is a
    cache.get("c", parts, lambda: Engine(artifact))
    assert len(cache) == 2
    assert cache.get("a", parts, lambda: Engine(artifact)) is a
    assert cache.get("b", parts, lambda: Engine(artifact)) is not b


async def test_a_closed_cache_stops_its_generators(artifact: Artifact) -> None:
    cache, parts = ComposedCache(), [Engine(artifact)]
    generator = cache.get("a", parts, lambda: Engine(artifact))
    cache.close()
    with pytest.raises(RuntimeError, match="closed"):
        await generator.top_names("T")
    assert len(cache) == 0
