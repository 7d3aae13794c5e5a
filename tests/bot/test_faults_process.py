"""Faults of the process: commands that Discord refuses, a second process, tasks that pile up."""

import asyncio
import contextlib
import gc
import signal
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from discord import ui

from bot.config import ConfigError
from bot.instance_lock import instance_lock
from bot.loopback import Loopback
from bot.loopback.faults import CLOUDFLARE_RATE_LIMIT, RESET_BEFORE, http_error

from ..bot_runner import errors_of, start_bot
from ..processes import TIMEOUT
from .conftest import Problems, RunBot, names_in, press, send


@pytest.mark.parametrize(
    "fault",
    [http_error(403, 50001), http_error(400, 50035), http_error(503), CLOUDFLARE_RATE_LIMIT],
    ids=["403", "400", "503", "Cloudflare"],
)
async def test_refused_command_sync(
    discord: Loopback,
    run_bot: RunBot,
    problems: Problems,
    fault: object,
    tmp_path: Path,
) -> None:
    discord.faults.add("PUT", "/applications/*/commands", fault, times=9)  # type: ignore[arg-type]
    async with run_bot(discord):
        assert names_in(await send(discord, "!name Tr"))
    (line,) = problems()
    assert line.startswith("Discord did not take the slash commands (")
    assert "TRACEBACK" not in line
    discord.faults.clear()
    async with run_bot(discord):
        assert discord.commands  # the refused commands were not noted as synced


async def test_reset_command_sync(discord: Loopback, run_bot: RunBot, problems: Problems) -> None:
    discord.faults.add("PUT", "/applications/*/commands", RESET_BEFORE, times=9)
    async with run_bot(discord):
        assert names_in(await send(discord, "!name Tr"))
    assert len(problems()) == 1


@pytest.fixture
async def process(discord: Loopback, tmp_path: Path) -> AsyncIterator[asyncio.subprocess.Process]:
    """The bot as a process, once it is ready."""
    process = await start_bot(discord, tmp_path)
    await discord.wait_ready(timeout=TIMEOUT)
    yield process
    with contextlib.suppress(ProcessLookupError):
        process.kill()
    await process.wait()


async def test_second_process_is_refused(
    discord: Loopback, process: asyncio.subprocess.Process, tmp_path: Path
) -> None:
    second = await start_bot(discord, tmp_path)
    lines = (await errors_of(second)).splitlines()
    assert second.returncode == 2
    assert f"process {process.pid} on " in lines[-1]
    assert lines[-1].startswith("namesmith: Another bot with the same shards uses ")
    process.send_signal(signal.SIGKILL)
    await process.wait()
    third = await start_bot(discord, tmp_path)  # the lock of a dead process is no obstacle
    await discord.wait_until(lambda: discord._backend.gateway.identify_count > 1, timeout=TIMEOUT)
    await discord.wait_ready()
    assert names_in(await send(discord, "!name Tr"))
    third.terminate()
    assert "Another bot" not in await errors_of(third)


def test_other_shards_may_share_a_folder(tmp_path: Path) -> None:
    with instance_lock(tmp_path, [0, 1]), instance_lock(tmp_path, [2]):
        with pytest.raises(ConfigError, match="same shards"), instance_lock(tmp_path, [1, 3]):
            pass
        with instance_lock(tmp_path, [3]):  # the refused process holds no lock
            pass


async def test_tasks_and_views_do_not_grow(discord: Loopback, run_bot: RunBot) -> None:
    """After 200 presses there are as many tasks and views as before."""

    def count() -> tuple[int, int]:
        gc.collect()
        views = sum(isinstance(each, ui.View | ui.LayoutView) for each in gc.get_objects())
        return len(asyncio.all_tasks()), views

    async with run_bot(discord):
        message = await send(discord, "!name Tr")
        for label in ("Again", "Save"):
            await press(discord, message, label)
        before = count()
        for _ in range(100):
            await press(discord, message, "Again")
            await press(discord, message, "Save")
        await discord.wait_until(lambda: all(a <= b for a, b in zip(count(), before, strict=True)))
