"""The stand-alone client: command sync, intents, tokens, shards and shutdown."""

import asyncio
import contextlib
import logging
from collections.abc import Callable
from pathlib import Path

import discord as discord_py
import pytest

from bot.client import serve
from bot.config import Settings
from bot.loopback import Loopback

from ..bot_runner import errors_of, start_bot
from ..openapi import CheckedLoopback
from .conftest import RunBot, names_in

COMMANDS = {"name", "rate", "blend", "saved", "settings", "style", "manage-styles", "forget-me"}
COMMANDS |= {"about", "help", "Rate this name"}


async def test_commands_sync_only_after_changes(
    discord: Loopback, run_bot: RunBot, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    for _ in range(2):
        async with run_bot(discord):
            assert {command["name"] for command in discord.commands} == COMMANDS
    assert caplog.text.count(f"Synced {len(COMMANDS)} commands with Discord") == 1
    (tmp_path / "data" / "commands.digest").write_text("another digest")
    async with run_bot(discord):
        pass
    assert caplog.text.count(f"Synced {len(COMMANDS)} commands with Discord") == 2


async def test_missing_message_content_intent(
    run_bot: RunBot, caplog: pytest.LogCaptureFixture
) -> None:
    async with CheckedLoopback(message_content=False) as discord, run_bot(discord):
        call = await discord.invoke("name", {"prefix": "Tr"})
        assert names_in(await call.answer())
        message = await discord.say(f"<@{discord.bot.id}> name Tr")
        assert names_in(await discord.wait_reply(message))
        unread = await discord.say("!name Tr")
        with pytest.raises(TimeoutError):
            await discord.wait_reply(unread, timeout=0.2)
    assert caplog.text.count("Privileged Gateway Intents, Message Content Intent") == 1


async def test_refused_token(discord: Loopback, settings_for: Callable[..., Settings]) -> None:
    with pytest.raises(discord_py.LoginFailure):
        await serve(settings_for(discord), "not.the.token")


async def test_token_is_not_in_the_debug_log(
    discord: Loopback, run_bot: RunBot, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    async with run_bot(discord):
        await discord.wait_reply(await discord.say("!name Tr"))
    assert "IDENTIFY" in caplog.text
    assert discord.token not in caplog.text


async def test_reconnects(discord: Loopback, run_bot: RunBot) -> None:
    async with run_bot(discord):
        await discord.wait_reply(await discord.say("!name Tr"))
        await discord.faults.close_sessions()
        await discord.wait_reply(await discord.say("!name Tr"), timeout=60)


async def test_shards(run_bot: RunBot) -> None:
    async with (
        CheckedLoopback(guilds=3) as discord,
        run_bot(discord, discord={"shard_count": 2, "shard_ids": [0, 1]}),
    ):
        await discord.wait_reply(await discord.say("!name Tr"))


async def test_cancel_ends_the_client(discord: Loopback, run_bot: RunBot) -> None:
    async with run_bot(discord) as task:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
    assert task.cancelled()


async def test_sigterm_finishes_received_commands(discord: Loopback, tmp_path: Path) -> None:
    process = await start_bot(discord, tmp_path)
    await discord.wait_ready()
    asked = [await discord.say("!name Tr 25") for _ in range(25)]
    used = [await discord.invoke("name", {"prefix": "Tr", "count": 25}) for _ in range(25)]
    process.terminate()
    replies = await asyncio.gather(
        *(discord.wait_reply(message) for message in asked),
        *(interaction.answer() for interaction in used),
    )
    errors = await errors_of(process)
    assert len(replies) == 50
    assert process.returncode == 0
    assert "Traceback" not in errors
