"""Login: token, intents, guilds, members and other resources."""

import discord
import pytest
from discord import Intents

from bot.loopback import Loopback

from ..openapi import CheckedLoopback
from .conftest import DEFAULT_INTENTS, RunBot, create_bot


async def test_login(loopback: Loopback, run_bot: RunBot) -> None:
    bot = create_bot()
    async with run_bot(loopback, bot):
        await bot.wait_until_ready()
        guild = bot.get_guild(loopback.guild.id)
        assert bot.user is not None
        assert guild is not None
        assert (bot.user.id, bot.user.name) == (loopback.bot.id, "Namesmith")
        assert guild.owner_id == loopback.user("olga").id
        assert [channel.name for channel in guild.text_channels] == ["general", "random"]
        assert guild.me.guild_permissions.send_messages
        assert not guild.me.guild_permissions.administrator


async def test_wrong_token(loopback: Loopback, run_bot: RunBot) -> None:
    async with run_bot(loopback, create_bot(), token="wrong") as task:
        with pytest.raises(discord.LoginFailure):
            await task


@pytest.mark.parametrize("intent", ["message_content", "members", "presences"])
async def test_missing_privileged_intent(intent: str, run_bot: RunBot) -> None:
    intents = Intents(guilds=True, **{intent: True})
    async with (
        CheckedLoopback(**{intent: False}) as loopback,
        run_bot(loopback, create_bot(intents)) as task,
    ):
        with pytest.raises(discord.PrivilegedIntentsRequired):
            await task


async def test_application_flags(run_bot: RunBot) -> None:
    bot = create_bot(Intents(guilds=True))
    async with CheckedLoopback(message_content=False) as loopback, run_bot(loopback, bot):
        assert bot.application_flags.gateway_guild_members_limited
        assert not bot.application_flags.gateway_message_content_limited
        assert (await bot.application_info()).id == loopback.application_id


async def test_request_members(loopback: Loopback, run_bot: RunBot) -> None:
    bot = create_bot(DEFAULT_INTENTS | Intents(members=True))
    async with run_bot(loopback, bot):
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


async def test_members_without_intent(loopback: Loopback, run_bot: RunBot) -> None:
    bot = create_bot()
    async with run_bot(loopback, bot):
        await bot.wait_until_ready()
        guild = bot.get_guild(loopback.guild.id)
        assert guild is not None
        assert [member.name for member in guild.members] == ["Namesmith"]


async def test_fetch_resources(loopback: Loopback, run_bot: RunBot) -> None:
    bot = create_bot(DEFAULT_INTENTS | Intents(members=True))
    async with run_bot(loopback, bot):
        ada = loopback.user("ada")
        assert (await bot.fetch_user(ada.id)).name == "ada"
        guild = await bot.fetch_guild(loopback.guild.id)
        assert guild.approximate_member_count == 5
        assert (await guild.fetch_member(ada.id)).name == "ada"
        assert [role.name for role in await guild.fetch_roles()] == ["@everyone", "Namesmith"]
        assert [channel.name for channel in await guild.fetch_channels()] == ["general", "random"]
        assert "ben" in [member.name async for member in guild.fetch_members()]
        assert [guild.id async for guild in bot.fetch_guilds()] == [loopback.guild.id]
        assert (await bot.http.application_info())["summary"] == ""
        assert "quack" in [sound.name for sound in await bot.fetch_soundboard_default_sounds()]
        with pytest.raises(discord.NotFound) as unknown:
            await guild.fetch_member(1)
        assert unknown.value.code == 10007


async def test_session_start_limit(loopback: Loopback, run_bot: RunBot) -> None:
    bot = create_bot()
    async with run_bot(loopback, bot):
        shards, url, limits = await bot.http.get_bot_gateway()
        assert (shards, limits["remaining"]) == (1, 999)
        assert url == loopback.gateway_url
