"""A thousand publishes and roll-backs under fifty requesters: failures, and memory."""

import asyncio
from functools import lru_cache

from ..swapping import Swapped, swapped
from .rows import Row

_CHANGES, _REQUESTERS = 1_000, 50


@lru_cache(maxsize=1)
def _told() -> Swapped:
    return asyncio.run(swapped(_CHANGES, _REQUESTERS))


def _grown() -> float:
    """Return by how many MiB the last hundred peaks are above the first hundred after a warm-up."""
    memory = _told().memory
    return (max(memory[-100:]) - max(memory[100:200])) / 2**20


_TOLD = f"{_CHANGES:,} publishes and roll-backs of 1 MiB under {_REQUESTERS} requesters"

ROWS = [
    Row(
        "swaps-failed",
        f"{_TOLD}: requests that failed, or had names of two versions",
        "≤ 0",
        "requests",
        lambda: float(_told().failed + _told().mixed),
    ),
    Row("swaps-answers", f"{_TOLD}: answers", "", "answers", lambda: float(_told().answers)),
    Row("swaps-memory", f"{_TOLD}: growth from the 2nd to the 10th hundred", "≤ 32", "MiB", _grown),
]
