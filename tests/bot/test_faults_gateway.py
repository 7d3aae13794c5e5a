"""Faults of the gateway, and of Discord at the start: the bot resumes, waits, or ends in a line."""

import asyncio
import contextlib
import io
import logging
from collections.abc import Callable, Iterator
from pathlib import Path

import aiohttp
import discord as discord_py
import pytest
from discord.backoff import ExponentialBackoff
from discord.state import ConnectionState

from bot import client
from bot.cli import _expected_errors, _explain
from bot.client import serve
from bot.config import Settings
from bot.logs import LogFormatter
from bot.loopback import Fault, Loopback
from bot.loopback.faults import (
    CLOUDFLARE_RATE_LIMIT,
    EMPTY,
    GARBAGE_HTML,
    GARBAGE_JSON,
    RESET_BEFORE,
    http_error,
)

from .conftest import RunBot, invoke, names_in, send
from .tcp_proxy import Proxy


@pytest.fixture
def log() -> Iterator[Callable[[], list[str]]]:
    """Return a function that returns the lines of the bot's log, from warnings up."""
    handler = logging.StreamHandler(stream := io.StringIO())
    handler.setLevel(logging.WARNING)
    handler.setFormatter(LogFormatter())
    logging.getLogger().addHandler(handler)
    yield lambda: stream.getvalue().splitlines()
    logging.getLogger().removeHandler(handler)


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Connect again at once, and not after seconds."""

    async def identify_at_once(*_: object, **__: object) -> None:
        pass

    monkeypatch.setattr(discord_py.Client, "before_identify_hook", identify_at_once)
    monkeypatch.setattr(ExponentialBackoff, "delay", lambda _: 0.05)
    monkeypatch.setattr(client, "_LOGIN_DELAYS", (0.05,) * 5)


def identifies(discord: Loopback) -> int:
    return discord._backend.gateway.identify_count


async def has_new_session(discord: Loopback) -> None:
    """Wait for a new session, which does not hear of older messages."""
    await discord.wait_until(lambda: identifies(discord) > 1)
    await discord.wait_ready()


async def has_answer(discord: Loopback) -> None:
    """Wait for an answer; a message that comes while there is no session gets none."""
    for timeout in (1.0, 2.0, 4.0, 60.0):
        with contextlib.suppress(TimeoutError):
            message = await discord.say("!name Tr")
            assert names_in(await discord.wait_reply(message, timeout=timeout))
            return
    raise AssertionError


@pytest.mark.parametrize("frame", ["garbage", "[1]", "{}", "null", '{"op": 0, "t": "READY"}', '{"'])
async def test_malformed_text_frame(
    discord: Loopback, run_bot: RunBot, log: Callable[[], list[str]], frame: str
) -> None:
    async with run_bot(discord) as task:
        await discord.faults.send_frame(frame)
        assert names_in(await send(discord, "!name Tr"))
        assert not task.done()
        assert len(log()) == 1


async def test_garbage_binary_frame(
    discord: Loopback, run_bot: RunBot, log: Callable[[], list[str]]
) -> None:
    async with run_bot(discord):
        await discord.faults.send_frame(b"\0garbage" * 9)
        assert names_in(await send(discord, "!name Tr"))
        (line,) = log()
        assert "resuming the session" in line


@pytest.mark.parametrize("data", ["no object", None, [], {}, {"id": "x"}])
async def test_malformed_event(
    discord: Loopback, run_bot: RunBot, log: Callable[[], list[str]], data: object
) -> None:
    async with run_bot(discord):
        for name in ("MESSAGE_CREATE", "INTERACTION_CREATE", "GUILD_CREATE"):
            await discord.faults.send_event(name, data)
        assert names_in(await send(discord, "!name Tr"))
        assert log()
        assert "Traceback" not in "\n".join(log())


@pytest.mark.parametrize("fault", ["drop", "op 7", "op 9", "op 9 resumable"])
async def test_lost_gateway(
    discord: Loopback, run_bot: RunBot, log: Callable[[], list[str]], fault: str
) -> None:
    async with run_bot(discord):
        match fault:
            case "drop":
                await discord.faults.drop_connections()
            case "op 7":
                await discord.faults.request_reconnect()
            case _:
                await discord.faults.invalidate_sessions(resumable=fault != "op 9")
        if fault == "op 9":
            await has_new_session(discord)
        assert names_in(await send(discord, "!name Tr"))
    assert log() == []


@pytest.mark.parametrize("code", [4000, 4001, 4002, 4003, 4005, 4008])
async def test_close_code_is_resumed(
    discord: Loopback, run_bot: RunBot, log: Callable[[], list[str]], code: int
) -> None:
    async with run_bot(discord):
        await discord.faults.close_sessions(code)
        assert names_in(await send(discord, "!name Tr"))
        assert identifies(discord) == 1
    assert log() == []


@pytest.mark.parametrize("code", [1000, 1001, 4007, 4009])
async def test_close_code_ends_the_session(
    discord: Loopback, run_bot: RunBot, log: Callable[[], list[str]], code: int
) -> None:
    async with run_bot(discord):
        await discord.faults.close_sessions(code)
        await has_new_session(discord)
        assert names_in(await send(discord, "!name Tr"))
    assert "Traceback" not in "\n".join(log())


@pytest.mark.parametrize(
    ("code", "advice"),
    [
        (4004, "Create a new one on the application's Bot page."),
        (4010, "Check [discord] shard_count and shard_ids."),
        (4011, "Check [discord] shard_count and shard_ids."),
        (4012, "Update discord.py."),
        (4013, "Update Namesmith."),
    ],
)
async def test_close_code_ends_the_bot(
    discord: Loopback, run_bot: RunBot, log: Callable[[], list[str]], code: int, advice: str
) -> None:
    expected = _expected_errors(chats=False)
    try:
        async with run_bot(discord) as task:
            await discord.faults.close_sessions(code)
            await asyncio.wait([task])
    except discord_py.ConnectionClosed as error:
        line = _explain(error, expected)
    assert line is not None
    assert line.startswith(f"Discord closed the connection with code {code}: ")
    assert line.endswith(advice)
    assert log() == []


async def test_close_code_withdraws_the_message_content(
    discord: Loopback, run_bot: RunBot, log: Callable[[], list[str]]
) -> None:
    async with run_bot(discord):
        await discord.faults.close_sessions(4014)
        await has_new_session(discord)
        assert names_in(await invoke(discord, "name", {"prefix": "Tr"}))
    assert "Message Content Intent" in log()[0]
    assert "Traceback" not in "\n".join(log())


async def test_silent_gateway(
    discord: Loopback, run_bot: RunBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After a minute of silence, here a second, the bot connects anew and resumes."""
    seconds = property(lambda state: 1.0, lambda state, value: None)
    monkeypatch.setattr(ConnectionState, "heartbeat_timeout", seconds, raising=False)
    async with run_bot(discord):
        await discord.faults.silence_connections()
        assert names_in(await send(discord, "!name Tr"))


