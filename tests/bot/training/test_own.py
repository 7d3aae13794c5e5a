"""The cluster of the bot's own: there while it is needed, silent, and never longer than the bot."""

import asyncio
import json
import os
import signal
import sys
import tempfile
from pathlib import Path
from typing import Any

import psutil  # type: ignore[import-untyped]
import pytest

from bot.training import TrainingFailed
from bot.training.own import OwnCluster

from .conftest import MEMORY, ROOT, until

BEGINNING = """
import asyncio, json, sys
from bot.config import TrainingSettings
from bot.training.workers import Workers

def heavy():
    return sorted(sys.modules.keys() & {"distributed", "torch", "model", "export"})

async def main():
    settings = TrainingSettings(scheduler=sys.argv[1], worker_idle_seconds=0.2)
    workers = Workers(settings, lambda: None)
"""
# A bot that looks at lists, lets the cluster go, and needs it again.
LIVING = f"""{BEGINNING}
    import psutil
    before = heavy()
    first = await workers.run("jobs:facts")
    own = workers._link()._own.process
    while own.returncode is None:
        await asyncio.sleep(0.02)
    second = await workers.run("jobs:facts")
    await workers.close()
    left = [p.pid for p in psutil.Process().children(recursive=True)]
    said = [first, second, before, heavy(), own.returncode, left]
    print(json.dumps(said))

asyncio.run(main())
"""
# A bot that is closed at once.
CLOSING = f"""{BEGINNING}
    import psutil
    from bot.training import TrainingFailed
    looking = asyncio.create_task(workers.run("jobs:facts"))
    while not psutil.Process().children():
        await asyncio.sleep(0.01)
    await workers.close()
    try:
        await looking
    except TrainingFailed as failed:
        print(json.dumps([str(failed), [p.pid for p in psutil.Process().children()]]))

asyncio.run(main())
"""
# A bot that is at it when it dies.
DYING = f"""{BEGINNING}
    def told(progress):
        own = workers._link()._own
        print(json.dumps(own.process.pid if own else None), flush=True)

    await workers.run("jobs:waits", sys.argv[2].encode(), told=told)

asyncio.run(main())
"""


async def bot(script: str, *arguments: str, workshop: Path) -> asyncio.subprocess.Process:
    """Start a bot of its own process, whose workers know `jobs`."""
    return await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", script, *arguments),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(workshop), "DISCORD_TOKEN": "secret"},
    )


async def test_it_comes_when_needed_and_goes_when_idle_and_leaves_nothing(workshop: Path) -> None:
    process = await bot(LIVING, "", workshop=workshop)
    out, errors = await process.communicate()
    assert errors.decode() == ""
    first, second, before, after, ended, left = json.loads(out)
    assert (before, after) == ([], ["distributed"])
    assert first["process"] != second["process"]
    assert (ended, left) == (0, [])
    assert first["niceness"] >= 10
    assert first["token"] is None
    assert Path(first["folder"]) != ROOT
    assert first["temporary"]
    assert not any(map(os.path.exists, first["temporary"]))


async def test_a_bot_that_closes_while_it_starts_need_not_wait(workshop: Path) -> None:
    process = await bot(CLOSING, "", workshop=workshop)
    out, errors = await process.communicate()
    assert errors.decode() == ""
    assert json.loads(out) == ["the bot is closing; begin it again when it is back", []]


async def died(script: str, *arguments: str, workshop: Path) -> Any:
    """Kill a bot while a job of its is done; return what it said before."""
    process = await bot(script, *arguments, workshop=workshop)
    assert process.stdout is not None
    said = json.loads(await process.stdout.readline())
    processes = psutil.Process(said).children(recursive=True) if said else []
    process.send_signal(signal.SIGKILL)
    await process.communicate()
    return said, processes


async def test_no_cluster_outlives_a_bot_that_is_killed(workshop: Path, tmp_path: Path) -> None:
    own, workers = await died(DYING, "", str(tmp_path / "stopped"), workshop=workshop)
    assert workers
    await until(lambda: not any(map(_lives, [own, *(worker.pid for worker in workers)])))


async def test_a_cluster_elsewhere_stops_the_job_of_a_bot_that_is_killed(
    scheduler: str, workshop: Path, tmp_path: Path
) -> None:
    file = tmp_path / "stopped"
    await died(DYING, scheduler, str(file), workshop=workshop)
    await until(file.exists)


def test_one_that_is_killed_or_does_not_start_leaves_no_folder(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    killed = OwnCluster.start(MEMORY)
    killed.process.kill()
    killed.stop()
    monkeypatch.setattr(sys, "executable", "/no/such/python")
    with pytest.raises(TrainingFailed, match="the training process does not start"):
        OwnCluster.start(MEMORY)
    assert list(tmp_path.iterdir()) == []


def _lives(pid: int) -> bool:
    try:
        return bool(psutil.Process(pid).status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False
