"""Fixtures that train on real Dask processes; the tests of a module share one cluster."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bot.config_sections import TrainingSettings
from bot.store import CorpusSummary, NewTraining, Store
from bot.training import Training, TrainingEvent, TrainingManager

from ..dask_processes import remote_cluster

HERE = Path(__file__).parent
ROOT = HERE.parents[2]
MEMORY = 1000 * 2**20
TIMEOUT = 240
"""Seconds to wait for a state, long enough for a busy machine."""
SCHEDULER = """
import asyncio, sys
from distributed import Scheduler

async def main():
    async with Scheduler(host="127.0.0.1", port=0, dashboard_address="127.0.0.1:0") as scheduler:
        print(scheduler.address, flush=True)
        await asyncio.to_thread(sys.stdin.read)

asyncio.run(main())
"""
"""A scheduler without workers, for `python -c`."""


@pytest.fixture(scope="session")
def worker_code(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the code of a worker's image: `model/` and `export/` but not `bot/`."""
    folder = tmp_path_factory.mktemp("worker-code")
    for name in ("model", "export"):
        (folder / name).symlink_to(ROOT / name)
    (folder / "jobs.py").symlink_to(HERE / "jobs.py")
    return folder


@pytest.fixture(scope="module")
def scheduler(worker_code: Path) -> Iterator[str]:
    """The address of a remote cluster: one worker without the bot's code."""
    with remote_cluster(MEMORY, worker_code) as (address, _):
        assert address.startswith("tcp://")
        yield address


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    """An empty store."""
    opened = await Store.open(f"sqlite:///{tmp_path}/namesmith.sqlite3")
    yield opened
    await opened.close()


@pytest.fixture
async def manager(scheduler: str, store: Store) -> AsyncIterator[TrainingManager]:
    """A training manager that uses the cluster."""
    manager = TrainingManager(TrainingSettings(scheduler=scheduler), store)
    yield manager
    await manager.close()


@pytest.fixture
def jobs(monkeypatch: pytest.MonkeyPatch) -> None:
    """Run the job in `jobs.py` that the list names, in place of the real training job."""
    monkeypatch.setattr("bot.training.manager._TRAINING_JOB", "jobs:run")


async def offer(manager: TrainingManager, corpus: bytes, **changes: Any) -> Training:
    new = NewTraining(
        style="fauns",
        guild_id=1,
        origin_guild_id=1,
        user_id=7,
        channel_id=3,
        recipe="seed",
        file_name="fauns.txt",
        corpus=corpus,
        corpus_summary=CorpusSummary(samples=1),
    )
    return await manager.offer(replace(new, **changes))


async def start(manager: TrainingManager, corpus: bytes, **changes: Any) -> int:
    """Offer and confirm a training; return its id."""
    training = await offer(manager, corpus, **changes)
    return (await manager.start(training.id, channel_id=3, message_id=4)).id


async def last_event(manager: TrainingManager, id: int) -> TrainingEvent:
    """Follow a training to its end and return its last event."""
    return (await all_events(manager, id))[-1]


async def all_events(manager: TrainingManager, id: int) -> list[TrainingEvent]:
    """Follow a training to its end and return all events."""
    async with asyncio.timeout(TIMEOUT):
        return [event async for event in manager.follow(id)]


async def wait_for_event(manager: TrainingManager, id: int, kind: type[TrainingEvent]) -> None:
    """Follow a training until an event of that type."""
    async with asyncio.timeout(TIMEOUT):
        async for event in manager.follow(id):
            if isinstance(event, kind):
                return
    raise AssertionError(f"the training ended first: {event}")


async def wait_until(condition: Callable[[], bool]) -> None:
    """Wait until the condition holds."""
    async with asyncio.timeout(TIMEOUT):
        while not condition():  # noqa: ASYNC110 - other processes set no event
            await asyncio.sleep(0.02)
