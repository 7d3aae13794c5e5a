"""Fixtures for the /style tests: a shared Dask worker, a fake training job, the style library."""

from collections.abc import AsyncIterator, Callable, Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from bot.config_sections import LibrarySettings, NamesSettings
from bot.library import Library
from bot.loopback import Loopback
from tests.processes import REPOSITORY

from ...conftest import RunBot
from ...dask_processes import remote_cluster


@pytest.fixture(scope="session")
def scheduler() -> Iterator[str]:
    """The address of a Dask cluster with one worker, which all bots of the tests use in turn."""
    with remote_cluster(2 * 2**30, REPOSITORY) as (address, _):
        yield address


@pytest.fixture
def training(scheduler: str) -> dict[str, Any]:
    """The section [training] of a bot that trains on that cluster without an hourly limit."""
    return {"scheduler": scheduler, "max_guild_trainings_per_hour": 1000}


@pytest.fixture
def fake_training(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Replace the training job by `fake_job.py`, and update messages ten times a second.

    The bot's modules are loaded again when a bot restarts. Call the fixture's value before that.
    """

    def patch() -> None:
        manager = import_module("bot.training.manager")
        job = "tests.bot.commands.styles.fake_job:train_style"
        monkeypatch.setattr(manager, "_TRAINING_JOB", job)
        updater = import_module("bot.commands.styles.training_message")
        monkeypatch.setattr(updater, "UPDATE_INTERVAL_SECONDS", 0.1)

    patch()
    return patch


@pytest.fixture
async def training_bot(
    discord: Loopback, run_bot: RunBot, training: dict[str, Any]
) -> AsyncIterator[None]:
    """The stand-alone bot, which trains on the cluster."""
    async with run_bot(discord, training=training):
        yield


@pytest.fixture
async def library(tmp_path: Path) -> AsyncIterator[Library]:
    """The bot's style library, opened beside it: the bot notices changes made here."""
    library = await Library.open(NamesSettings(), LibrarySettings(), tmp_path / "data")
    yield library
    await library.close()
