"""Another discord.py bot, in a process and a folder of its own, that loads the extension."""

import asyncio
import contextlib
import os
import sys
from collections.abc import AsyncIterator
from pathlib import Path

from bot.loopback import Loopback

_TIMEOUT = 240
_CONNECT_TO_LOOPBACK = """
import os, discord, yarl
discord.http.Route.BASE = os.environ["API_URL"]
discord.gateway.DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(os.environ["GATEWAY_URL"])
"""


@contextlib.asynccontextmanager
async def run_other_bot(
    folder: Path, code: str, discord: Loopback, python: Path = Path(sys.executable)
) -> AsyncIterator[None]:
    """Run `code` as bot.py in `folder` until the `with` block ends, which starts when it is ready.

    The bot connects to the Loopback `discord`.
    """
    (folder / "bot.py").write_text(_CONNECT_TO_LOOPBACK + code, encoding="utf-8")
    environment = {k: v for k, v in os.environ.items() if not k.startswith("NAMESMITH_")} | {
        "API_URL": discord.api_url,
        "GATEWAY_URL": discord.gateway_url,
        "DISCORD_TOKEN": discord.token,
    }
    process = await asyncio.create_subprocess_exec(python, "bot.py", cwd=folder, env=environment)
    ready = asyncio.create_task(discord.wait_ready(timeout=_TIMEOUT))
    ended = asyncio.create_task(process.wait())
    await asyncio.wait((ready, ended), return_when=asyncio.FIRST_COMPLETED)
    assert not ended.done(), "the bot ended before it was ready"
    try:
        yield
    finally:
        process.terminate()
        await ended
