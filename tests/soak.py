"""Soak: `python -m tests.soak` sends 20,000 commands to a bot, and draws docs/soak.svg.

The bot is a process of its own. Its memory, tasks, threads and file descriptors are counted from
time to time: at the end there must be as many as after the first commands.
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
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from bot import client
from bot.config import Settings
from bot.loopback import Loopback, Message
from bot.loopback.payloads.components import walk

from .soak_chart import draw_chart

PICTURE = Path(__file__).parents[1] / "docs" / "soak.svg"
_GROUP = 10
_NAMES = ("Tr", "Ma", "El", "Jo", "Sa", "Br", "An", "Ka", "Li", "Ro", "Zzz", "T5")
_STYLES = ("names", "elves", "dinosaurs", "random", "names+elves", "full-names", "no-such-style")


@dataclass(frozen=True)
class Sample:
    """What the bot holds after so many commands; `memory` is resident, in bytes."""

    commands: int
    memory: int
    tasks: int
    threads: int
    descriptors: int


class BotProcess:
    """The bot in a process of its own, which counts what it holds."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    async def sample(self, commands: int) -> Sample:
        """Return what the bot holds now, after `commands` commands."""
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(b"\n")
        counts = json.loads(await self._process.stdout.readline())
        return Sample(commands=commands, **counts)


@contextlib.asynccontextmanager
async def bot_process(discord: Loopback) -> AsyncIterator[BotProcess]:
    """Run a bot on `discord`, with a temporary data folder, until the `with` block ends."""
    with tempfile.TemporaryDirectory() as data_dir:
        sections = {
            "bot": {"data_dir": data_dir},
            "discord": {"api_url": discord.api_url, "gateway_url": discord.gateway_url},
            "limits": {"user_commands": 0, "channel_commands": 0},
        }
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "tests.soak", "--bot", json.dumps(sections), discord.token),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
        )
        try:
            await discord.wait_ready(timeout=120)
            await discord.wait_commands()
            yield BotProcess(process)
        finally:
            process.terminate()
            await process.wait()


async def _run_bot(sections: str, token: str) -> None:
    """Run a bot; answer each line on standard input with the counts of this process."""
    bot = asyncio.create_task(client.serve(Settings.of(json.loads(sections)), token))
    while await asyncio.to_thread(sys.stdin.readline):
        while running := [task for task in asyncio.all_tasks() if _is_command(task)]:
            await asyncio.wait(running)
        sys.stdout.write(f"{json.dumps(_counts())}\n")
        sys.stdout.flush()
    bot.cancel()


def _is_command(task: "asyncio.Task[object]") -> bool:
    return task.get_name().startswith(client._COMMAND_TASKS)


def _counts() -> dict[str, int]:
    gc.collect()
    process = Path("/proc/self")
    pages = int((process / "statm").read_text(encoding="ascii").split()[1])
    return {
        "memory": pages * os.sysconf("SC_PAGE_SIZE"),
        "tasks": len(asyncio.all_tasks()),
        "threads": len(list((process / "task").iterdir())),
        "descriptors": len(list((process / "fd").iterdir())),
    }


