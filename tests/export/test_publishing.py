"""From a checkpoint to what people on Discord get, by the real commands, while the bot runs."""

import asyncio
import sys
from pathlib import Path

from bot.loopback import Loopback, Message

from ..openapi import CheckedLoopback
from ..serving import served

ROOT = Path(__file__).parents[2]


async def ask(discord: Loopback) -> Message:
    return await discord.wait_reply(await discord.say("!name count:3 style:elves"))


async def test_what_is_exported_and_published_answers_without_a_restart(
    run: Path, tmp_path: Path
) -> None:
    config = tmp_path / "config.toml"
    config.write_text(f"[library]\nurl = '{tmp_path / 'styles'}'\n")
    here = {"url": str(tmp_path / "styles")}
    unlimited = {"user_commands": 0, "channel_commands": 0}
    async with CheckedLoopback() as discord, served(discord, library=here, limits=unlimited):
        assert (await ask(discord)).content.startswith("There is no such style")
        command = ["-m", "export", str(run), "--publish", "elves", "--config", str(config)]
        exporting = await asyncio.create_subprocess_exec(sys.executable, *command, cwd=ROOT)
        assert await exporting.wait() == 0
        async with asyncio.timeout(10):
            while not (answer := await ask(discord)).embeds:
                assert answer.content.startswith("There is no such style")
        assert answer.embeds[0]["title"] == "elves"
