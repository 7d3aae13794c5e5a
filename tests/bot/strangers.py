"""Somebody else's bot, as a process of its own in a folder of its own."""

import asyncio
import contextlib
import os
import sys
from collections.abc import AsyncIterator
from pathlib import Path

from bot.loopback import Loopback

# What a bot on Discord does not need: to be told where the loopback is.
WHERE = """
import os, discord, yarl
discord.http.Route.BASE = os.environ["API_URL"]
discord.gateway.DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(os.environ["GATEWAY_URL"])
"""


@contextlib.asynccontextmanager
async def their_bot(
    folder: Path, code: str, discord: Loopback, python: Path = Path(sys.executable)
) -> AsyncIterator[None]:
    """Run `code` as the bot.py in `folder`, once it is there for as long as the `with` lasts."""
    (folder / "bot.py").write_text(WHERE + code, encoding="utf-8")
    environment = {k: v for k, v in os.environ.items() if not k.startswith("NAMESMITH_")} | {
        "API_URL": discord.api_url,
        "GATEWAY_URL": discord.gateway_url,
        "DISCORD_TOKEN": discord.token,
    }
    process = await asyncio.create_subprocess_exec(python, "bot.py", cwd=folder, env=environment)
    ready = asyncio.create_task(discord.wait_ready(timeout=60))
    ended = asyncio.create_task(process.wait())
    await asyncio.wait((ready, ended), return_when=asyncio.FIRST_COMPLETED)
    assert not ended.done(), "their bot ended before it was ready"
    try:
        yield
    finally:
        process.terminate()
        await ended