class Commands:
    """Commands of all kinds; `use(i)` uses the i-th one and waits for its answer."""

    def __init__(self, discord: Loopback) -> None:
        self._discord = discord
        self._kinds: list[Callable[[int], Awaitable[object]]] = [
            lambda i: self._say(f"!name {_NAMES[i % 12]} style:{_STYLES[i % 7]}"),
            lambda i: self._invoke("name", prefix=_NAMES[i % 10], count=1 + i % 9),
            lambda i: self._say(f"!rate {_NAMES[i % 12]}ina"),
            lambda i: self._invoke("blend", first="Marina", second=f"{_NAMES[i % 10]}bella"),
            lambda i: self._complete("prefix", _NAMES[i % 10]),
            lambda i: self._complete("style", _STYLES[i % 7][: 1 + i % 4]),
            self._press_all,
            lambda i: self._invoke("style list"),
            lambda i: self._say(f"!style info {_STYLES[i % 7]}"),
            self._change_settings,
            lambda i: self._say(f"!name {'1 ' * (i % 500)}"),
            lambda i: self._invoke("saved"),
        ]

    async def use(self, i: int) -> None:
        """Use the i-th command."""
        await self._kinds[i % len(self._kinds)](i)

    async def _say(self, text: str) -> Message:
        return await self._discord.wait_reply(await self._discord.say(text))

    async def _invoke(self, command: str, **options: object) -> Message:
        return await (await self._discord.invoke(command, options)).answer()

    async def _complete(self, option: str, typed: str) -> None:
        await self._discord.autocomplete("name", {option: typed}, focused=option)

    async def _press_all(self, i: int) -> None:
        """Ask for names, and press each button under them."""
        message = await self._say(f"!name {_NAMES[i % 10]} 3")
        for label in ("Again", "Longer", "Wilder", "Save"):
            parts = [part for part in walk(message.components) if part.get("label") == label]
            for part in parts[: not parts[0].get("disabled")]:
                call = await self._discord.press(message, part["custom_id"])
                answer = await call.answer()
        chosen = next(part for part in walk(answer.components) if part.get("options"))
        call = await self._discord.select(
            answer, chosen["custom_id"], [chosen["options"][0]["value"]]
        )
        await call.wait_acknowledged()

    async def _change_settings(self, i: int) -> None:
        """Open the settings and a modal, and submit it every other time."""
        call = await self._discord.invoke("settings", author="olga")
        settings = await call.answer()
        press = await self._discord.press(settings, "namesmith-set:words", author="olga")
        await press.wait_acknowledged()
        if i % 2:
            call = await self._discord.submit(press, {"words": f"blocked{i % 9}", "prefix": "!"})
            await call.wait_acknowledged()


async def soak(
    count: int, interval: int, on_sample: Callable[[Sample], None] = lambda sample: None
) -> list[Sample]:
    """Use `count` commands; return what the bot holds each `interval` of them."""
    async with Loopback(acknowledge_timeout=60.0) as discord, bot_process(discord) as bot:
        commands, samples = Commands(discord), [await bot.sample(0)]
        for start in range(0, count, interval):
            end = min(start + interval, count)
            for first in range(start, end, _GROUP):
                await asyncio.gather(*map(commands.use, range(first, min(first + _GROUP, end))))
            samples.append(await bot.sample(end))
            on_sample(samples[-1])
            _delete_messages(discord)
    return samples


def _delete_messages(discord: Loopback) -> None:
    """Delete the loopback's old messages and interactions, which would slow it down."""
    state = discord._backend.state
    for messages in state.messages.values():
        messages.clear()
    state.files.clear()
    discord._backend.interactions.by_token.clear()


def _draw(samples: Sequence[Sample]) -> str:
    """Return the picture of the samples, as SVG."""
    commands = [sample.commands for sample in samples]
    series: dict[str, list[float]] = {
        "Memory in MiB": [sample.memory / 2**20 for sample in samples],
        "Tasks": [sample.tasks for sample in samples],
        "Threads": [sample.threads for sample in samples],
        "File descriptors": [sample.descriptors for sample in samples],
    }
    return draw_chart(commands, series, "Commands")


def main() -> None:
    """Soak a bot, print the samples, and draw the picture."""
    parser = argparse.ArgumentParser(prog="python -m tests.soak", description=__doc__)
    parser.add_argument("count", type=int, nargs="?", default=20_000, help="commands")
    parser.add_argument("--bot", nargs=2, metavar=("SETTINGS", "TOKEN"), help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.bot:
        asyncio.run(_run_bot(*arguments.bot))
        return
    start = time.perf_counter()

    def show(sample: Sample) -> None:
        line = f"{asdict(sample)} {time.perf_counter() - start:.0f} s\n"
        sys.stdout.write(line)
        sys.stdout.flush()

    samples = asyncio.run(soak(arguments.count, max(1, arguments.count // 100), show))
    PICTURE.write_text(_draw(samples), encoding="utf-8")


if __name__ == "__main__":
    main()
