"""Shards: which shard receives which event."""

import asyncio

from discord import Message

from ..openapi import CheckedLoopback
from .conftest import DEFAULT_INTENTS, RunBot, ShardedClient, add_echo_command


async def test_guilds_and_dms_by_shard(
    run_bot: RunBot,
) -> None:
    bot = ShardedClient("!", intents=DEFAULT_INTENTS, shard_count=2, guild_ready_timeout=0.05)
    add_echo_command(bot)
    received: asyncio.Queue[int] = asyncio.Queue()

    @bot.listen("on_message")
    async def put(message: Message) -> None:
        received.put_nowait(message.id)

    async with CheckedLoopback(guilds=2) as loopback, run_bot(loopback, bot):
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


async def test_subset_of_shards(run_bot: RunBot) -> None:
    bot = ShardedClient(
        "!", intents=DEFAULT_INTENTS, shard_count=2, shard_ids=[1], guild_ready_timeout=0.05
    )
    add_echo_command(bot)
    async with CheckedLoopback(guilds=2) as loopback, run_bot(loopback, bot, shards=[1]):
        mine = next(guild for guild in loopback.guilds if (guild.id >> 22) % 2 == 1)
        message = await loopback.say("!echo x", channel=loopback.channel("general", mine))
        await loopback.wait_reply(message)


async def test_each_shard_resumes(run_bot: RunBot) -> None:
    bot = ShardedClient("!", intents=DEFAULT_INTENTS, shard_count=2, guild_ready_timeout=0.05)
    add_echo_command(bot)
    resumed: asyncio.Queue[int] = asyncio.Queue()

    @bot.listen("on_shard_resumed")
    async def put(shard: int) -> None:
        resumed.put_nowait(shard)

    async with CheckedLoopback(guilds=2) as loopback, run_bot(loopback, bot):
        await loopback.faults.close_sessions()
        assert {await resumed.get(), await resumed.get()} == {0, 1}
        for guild in loopback.guilds:
            message = await loopback.say("!echo x", channel=loopback.channel("general", guild))
            await loopback.wait_reply(message)
