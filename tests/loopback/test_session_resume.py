"""Session resume: lost connections, reconnect requests, invalid sessions, heartbeats."""

import asyncio

import pytest

from bot.loopback import Loopback
from bot.loopback.gateway.sessions import MAX_REPLAYED_EVENTS, GatewaySession
from bot.loopback.state.permissions import Intent

from ..openapi import CheckedLoopback
from .conftest import Client, RunBot, collect_messages, create_bot


def resume_events(bot: Client) -> "asyncio.Queue[None]":
    queue: asyncio.Queue[None] = asyncio.Queue()

    @bot.listen("on_resumed")
    async def put() -> None:
        queue.put_nowait(None)

    return queue


async def test_missed_events_arrive_once(loopback: Loopback, run_bot: RunBot) -> None:
    bot = create_bot()
    messages, resumed = collect_messages(bot), resume_events(bot)
    async with run_bot(loopback, bot):
        for number in range(30):
            await loopback.say(str(number))
            if number % 10 == 5:
                await loopback.faults.close_sessions()
                await loopback.say("while away")
                await resumed.get()
        contents = [(await messages.get()).content for _ in range(33)]
        numbers = [text for text in contents if text != "while away"]
        assert numbers == [str(number) for number in range(30)]
        assert messages.empty()


async def test_reconnect_request(loopback: Loopback, run_bot: RunBot) -> None:
    bot = create_bot()
    resumed = resume_events(bot)
    async with run_bot(loopback, bot):
        await loopback.faults.request_reconnect()
        await resumed.get()
        assert (
            await loopback.wait_reply(await loopback.say("!echo still here"))
        ).content == "still here"


async def test_resumable_invalid_session(loopback: Loopback, run_bot: RunBot) -> None:
    bot = create_bot()
    resumed = resume_events(bot)
    async with run_bot(loopback, bot):
        await loopback.faults.invalidate_sessions(resumable=True)
        await resumed.get()
        await loopback.wait_reply(await loopback.say("!echo"))


async def test_invalid_session(loopback: Loopback, run_bot: RunBot) -> None:
    bot = create_bot()
    connected: asyncio.Queue[None] = asyncio.Queue()

    @bot.listen("on_connect")
    async def put() -> None:
        connected.put_nowait(None)

    async with run_bot(loopback, bot):
        await connected.get()
        await loopback.faults.invalidate_sessions()
        await connected.get()
        await loopback.wait_reply(await loopback.say("!echo"))
        assert (await bot.http.get_bot_gateway())[2]["remaining"] == 998


async def test_ended_session(loopback: Loopback, run_bot: RunBot) -> None:
    bot = create_bot()
    connected: asyncio.Queue[None] = asyncio.Queue()

    @bot.listen("on_connect")
    async def put() -> None:
        connected.put_nowait(None)

    async with run_bot(loopback, bot):
        await connected.get()
        await loopback.faults.close_sessions(code=1001)
        await connected.get()
        await loopback.wait_reply(await loopback.say("!echo"))


async def test_heartbeat_interval(run_bot: RunBot) -> None:
    async with CheckedLoopback(heartbeat_interval=0.2) as loopback, run_bot(loopback, create_bot()):
        await loopback.wait_heartbeats(4)
        await loopback.wait_reply(await loopback.say("!echo"))


async def test_requested_heartbeat(loopback: Loopback, run_bot: RunBot) -> None:
    async with run_bot(loopback, create_bot()):
        await loopback.wait_heartbeats(1)
        await loopback.faults.request_heartbeat()
        await loopback.wait_heartbeats(2)


def test_too_many_missed_events() -> None:
    session = GatewaySession("s", 0, 1, Intent.GUILD_MESSAGES)
    for _ in range(MAX_REPLAYED_EVENTS + 2):
        session.send_event("TYPING_START", {})
    assert session.missed_events(1) is None
    assert session.missed_events(2) is not None
    assert session.missed_events(session.sequence) == []


@pytest.mark.parametrize("shards", [1, 2, 7])
def test_one_shard_per_guild(shards: int) -> None:
    sessions = [GatewaySession(str(n), n, shards, Intent.GUILDS) for n in range(shards)]
    for guild_id in (None, *(n << 22 | 12345 for n in range(20))):
        assert sum(session.handles(guild_id) for session in sessions) == 1
    assert sessions[0].handles(None)
