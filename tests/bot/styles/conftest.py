"""A cluster that trains for all tests of a module, the bot that uses it, and its styles."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from bot.config import LibrarySettings, NamesSettings
from bot.library import Library
from bot.loopback import Loopback
from bot.training.local_cluster import LocalCluster

from ..conftest import RunBot


@pytest.fixture(scope="session")
def scheduler() -> Iterator[str]:
    """The address of a Dask cluster with one worker, which several bots in turn may use."""
    cluster = LocalCluster.start(2 * 2**30)
    try:
        yield cluster.read_address()
    finally:
        cluster.stop()


@pytest.fixture
def training(scheduler: str) -> dict[str, Any]:
    """Settings by which the bot trains there, as often as it is asked to."""
    return {"scheduler": scheduler, "max_guild_trainings_per_hour": 1000}


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Have a job of the tests' own done in place of the real one, and told often: `quick.py`.

    What is returned does so again, for the modules of a bot that is started again.
    """

    def hurry() -> None:
        manager = import_module("bot.training.manager")
        monkeypatch.setattr(manager, "_TRAINING_JOB", "tests.bot.styles.quick:train_style")
        monkeypatch.setattr(import_module("bot.commands.styles.follower"), "PACE", 0.1)

    hurry()
    return hurry


@pytest.fixture
async def workshop(
    discord: Loopback, run_bot: RunBot, training: dict[str, Any]
) -> AsyncIterator["asyncio.Task[None]"]:
    """The stand-alone bot, which can train."""
    async with run_bot(discord, training=training) as task:
        yield task


@pytest.fixture
async def library(tmp_path: Path) -> AsyncIterator[Library]:
    """The styles of the bot's, opened beside it: what changes here, the bot notices."""
    library = await Library.open(NamesSettings(), LibrarySettings(), tmp_path / "data")
    yield library
    await library.close()
