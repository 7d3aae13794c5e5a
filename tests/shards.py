"""Two bot processes: `python -m tests.shards` kills, restarts and replaces them under load.

Each has two shards of four. They share a PostgreSQL, an object store and two Dask workers. In each
of four servers, somebody uses a command every 0.4 s; the table shows what became of these commands.
"""

import argparse
import asyncio
import contextlib
import logging
import os
import sys
import tempfile
import time
import traceback
from collections.abc import AsyncIterator, Iterator, Sequence
from pathlib import Path
from statistics import median

from bot.loopback import Loopback
from bot.loopback.gateway.sessions import SessionStarts

from .bot.commands.styles.helpers import finish_training
from .bot.conftest import invoke, press
from .bot.dask_processes import dask_process
from .bot.store.postgres import postgres_server
from .bot.training.conftest import SCHEDULER
from .bot.training.test_two_dask_workers import dask_worker
from .processes import REPOSITORY
from .shard_processes import Command, Load, ShardProcesses, shard_processes

INTERVAL = 0.4
"""Seconds between two commands in a server."""
_STEADY_SECONDS = 20.0


@contextlib.contextmanager
def object_store() -> Iterator[str]:
    """Run an S3 server, and set the variables of its clients; yield the URL of a folder."""
    import s3fs
    from moto.server import ThreadedMotoServer

    logging.getLogger("werkzeug").setLevel(logging.WARNING)
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    os.environ |= {
        "AWS_ENDPOINT_URL": f"http://{host}:{port}",
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_DEFAULT_REGION": "us-east-1",
    }
    s3fs.S3FileSystem().mkdir("styles")
    yield "s3://styles/namesmith"
    server.stop()


@contextlib.contextmanager
def two_workers(folder: Path) -> Iterator[str]:
    """Run a Dask scheduler and two workers; yield the scheduler's address."""
    code = folder / "code"
    code.mkdir()
    for name in ("model", "export"):
        (code / name).symlink_to(REPOSITORY / name)
    with (
        dask_process("-c", SCHEDULER, worker_code=code) as (address, _),
        dask_worker(address, code, folder / "first"),
        dask_worker(address, code, folder / "second"),
    ):
        yield address


@contextlib.asynccontextmanager
async def everything() -> AsyncIterator[tuple[Loopback, ShardProcesses]]:
    """Run Discord, the database, the object store and the workers; no bot process yet."""
    async with contextlib.AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        postgres = stack.enter_context(postgres_server())
        variables = {
            "NAMESMITH_DATABASE__URL": postgres.url("postgres"),
            "NAMESMITH_LIBRARY__URL": stack.enter_context(object_store()),
            "NAMESMITH_TRAINING__SCHEDULER": stack.enter_context(two_workers(folder)),
        }
        discord = await stack.enter_async_context(
            Loopback(guilds=4, starts=SessionStarts(max_concurrency=1))
        )
        processes = shard_processes(discord, folder, 4, **variables)
        yield discord, await stack.enter_async_context(processes)


def row(name: str, commands: Sequence[Command]) -> str:
    """Return a row of the table; a command has at most one answer."""
    assert all(command.answers <= 1 for command in commands), name
    seconds = sorted(command.seconds for command in commands if command.answered_at)
    slowest = f"{seconds[-1]:.2f} s" if seconds else "-"
    middle = f"{1000 * median(seconds):.0f} ms" if seconds else "-"
    lost = len(commands) - len(seconds)
    return f"| {name} | {len(commands)} | {len(seconds)} | {lost} | {middle} | {slowest} |"


async def measure(discord: Loopback, processes: ShardProcesses) -> list[str]:
    """Return the rows of the table."""
    rows: list[str] = []
    await asyncio.gather(*map(processes.start, range(2)))
    await asyncio.gather(*map(processes.wait_connected, range(2)))
    load = Load(processes, INTERVAL)

    async def steady() -> None:
        await asyncio.sleep(_STEADY_SECONDS)

    async def kill() -> None:
        await processes.kill(1)
        await processes.start(1)
        await processes.wait_connected(1)
        load.give_up(1, before=time.monotonic())

    async def restart() -> None:
        for number in range(2):
            await processes.stop(number)
            await processes.start(number)
            await processes.wait_connected(number)

    async def replace() -> None:
        for number in range(2):
            await processes.replace(number)
            await processes.wait_connected(number)

    async def train() -> None:
        styles = dict(zip(("fauns", "nymphs"), range(2), strict=True))
        await asyncio.gather(*(publish(discord, processes, *style) for style in styles.items()))

    for name, phase in {
        "nothing happens": steady,
        "process 2 is killed, and starts again": kill,
        "each process ends, then starts again": restart,
        "each process starts anew elsewhere, then the old one ends": replace,
        "each process trains a style, which the other uses": train,
    }.items():
        start = time.monotonic()
        async with load.run():
            await phase()
            seconds = time.monotonic() - start
        for number in range(2):
            title = f"{name} ({seconds:.0f} s): servers of process {number + 1}"
            rows.append(row(title, load.since(start, number)))
            sys.stderr.write(f"{rows[-1]}\n")
    return rows


async def publish(discord: Loopback, processes: ShardProcesses, style: str, number: int) -> None:
    """Train a style for all servers in one process, and use it in another one's server."""
    channel = discord.channel("general", processes.guilds_of(number)[0])
    message = await finish_training(discord, style, channel=channel, for_all=True)
    await press(discord, message, "Publish", author="olga")
    other = discord.channel("general", processes.guilds_of(1 - number)[0])
    async with asyncio.timeout(60):
        while not (await invoke(discord, "name", {"style": style}, channel=other)).embeds:  # noqa: ASYNC110
            await asyncio.sleep(0.5)


async def main() -> None:
    """Measure, and print the table."""
    async with everything() as (discord, processes):
        try:
            rows = await measure(discord, processes)
        except BaseException:
            sys.stderr.write(processes.log() + traceback.format_exc())
            raise
        starts, log = discord._backend.gateway.starts, processes.log()
        assert not starts.refused, starts
        assert "Traceback" not in log, log
    head = "| what happens | commands | answered once | lost | median | slowest |"
    sys.stdout.write("\n".join([head, "|---|---|---|---|---|---|", *rows, ""]))
    sys.stdout.write(f"\nSessions started: {starts.count}; refused by Discord: 0.\n")


if __name__ == "__main__":
    argparse.ArgumentParser(description=__doc__).parse_args()
    asyncio.run(main())
