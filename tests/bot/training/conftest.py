"""Trainings on real Dask processes; one cluster serves a module of tests."""

import asyncio
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bot.config import TrainingSettings
from bot.store import CorpusSummary, NewTraining, Store
from bot.training import Trainer, Training, Update

HERE = Path(__file__).parent
ROOT = HERE.parents[2]
SCRIPT = ROOT / "bot" / "training" / "cluster.py"
MEMORY = 1000 * 2**20
PATIENCE = 120
"""Seconds for what is awaited; a busy machine takes its time."""
SCHEDULER = """
import asyncio, sys
from distributed import Scheduler

async def main():
    async with Scheduler(host="127.0.0.1", port=0, dashboard_address="127.0.0.1:0") as scheduler:
        print(scheduler.address, flush=True)
        await asyncio.to_thread(sys.stdin.read)

asyncio.run(main())
"""
"""A scheduler without workers, as `python -c` runs it."""


@pytest.fixture(scope="session")
def workshop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder as a worker's image has it: `model/` and `export/`, and no bot."""
    folder = tmp_path_factory.mktemp("workshop")
    for name in ("model", "export"):
        (folder / name).symlink_to(ROOT / name)
    (folder / "jobs.py").symlink_to(HERE / "jobs.py")
    return folder


@contextmanager
def running(*command: str, workshop: Path) -> Iterator[str]:
    """Run a Dask process that says in a line where it is, until the end of its input."""
    process = subprocess.Popen(
        [sys.executable, "-P", *command],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=os.environ | {"PYTHONPATH": str(workshop)},
        cwd=workshop,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        yield process.stdout.readline().decode().strip()
    finally:
        process.stdin.close()
        process.wait(PATIENCE)
        process.stdout.close()


@pytest.fixture(scope="module")
def scheduler(workshop: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a cluster somewhere else: of one worker, which has no bot."""
    folder = str(tmp_path_factory.mktemp("cluster"))
    with running(str(SCRIPT), folder, str(MEMORY), "0", workshop=workshop) as address:
        assert address.startswith("tcp://")
        yield address


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    """A store of nothing yet."""
    opened = await Store.open(f"sqlite:///{tmp_path}/namesmith.sqlite3")
    yield opened
    await opened.close()


@pytest.fixture
async def trainer(scheduler: str, store: Store) -> AsyncIterator[Trainer]:
    """A trainer that has the cluster."""
    made = Trainer(TrainingSettings(scheduler=scheduler), store)
    yield made
    await made.close()


@pytest.fixture
def jobs(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a training do the job of `jobs.py` that its list names."""
    monkeypatch.setattr("bot.training.trainer._LEARN", "jobs:does")


async def offered(trainer: Trainer, corpus: bytes, **more: Any) -> Training:
    new = NewTraining(
        style="elves",
        guild_id=1,
        origin_guild_id=1,
        user_id=7,
        channel_id=3,
        recipe="seed",
        file_name="elves.txt",
        corpus=corpus,
        corpus_summary=CorpusSummary(samples=1),
    )
    return await trainer.offer(replace(new, **more))


async def begun(trainer: Trainer, corpus: bytes, **more: Any) -> int:
    """Offer and confirm a training; return its number."""
    training = await offered(trainer, corpus, **more)
    return (await trainer.begin(training.id, channel_id=3, message_id=4)).id


async def end(trainer: Trainer, id: int) -> Update:
    """Follow a training; return the last that is told of it."""
    return (await updates(trainer, id))[-1]


async def updates(trainer: Trainer, id: int) -> list[Update]:
    """Follow a training; return all that is told of it."""
    async with asyncio.timeout(PATIENCE):
        return [update async for update in trainer.follow(id)]


async def reached(trainer: Trainer, id: int, kind: type[Update]) -> None:
    """Follow a training until it is told of in that way."""
    async with asyncio.timeout(PATIENCE):
        async for update in trainer.follow(id):
            if isinstance(update, kind):
                return
    raise AssertionError(f"it was over before: {update}")


async def until(condition: Callable[[], bool]) -> None:
    """Wait until it holds."""
    async with asyncio.timeout(PATIENCE):
        while not condition():  # noqa: ASYNC110 - of other processes there is no event
            await asyncio.sleep(0.02)
