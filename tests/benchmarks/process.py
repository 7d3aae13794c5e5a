"""Benchmarks of the bot's process: CPU and memory at its start, and the CPU of a command.

Each is compared with a bare discord.py client (`bare_client.py`) in the same run. Both run as
processes of their own, so the Discord server that they are connected to doesn't count.
"""

import asyncio
import contextlib
import os
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache, partial
from pathlib import Path
from statistics import median

from rich.console import Console

from bot.library import library
from bot.loopback import Loopback, Message
from bot.loopback.payloads.components import walk

from ..processes import REPOSITORY
from .benchmark import Benchmark

_STARTS = 3
_ROUNDS, _COMMANDS = 8, 50
_TOTAL = 2_000
"""Commands after which the memory is measured again."""

_SETTLE_SECONDS = 2.0
"""After READY, time for what still runs then."""

_PREFIXES = ("Tr", "Ma", "El", "Jo", "Sa", "Br", "An", "Ka", "Li", "Ro")


@dataclass(frozen=True)
class Start:
    """What a process has used once it is ready: CPU in seconds, memory in MiB."""

    cpu: float
    memory: float


@dataclass(frozen=True)
class _Client:
    """A client's process and the server that it is connected to."""

    process: asyncio.subprocess.Process
    discord: Loopback

    @property
    def start(self) -> Start:
        status = Path(f"/proc/{self.process.pid}/stat").read_text(encoding="ascii")
        ticks = sum(map(int, status.rpartition(")")[2].split()[11:13]))
        return Start(ticks / os.sysconf("SC_CLK_TCK"), self.memory)

    @property
    def memory(self) -> float:
        pages = int(Path(f"/proc/{self.process.pid}/statm").read_text(encoding="ascii").split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE") / 2**20

    @property
    def nanoseconds(self) -> int:
        """The CPU time of the threads."""
        threads = Path(f"/proc/{self.process.pid}/task").iterdir()
        return sum(int((thread / "schedstat").read_text().split()[0]) for thread in threads)


@contextlib.asynccontextmanager
async def _run_client(command: Callable[[Loopback], list[str]]) -> AsyncIterator[_Client]:
    """Run a client until the `with` block ends; it is ready when the block begins."""
    async with Loopback() as discord:
        environment = os.environ | {"DISCORD_TOKEN": discord.token}
        process = await asyncio.create_subprocess_exec(
            sys.executable, *command(discord), env=environment, cwd=REPOSITORY, stderr=-3
        )
        try:
            await discord.wait_ready(timeout=120)
            await asyncio.sleep(_SETTLE_SECONDS)
            yield _Client(process, discord)
        finally:
            process.terminate()
            await process.wait()


@contextlib.contextmanager
def _commands() -> Iterator[dict[str, Callable[[Loopback], list[str]]]]:
    """Return the arguments of Python that start the bot and the bare client."""
    with tempfile.TemporaryDirectory() as folder:
        config = Path(folder, "config.toml")

        def bot(discord: Loopback) -> list[str]:
            config.write_text(
                f'bot.data_dir = "{folder}"\nlog.level = "WARNING"\n'
                "limits = {user_commands = 0, channel_commands = 0}\n"
                f'discord = {{api_url = "{discord.api_url}", '
                f'gateway_url = "{discord.gateway_url}"}}\n',
                encoding="utf-8",
            )
            return ["-m", "bot", "serve", "--config", str(config)]

        def bare(discord: Loopback) -> list[str]:
            style = str(library.SHIPPED / "names.onnx")
            urls = (discord.api_url, discord.gateway_url)
            return ["-m", "tests.benchmarks.bare_client", *urls, discord.token, style]

        yield {"bot": bot, "bare": bare}


async def _use(discord: Loopback, kind: str, i: int, answer: Message | None) -> None:
    prefix = _PREFIXES[i % len(_PREFIXES)]
    if kind == "slash":
        await (await discord.invoke("name", {"prefix": prefix})).answer()
    elif kind == "prefix":
        await discord.wait_reply(await discord.say(f"!name {prefix}"))
    elif kind == "autocomplete":
        await discord.autocomplete("name", {"prefix": prefix}, focused="prefix")
    else:
        assert answer
        ids = [item["custom_id"] for item in walk(answer.components) if "custom_id" in item]
        await (await discord.press(answer, ids[0])).answer()


KINDS = ("slash", "prefix", "button", "autocomplete")


async def _measure_commands(client: _Client, kind: str, count: int) -> float:
    """Return the milliseconds of CPU for a command of that kind."""
    answer = await (await client.discord.invoke("name", {"prefix": "Tr"})).answer()
    started = client.nanoseconds
    for i in range(count):
        await _use(client.discord, kind, i, answer)
    return (client.nanoseconds - started) / count / 1e6


async def _measure() -> dict[str, float]:
    """Return all results: ratios of the bot to the bare client, and memory in MiB."""
    starts: dict[str, list[Start]] = {"bot": [], "bare": []}
    costs: dict[tuple[str, str], list[float]] = {}
    with _commands() as commands:
        for attempt in range(1 + _STARTS):
            for name, command in commands.items():
                async with _run_client(command) as client:
                    if attempt:  # the first one makes the database and fills the disk cache
                        starts[name].append(client.start)
        async with _run_client(commands["bot"]) as bot, _run_client(commands["bare"]) as bare:
            for _ in range(1 + _ROUNDS):
                for kind in KINDS:
                    for name, client in (("bot", bot), ("bare", bare)):
                        cost = await _measure_commands(client, kind, _COMMANDS)
                        costs.setdefault((kind, name), []).append(cost)
            used = (1 + _ROUNDS) * len(KINDS) * (_COMMANDS + 1)
            for client in (bot, bare):
                await _measure_commands(client, "slash", max(1, _TOTAL - used))
            after = {"bot": bot.memory, "bare": bare.memory}
    results = {f"{name}-after": memory for name, memory in after.items()}
    for name, measured in starts.items():
        results[f"{name}-cpu"] = median(start.cpu for start in measured)
        results[f"{name}-memory"] = median(start.memory for start in measured)
    for (kind, name), values in costs.items():
        results[f"{name}-{kind}"] = median(values[1:])  # the first round fills caches
    return results


@lru_cache(maxsize=1)
def results() -> dict[str, float]:
    """Return the results by client and measure: seconds, MiB, and milliseconds for commands."""
    return asyncio.run(_measure())


def _ratio(measure: str) -> float:
    return results()[f"bot-{measure}"] / results()[f"bare-{measure}"]


@lru_cache(maxsize=1)
def _help_seconds() -> float:
    """Return the CPU seconds of `namesmith --help`, median."""
    seconds = []
    for _ in range(5):
        before = os.times()
        subprocess.run(
            [sys.executable, "-m", "bot", "--help"],
            cwd=REPOSITORY,
            stdout=subprocess.DEVNULL,
            check=True,
        )
        after = os.times()
        seconds.append(sum(after[2:4]) - sum(before[2:4]))
    return median(seconds)


_BARE = "a bare discord.py client with an open network"

BENCHMARKS = [
    Benchmark(
        "start-cpu",
        f"`namesmith serve` until it is ready: CPU time / that of {_BARE}",
        "≤ 2",
        "x",
        partial(_ratio, "cpu"),
    ),
    Benchmark("start-seconds", "the same in seconds", "≤ 1", "s", lambda: results()["bot-cpu"]),
    Benchmark(
        "start-memory",
        f"`namesmith serve` when it is ready: memory / that of {_BARE}",
        "≤ 1.32",
        "x",
        partial(_ratio, "memory"),
    ),
    Benchmark(
        "start-megabytes",
        "the same in MiB",
        "≤ 115",
        "MiB",
        lambda: results()["bot-memory"],
    ),
    Benchmark(
        "answers-memory",
        f"memory after {_TOTAL:,} answers / that of {_BARE}",
        "≤ 1.4",
        "x",
        partial(_ratio, "after"),
    ),
    Benchmark(
        "answers-megabytes",
        "the same in MiB",
        "≤ 130",
        "MiB",
        lambda: results()["bot-after"],
    ),
    Benchmark(
        "help-cpu",
        f"`namesmith --help`: CPU time / that of the start of {_BARE}",
        "≤ 0.6",
        "x",
        lambda: _help_seconds() / results()["bare-cpu"],
    ),
    *(
        Benchmark(
            f"command-{kind}",
            f"{title}: CPU time / that of a discord.py client that answers with a constant",
            "≤ 1.5",
            "x",
            partial(_ratio, kind),
        )
        for kind, title in (
            ("slash", "`/name` with five names"),
            ("prefix", "`!name` with five names"),
            ("button", "the button *Again*"),
            ("autocomplete", "autocomplete of a prefix"),
        )
    ),
    Benchmark(
        "command-time",
        "`/name` with five names: CPU time",
        "",
        "ms",
        lambda: results()["bot-slash"],
    ),
]

if __name__ == "__main__":
    console = Console()
    for measure in ("cpu", "memory", "after", *KINDS):
        bot, bare = (results()[f"{name}-{measure}"] for name in ("bot", "bare"))
        console.print(f"{measure:13} bot {bot:8.3f}  bare {bare:8.3f}  ratio {bot / bare:.2f}")
    console.print(f"help {_help_seconds():.3f} s")