GATEWAY = ("GET", "/")


@pytest.mark.parametrize("fault", [RESET_BEFORE, http_error(503), Fault(200)])
async def test_gateway_is_down_in_mid_run(
    discord: Loopback, run_bot: RunBot, log: Callable[[], list[str]], fault: Fault
) -> None:
    async with run_bot(discord):
        discord.faults.add(*GATEWAY, fault, times=4)
        await discord.faults.drop_connections()
        await has_new_session(discord)
        assert names_in(await send(discord, "!name Tr"))
    assert all("Attempting a reconnect for shard ID 0 in" in line for line in log())
    assert len(log()) == (2 if fault.is_reset else 4)  # aiohttp repeats a request that was reset


@pytest.mark.parametrize("delay", [0.0, 0.002, 0.01])
async def test_connection_drops_before_its_session(
    discord: Loopback, run_bot: RunBot, delay: float
) -> None:
    """There is nothing to resume, so the bot identifies; it does not try to resume for ever."""
    gateway = discord._backend.gateway

    async def drop() -> None:
        while not gateway.connections:  # noqa: ASYNC110, `wait_until` would come too late
            await asyncio.sleep(0.001)
        await asyncio.sleep(delay)
        await discord.faults.drop_connections()

    dropping = asyncio.create_task(drop())
    async with run_bot(discord):
        await dropping
        await has_answer(discord)
        assert identifies(discord) <= 2


