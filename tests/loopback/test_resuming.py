"""Connections that break: resuming, op 7, op 9, heartbeats."""

import asyncio

import pytest

from bot.loopback import Loopback
from bot.loopback.gateway.sessions import MAX_REPLAYED_EVENTS, GatewaySession
from bot.loopback.state.permissions import Intent

from ..openapi import CheckedLoopback
from .conftest import Client, Running, client, collect


def resumptions(bot: Client) -> "asyncio.Queue[None]":
    queue: asyncio.Queue[None] = asyncio.Queue()

    @bot.listen("on_resumed")
    async def put() -> None:
        queue.put_nowait(None)

    return queue


async def test_after_a_cut_no_event_is_lost_and_none_comes_twice(
    loopback: Loopback, running: Running
) -> None:
    bot = client()
    told, resumed = collect(bot), resumptions(bot)
    async with running(loopback, bot):
        for number in range(30):
            await loopback.say(str(number))
            if number % 10 == 5:
                await loopback.close_sessions()
                await loopback.say("while away")
                await resumed.get()
        seen = [(await told.get()).content for _ in range(33)]
        numbers = [text for text in seen if text != "while away"]
        assert numbers == [str(number) for number in range(30)]
        assert told.empty()


async def test_a_bot_that_is_asked_to_reconnect_resumes(
    loopback: Loopback, running: Running
) -> None:
    bot = client()
    resumed = resumptions(bot)
    async with running(loopback, bot):
        await loopback.request_reconnect()
        await resumed.get()
        assert (
            await loopback.wait_reply(await loopback.say("!echo still here"))
        ).content == "still here"


async def test_a_session_invalid_but_resumable_is_resumed(
    loopback: Loopback, running: Running
) -> None:
    bot = client()
    resumed = resumptions(bot)
    async with running(loopback, bot):
        await loopback.invalidate_sessions(resumable=True)
        await resumed.get()
        await loopback.wait_reply(await loopback.say("!echo"))


async def test_an_invalid_session_is_begun_anew(loopback: Loopback, running: Running) -> None:
    bot = client()
    connected: asyncio.Queue[None] = asyncio.Queue()

    @bot.listen("on_connect")
    async def put() -> None:
        connected.put_nowait(None)

    async with running(loopback, bot):
        await connected.get()
        await loopback.invalidate_sessions()
        await connected.get()
        await loopback.wait_reply(await loopback.say("!echo"))
        assert (await bot.http.get_bot_gateway())[2]["remaining"] == 998


async def test_a_session_that_the_server_forgot_is_begun_anew(
    loopback: Loopback, running: Running
) -> None:
    bot = client()
    connected: asyncio.Queue[None] = asyncio.Queue()

    @bot.listen("on_connect")
    async def put() -> None:
        connected.put_nowait(None)

    async with running(loopback, bot):
        await connected.get()
        await loopback.close_sessions(code=1001)
        await connected.get()
        await loopback.wait_reply(await loopback.say("!echo"))


async def test_the_bot_beats_at_the_interval_it_was_told(running: Running) -> None:
    async with CheckedLoopback(heartbeat_interval=0.2) as loopback, running(loopback, client()):
        await loopback.wait_heartbeats(4)
        await loopback.wait_reply(await loopback.say("!echo"))


async def test_the_bot_beats_when_asked(loopback: Loopback, running: Running) -> None:
    async with running(loopback, client()):
        await loopback.wait_heartbeats(1)
        await loopback.request_heartbeat()
        await loopback.wait_heartbeats(2)


def test_a_session_that_missed_more_than_its_log_holds_cannot_resume() -> None:
    session = GatewaySession("s", 0, 1, Intent.GUILD_MESSAGES)
    for _ in range(MAX_REPLAYED_EVENTS + 2):
        session.send_event("TYPING_START", {})
    assert session.missed_events(1) is None
    assert session.missed_events(2) is not None
    assert session.missed_events(session.sequence) == []


@pytest.mark.parametrize("shards", [1, 2, 7])
def test_every_guild_is_of_exactly_one_shard(shards: int) -> None:
    sessions = [GatewaySession(str(n), n, shards, Intent.GUILDS) for n in range(shards)]
    for guild_id in (None, *(n << 22 | 12345 for n in range(20))):
        assert sum(session.handles(guild_id) for session in sessions) == 1
    assert sessions[0].handles(None)
