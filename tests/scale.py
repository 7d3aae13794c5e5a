"""Growth: `python -m tests.scale` measures a bot in up to 20,000 servers, for docs/scale.md.

The bot is a process of its own, so that the Discord server that it is connected to doesn't count.
It is measured twice: as it is, and with discord.py's own cache, which makes objects of everything.
"""

import argparse
import asyncio
import contextlib
import gc
import json
import os
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from discord.state import AutoShardedConnectionState

from bot import client
from bot.config import Settings
from bot.guild_cache import GuildCache
from bot.loopback import Loopback
from bot.loopback.gateway.sessions import SessionStarts

from .crowd import CHANNELS, EMOJIS, ROLES, Crowd
from .scale_costs import ASSUMPTIONS, needs_table, read_figures
from .soak_chart import draw_chart

PAGE = Path(__file__).parents[1] / "docs" / "scale.md"
PICTURE = PAGE.with_suffix(".svg")
_BEGIN, _END = "<!-- begin of the figures -->\n", "<!-- end of the figures -->\n"

_COUNTS = (10, 1_000, 5_000, 10_000, 20_000)
_GUILDS_PER_SHARD = 2_500
"""Discord refuses a shard with more guilds."""

_EVENTS, _EVENT_GUILDS, _COMMANDS = 2_000, 200, 200
_SHARDS = (1, 21)
NEEDS = (100, 10_000, 100_000, 1_000_000)
_KINDS = {
    "talk": "talk of people among others",
    "mentions": "talk that mentions someone else",
    "edits": "edits of talk",
    "bots": "messages of other bots",
}


@dataclass(frozen=True)
class Sample:
    """What a bot's process has used: resident memory in bytes, CPU in seconds."""

    memory: int
    cpu: float
    guilds: int


class BotProcess:
    """The bot in a process of its own, connected to `discord`."""

    def __init__(self, process: asyncio.subprocess.Process, discord: Loopback) -> None:
        self._process = process
        self.discord = discord

    async def sample(self) -> Sample:
        """Return what the process has used by now."""
        return Sample(**await self._ask("sample"))

    async def wait_guilds(self, count: int) -> None:
        """Wait until the bot is ready and has `count` complete guilds."""
        while (await self._ask("guilds")) < count:  # noqa: ASYNC110
            await asyncio.sleep(0.5)

    async def _ask(self, question: str) -> Any:
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(f"{question}\n".encode())
        return json.loads(await self._process.stdout.readline())


@contextlib.asynccontextmanager
async def bot_process(
    guilds: int, *, shards: int = 0, plain: bool = False
) -> AsyncIterator[tuple[BotProcess, Crowd]]:
    """Run a bot in a crowd of `guilds` until the `with` block ends; `plain`: discord.py's cache.

    It has as few `shards` as Discord allows by default.
    """
    shards = shards or -(-(guilds + 1) // _GUILDS_PER_SHARD)
    starts = SessionStarts(max_concurrency=shards)  # no shard waits for another one
    async with Loopback(acknowledge_timeout=60.0, starts=starts) as discord:
        crowd = Crowd(discord, guilds)
        with tempfile.TemporaryDirectory() as data_dir:
            sections = {
                "bot": {"data_dir": data_dir},
                "discord": {
                    "api_url": discord.api_url,
                    "gateway_url": discord.gateway_url,
                    "shard_count": shards,
                },
                "limits": {"user_commands": 0, "channel_commands": 0},
            }
            arguments = ["--bot", json.dumps(sections), discord.token, *["--plain"] * plain]
            process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "tests.scale", *arguments),
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
            )
            try:
                bot = BotProcess(process, discord)
                await discord.wait_ready(timeout=1800)
                await bot.wait_guilds(guilds + 1)
                yield bot, crowd
            finally:
                process.terminate()
                await process.wait()


async def measure_memory(guilds: int, *, shards: int = 0, plain: bool = False) -> Sample:
    """Return what a bot in a crowd of `guilds` has used once it has heard of all."""
    async with bot_process(guilds, shards=shards, plain=plain) as (bot, _):
        return await bot.sample()


async def measure_events(*, plain: bool = False) -> dict[str, float]:
    """Return the CPU in seconds for a message of each kind that is no command."""
    cpu = {}
    async with bot_process(_EVENT_GUILDS, plain=plain) as (bot, crowd):
        for kind in _KINDS:
            await _use_commands(bot, 1)
            before = await bot.sample()
            await crowd.talk(kind, _EVENTS)
            await _use_commands(bot, 1)  # it is answered after the events before it
            cpu[kind] = ((await bot.sample()).cpu - before.cpu) / _EVENTS
    return cpu


async def measure_commands() -> float:
    """Return the CPU in seconds for a `/name`."""
    async with bot_process(10) as (bot, _):
        await _use_commands(bot, 20)
        before = await bot.sample()
        await _use_commands(bot, _COMMANDS)
        return ((await bot.sample()).cpu - before.cpu) / _COMMANDS


async def _use_commands(bot: BotProcess, count: int) -> None:
    await bot.discord.wait_commands(timeout=120)
    for _ in range(count):
        await (await bot.discord.invoke("name", {"prefix": "Tr"})).answer(timeout=120)


