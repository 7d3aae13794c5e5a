"""A checkpoint is exported and published with the real commands while a bot runs."""

import asyncio
import sys
from pathlib import Path

from bot.loopback import Loopback, Message

from ..bot_runner import run_temporary_bot
from ..openapi import CheckedLoopback

ROOT = Path(__file__).parents[2]


async def request_names(discord: Loopback) -> Message:
    return await discord.wait_reply(await discord.say("!name count:3 style:fauns"))


async def test_published_style_needs_no_restart(run: Path, tmp_path: Path) -> None:
    config = tmp_path / "config.toml"
    config.write_text(f"[library]\nurl = '{tmp_path / 'styles'}'\n")
    library = {"url": str(tmp_path / "styles")}
    unlimited = {"user_commands": 0, "channel_commands": 0}
    async with (
        CheckedLoopback() as discord,
        run_temporary_bot(discord, library=library, limits=unlimited),
    ):
        assert (await request_names(discord)).content.startswith("There is no style `fauns`.")
        command = ["-m", "export", str(run), "--publish", "fauns", "--config", str(config)]
        process = await asyncio.create_subprocess_exec(sys.executable, *command, cwd=ROOT)
        assert await process.wait() == 0
        async with asyncio.timeout(60):
            while not (answer := await request_names(discord)).embeds:
                assert answer.content.startswith("There is no style `fauns`.")
        assert answer.embeds[0]["title"] == "fauns"
