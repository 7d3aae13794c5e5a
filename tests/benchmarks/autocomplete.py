"""Benchmark of autocomplete: the response time while a hundred people type."""

import asyncio
import contextlib
import random
import time
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from statistics import median, quantiles
from typing import Any
from unittest.mock import patch

from discord import InteractionResponse, app_commands

from bot.loopback import Loopback

from ..bot_runner import run_temporary_bot
from .benchmark import Benchmark

_PEOPLE, _LETTERS = 100, 6
_PAUSE = 0.5
"""Mean seconds between two keys of a person."""

_CORPUS = Path(__file__).parents[2] / "model" / "corpora" / "names.txt"


@contextlib.contextmanager
def _record_times() -> Iterator[list[float]]:
    """Record the seconds from the arrival of an autocomplete event to the bot's answer."""
    invoke, autocomplete = (
        app_commands.Command._invoke_autocomplete,
        InteractionResponse.autocomplete,
    )
    started: dict[int, float] = {}
    times: list[float] = []

    async def timed_invoke(self: Any, interaction: Any, *args: Any) -> None:
        started[interaction.id] = time.perf_counter()
        await invoke(self, interaction, *args)

    async def timed_autocomplete(self: Any, choices: Any) -> Any:
        times.append(time.perf_counter() - started.pop(self._parent.id))
        return await autocomplete(self, choices)

    with (
        patch.object(app_commands.Command, "_invoke_autocomplete", timed_invoke),
        patch.object(InteractionResponse, "autocomplete", timed_autocomplete),
    ):
        yield times


async def _type(discord: Loopback, name: str, rng: random.Random) -> None:
    for length in range(1, min(len(name), _LETTERS) + 1):
        await asyncio.sleep(rng.expovariate(1 / _PAUSE))
        options = {"prefix": name[:length]}
        await discord.autocomplete("name", options, focused="prefix", timeout=None)


async def _measure() -> list[float]:
    names, rng = _CORPUS.read_text(encoding="utf-8").split(), random.Random(1)
    async with Loopback() as discord, run_temporary_bot(discord):
        with _record_times() as times:
            typed = rng.sample([name for name in names if len(name) >= _LETTERS], _PEOPLE)
            await asyncio.gather(*(_type(discord, name, rng) for name in typed))
    return times


@lru_cache(maxsize=1)
def _milliseconds() -> tuple[float, float]:
    """Return the median and the 99th percentile, in ms of real time."""
    times = asyncio.run(_measure())
    return median(times) * 1e3, quantiles(times, n=100)[98] * 1e3


_TITLE = f"autocomplete for {_PEOPLE} people who type two letters a second"

BENCHMARKS = [
    Benchmark(
        "typing-median",
        f"{_TITLE}: response time, median",
        "≤ 50",
        "ms",
        lambda: _milliseconds()[0],
    ),
    Benchmark(
        "typing-99",
        f"{_TITLE}: response time, 99th percentile",
        "≤ 50",
        "ms",
        lambda: _milliseconds()[1],
    ),
]
