"""Scripted faults, seen by plain HTTP and WebSocket clients."""

import asyncio
import json
import time

import aiohttp
import pytest

from bot.loopback import Fault, Loopback
from bot.loopback.faults import (
    CLOUDFLARE_RATE_LIMIT,
    EMPTY,
    GARBAGE_HTML,
    GARBAGE_JSON,
    RESET_AFTER,
    RESET_BEFORE,
    http_error,
    rate_limited,
    silence,
)


async def post(loopback: Loopback, session: aiohttp.ClientSession) -> tuple[int, bytes]:
    url = f"{loopback.api_url}/channels/{loopback.channel('general').id}/messages"
    headers = {"Authorization": f"Bot {loopback.token}"}
    async with session.post(url, json={"content": "x"}, headers=headers) as response:
        return response.status, await response.read()


@pytest.mark.parametrize(
    ("fault", "status", "messages"),
    [
        (http_error(503), 503, 0),
        (http_error(500, takes_effect=True), 500, 1),
        (rate_limited(1.0), 429, 0),
        (CLOUDFLARE_RATE_LIMIT, 429, 0),
        (EMPTY, 200, 1),
        (GARBAGE_JSON, 200, 1),
        (GARBAGE_HTML, 200, 1),
    ],
)
async def test_response(loopback: Loopback, fault: Fault, status: int, messages: int) -> None:
    loopback.faults.add("POST", "/channels/*/messages", fault)
    async with aiohttp.ClientSession() as session:
        assert await post(loopback, session) == (status, fault.body)
        assert len(loopback.messages("general")) == messages
        assert (await post(loopback, session))[0] == 200  # only once
    assert loopback.faults.count == 1


@pytest.mark.parametrize(("fault", "messages"), [(RESET_BEFORE, 0), (RESET_AFTER, 1)])
async def test_reset(loopback: Loopback, fault: Fault, messages: int) -> None:
    loopback.faults.add("POST", "/channels/*/messages", fault, times=2)
    async with aiohttp.ClientSession() as session:
        for _ in range(2):
            with pytest.raises(aiohttp.ClientConnectionError):
                await post(loopback, session)
    assert len(loopback.messages("general")) == 2 * messages


async def test_silence(loopback: Loopback) -> None:
    loopback.faults.add("*", "/channels/*", silence(0.2))
    async with aiohttp.ClientSession() as session:
        start = time.monotonic()
        assert (await post(loopback, session))[0] == 200
        assert time.monotonic() - start >= 0.2


async def test_other_requests_meet_no_fault(loopback: Loopback) -> None:
    loopback.faults.add("PATCH", "/channels/*/messages", http_error(503))
    loopback.faults.add("POST", "/channels/*/typing", http_error(503))
    async with aiohttp.ClientSession() as session:
        assert (await post(loopback, session))[0] == 200
        loopback.faults.add("POST", "*", http_error(503))
        loopback.faults.clear()
        assert (await post(loopback, session))[0] == 200
    assert loopback.faults.count == 0


async def test_gateway_frames(loopback: Loopback) -> None:
    async with aiohttp.ClientSession() as session:
        identify = {"token": loopback.token, "intents": 1, "properties": {}}
        socket = await session.ws_connect(loopback.gateway_url)
        await socket.send_json({"op": 2, "d": identify})
        await loopback.wait_ready()
        await loopback.faults.send_frame("garbage")
        await loopback.faults.send_frame(b"\0garbage")
        await loopback.faults.send_event("MESSAGE_CREATE", "no object")
        frames = [(await socket.receive()).data for _ in range(6)]  # HELLO, READY, GUILD_CREATE
        assert frames[3:5] == ["garbage", b"\0garbage"]
        assert json.loads(frames[5])["d"] == "no object"
        await loopback.faults.silence_connections()
        await loopback.faults.request_heartbeat()
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(socket.receive(), 0.1)
        await loopback.faults.drop_connections()
        message = await socket.receive()
        assert message.type in (aiohttp.WSMsgType.CLOSED, aiohttp.WSMsgType.ERROR)
