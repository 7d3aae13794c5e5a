"""The gateway by itself: compression, and what it closes connections for."""

import contextlib
import functools
import json
import zlib
from collections.abc import Callable
from typing import Any

import aiohttp
import discord
import pytest
import zstandard
from aiohttp import web
from discord.gateway import DiscordWebSocket
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.loopback import Intent, Loopback
from bot.loopback.gateway.connection import Connection, ConnectionClosed

from ..openapi import CheckedLoopback
from .conftest import Running, client


class ZlibStream:
    """discord.py's own way where Zstandard is not installed."""

    COMPRESSION_TYPE = "zlib-stream"

    def __init__(self) -> None:
        self._stream = zlib.decompressobj()

    def decompress(self, data: bytes) -> str | None:
        assert data.endswith(b"\x00\x00\xff\xff")
        return self._stream.decompress(data).decode()


@pytest.mark.parametrize("way", ["zlib-stream", "zstd-stream", None])
async def test_the_client_works_under_each_compression(
    way: str | None, loopback: Loopback, running: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    if way == "zlib-stream":
        monkeypatch.setattr(discord.utils, "_ActiveDecompressionContext", ZlibStream)
    if way is None:
        plain = functools.partial(DiscordWebSocket.from_client, compress=False)
        monkeypatch.setattr(DiscordWebSocket, "from_client", plain)
    async with running(loopback, client()):
        for number in range(50):
            message = await loopback.say(f"!echo {number} ðñ😀")
            assert (await loopback.wait_reply(message)).content == f"{number} ðñ😀"


def _zlib() -> Callable[[bytes], bytes]:
    return zlib.decompressobj().decompress


def _zstd() -> Callable[[bytes], bytes]:
    return zstandard.ZstdDecompressor().decompressobj().decompress


@pytest.mark.parametrize(("way", "reader"), [("zlib-stream", _zlib), ("zstd-stream", _zstd)])
async def test_one_compression_context_lasts_the_connection(
    way: str, reader: Callable[[], Callable[[bytes], bytes]], loopback: Loopback
) -> None:
    read = reader()
    async with connected(loopback, compress=way) as socket:
        assert json.loads(read(await socket.receive_bytes()))["op"] == 10
        for _ in range(3):
            await socket.send_json({"op": 1, "d": None})
            assert json.loads(read(await socket.receive_bytes())) == {"op": 11, "d": None}


class connected:  # noqa: N801 - used as a function
    """A bare WebSocket to the gateway, for the length of a `with`."""

    def __init__(self, loopback: Loopback, **query: str) -> None:
        self._url, self._query = loopback.gateway_url, {"v": "10", "encoding": "json"} | query

    async def __aenter__(self) -> aiohttp.ClientWebSocketResponse:
        self._session = aiohttp.ClientSession()
        self._socket = await self._session.ws_connect(self._url, params=self._query)
        return self._socket

    async def __aexit__(self, *_: object) -> None:
        await self._socket.close()
        await self._session.close()


def identify(token: str = "loopback-token", **more: Any) -> dict[str, Any]:
    about = {"token": token, "intents": 0, "properties": {"os": "a", "browser": "b", "device": "c"}}
    return {"op": 2, "d": about | more}


def members(**about: Any) -> dict[str, Any]:
    return {"op": 8, "d": {"guild_id": ""} | about}


async def closing(loopback: Loopback, *payloads: Any, **query: str) -> int | None:
    """Send payloads, and give the code with which the server closes."""
    async with connected(loopback, **query) as socket:
        for payload in payloads:
            await socket.send_str(payload if isinstance(payload, str) else json.dumps(payload))
        while not socket.closed:
            await socket.receive()
        return socket.close_code


CLOSES: dict[str, tuple[int, list[Any]]] = {
    "an unknown opcode": (4001, [{"op": 99, "d": None}]),
    "something that is not JSON": (4002, ["{"]),
    "JSON that is no object": (4002, ["[1]"]),
    "more than 4096 bytes": (4002, [identify(padding="x" * 4096)]),
    "an identify without data": (4002, [{"op": 2}]),
    "asking before identifying": (4003, [{"op": 8, "d": {}}]),
    "a wrong token": (4004, [identify("wrong")]),
    "identifying twice": (4005, [identify(), identify()]),
    "too many messages at once": (4008, [{"op": 1, "d": None}] * 121),
    "a shard beyond the count": (4010, [identify(shard=[2, 2])]),
    "a shard that is no pair": (4010, [identify(shard="0")]),
    "a query for members that is no text": (4002, [identify(), members(query=5)]),
    "a limit of members that is no number": (4002, [identify(), members(query="", limit="all")]),
    "resuming without a number": (4007, [{"op": 6, "d": {"token": "loopback-token"}}]),
    "no intents": (4013, [identify(intents=None)]),
    "an intent that does not exist": (4013, [identify(intents=1 << 30)]),
    "negative intents": (4013, [identify(intents=-1)]),
}


@pytest.mark.parametrize("what", CLOSES)
async def test_the_gateway_closes_for(what: str, loopback: Loopback) -> None:
    code, payloads = CLOSES[what]
    for payload in payloads:
        if isinstance(payload, dict) and payload["op"] == 8 and payload["d"]:
            payload["d"]["guild_id"] = str(loopback.guild.id)
    assert await closing(loopback, *payloads) == code


async def test_the_gateway_closes_for_a_version_that_it_does_not_speak(loopback: Loopback) -> None:
    assert await closing(loopback, v="5") == 4012


async def test_the_gateway_closes_for_an_intent_that_was_not_granted() -> None:
    async with CheckedLoopback(members=False) as loopback:
        assert await closing(loopback, identify(intents=1 << 1)) == 4014


async def test_the_gateway_closes_when_no_heart_beats() -> None:
    async with CheckedLoopback(heartbeat_interval=0.05) as loopback:
        assert await closing(loopback, identify()) == 4009


async def test_resuming_with_a_number_that_was_never_sent_closes_with_4007(
    loopback: Loopback,
) -> None:
    async with connected(loopback) as socket:
        await socket.receive_json()
        await socket.send_json(identify())
        ready = (await socket.receive_json())["d"]
        resume = {"token": loopback.token, "session_id": ready["session_id"], "seq": 999}
        assert await closing(loopback, {"op": 6, "d": resume}) == 4007


async def test_presence_and_voice_updates_are_accepted(loopback: Loopback) -> None:
    async with connected(loopback) as socket:
        await socket.receive_json()
        await socket.send_json(identify())
        assert (await socket.receive_json())["t"] == "READY"
        presence: dict[str, Any] = {"since": None, "activities": [], "status": "idle", "afk": False}
        await socket.send_json({"op": 3, "d": presence})
        await socket.send_json({"op": 4, "d": {"guild_id": "1", "channel_id": None}})
        await socket.send_json({"op": 1, "d": None})
        assert (await socket.receive_json())["op"] == 11


async def test_ready_names_the_guilds_of_the_shard_and_where_to_resume(loopback: Loopback) -> None:
    async with connected(loopback) as socket:
        await socket.receive_json()
        await socket.send_json(identify(intents=1, shard=[0, 1]))
        ready, guild = await socket.receive_json(), await socket.receive_json()
        assert ready["d"]["guilds"] == [{"id": str(loopback.guild.id), "unavailable": True}]
        assert ready["d"]["resume_gateway_url"] == loopback.gateway_url
        assert (ready["s"], guild["s"], guild["t"]) == (1, 2, "GUILD_CREATE")
        assert guild["d"]["id"] == str(loopback.guild.id)


async def test_an_invalidated_session_cannot_be_resumed(loopback: Loopback) -> None:
    async with connected(loopback) as socket:
        await socket.receive_json()
        await socket.send_json(identify())
        ready = (await socket.receive_json())["d"]
        await loopback.invalidate_sessions()
        assert await socket.receive_json() == {"op": 9, "d": False}
    resume = {"token": loopback.token, "session_id": ready["session_id"], "seq": 1}
    async with connected(loopback) as socket:
        await socket.receive_json()
        await socket.send_json({"op": 6, "d": resume})
        assert await socket.receive_json() == {"op": 9, "d": False}


FIELDS = ["token", "intents", "shard", "seq", "session_id", "guild_id", "limit", "query"]
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["token", "intents", "shard", "seq", "session_id", "guild_id", "limit"]
            ),
            inner,
        )
    ),
    max_leaves=6,
)


@pytest.mark.parametrize("signed_in", [True, False])
async def test_nothing_that_a_client_sends_breaks_the_gateway(
    signed_in: bool, loopback: Loopback
) -> None:
    gateway = loopback._backend.gateway

    @settings(max_examples=300)
    @given(st.integers(0, 12), ANYTHING, st.booleans())
    def check(op: int, data: Any, known: bool) -> None:
        connection = Connection(gateway, web.WebSocketResponse())
        if signed_in:
            gateway.identify(0, 1, Intent.GUILDS, connection.send)
        if isinstance(data, dict) and known:
            data |= {"token": loopback.token, "guild_id": str(loopback.guild.id)}
        with contextlib.suppress(ConnectionClosed):
            connection._handle(op, data)
        gateway.sessions.clear()

    check()
