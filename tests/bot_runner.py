"""Runs the stand-alone bot on a Loopback, for tests, benchmarks, tours and screenshots."""

import asyncio
import contextlib
import os
import sys
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

from bot.client import serve
from bot.config import Settings
from bot.loopback import Loopback

from .processes import TIMEOUT


def bot_settings(loopback: Loopback, data_dir: str | Path, **sections: dict[str, Any]) -> Settings:
    """Return settings for a bot on `loopback`; `sections` override them."""
    sections["bot"] = {"data_dir": str(data_dir)} | sections.get("bot", {})
    urls = {"api_url": loopback.api_url, "gateway_url": loopback.gateway_url}
    sections["discord"] = urls | sections.get("discord", {})
    return Settings.of(sections)


@contextlib.asynccontextmanager
async def run_bot(loopback: Loopback, settings: Settings) -> AsyncIterator["asyncio.Task[None]"]:
    """Run the bot until the `with` block ends. Yields its task once the bot is ready.

    Raises what the bot raises when it does not start.
    """
    task = asyncio.create_task(serve(settings, loopback.token))
    ready = asyncio.create_task(loopback.wait_ready())
    await asyncio.wait((task, ready), return_when=asyncio.FIRST_COMPLETED)
    try:
        if task.done():
            task.result()
        await ready
        yield task
    finally:
        ready.cancel()
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


@contextlib.asynccontextmanager
async def run_temporary_bot(loopback: Loopback, **sections: dict[str, Any]) -> AsyncIterator[None]:
    """Run a bot with a temporary data folder until the `with` block ends."""
    with tempfile.TemporaryDirectory() as data_dir:
        async with run_bot(loopback, bot_settings(loopback, data_dir, **sections)):
            yield


def bot_environment(loopback: Loopback, data_dir: Path) -> dict[str, str]:
    """Return the environment variables of a bot on `loopback`, in a process of its own."""
    return os.environ | {
        "DISCORD_TOKEN": loopback.token,
        "NAMESMITH_DISCORD__API_URL": loopback.api_url,
        "NAMESMITH_DISCORD__GATEWAY_URL": loopback.gateway_url,
        "NAMESMITH_BOT__DATA_DIR": str(data_dir),
        "NAMESMITH_LIMITS__USER_COMMANDS": "0",
        "NAMESMITH_LIMITS__CHANNEL_COMMANDS": "0",
    }


async def start_bot(
    loopback: Loopback, data_dir: Path, *command: str, **environment: str
) -> asyncio.subprocess.Process:
    """Start a bot in a process of its own: `namesmith serve`, as an argument of `command`."""
    return await asyncio.create_subprocess_exec(
        *(*command, sys.executable, "-m", "bot", "serve"),
        env=bot_environment(loopback, data_dir) | environment,
        stderr=asyncio.subprocess.PIPE,
    )


async def errors_of(process: asyncio.subprocess.Process) -> str:
    """Return what a process wrote to standard error, once it has ended."""
    _, errors = await asyncio.wait_for(process.communicate(), TIMEOUT)
    return errors.decode()
