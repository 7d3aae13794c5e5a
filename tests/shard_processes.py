"""Several bot processes that share the shards of one bot, and a load that counts their answers."""

import asyncio
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from bot.loopback import Guild, Interaction, Loopback, Message

from .bot_runner import bot_environment
from .processes import REPOSITORY, TIMEOUT

SHARDS_PER_PROCESS = 2
_WAITING = "until another process ends"
"""In the log of a process whose shards another one has."""


@dataclass
class ShardProcesses:
    """Bot processes by their number. Each has a data folder of its own, as on two machines."""

    discord: Loopback
    folder: Path
    shard_count: int
    environment: dict[str, str]
    running: dict[int, asyncio.subprocess.Process] = field(default_factory=dict)

    async def start(self, number: int, machine: str = "") -> None:
        """Start a process; it writes its log to a file, after those of its predecessors.

        Only on another `machine` can it start while its predecessor runs.
        """
        environment = bot_environment(self.discord, self.folder / f"data-{number}{machine}")
        environment |= {
            "NAMESMITH_DISCORD__SHARD_COUNT": str(self.shard_count),
            "NAMESMITH_DISCORD__SHARDS_PER_PROCESS": str(SHARDS_PER_PROCESS),
            "NAMESMITH_DISCORD__PROCESS_INDEX": f"namesmith-{number}",
        }
        with self.log_file(number).open("ab") as log:
            self.running[number] = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "bot", "serve"),
                env=environment | self.environment,
                cwd=REPOSITORY,
                stderr=log,
            )

    def log_file(self, number: int) -> Path:
        """Return the log of a process and of its predecessors."""
        return self.folder / f"process-{number}.log"

    def log(self) -> str:
        """Return the logs of all processes."""
        return "".join(file.read_text(encoding="utf-8") for file in self.folder.glob("*.log"))

    async def stop(self, number: int) -> None:
        """End a process as a service manager does."""
        await self._terminate(self.running.pop(number))

    async def replace(self, number: int) -> None:
        """Start a process on another machine; end its predecessor when it waits for the shards."""
        predecessor = self.running.pop(number)
        known = self.log_file(number).read_text(encoding="utf-8").count(_WAITING)
        await self.start(number, "-other")
        await self.discord.wait_until(
            lambda: self.log_file(number).read_text(encoding="utf-8").count(_WAITING) > known,
            TIMEOUT,
        )
        await self._terminate(predecessor)

    async def _terminate(self, process: asyncio.subprocess.Process) -> None:
        process.terminate()
        async with asyncio.timeout(TIMEOUT):
            assert await process.wait() == 0, self.log()

    async def kill(self, number: int) -> None:
        """Kill a process, as a machine does that has no memory left."""
        process = self.running.pop(number)
        process.kill()
        await process.wait()

    async def wait_connected(self, number: int, timeout: float = TIMEOUT) -> float:
        """Wait until the shards of a process are connected; return how many seconds that took."""
        start = time.monotonic()
        first = number * SHARDS_PER_PROCESS
        await self.discord.wait_ready(range(first, first + SHARDS_PER_PROCESS), timeout)
        return time.monotonic() - start

    def guilds_of(self, number: int) -> list[Guild]:
        """Return the guilds that a process serves."""
        return [guild for guild in self.discord.guilds if self.process_of(guild) == number]

    def process_of(self, guild: Guild) -> int:
        """Return the number of the process that serves a guild."""
        return (guild.id >> 22) % self.shard_count // SHARDS_PER_PROCESS

    async def end(self) -> None:
        """Kill what still runs."""
        for number in list(self.running):
            await self.kill(number)


@asynccontextmanager
async def shard_processes(
    discord: Loopback, folder: Path, shard_count: int, **environment: str
) -> AsyncIterator[ShardProcesses]:
    """Provide processes, none of which runs yet; what still runs at the end is killed."""
    processes = ShardProcesses(discord, folder, shard_count, environment)
    try:
        yield processes
    finally:
        await processes.end()


@dataclass(eq=False)
class Command:
    """A command that someone used: a slash command, or a text command."""

    process: int
    sent_at: float
    source: Interaction | Message
    answered_at: float | None = None

    @property
    def answers(self) -> int:
        """How many answers there are."""
        if isinstance(self.source, Interaction):
            shown = (self.source.visible_answer, *self.source.followups)
            return len({message.id for message in shown if message})
        return len(self.source.replies)

    @property
    def seconds(self) -> float:
        """How long the answer took; infinity if there is none."""
        return (self.answered_at or float("inf")) - self.sent_at


class Load:
    """Uses a command in every guild, again and again, and notes when each is answered."""

    def __init__(self, processes: ShardProcesses, interval: float) -> None:
        self.commands: list[Command] = []
        self._processes = processes
        self._interval = interval
        self._waiting: dict[asyncio.Task[None], Command] = {}

    @asynccontextmanager
    async def run(self) -> AsyncIterator[None]:
        """Use commands until the `with` block ends, then wait for the answers."""
        sending = asyncio.create_task(self._send())
        try:
            yield
        finally:
            sending.cancel()
            await asyncio.gather(*self._waiting, return_exceptions=True)

    def give_up(self, process: int, before: float) -> None:
        """Don't wait for the commands that a process lost when it was killed."""
        for waiting, command in list(self._waiting.items()):
            if command.process == process and command.sent_at < before:
                waiting.cancel()

    def since(self, start: float, process: int) -> list[Command]:
        """Return the commands used since `start` in the guilds of a process."""
        return [each for each in self.commands if each.sent_at >= start and each.process == process]

    async def _send(self) -> None:
        discord, number = self._processes.discord, 0
        while True:
            for guild in discord.guilds:
                channel = discord.channel("general", guild)
                number += 1
                is_slash = (number + number // len(discord.guilds)) % 2
                source: Interaction | Message
                if is_slash:
                    source = await discord.invoke("name", {"prefix": "Tr"}, channel=channel)
                else:
                    source = await discord.say("!name Tr", channel=channel)
                command = Command(self._processes.process_of(guild), time.monotonic(), source)
                self.commands.append(command)
                waiting = asyncio.create_task(self._wait(command))
                self._waiting[waiting] = command
                waiting.add_done_callback(self._waiting.pop)
                await asyncio.sleep(self._interval / len(discord.guilds))

    async def _wait(self, command: Command) -> None:
        source = command.source
        try:
            if isinstance(source, Interaction):
                await source.answer(TIMEOUT)
            else:
                await self._processes.discord.wait_reply(source, TIMEOUT)
        except TimeoutError:
            return
        command.answered_at = time.monotonic()
