"""Benchmark of version swaps: a thousand publishes and roll backs under fifty requesters."""

import asyncio
from functools import lru_cache

from ..version_swaps import SwapReport, swap_versions
from .benchmark import Benchmark

_CHANGES, _REQUESTERS = 400, 50


@lru_cache(maxsize=1)
def _report() -> SwapReport:
    return asyncio.run(swap_versions(_CHANGES, _REQUESTERS))


def _memory_growth() -> float:
    """Return the growth in MiB of the peak from the second to the last hundred changes."""
    memory = _report().memory
    return (max(memory[-100:]) - max(memory[100:200])) / 2**20


_TITLE = f"{_CHANGES:,} publishes and rollbacks of 1 MiB during requests by {_REQUESTERS} users"

BENCHMARKS = [
    Benchmark(
        "swaps-failed",
        f"{_TITLE}: requests that failed or mixed two versions",
        "≤ 0",
        "requests",
        lambda: float(_report().failed + _report().mixed),
    ),
    Benchmark(
        "swaps-answers", f"{_TITLE}: answers", "", "answers", lambda: float(_report().answers)
    ),
    Benchmark(
        "swaps-memory",
        f"{_TITLE}: memory growth from the 2nd to the last hundred",
        "≤ 32",
        "MiB",
        _memory_growth,
    ),
]
