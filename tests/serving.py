"""The stand-alone bot on a loopback Discord, for what shows or measures it outside of pytest."""

import asyncio
import contextlib
import tempfile
from collections.abc import AsyncIterator
from typing import Any

from bot.client import serve
from bot.config import Settings
from bot.loopback import Loopback


@contextlib.asynccontextmanager
async def served(discord: Loopback, **sections: dict[str, Any]) -> AsyncIterator[None]:
    """Run the bot on `discord`, with a data folder of its own, for the length of a `with`."""
    with tempfile.TemporaryDirectory() as data_dir:
        there = {
            "api_url": discord.api_url,
            "gateway_url": discord.gateway_url,
        }
        settings = Settings.model_validate(
            {"bot": {"data_dir": data_dir}, "discord": there} | sections
        )
        serving = asyncio.create_task(serve(settings, discord.token))
        await discord.wait_commands()
        await discord.wait_ready()
        try:
            yield
        finally:
            serving.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await serving
