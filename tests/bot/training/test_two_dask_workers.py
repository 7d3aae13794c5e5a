"""Two workers, each in its own process as on two machines, share the trainings of one bot."""

import asyncio
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from bot.config_sections import TrainingSettings
from bot.store import Store
from bot.training import Done, Running, TrainingManager

from ..dask_processes import dask_process
from .conftest import (
    SCHEDULER,
    TIMEOUT,
    last_event,
    start,
    wait_for_event,
    wait_until,
)


@contextmanager
def dask_worker(scheduler: str, worker_code: Path, folder: Path) -> Iterator[None]:
    """Run a worker by Dask's command line, as on a separate machine."""
    options = "--no-nanny --nthreads 1 --host 127.0.0.1 --dashboard-address 127.0.0.1:0"
    process = subprocess.Popen(
        [
            *(sys.executable, "-P", "-m", "distributed.cli.dask_worker", scheduler),
            *(*options.split(), "--no-dashboard", "--local-directory", str(folder)),
        ],
        env=os.environ | {"PYTHONPATH": str(worker_code)},
        cwd=worker_code,
        stderr=subprocess.DEVNULL,
    )
    try:
        yield
    finally:
        process.terminate()
        process.wait(TIMEOUT)


@pytest.mark.usefixtures("jobs")
async def test_workers_share_trainings(store: Store, worker_code: Path, tmp_path: Path) -> None:
    with (
        dask_process("-c", SCHEDULER, worker_code=worker_code) as (address, _),
        dask_worker(address, worker_code, tmp_path / "first"),
        dask_worker(address, worker_code, tmp_path / "second"),
    ):
        manager = TrainingManager(TrainingSettings(scheduler=address), store)
        async with manager._pool.connect() as client:
            assert (await client.run("jobs:describe_worker"))["bot"] is False
            await wait_until(lambda: client.capacity == 2)
        files = [tmp_path / name for name in ("a", "b")]
        ids = [
            await start(manager, b"wait_for %s" % bytes(file), guild_id=guild)
            for guild, file in zip((1, 2, 1, None), files[:1] * 2 + files[1:] * 2, strict=True)
        ]
        for pair, file in zip((ids[:2], ids[2:]), files, strict=True):
            await asyncio.gather(*(wait_for_event(manager, id, Running) for id in pair))
            file.touch()
        ends = await asyncio.gather(*(last_event(manager, id) for id in ids))
        await manager.close()
    assert [type(end) for end in ends] == [Done] * 4
    by_worker = Counter([await store.trainings.get_candidate(id) for id in ids])
    assert sorted(by_worker.values()) == [2, 2]