async def test_discord_is_gone_for_a_while(
    discord: Loopback, run_bot: RunBot, log: Callable[[], list[str]]
) -> None:
    """Nothing listens at Discord's address, until it is back."""
    proxy = Proxy(discord.api_url)
    port = await proxy.open()
    discord._backend.state.origin = f"http://127.0.0.1:{port}"
    async with run_bot(discord):
        assert names_in(await send(discord, "!name Tr"))
        message = await discord.say("!name Tr 1")
        proxy.cut()
        await discord.wait_until(lambda: len(log()) > 3)
        await proxy.open(port)
        await has_new_session(discord)
        await has_answer(discord)
    assert "Traceback" not in "\n".join(log())
    assert len(message.replies) <= 1


async def test_gateway_is_down_at_start(
    discord: Loopback, run_bot: RunBot, log: Callable[[], list[str]]
) -> None:
    discord.faults.add(*GATEWAY, http_error(503))
    async with run_bot(discord):  # discord.py tries again after 5 s
        assert names_in(await send(discord, "!name Tr"))
    (line,) = log()
    assert "Failed to connect for shard_id: 0. Retrying... (" in line


@pytest.mark.parametrize("stage", ["hello", "identify", "resume"])
async def test_connection_drops_at_each_stage(
    discord: Loopback, run_bot: RunBot, log: Callable[[], list[str]], stage: str
) -> None:
    gateway = discord._backend.gateway

    async def drop(old: object = None) -> None:
        """Drop the next connection."""
        await discord.wait_until(lambda: gateway.connections and gateway.connections[-1] is not old)
        if stage == "identify":
            await discord.wait_until(lambda: gateway.sessions)
        await discord.faults.drop_connections()

    dropping = asyncio.create_task(drop()) if stage != "resume" else None
    async with run_bot(discord):
        if dropping:
            await dropping
        else:
            (old,) = gateway.connections
            await discord.faults.close_sessions(4000)
            await drop(old)
        await has_answer(discord)
    assert "Traceback" not in "\n".join(log())


DOWN = {
    "reset": RESET_BEFORE,
    "empty": EMPTY,
    "cut off": GARBAGE_JSON,
    "page": GARBAGE_HTML,
    "list": Fault(200, b"[]", {"Content-Type": "application/json"}),
    "Cloudflare": CLOUDFLARE_RATE_LIMIT,
}


@pytest.mark.parametrize(
    ("fault", "path"),
    [
        *((fault, "/users/@me") for fault in DOWN),
        ("page", "/oauth2/applications/@me"),
        ("page", "/gateway/bot"),
        ("reset", "/gateway/bot"),
    ],
)
async def test_discord_is_down_at_start(
    discord: Loopback, run_bot: RunBot, log: Callable[[], list[str]], fault: str, path: str
) -> None:
    discord.faults.add("GET", path, DOWN[fault], times=2)
    async with run_bot(discord):
        assert names_in(await send(discord, "!name Tr"))
    assert all("Discord cannot be reached (" in line for line in log())
    assert len(log()) == (1 if fault == "reset" else 2)


async def test_discord_stays_down_at_start(
    discord: Loopback, settings_for: Callable[..., Settings], log: Callable[[], list[str]]
) -> None:
    expected = _expected_errors(chats=False)
    discord.faults.add("GET", "/users/@me", RESET_BEFORE, times=99)
    with pytest.raises(aiohttp.ClientOSError) as error:
        await serve(settings_for(discord), discord.token)
    assert len(log()) == 5
    line = _explain(error.value, expected)
    assert line is not None
    assert line.startswith("Discord cannot be reached: ClientOSError")
    assert line.endswith("Check [discord] api_url.")


async def test_unwritable_data_folder_is_no_obstacle_to_the_sync(
    discord: Loopback, run_bot: RunBot, log: Callable[[], list[str]], tmp_path: Path
) -> None:
    (tmp_path / "data" / "commands.digest").mkdir(parents=True)  # can't be replaced by a file
    async with run_bot(discord):
        assert names_in(await send(discord, "!name Tr"))
    (line,) = log()
    assert line.endswith("the commands will be synced again at the next start")
