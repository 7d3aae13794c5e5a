"""Logging in: the token, the intents, and what a bot finds there."""

import discord
import pytest
from discord import Intents

from bot.loopback import Loopback

from ..openapi import CheckedLoopback
from .conftest import READING, Running, client


async def test_a_bot_logs_in_and_finds_its_guild_and_channels(
    loopback: Loopback, running: Running
) -> None:
    bot = client()
    async with running(loopback, bot):
        await bot.wait_until_ready()
        guild = bot.get_guild(loopback.guild.id)
        assert bot.user is not None
        assert guild is not None
        assert (bot.user.id, bot.user.name) == (loopback.bot.id, "Namesmith")
        assert guild.owner_id == loopback.user("olga").id
        assert [channel.name for channel in guild.text_channels] == ["general", "random"]
        assert guild.me.guild_permissions.send_messages
        assert not guild.me.guild_permissions.administrator


async def test_a_wrong_token_is_refused_at_login(loopback: Loopback, running: Running) -> None:
    async with running(loopback, client(), token="wrong") as task:
        with pytest.raises(discord.LoginFailure):
            await task


@pytest.mark.parametrize(
    ("granted", "requested"),
    [("message_content", "message_content"), ("members", "members"), ("presences", "presences")],
)
async def test_a_privileged_intent_that_was_not_granted_closes_the_gateway(
    granted: str, requested: str, running: Running
) -> None:
    intents = Intents(guilds=True, **{requested: True})
    options = {granted: False}
    async with (
        CheckedLoopback(**options) as loopback,
        running(loopback, client(intents)) as task,
    ):
        with pytest.raises(discord.PrivilegedIntentsRequired):
            await task


async def test_the_application_says_which_intents_it_has(running: Running) -> None:
    bot = client(Intents(guilds=True))
    async with CheckedLoopback(message_content=False) as loopback, running(loopback, bot):
        assert bot.application_flags.gateway_guild_members_limited
        assert not bot.application_flags.gateway_message_content_limited
        assert (await bot.application_info()).id == loopback.application_id


async def test_members_can_be_asked_for_over_the_gateway(
    loopback: Loopback, running: Running
) -> None:
    bot = client(READING | Intents(members=True))
    async with running(loopback, bot):
        await bot.wait_until_ready()
        guild = bot.get_guild(loopback.guild.id)
        assert guild is not None
        assert {member.name for member in guild.members} == {
            "ada",
            "ben",
            "cleo",
            "olga",
            "Namesmith",
        }
        found = await guild.query_members("be", cache=False)
        assert [member.name for member in found] == ["ben"]


async def test_without_the_members_intent_a_bot_is_told_of_itself_alone(
    loopback: Loopback, running: Running
) -> None:
    bot = client()
    async with running(loopback, bot):
        await bot.wait_until_ready()
        guild = bot.get_guild(loopback.guild.id)
        assert guild is not None
        assert [member.name for member in guild.members] == ["Namesmith"]


async def test_users_members_roles_and_guilds_can_be_fetched(
    loopback: Loopback, running: Running
) -> None:
    bot = client(READING | Intents(members=True))
    async with running(loopback, bot):
        ada = loopback.user("ada")
        assert (await bot.fetch_user(ada.id)).name == "ada"
        guild = await bot.fetch_guild(loopback.guild.id)
        assert guild.approximate_member_count == 5
        assert (await guild.fetch_member(ada.id)).name == "ada"
        assert [role.name for role in await guild.fetch_roles()] == ["@everyone", "Namesmith"]
        assert [channel.name for channel in await guild.fetch_channels()] == ["general", "random"]
        assert "ben" in [member.name async for member in guild.fetch_members()]
        assert [one.id async for one in bot.fetch_guilds()] == [loopback.guild.id]
        with pytest.raises(discord.NotFound) as unknown:
            await guild.fetch_member(1)
        assert unknown.value.code == 10007


async def test_asking_for_the_gateway_counts_the_sessions_left(
    loopback: Loopback, running: Running
) -> None:
    bot = client()
    async with running(loopback, bot):
        shards, url, limits = await bot.http.get_bot_gateway()
        assert (shards, limits["remaining"]) == (1, 999)
        assert url == loopback.gateway_url
