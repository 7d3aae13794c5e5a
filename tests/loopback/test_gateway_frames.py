"""Gateway as other clients see it: addresses, frames, and heartbeats."""

import json
import time
import zlib
from typing import Any

import aiohttp
import pytest

from bot.loopback import Loopback

from .test_gateway import connected, identify

INTENTS = 1 << 9 | 1 << 12 | 1 << 15  # messages, direct messages, message content
ADDRESSES = ["", "/", "/gateway", "/gateway/"]
QUERIES = ["", "?v=10&encoding=json", "?encoding=json&v=10", "?compress=zlib-stream&v=9", "?v=9"]


@pytest.mark.parametrize("path", ADDRESSES)
@pytest.mark.parametrize("query", QUERIES)
async def test_addresses(loopback: Loopback, path: str, query: str) -> None:
    async with (
        aiohttp.ClientSession() as session,
        session.ws_connect(loopback.gateway_url + path + query) as socket,
    ):
        frame = await socket.receive()
        is_compressed = frame.type is aiohttp.WSMsgType.BINARY
        data = zlib.decompressobj().decompress(frame.data) if is_compressed else frame.data
        assert is_compressed is ("compress" in query)
        assert json.loads(data)["op"] == 10


async def test_address_in_rest(loopback: Loopback) -> None:
    async with (
        aiohttp.ClientSession(headers={"Authorization": f"Bot {loopback.token}"}) as session,
        session.get(loopback.api_url + "/gateway/bot") as response,
    ):
        assert (await response.json())["url"] == loopback.gateway_url
    assert loopback.gateway_url.count("/") == 2  # like Discord's: clients add `/?v=10` or `?v=10`


async def test_every_frame_has_a_sequence_and_a_name(loopback: Loopback) -> None:
    async with connected(loopback) as socket:
        frames = [await socket.receive_json()]
        await socket.send_json(identify(intents=INTENTS))
        await socket.send_json({"op": 1, "d": None})
        frames += [await socket.receive_json() for _ in range(2)]
        await loopback.faults.request_reconnect()
        await loopback.faults.request_heartbeat()
        await loopback.faults.invalidate_sessions(resumable=True)
        frames += [await socket.receive_json() for _ in range(3)]
        await loopback.say("x")
        frames.append(await socket.receive_json())
    found = [(frame["op"], frame["s"], frame["t"]) for frame in frames]
    assert found == [
        (10, None, None),
        (0, 1, "READY"),
        (11, None, None),
        (7, None, None),
        (1, None, None),
        (9, None, None),
        (0, 2, "MESSAGE_CREATE"),
    ]


@pytest.mark.parametrize(("version", "expected"), [("9", 9), ("10", 10)])
async def test_ready_has_the_version(loopback: Loopback, version: str, expected: int) -> None:
    async with connected(loopback, v=version) as socket:
        await socket.receive_json()
        await socket.send_json(identify())
        assert (await socket.receive_json())["d"]["v"] == expected


async def test_messages_have_the_type_of_their_channel(loopback: Loopback) -> None:
    async with connected(loopback) as socket:
        await socket.receive_json()
        await socket.send_json(identify(intents=INTENTS))
        await socket.receive_json()
        thread = loopback.create_thread("a")
        for channel, expected in (("general", 0), (loopback.dm("ada"), 1), (thread, 11)):
            message = await loopback.say("x", channel=channel)
            await loopback.edit(message, "y")
            for name in ("MESSAGE_CREATE", "MESSAGE_UPDATE"):
                event: dict[str, Any] = await socket.receive_json()
                assert (event["t"], event["d"]["channel_type"]) == (name, expected)


@pytest.mark.parametrize("frame", ["[" * 4000, "\ud800".encode("utf-8", "surrogatepass"), "{}"])
async def test_odd_frames_close_the_connection(loopback: Loopback, frame: str | bytes) -> None:
    async with connected(loopback) as socket:
        await socket.receive_json()
        await (socket.send_str(frame) if isinstance(frame, str) else socket.send_bytes(frame))
        while not socket.closed:
            await socket.receive()
        assert socket.close_code in (4001, 4002)


async def test_heartbeat_is_acknowledged_after_a_delay(loopback: Loopback) -> None:
    # discord.py's thread notes the time of a heartbeat after it was sent. An acknowledgement
    # before that makes it warn: "Can't keep up, … websocket is 41.3s behind".
    async with connected(loopback) as socket:
        await socket.receive_json()
        start = time.monotonic()
        await socket.send_json({"op": 1, "d": None})
        assert (await socket.receive_json())["op"] == 11
        assert time.monotonic() - start >= 0.09
