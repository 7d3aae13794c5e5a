"""How quickly the bot answers people on a Discord: what is offered while a hundred of them type."""

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
from .rows import Row

_TYPERS, _LETTERS = 100, 6
_PAUSE = 0.5
"""Seconds between two keys of a person, on average."""

_CORPUS = Path(__file__).parents[2] / "model" / "corpora" / "names.txt"


@contextlib.contextmanager
def _timed() -> Iterator[list[float]]:
    """Note the seconds from when discord.py hands a question to us until it has our choices."""
    ask, answer = app_commands.Command._invoke_autocomplete, InteractionResponse.autocomplete
    began: dict[int, float] = {}
    taken: list[float] = []

    async def asked(self: Any, interaction: Any, *about: Any) -> None:
        began[interaction.id] = time.perf_counter()
        await ask(self, interaction, *about)

    async def answered(self: Any, choices: Any) -> Any:
        taken.append(time.perf_counter() - began.pop(self._parent.id))
        return await answer(self, choices)

    with (
        patch.object(app_commands.Command, "_invoke_autocomplete", asked),
        patch.object(InteractionResponse, "autocomplete", answered),
    ):
        yield taken


async def _type(discord: Loopback, name: str, rng: random.Random) -> None:
    for length in range(1, min(len(name), _LETTERS) + 1):
        await asyncio.sleep(rng.expovariate(1 / _PAUSE))
        options = {"prefix": name[:length]}
        await discord.autocomplete("name", options, focused="prefix", timeout=None)


async def _typed() -> list[float]:
    names, rng = _CORPUS.read_text(encoding="utf-8").split(), random.Random(1)
    async with Loopback() as discord, run_temporary_bot(discord):
        with _timed() as taken:
            people = rng.sample([name for name in names if len(name) >= _LETTERS], _TYPERS)
            await asyncio.gather(*(_type(discord, name, rng) for name in people))
    return taken


@lru_cache(maxsize=1)
def _milliseconds() -> tuple[float, float]:
    """Return the median and the 99th percentile, in ms by the clock."""
    taken = asyncio.run(_typed())
    return median(taken) * 1e3, quantiles(taken, n=100)[98] * 1e3


_TOLD = f"what completes a prefix, while {_TYPERS} people type, two letters a second"

ROWS = [
    Row(
        "typing-median",
        f"{_TOLD}: the bot's time, median",
        "≤ 50",
        "ms",
        lambda: _milliseconds()[0],
    ),
    Row("typing-99", f"{_TOLD}: 99 of 100 within", "≤ 50", "ms", lambda: _milliseconds()[1]),
]
