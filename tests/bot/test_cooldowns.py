"""How often one may ask: a person, and all people of a channel."""

import asyncio
import re

import pytest

from bot.loopback import Loopback

from .conftest import RunBot, names_in, no_bot, send

pytestmark = [pytest.mark.usefixtures("bot"), no_bot]

TWO_A_MINUTE = {"user_commands": 2, "user_seconds": 60, "channel_commands": 0}


async def test_who_asks_too_often_is_told_how_long_to_wait(
    discord: Loopback, run_bot: RunBot
) -> None:
    async with run_bot(discord, limits=TWO_A_MINUTE):
        for _ in range(2):
            names_in(await send(discord, "!name Tr"))
        told = await send(discord, "!name Tr")
        (seconds,) = re.findall(r"^Try again in (\d+) s\.$", told.content)
        assert 1 <= int(seconds) <= 60
        names_in(await send(discord, "!name Tr", author="ben"))


async def test_slash_and_chat_count_together_and_the_refusal_is_seen_by_one_alone(
    discord: Loopback, run_bot: RunBot
) -> None:
    async with run_bot(discord, limits=TWO_A_MINUTE):
        names_in(await send(discord, "!name Tr"))
        names_in(await (await discord.invoke("name", {})).answer())
        told = await (await discord.invoke("name", {})).answer()
        assert told.ephemeral
        assert told.content.startswith("Try again in ")
        elsewhere = await send(discord, "!name", author="ada", channel="random")
        assert elsewhere.content.startswith("Try again in ")


async def test_a_channel_has_its_own_limit(discord: Loopback, run_bot: RunBot) -> None:
    limits = {"user_commands": 0, "channel_commands": 2, "channel_seconds": 60}
    async with run_bot(discord, limits=limits):
        for author in ("ada", "ben"):
            names_in(await send(discord, "!name Tr", author=author))
        told = await send(discord, "!name Tr", author="cleo")
        assert told.content.startswith("Much is asked in this channel. Try again in ")
        names_in(await send(discord, "!name Tr", author="cleo", channel="random"))


async def test_who_has_to_wait_takes_nothing_of_the_channels_share(
    discord: Loopback, run_bot: RunBot
) -> None:
    limits = {"user_commands": 1, "user_seconds": 60, "channel_commands": 2, "channel_seconds": 60}
    async with run_bot(discord, limits=limits):
        names_in(await send(discord, "!name Tr"))
        for _ in range(3):
            assert (await send(discord, "!name Tr")).content.startswith("Try again in ")
        names_in(await send(discord, "!name Tr", author="ben"))


async def test_what_could_not_be_read_and_autocomplete_cost_nothing(
    discord: Loopback, run_bot: RunBot
) -> None:
    async with run_bot(discord, limits=TWO_A_MINUTE):
        for _ in range(5):
            await discord.autocomplete("name", {"prefix": "Tr"}, focused="prefix")
            assert "out of range" in (await send(discord, "!name Tr 99")).content
        names_in(await send(discord, "!name Tr"))


async def test_after_the_wait_one_may_ask_again(discord: Loopback, run_bot: RunBot) -> None:
    limits = {"user_commands": 1, "user_seconds": 0.3, "channel_commands": 0}
    async with run_bot(discord, limits=limits):
        await asyncio.gather(send(discord, "!name Tr"), send(discord, "!name Tr"))
        answered = await send(discord, "!name Tr")
        while not answered.embeds:
            assert answered.content == "Try again in 1 s."
            answered = await send(discord, "!name Tr")
