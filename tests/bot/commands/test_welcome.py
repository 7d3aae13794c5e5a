"""The welcome of a server that has just invited the bot."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

import pytest

from bot.loopback import Guild, Loopback, Message, Permission
from bot.loopback.state.guilds import PermissionOverwrite
from bot.store import Store

from ...openapi import CheckedLoopback
from ..conftest import RunBot, names_in, send
from ..pseudo_locale import PSEUDO, use_pseudo_locale

Start = Callable[..., AbstractAsyncContextManager[None]]


@pytest.fixture
async def discord() -> AsyncIterator[Loopback]:
    """A loopback Discord with two servers."""
    async with CheckedLoopback(guilds=2, acknowledge_timeout=60.0) as loopback:
        yield loopback
        assert loopback.violations == []


@pytest.fixture
def start(discord: Loopback, run_bot: RunBot, caplog: pytest.LogCaptureFixture) -> Start:
    """Return a context manager that runs the bot until it knows which servers it is in."""

    @asynccontextmanager
    async def start(**settings: Any) -> AsyncIterator[None]:
        caplog.set_level(logging.INFO)
        caplog.clear()
        async with run_bot(discord, bot=settings):
            await discord.wait_until(lambda: "Ready as" in caplog.text)
            yield

    return start


async def welcomes(discord: Loopback, guild: Guild) -> list[Message]:
    """Return the bot's messages in a server, once it has handled all events."""
    assert names_in(await send(discord, "!name Tr", channel=discord.channel("random", guild)))
    while joins := [task for task in asyncio.all_tasks() if "on_guild_" in task.get_name()]:
        await asyncio.wait(joins)
    general = discord.messages(discord.channel("general", guild))
    return [message for message in general.values() if message.author is discord.bot]


async def remove_bot(discord: Loopback, guild: Guild, store: Store) -> None:
    discord.remove_bot(guild)
    async with asyncio.timeout(60):
        while guild.id not in await store.get_left_guilds():  # noqa: ASYNC110
            await asyncio.sleep(0.02)


async def test_new_server_is_welcomed(discord: Loopback, start: Start) -> None:
    async with start():
        guild = discord.create_guild()
        (message,) = await welcomes(discord, guild)
        first, *lines = message.content.split("\n")
        assert first.startswith("Thanks for inviting me!")
        for line, name in zip(lines, ("name", "blend", "style list"), strict=True):
            assert line.startswith(f"- </{name}:")
        for old in discord.guilds[:2]:  # from the start
            assert await welcomes(discord, old) == []


async def test_return_is_no_welcome(discord: Loopback, start: Start, store: Store) -> None:
    """A server is welcomed again only after 30 days, when nothing is stored about it."""
    async with start():
        new, old = discord.create_guild(), discord.guilds[1]
        before = {new: await welcomes(discord, new), old: []}
        for guild, messages in before.items():
            await remove_bot(discord, guild, store)
            discord.add_bot(guild)
            assert await welcomes(discord, guild) == messages
        await remove_bot(discord, old, store)
        await store.forget_guild(old.id)
        discord.add_bot(old)
        assert len(await welcomes(discord, old)) == 1


async def test_return_while_offline(discord: Loopback, start: Start, store: Store) -> None:
    async with start():
        guild = discord.create_guild()
        messages = await welcomes(discord, guild)
    discord._backend.state.remove_guild(guild)
    async with start():
        discord.add_bot(guild)
        assert await welcomes(discord, guild) == messages


async def test_only_where_the_bot_may_write(discord: Loopback, start: Start, store: Store) -> None:
    async with start():
        for guild, denied in zip(discord.guilds[:2], (True, False), strict=True):
            await remove_bot(discord, guild, store)
            await store.forget_guild(guild.id)
            if denied:
                overwrite = PermissionOverwrite(deny=Permission.SEND_MESSAGES)
                discord.channel("general", guild).overwrites[discord.bot.id] = overwrite
            else:
                guild.system_channel = None
            discord.add_bot(guild)
            assert await welcomes(discord, guild) == []


async def test_settings(discord: Loopback, start: Start) -> None:
    async with start(welcome=False):
        assert await welcomes(discord, discord.create_guild()) == []
    names: dict[str, Any] = {"command_names": {"style": "namestyle"}}
    names |= {"disabled_commands": ["blend"]}
    async with start(**names):
        (message,) = await welcomes(discord, discord.create_guild())
        assert "blend" not in message.content
        assert "</namestyle list:" in message.content


async def test_in_the_servers_language(
    discord: Loopback, start: Start, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    use_pseudo_locale(monkeypatch)
    async with start():
        guild = discord.guilds[1]
        await remove_bot(discord, guild, store)
        await store.forget_guild(guild.id)
        guild.preferred_locale = PSEUDO
        discord.add_bot(guild)
        (message,) = await welcomes(discord, guild)
        assert message.content.startswith("«Thanks for inviting me!")
