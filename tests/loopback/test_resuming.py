"""Connections that break: resuming, op 7, op 9, heartbeats."""

import asyncio

import pytest

from bot.loopback import Loopback
from bot.loopback.gateway.sessions import LOG_LENGTH, Session
from bot.loopback.state.permissions import Intent

from .conftest import Client, Running, client, collect


def resumptions(bot: Client) -> "asyncio.Queue[None]":
    queue: asyncio.Queue[None] = asyncio.Queue()

    @bot.listen("on_resumed")
    async def put() -> None:
        queue.put_nowait(None)

    return queue


async def test_after_a_cut_no_event_is_lost_and_none_comes_twice(
    town: Loopback, running: Running
) -> None:
    bot = client()
    told, resumed = collect(bot), resumptions(bot)
    async with running(town, bot):
        for number in range(30):
            await town.say(str(number))
            if number % 10 == 5:
                await town.close_sessions()
                await town.say("while away")
                await resumed.get()
        seen = [(await told.get()).content for _ in range(33)]
        numbers = [text for text in seen if text != "while away"]
        assert numbers == [str(number) for number in range(30)]
        assert told.empty()


async def test_a_bot_that_is_asked_to_reconnect_resumes(town: Loopback, running: Running) -> None:
    bot = client()
    resumed = resumptions(bot)
    async with running(town, bot):
        await town.request_reconnect()
        await resumed.get()
        assert (await town.reply_to(await town.say("!echo still here"))).content == "still here"


async def test_a_session_invalid_but_resumable_is_resumed(town: Loopback, running: Running) -> None:
    bot = client()
    resumed = resumptions(bot)
    async with running(town, bot):
        await town.invalidate_sessions(resumable=True)
        await resumed.get()
        await town.reply_to(await town.say("!echo"))


async def test_an_invalid_session_is_begun_anew(town: Loopback, running: Running) -> None:
    bot = client()
    connected: asyncio.Queue[None] = asyncio.Queue()

    @bot.listen("on_connect")
    async def put() -> None:
        connected.put_nowait(None)

    async with running(town, bot):
        await connected.get()
        await town.invalidate_sessions()
        await connected.get()
        await town.reply_to(await town.say("!echo"))
        assert (await bot.http.get_bot_gateway())[2]["remaining"] == 998


async def test_a_session_that_the_server_forgot_is_begun_anew(
    town: Loopback, running: Running
) -> None:
    bot = client()
    connected: asyncio.Queue[None] = asyncio.Queue()

    @bot.listen("on_connect")
    async def put() -> None:
        connected.put_nowait(None)

    async with running(town, bot):
        await connected.get()
        await town.close_sessions(code=1001)
        await connected.get()
        await town.reply_to(await town.say("!echo"))


async def test_the_bot_beats_at_the_interval_it_was_told(running: Running) -> None:
    async with Loopback(heartbeat=0.2) as town, running(town, client()):
        await town.wait_heartbeats(4)
        await town.reply_to(await town.say("!echo"))


async def test_the_bot_beats_when_asked(town: Loopback, running: Running) -> None:
    async with running(town, client()):
        await town.wait_heartbeats(1)
        await town.request_heartbeat()
        await town.wait_heartbeats(2)


def test_a_session_that_missed_more_than_its_log_holds_cannot_resume() -> None:
    session = Session("s", 0, 1, Intent.GUILD_MESSAGES)
    for _ in range(LOG_LENGTH + 2):
        session.event("TYPING_START", {})
    assert session.missed(1) is None
    assert session.missed(2) is not None
    assert session.missed(session.sequence) == []


@pytest.mark.parametrize("shards", [1, 2, 7])
def test_every_guild_is_of_exactly_one_shard(shards: int) -> None:
    sessions = [Session(str(n), n, shards, Intent.GUILDS) for n in range(shards)]
    for guild_id in (None, *(n << 22 | 12345 for n in range(20))):
        assert sum(session.covers(guild_id) for session in sessions) == 1
    assert sessions[0].covers(None)