async def _run_bot(sections: str, token: str, *, plain: bool) -> None:
    """Run a bot; answer each line on standard input, "guilds" or "sample"."""
    created: list[client.Namesmith] = []
    if plain:
        client.Namesmith._get_state = _plain_state  # type: ignore[method-assign, assignment]

    settings = Settings.of(json.loads(sections))
    serving = asyncio.create_task(client.serve(settings, token, on_create=created.append))
    while question := (await asyncio.to_thread(sys.stdin.readline)).strip():
        ready = [bot for bot in created if bot.is_ready()]
        guilds = sum(map(_complete_guilds, ready))
        answer = guilds if question == "guilds" else _used() | {"guilds": guilds}
        sys.stdout.write(f"{json.dumps(answer)}\n")
        sys.stdout.flush()
    serving.cancel()


def _used() -> dict[str, float]:
    cpu = time.process_time()
    gc.collect()
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return {"memory": pages * os.sysconf("SC_PAGE_SIZE"), "cpu": cpu}


def _complete_guilds(bot: client.Namesmith) -> int:
    guilds: Any = bot._connection._guilds
    if isinstance(guilds, GuildCache):
        return sum(map(bool, guilds._records.values()))
    return sum(not guild.unavailable for guild in guilds.values())


def _plain_state(bot: client.Namesmith, **options: Any) -> AutoShardedConnectionState[Any]:
    return AutoShardedConnectionState(
        dispatch=bot.dispatch, handlers=bot._handlers, hooks=bot._hooks, http=bot.http, **options
    )


def kib_per_guild(less: Sample, more: Sample) -> float:
    """Return the memory for each guild that `more` has above `less`, in KiB."""
    return (more.memory - less.memory) / (more.guilds - less.guilds) / 1024


def memory_table(own: Sequence[Sample], plain: Sequence[Sample]) -> list[str]:
    """Return the table of memory as Markdown lines."""
    lines = [
        "| servers | memory | a server | memory with discord.py's cache | a server |",
        "|---|---|---|---|---|",
    ]
    for pair in zip(own, plain, strict=True):
        cells = [f"{pair[0].guilds - 1:,}"]
        for sample, first in zip(pair, (own[0], plain[0]), strict=True):
            each = "" if sample is first else f"{kib_per_guild(first, sample):.1f} KiB"
            cells += [f"{sample.memory / 2**20:.0f} MiB", each]
        lines.append(f"| {' | '.join(cells)} |")
    return lines


def event_table(own: dict[str, float], plain: dict[str, float], command: float) -> list[str]:
    """Return the table of events as Markdown lines."""
    lines = [
        "| event | CPU | a second and core | CPU with discord.py's cache |",
        "|---|---|---|---|",
    ]
    for kind, label in _KINDS.items():
        cpu, other = own[kind], plain[kind]
        lines.append(f"| {label} | {cpu * 1e6:.0f} µs | {int(1 / cpu):,} | {other * 1e6:.0f} µs |")
    name = f"| `/name` with five names | {command * 1e6:,.0f} µs | {int(1 / command):,} | |"
    return [*lines, name]


async def measure_all() -> tuple[list[str], str]:
    """Return the figures as Markdown, and the picture as SVG."""
    own, plain = [], []
    for count in _COUNTS:
        own.append(await measure_memory(count))
        plain.append(await measure_memory(count, plain=True))
        _show(f"{count} {own[-1]} {plain[-1]}")
    one_shard, more_shards = [await measure_memory(100, shards=count) for count in _SHARDS]
    events, plain_events = await measure_events(), await measure_events(plain=True)
    command = await measure_commands()
    series: dict[str, list[float]] = {
        "Memory in MiB": [each.memory / 2**20 for each in own],
        "Memory in MiB with discord.py's cache": [each.memory / 2**20 for each in plain],
    }
    picture = draw_chart([float(count) for count in _COUNTS], series, "Servers")
    shard = (more_shards.memory - one_shard.memory) / (_SHARDS[1] - _SHARDS[0])
    lines = [*memory_table(own, plain), "", _explain(own, shard), ""]
    lines += [*event_table(events, plain_events, command), ""]
    lines += [*needs_table(read_figures("\n".join(lines)), NEEDS), "", ASSUMPTIONS]
    return lines, picture


def _explain(own: Sequence[Sample], shard: float) -> str:
    cpu = (own[-1].cpu - own[0].cpu) / (own[-1].guilds - own[0].guilds)
    return (
        f"Each server has {CHANNELS} channels, most with the permissions of their category, "
        f"{ROLES} roles, {EMOJIS} emojis and a thread. "
        f"Each shard takes {shard / 1024:.0f} KiB more. "
        f"Hearing of a server at the start takes {cpu * 1e3:.1f} ms of CPU."
    )


def _show(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def main() -> None:
    """Measure a bot's growth, and write the figures and the picture."""
    parser = argparse.ArgumentParser(prog="python -m tests.scale", description=__doc__)
    parser.add_argument("--bot", nargs=2, metavar=("SETTINGS", "TOKEN"), help=argparse.SUPPRESS)
    parser.add_argument("--plain", action="store_true", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.bot:
        asyncio.run(_run_bot(*arguments.bot, plain=arguments.plain))
        return
    lines, picture = asyncio.run(measure_all())
    figures = "\n".join(lines)
    _show(figures)
    before, _, rest = PAGE.read_text(encoding="utf-8").partition(_BEGIN)
    after = rest.partition(_END)[2]
    PAGE.write_text(f"{before}{_BEGIN}\n{figures}\n\n{_END}{after}", encoding="utf-8")
    PICTURE.write_text(picture, encoding="utf-8")


if __name__ == "__main__":
    main()
