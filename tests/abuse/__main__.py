"""Hostile inputs: `python -m tests.abuse 10000` sends them to the real bot and says what it finds.

They go to every command, option, autocomplete, button, select, modal field and forged custom id,
on a loopback. The bot runs in a thread of its own, so its event loop can be measured alone.
"""

import argparse
import asyncio
import logging
import sys
import tempfile
import time
import warnings
from collections import Counter
from dataclasses import dataclass, field
from unittest.mock import patch

from discord.gateway import DiscordWebSocket
from discord.http import Route

from bot.loopback import Loopback

from ..bot_runner import bot_settings
from ..bot_thread import BotThread
from ..loop_monitor import LoopMonitor
from .attack import Attack, Sent
from .texts import HostileTexts

MAX_STALL_SECONDS = 0.1
"""How long a callback may hold the event loop at most, in CPU time."""


class Problems(logging.Handler):
    """The log's errors, tracebacks and warnings of Python, one a line."""

    def __init__(self) -> None:
        super().__init__()
        self.errors: list[str] = []
        self.warnings: Counter[str] = Counter()

    def emit(self, record: logging.LogRecord) -> None:
        """Note a record of the log."""
        is_warning = record.levelno == logging.WARNING and record.name != "py.warnings"
        if is_warning and not record.exc_info:
            self.warnings[record.getMessage()[:80]] += 1
        elif record.levelno >= logging.WARNING or record.exc_info:
            trace = logging.Formatter().formatException(record.exc_info) if record.exc_info else ""
            self.errors.append(f"{record.getMessage()} {trace[-1500:]}")


@dataclass
class Report:
    """What a run found; `stalls` are callbacks over 10 ms, with the inputs that were sent."""

    inputs: Counter[str]
    faults: list[str]
    errors: list[str]
    warnings: Counter[str]
    monitor: LoopMonitor
    seconds: float
    stalls: list[str] = field(default_factory=list)

    def lines(self) -> list[str]:
        """Return the summary."""
        kinds = ", ".join(f"{count} {kind}" for kind, count in self.inputs.most_common())
        monitor = self.monitor
        slow = f"{len(monitor.slow)} over {monitor.threshold * 1000:.0f} ms"
        log = f"{len(self.errors)} errors and {self.warnings.total()} warnings in the log"
        return [
            f"{self.inputs.total()} inputs in {self.seconds:.0f} s: {kinds}",
            f"{len(self.faults)} wrong answers; {log}",
            f"{monitor.count} callbacks of the event loop, {monitor.total:.1f} s of CPU",
            f"the longest callback {monitor.longest * 1000:.1f} ms; {slow}",
            *(f"WRONG {line}" for line in self.faults),
            *(f"ERROR {line}" for line in self.errors),
            *(f"WARNING {count} x {line}" for line, count in self.warnings.most_common()),
            *(f"STALL {line}" for line in self.stalls),
        ]


async def run(count: int, seed: int, data_dir: str, *, trains: bool = False) -> Report:
    """Send `count` inputs of the generator with that seed; `trains` is that of `Attack`."""
    problems = Problems()
    logging.getLogger().addHandler(problems)
    logging.captureWarnings(True)
    start = time.perf_counter()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("always", RuntimeWarning)  # a coroutine that is never awaited
            report = await _run(count, seed, data_dir, trains=trains)
    finally:
        logging.captureWarnings(False)
        logging.getLogger().removeHandler(problems)
    report.errors, report.warnings = problems.errors, problems.warnings
    report.seconds = time.perf_counter() - start
    return report


async def _run(count: int, seed: int, data_dir: str, *, trains: bool) -> Report:
    stalls: list[str] = []
    async with Loopback(acknowledge_timeout=60.0, guilds=2) as discord:
        limits = {"user_commands": 0, "channel_commands": 0}
        trainings = {"max_guild_trainings_per_hour": 10**6}
        settings = bot_settings(discord, data_dir, limits=limits, training=trainings)
        async with BotThread(discord, settings) as bot:
            attack = Attack(discord, bot, HostileTexts(seed), trains)
            monitor = LoopMonitor(bot.thread_id)

            def note(batch: list[Sent]) -> None:
                for callback in monitor.slow[len(stalls) :]:
                    inputs = " | ".join(f"{sent.kind} {sent.text!r:.160}" for sent in batch)
                    stalls.append(f"{callback} [{inputs}]")

            with monitor.running():
                await attack.run(count, on_batch=note)
    return Report(attack.counts, attack.faults, [], Counter(), monitor, 0, stalls)


def main() -> int:
    """Run it and print the summary; 1 if something was found."""
    parser = argparse.ArgumentParser(prog="python -m tests.abuse", description=__doc__)
    parser.add_argument("count", type=int, nargs="?", default=1_000, help="inputs (default 1000)")
    parser.add_argument("--seed", type=int, default=0, help="of the generator (default 0)")
    arguments = parser.parse_args()
    with (
        tempfile.TemporaryDirectory() as data_dir,
        patch.object(Route, "BASE", Route.BASE),
        patch.object(DiscordWebSocket, "DEFAULT_GATEWAY", DiscordWebSocket.DEFAULT_GATEWAY),
    ):
        report = asyncio.run(run(arguments.count, arguments.seed, data_dir, trains=True))
    sys.stdout.write("".join(f"{line}\n" for line in report.lines()))
    return bool(report.faults or report.errors or report.monitor.longest > MAX_STALL_SECONDS)


if __name__ == "__main__":
    raise SystemExit(main())
