"""Reactions: added, listed and removed, with their events and permissions."""

import asyncio

import discord
import pytest
from discord import Intents

from bot.loopback import Loopback, Permission

from .conftest import DEFAULT_INTENTS, RunBot, create_bot, general_channel

EVENTS = ("add", "remove", "clear", "clear_emoji")


async def test_reactions(loopback: Loopback, run_bot: RunBot) -> None:
    bot = create_bot(DEFAULT_INTENTS | Intents(reactions=True))
    events: asyncio.Queue[str] = asyncio.Queue()
    for name in EVENTS:

        async def put(event: object, name: str = name) -> None:
            events.put_nowait(name)

        bot.add_listener(put, f"on_raw_reaction_{name}")
    async with run_bot(loopback, bot):
        await bot.wait_until_ready()
        channel = loopback.channel("general")
        loopback.set_permissions(channel, loopback.bot, allow=int(Permission.MANAGE_MESSAGES))
        said = await loopback.say("well?")
        message = await general_channel(bot, loopback).fetch_message(said.id)
        for author in ("ada", "ben"):
            await loopback.react(said, "👍", author=author)
        await message.add_reaction("👎")
        message = await message.fetch()
        assert [(str(r.emoji), r.count, r.me) for r in message.reactions] == [
            ("👍", 2, False),
            ("👎", 1, True),
        ]
        assert {user.name async for user in message.reactions[0].users()} == {"ada", "ben"}
        await message.remove_reaction("👎", discord.Object(loopback.bot.id))
        await message.remove_reaction("👍", discord.Object(loopback.user("ada").id))
        assert said.reactions == {"👍": [loopback.user("ben")]}
        await message.clear_reaction("👍")
        await message.add_reaction("👎")
        await message.clear_reactions()
        assert said.reactions == {}
        received = [await events.get() for _ in range(8)]
    assert received == ["add"] * 3 + ["remove"] * 2 + ["clear_emoji", "add", "clear"]


async def test_removal_needs_a_permission(loopback: Loopback, run_bot: RunBot) -> None:
    bot = create_bot()
    async with run_bot(loopback, bot):
        await bot.wait_until_ready()
        said = await loopback.say("well?")
        await loopback.react(said, "👍")
        message = general_channel(bot, loopback).get_partial_message(said.id)
        with pytest.raises(discord.Forbidden):
            await message.clear_reactions()
        with pytest.raises(discord.Forbidden):
            await message.remove_reaction("👍", discord.Object(loopback.user("ada").id))
    assert said.reactions == {"👍": [loopback.user("ada")]}


async def test_delete_several_messages(loopback: Loopback, run_bot: RunBot) -> None:
    bot = create_bot()
    async with run_bot(loopback, bot):
        await bot.wait_until_ready()
        channel = general_channel(bot, loopback)
        ids = [(await loopback.say(text)).id for text in "abc"]
        objects = [discord.Object(message_id) for message_id in ids[:2]]
        with pytest.raises(discord.Forbidden):
            await channel.delete_messages(objects)
        allowed = int(Permission.MANAGE_MESSAGES)
        loopback.set_permissions("general", loopback.bot, allow=allowed)
        await channel.delete_messages(objects)
        assert list(loopback.messages("general")) == ids[2:]


async def test_leave_guild(loopback: Loopback, run_bot: RunBot) -> None:
    bot = create_bot()
    async with run_bot(loopback, bot):
        await bot.wait_until_ready()
        guild = bot.get_guild(loopback.guild.id)
        assert guild is not None
        left = asyncio.create_task(bot.wait_for("guild_remove", timeout=10))
        await asyncio.sleep(0)
        await guild.leave()
        assert (await left).id == guild.id
        assert loopback.guilds == []
