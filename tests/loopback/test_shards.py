"""Several shards: who is told of what."""

import asyncio

from discord import Message

from ..openapi import CheckedLoopback
from .conftest import READING, Running, ShardedClient, add_echo


async def test_two_guilds_are_served_by_two_shards_and_direct_messages_by_the_first(
    running: Running,
) -> None:
    bot = ShardedClient("!", intents=READING, shard_count=2, guild_ready_timeout=0.05)
    add_echo(bot)
    received: asyncio.Queue[int] = asyncio.Queue()

    @bot.listen("on_message")
    async def put(message: Message) -> None:
        received.put_nowait(message.id)

    async with CheckedLoopback(guilds=2) as loopback, running(loopback, bot):
        first, second = loopback.guilds
        shards = [(guild.id >> 22) % 2 for guild in loopback.guilds]
        assert sorted(shards) == [0, 1]
        for guild in (first, second):
            message = await loopback.say("!echo x", channel=loopback.channel("general", guild))
            assert (await loopback.wait_reply(message)).channel.guild is guild
        await loopback.wait_reply(await loopback.say("!echo x", channel=loopback.dm("ada")))
        await bot.wait_until_ready()
        assert [bot.get_guild(g.id).shard_id for g in loopback.guilds] == shards  # type: ignore[union-attr]
        # Three commands and three replies, each received once.
        assert len({await received.get() for _ in range(6)}) == 6
        assert received.empty()


async def test_one_process_may_have_a_part_of_the_shards(running: Running) -> None:
    bot = ShardedClient(
        "!", intents=READING, shard_count=2, shard_ids=[1], guild_ready_timeout=0.05
    )
    add_echo(bot)
    async with CheckedLoopback(guilds=2) as loopback, running(loopback, bot, shards=[1]):
        mine = next(guild for guild in loopback.guilds if (guild.id >> 22) % 2 == 1)
        message = await loopback.say("!echo x", channel=loopback.channel("general", mine))
        await loopback.wait_reply(message)


async def test_each_shard_resumes_by_itself(running: Running) -> None:
    bot = ShardedClient("!", intents=READING, shard_count=2, guild_ready_timeout=0.05)
    add_echo(bot)
    resumed: asyncio.Queue[int] = asyncio.Queue()

    @bot.listen("on_shard_resumed")
    async def put(shard: int) -> None:
        resumed.put_nowait(shard)

    async with CheckedLoopback(guilds=2) as loopback, running(loopback, bot):
        await loopback.close_sessions()
        assert {await resumed.get(), await resumed.get()} == {0, 1}
        for guild in loopback.guilds:
            message = await loopback.say("!echo x", channel=loopback.channel("general", guild))
            await loopback.wait_reply(message)
