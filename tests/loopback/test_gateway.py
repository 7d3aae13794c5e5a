"""Gateway connections: compression, close codes, and invalid payloads."""

import contextlib
import functools
import importlib
import json
import zlib
from collections.abc import Callable
from typing import Any

import aiohttp
import discord
import pytest
from aiohttp import web
from discord.gateway import DiscordWebSocket
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.loopback import Intent, Loopback
from bot.loopback.gateway.connection import Connection, ConnectionClosed

from ..openapi import CheckedLoopback
from .conftest import RunBot, create_bot


class ZlibStream:
    """discord.py's decompression without Zstandard."""

    COMPRESSION_TYPE = "zlib-stream"

    def __init__(self) -> None:
        self._stream = zlib.decompressobj()

    def decompress(self, data: bytes) -> str | None:
        assert data.endswith(b"\x00\x00\xff\xff")
        return self._stream.decompress(data).decode()


@pytest.mark.parametrize("compression", ["zlib-stream", "zstd-stream", None])
async def test_compression(
    compression: str | None, loopback: Loopback, run_bot: RunBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    if compression == "zlib-stream":
        monkeypatch.setattr(discord.utils, "_ActiveDecompressionContext", ZlibStream)
    if compression is None:
        plain = functools.partial(DiscordWebSocket.from_client, compress=False)
        monkeypatch.setattr(DiscordWebSocket, "from_client", plain)
    async with run_bot(loopback, create_bot()):
        for number in range(50):
            message = await loopback.say(f"!echo {number} ðñ😀")
            assert (await loopback.wait_reply(message)).content == f"{number} ðñ😀"


ACKNOWLEDGEMENT = {"t": None, "s": None, "op": 11, "d": None}


def _zlib() -> Callable[[bytes], bytes]:
    return zlib.decompressobj().decompress


def _zstd() -> Callable[[bytes], bytes]:
    try:
        native = importlib.import_module("compression.zstd")  # built into Python 3.14
    except ImportError:
        zstandard = importlib.import_module("zstandard")
        stream: Any = zstandard.ZstdDecompressor().decompressobj()
    else:
        stream = native.ZstdDecompressor()
    return lambda data: bytes(stream.decompress(data))


@pytest.mark.parametrize(("compression", "start"), [("zlib-stream", _zlib), ("zstd-stream", _zstd)])
async def test_compression_context_is_shared(
    compression: str, start: Callable[[], Callable[[bytes], bytes]], loopback: Loopback
) -> None:
    decompress = start()
    async with connected(loopback, compress=compression) as socket:
        assert json.loads(decompress(await socket.receive_bytes()))["op"] == 10
        for _ in range(3):
            await socket.send_json({"op": 1, "d": None})
            assert json.loads(decompress(await socket.receive_bytes())) == ACKNOWLEDGEMENT


class connected:  # noqa: N801 - used as a function
    """Connects a plain WebSocket to the gateway."""

    def __init__(self, loopback: Loopback, **query: str) -> None:
        self._url, self._query = loopback.gateway_url, {"v": "10", "encoding": "json"} | query

    async def __aenter__(self) -> aiohttp.ClientWebSocketResponse:
        self._session = aiohttp.ClientSession()
        self._socket = await self._session.ws_connect(self._url, params=self._query)
        return self._socket

    async def __aexit__(self, *_: object) -> None:
        await self._socket.close()
        await self._session.close()


def identify(token: str = "loopback-token", **fields: Any) -> dict[str, Any]:
    data = {"token": token, "intents": 0, "properties": {"os": "a", "browser": "b", "device": "c"}}
    return {"op": 2, "d": data | fields}


def request_members(**fields: Any) -> dict[str, Any]:
    return {"op": 8, "d": {"guild_id": ""} | fields}


async def close_code(loopback: Loopback, *payloads: Any, **query: str) -> int | None:
    """Send payloads, and return the code with which the server closes."""
    async with connected(loopback, **query) as socket:
        for payload in payloads:
            await socket.send_str(payload if isinstance(payload, str) else json.dumps(payload))
        while not socket.closed:
            await socket.receive()
        return socket.close_code


CLOSE_CODES: dict[str, tuple[int, list[Any]]] = {
    "an unknown opcode": (4001, [{"op": 99, "d": None}]),
    "something that is not JSON": (4002, ["{"]),
    "JSON that is no object": (4002, ["[1]"]),
    "more than 4096 bytes": (4002, [identify(padding="x" * 4096)]),
    "an identify without data": (4002, [{"op": 2}]),
    "a request before identifying": (4003, [{"op": 8, "d": {}}]),
    "a wrong token": (4004, [identify("wrong")]),
    "identifying twice": (4005, [identify(), identify()]),
    "too many messages at once": (4008, [{"op": 1, "d": None}] * 121),
    "a shard beyond the count": (4010, [identify(shard=[2, 2])]),
    "a shard that is no pair": (4010, [identify(shard="0")]),
    "a member query that is no text": (4002, [identify(), request_members(query=5)]),
    "a member limit that is no number": (
        4002,
        [identify(), request_members(query="", limit="all")],
    ),
    "resuming without a number": (4007, [{"op": 6, "d": {"token": "loopback-token"}}]),
    "no intents": (4013, [identify(intents=None)]),
    "an intent that does not exist": (4013, [identify(intents=1 << 30)]),
    "negative intents": (4013, [identify(intents=-1)]),
}


@pytest.mark.parametrize("case", CLOSE_CODES)
async def test_close_code(case: str, loopback: Loopback) -> None:
    code, payloads = CLOSE_CODES[case]
    for payload in payloads:
        if isinstance(payload, dict) and payload["op"] == 8 and payload["d"]:
            payload["d"]["guild_id"] = str(loopback.guild.id)
    assert await close_code(loopback, *payloads) == code


async def test_close_code_for_api_version(loopback: Loopback) -> None:
    assert await close_code(loopback, v="5") == 4012


async def test_close_code_for_privileged_intent() -> None:
    async with CheckedLoopback(members=False) as loopback:
        assert await close_code(loopback, identify(intents=1 << 1)) == 4014


async def test_close_code_without_heartbeat() -> None:
    async with CheckedLoopback(heartbeat_interval=0.05) as loopback:
        assert await close_code(loopback, identify()) == 4009


async def test_resume_with_future_sequence(
    loopback: Loopback,
) -> None:
    async with connected(loopback) as socket:
        await socket.receive_json()
        await socket.send_json(identify())
        ready = (await socket.receive_json())["d"]
        resume = {"token": loopback.token, "session_id": ready["session_id"], "seq": 999}
        assert await close_code(loopback, {"op": 6, "d": resume}) == 4007


async def test_presence_and_voice_updates(loopback: Loopback) -> None:
    async with connected(loopback) as socket:
        await socket.receive_json()
        await socket.send_json(identify())
        assert (await socket.receive_json())["t"] == "READY"
        presence: dict[str, Any] = {"since": None, "activities": [], "status": "idle", "afk": False}
        await socket.send_json({"op": 3, "d": presence})
        await socket.send_json({"op": 4, "d": {"guild_id": "1", "channel_id": None}})
        await socket.send_json({"op": 1, "d": None})
        assert (await socket.receive_json())["op"] == 11


async def test_ready_payload(loopback: Loopback) -> None:
    async with connected(loopback) as socket:
        await socket.receive_json()
        await socket.send_json(identify(intents=1, shard=[0, 1]))
        ready, guild = await socket.receive_json(), await socket.receive_json()
        assert ready["d"]["guilds"] == [{"id": str(loopback.guild.id), "unavailable": True}]
        assert ready["d"]["resume_gateway_url"] == loopback.gateway_url
        assert (ready["s"], guild["s"], guild["t"]) == (1, 2, "GUILD_CREATE")
        assert guild["d"]["id"] == str(loopback.guild.id)


async def test_resume_invalidated_session(loopback: Loopback) -> None:
    async with connected(loopback) as socket:
        await socket.receive_json()
        await socket.send_json(identify())
        ready = (await socket.receive_json())["d"]
        await loopback.faults.invalidate_sessions()
        assert await socket.receive_json() == {"t": None, "s": None, "op": 9, "d": False}
    resume = {"token": loopback.token, "session_id": ready["session_id"], "seq": 1}
    async with connected(loopback) as socket:
        await socket.receive_json()
        await socket.send_json({"op": 6, "d": resume})
        assert await socket.receive_json() == {"t": None, "s": None, "op": 9, "d": False}


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


@pytest.mark.parametrize("is_identified", [True, False])
async def test_random_payloads_are_handled(is_identified: bool, loopback: Loopback) -> None:
    gateway = loopback._backend.gateway

    @settings(max_examples=300)
    @given(st.integers(0, 12), ANYTHING, st.booleans())
    def check(op: int, data: Any, has_token: bool) -> None:
        connection = Connection(gateway, web.WebSocketResponse())
        if is_identified:
            gateway.identify(0, 1, Intent.GUILDS, connection.send)
        if isinstance(data, dict) and has_token:
            data |= {"token": loopback.token, "guild_id": str(loopback.guild.id)}
        with contextlib.suppress(ConnectionClosed):
            connection._handle(op, data)
        gateway.sessions.clear()

    check()
