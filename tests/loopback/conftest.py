"""The unmodified discord.py client, logged into a loopback Discord over real sockets."""

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
    """A bot that does not wait five seconds before it identifies again."""

    async def before_identify_hook(self, shard_id: int | None, *, initial: bool = False) -> None:
        pass


class ShardedClient(commands.AutoShardedBot):
    """The same, with shards."""

    async def before_identify_hook(self, shard_id: int | None, *, initial: bool = False) -> None:
        pass


AnyClient = Client | ShardedClient
Running = Callable[..., AbstractAsyncContextManager["asyncio.Task[None]"]]
READING = Intents(guilds=True, messages=True, message_content=True)


def client(intents: Intents = READING) -> Client:
    """A bot with one prefix command: `!echo` replies with what follows."""
    bot = Client("!", intents=intents, guild_ready_timeout=0.05)
    add_echo(bot)
    return bot


def add_echo(bot: AnyClient) -> None:
    @bot.command()
    async def echo(context: commands.Context[AnyClient], *, text: str = "nothing") -> None:
        await context.reply(text)


def collect(bot: AnyClient) -> "asyncio.Queue[Message]":
    """Give a queue of every message that the bot is told of and did not write."""
    queue: asyncio.Queue[Message] = asyncio.Queue()

    @bot.listen("on_message")
    async def put(message: Message) -> None:
        if bot.user is None or message.author.id != bot.user.id:
            queue.put_nowait(message)

    return queue


def general(bot: Client, loopback: Loopback) -> TextChannel:
    """Return the channel #general as the bot has it."""
    channel = bot.get_channel(loopback.channel("general").id)
    assert isinstance(channel, TextChannel)
    return channel


@pytest.fixture
def running(monkeypatch: pytest.MonkeyPatch) -> Running:
    """Run a bot on a loopback for the length of a `with`; gives its task."""

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
    """A loopback; whatever passed must keep to Discord's OpenAPI document."""
    async with CheckedLoopback() as loopback:
        yield loopback
        assert loopback.violations == []
