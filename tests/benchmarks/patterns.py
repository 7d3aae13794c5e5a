"""Benchmark of patterns: a pattern of two styles, compared with both styles alone."""

import asyncio
import time
from collections.abc import Sequence
from functools import partial
from statistics import median

from bot.library import SHIPPED
from bot.sampling import Artifact, Engine, NameGenerator, PatternGenerator, Request

from .benchmark import Benchmark

_REQUESTS, _REPEATS = 20, 9
_TEMPERATURE = 0.9


async def _cpu_seconds(generators: Sequence[NameGenerator], *, new_only: bool) -> float:
    """Return the CPU time of all threads for the same requests to each of `generators`."""
    started = time.process_time()
    for seed in range(_REQUESTS):
        request = Request(temperature=_TEMPERATURE, seed=seed, new_only=new_only)
        for generator in generators:
            await generator.names(request)
    return time.process_time() - started


def _pattern_ratio(*, new_only: bool) -> float:
    """Return how many times as long names of a pattern take as those of its two styles."""

    async def measure() -> float:
        parts = [Engine(Artifact.open(SHIPPED / f"{name}.onnx")) for name in ("names", "surnames")]
        first, last = parts
        pattern = PatternGenerator("", "", [(first,), " ", (last,)])
        ratios = [
            await _cpu_seconds([pattern], new_only=new_only)
            / await _cpu_seconds(parts, new_only=new_only)
            for _ in range(_REPEATS)
        ]
        return median(ratios)

    return asyncio.run(measure())


BENCHMARKS = [
    Benchmark(
        "pattern-2",
        "Five names of a pattern of two styles, compared with five of each style",
        "≤ 1.25",
        "times as long",
        partial(_pattern_ratio, new_only=False),
    ),
    Benchmark(
        "pattern-2-new",
        "The same for new names",
        "≤ 1.25",
        "times as long",
        partial(_pattern_ratio, new_only=True),
    ),
]
