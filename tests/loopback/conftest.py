"""Runs unmodified discord.py clients on a loopback Discord over real sockets."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Collection
from contextlib import AbstractAsyncContextManager

import pytest
import yarl
from discord import Intents, Message, TextChannel
from discord.ext import commands
from discord.gateway import DiscordWebSocket
from discord.http import Route

from bot.loopback import Loopback

from ..openapi import CheckedLoopback


class Client(commands.Bot):
    """A bot that identifies again at once instead of after five seconds."""

    async def before_identify_hook(self, shard_id: int | None, *, initial: bool = False) -> None:
        pass


class ShardedClient(commands.AutoShardedBot):
    """A `Client` with shards."""

    async def before_identify_hook(self, shard_id: int | None, *, initial: bool = False) -> None:
        pass


AnyClient = Client | ShardedClient
RunBot = Callable[..., AbstractAsyncContextManager["asyncio.Task[None]"]]
DEFAULT_INTENTS = Intents(guilds=True, messages=True, message_content=True)


def create_bot(intents: Intents = DEFAULT_INTENTS) -> Client:
    """Create a bot with one prefix command: `!echo` replies with its argument."""
    bot = Client("!", intents=intents, guild_ready_timeout=0.05)
    add_echo_command(bot)
    return bot


def add_echo_command(bot: AnyClient) -> None:
    @bot.command()
    async def echo(context: commands.Context[AnyClient], *, text: str = "nothing") -> None:
        await context.reply(text)


def collect_messages(bot: AnyClient) -> "asyncio.Queue[Message]":
    """Return a queue of every message that the bot receives from others."""
    queue: asyncio.Queue[Message] = asyncio.Queue()

    @bot.listen("on_message")
    async def put(message: Message) -> None:
        if bot.user is None or message.author.id != bot.user.id:
            queue.put_nowait(message)

    return queue


def general_channel(bot: Client, loopback: Loopback) -> TextChannel:
    """Return the bot's object for the channel #general."""
    channel = bot.get_channel(loopback.channel("general").id)
    assert isinstance(channel, TextChannel)
    return channel


@pytest.fixture
def run_bot(monkeypatch: pytest.MonkeyPatch) -> RunBot:
    """A context manager that runs a bot on a loopback, and yields its task."""

    @contextlib.asynccontextmanager
    async def run(
        loopback: Loopback,
        bot: AnyClient,
        token: str | None = None,
        shards: Collection[int] | None = None,
    ) -> AsyncIterator["asyncio.Task[None]"]:
        monkeypatch.setattr(Route, "BASE", loopback.api_url)
        monkeypatch.setattr(DiscordWebSocket, "DEFAULT_GATEWAY", yarl.URL(loopback.gateway_url))
        task = asyncio.create_task(bot.start(token or loopback.token))
        ready = asyncio.create_task(loopback.wait_ready(shards))
        await asyncio.wait((task, ready), return_when=asyncio.FIRST_COMPLETED)
        ready.cancel()
        try:
            yield task
        finally:
            await bot.close()
            with contextlib.suppress(Exception):
                await task

    return run


@pytest.fixture
async def loopback() -> AsyncIterator[Loopback]:
    """A loopback; every payload must match Discord's OpenAPI document."""
    async with CheckedLoopback() as loopback:
        yield loopback
        assert loopback.violations == []
