"""Cooldowns of users and channels, shared by text and slash commands."""

import asyncio
import re

import pytest

from bot.loopback import Loopback

from .conftest import RunBot, invoke, names_in, no_bot, send

pytestmark = [pytest.mark.usefixtures("bot"), no_bot]

TWO_COMMANDS = {"user_commands": 2, "user_seconds": 600, "channel_commands": 0}


async def test_user_cooldown_says_how_long(discord: Loopback, run_bot: RunBot) -> None:
    async with run_bot(discord, limits=TWO_COMMANDS):
        for _ in range(2):
            names_in(await send(discord, "!name Tr"))
        error = await send(discord, "!name Tr")
        (seconds,) = re.findall(r"^Try again in (\d+) s\.$", error.content)
        assert 1 <= int(seconds) <= 600
        names_in(await send(discord, "!name Tr", author="ben"))


async def test_slash_and_text_share_a_cooldown(discord: Loopback, run_bot: RunBot) -> None:
    async with run_bot(discord, limits=TWO_COMMANDS):
        names_in(await send(discord, "!name Tr"))
        names_in(await invoke(discord, "name"))
        error = await invoke(discord, "name")
        assert error.ephemeral
        assert error.content.startswith("Try again in ")
        elsewhere = await send(discord, "!name", author="ada", channel="random")
        assert elsewhere.content.startswith("Try again in ")


async def test_channel_has_a_cooldown(discord: Loopback, run_bot: RunBot) -> None:
    limits = {"user_commands": 0, "channel_commands": 2, "channel_seconds": 600}
    async with run_bot(discord, limits=limits):
        for author in ("ada", "ben"):
            names_in(await send(discord, "!name Tr", author=author))
        error = await send(discord, "!name Tr", author="cleo")
        assert error.content.startswith("This channel is busy. Try again in ")
        names_in(await send(discord, "!name Tr", author="cleo", channel="random"))


async def test_rejected_commands_do_not_count(discord: Loopback, run_bot: RunBot) -> None:
    limits = {"user_commands": 1, "user_seconds": 600}
    limits |= {"channel_commands": 2, "channel_seconds": 600}
    async with run_bot(discord, limits=limits):
        names_in(await send(discord, "!name Tr"))
        for _ in range(3):
            assert (await send(discord, "!name Tr")).content.startswith("Try again in ")
        names_in(await send(discord, "!name Tr", author="ben"))


async def test_errors_and_autocomplete_are_free(discord: Loopback, run_bot: RunBot) -> None:
    async with run_bot(discord, limits=TWO_COMMANDS):
        for _ in range(5):
            await discord.autocomplete("name", {"prefix": "Tr"}, focused="prefix")
            assert "out of range" in (await send(discord, "!name Tr 101")).content
        names_in(await send(discord, "!name Tr"))


async def test_cooldown_ends(discord: Loopback, run_bot: RunBot) -> None:
    limits = {"user_commands": 1, "user_seconds": 0.3, "channel_commands": 0}
    async with run_bot(discord, limits=limits):
        await asyncio.gather(send(discord, "!name Tr"), send(discord, "!name Tr"))
        answer = await send(discord, "!name Tr")
        while not answer.embeds:
            assert answer.content == "Try again in 1 s."
            answer = await send(discord, "!name Tr")
