"""Two workers, each a process of its own as on two machines, share what one bot has learned."""

import asyncio
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from bot.config import TrainingSettings
from bot.store import Store
from bot.training import Done, Trainer

from .conftest import PATIENCE, SCHEDULER, begun, end, running, until


@contextmanager
def worker(scheduler: str, workshop: Path, folder: Path) -> Iterator[None]:
    """Run a worker as one is run on a machine of its own."""
    options = "--no-nanny --nthreads 1 --host 127.0.0.1 --dashboard-address 127.0.0.1:0"
    process = subprocess.Popen(
        [
            *(sys.executable, "-P", "-m", "distributed.cli.dask_worker", scheduler),
            *(*options.split(), "--no-dashboard", "--local-directory", str(folder)),
        ],
        env=os.environ | {"PYTHONPATH": str(workshop)},
        cwd=workshop,
        stderr=subprocess.DEVNULL,
    )
    try:
        yield
    finally:
        process.terminate()
        process.wait(PATIENCE)


@pytest.mark.usefixtures("jobs")
async def test_two_workers_share_four_trainings(
    store: Store, workshop: Path, tmp_path: Path
) -> None:
    with (
        running("-c", SCHEDULER, workshop=workshop) as address,
        worker(address, workshop, tmp_path / "one"),
        worker(address, workshop, tmp_path / "other"),
    ):
        trainer = Trainer(TrainingSettings(scheduler=address), store)
        assert (await trainer._workers.run("jobs:facts"))["bot"] is False
        await until(lambda: trainer._workers.places == 2)
        ids = [await begun(trainer, b"counts 100", guild_id=guild) for guild in (1, 1, 2, None)]
        ends = await asyncio.gather(*(end(trainer, id) for id in ids))
        await trainer.close()
    assert [type(one) for one in ends] == [Done] * 4
    shares = Counter([await store.trainings.get_candidate(id) for id in ids])
    assert sorted(shares.values()) == [2, 2]
