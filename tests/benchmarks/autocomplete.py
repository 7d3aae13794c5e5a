"""Benchmark of autocomplete: the response time while a hundred people type.

The bot is a process of its own. The time is from the event to the bot's answer, as the Discord
server in this process sees it.
"""

import asyncio
import contextlib
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from statistics import median, quantiles

from bot.loopback import Loopback

from ..bot_runner import start_bot
from .benchmark import Benchmark

_PEOPLE, _LETTERS = 100, 6
_PAUSE = 0.5
"""Mean seconds between two keys of a person."""

_START_SECONDS = 120

_CORPUS = Path(__file__).parents[2] / "model" / "corpora" / "names.txt"


@contextlib.contextmanager
def _keep_busy(processes: int) -> Iterator[None]:
    """Run as many processes that never wait until the `with` block ends."""
    command = [sys.executable, "-c", "while True: pass"]
    started = [subprocess.Popen(command) for _ in range(processes)]
    try:
        yield
    finally:
        for process in started:
            process.kill()
            process.wait()


async def _type(discord: Loopback, name: str, rng: random.Random) -> list[float]:
    """Type the letters of `name`; return the seconds that each answer took."""
    times = []
    for length in range(1, _LETTERS + 1):
        await asyncio.sleep(rng.expovariate(1 / _PAUSE))
        options, started = {"prefix": name[:length]}, time.perf_counter()
        choices = await discord.autocomplete("name", options, focused="prefix", timeout=None)
        times.append(time.perf_counter() - started)
        assert choices, f"no choices for {name[:length]}"
    return times


async def measure(busy_processes: int) -> list[float]:
    """Return the seconds that each answer took, beside `busy_processes`."""
    names, rng = _CORPUS.read_text(encoding="utf-8").split(), random.Random(1)
    typed = rng.sample([name for name in names if len(name) >= _LETTERS], _PEOPLE)
    async with Loopback() as discord:
        with tempfile.TemporaryDirectory() as folder:
            bot = await start_bot(discord, Path(folder))
            try:
                await discord.wait_ready(timeout=_START_SECONDS)
                await discord.wait_commands(timeout=_START_SECONDS)
                await discord.autocomplete("name", {"prefix": ""}, focused="prefix")
                with _keep_busy(busy_processes):
                    times = await asyncio.gather(*(_type(discord, name, rng) for name in typed))
            finally:
                bot.terminate()
                await bot.communicate()
    return [each for of_person in times for each in of_person]


@lru_cache(maxsize=2)
def _milliseconds(busy_processes: int) -> tuple[float, float]:
    """Return the median and the 99th percentile, in ms of real time."""
    times = asyncio.run(measure(busy_processes))
    return median(times) * 1e3, quantiles(times, n=100)[98] * 1e3


_CORES = os.cpu_count() or 1
_TITLE = f"autocomplete for {_PEOPLE} people who type two letters a second"

BENCHMARKS = [
    Benchmark(
        "typing-median",
        f"{_TITLE}: response time, median",
        "≤ 50",
        "ms",
        lambda: _milliseconds(0)[0],
    ),
    Benchmark(
        "typing-99",
        f"{_TITLE}: response time, 99th percentile",
        "≤ 50",
        "ms",
        lambda: _milliseconds(0)[1],
    ),
    Benchmark(
        "typing-99-busy",
        "the same while a busy process runs on each core",
        "≤ 50",
        "ms",
        lambda: _milliseconds(_CORES)[1],
    ),
]
