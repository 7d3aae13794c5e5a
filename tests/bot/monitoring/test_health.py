"""/healthz and /readyz: what they answer while the bot starts, works, fails and ends."""

import asyncio
import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path
from unittest.mock import AsyncMock

import discord as discord_py
import pytest
from discord.backoff import ExponentialBackoff
from discord.ext.commands import ExtensionFailed

from bot.client import serve
from bot.config import ConfigError, Settings
from bot.loopback import Loopback
from bot.loopback.faults import http_error
from bot.monitoring import start_monitoring
from bot.services import Services

from ...bot_runner import errors_of, run_bot, start_bot
from ...openapi import CheckedLoopback
from ..conftest import RunBot, names_in, send
from ..other_bot import run_other_bot
from .conftest import free_port, get, get_until

PLUGIN = """
import os
from discord import Intents
from discord.ext import commands

bot = commands.Bot("!", intents=Intents.default())

@bot.event
async def setup_hook():
    await bot.load_extension("bot")

bot.run(os.environ["DISCORD_TOKEN"], log_handler=None)
"""


@pytest.fixture(autouse=True)
def without_cache(monkeypatch: pytest.MonkeyPatch) -> None:
    """Check anew for each request."""
    monkeypatch.setattr("bot.monitoring.health._CACHE_SECONDS", 0.0)


async def test_ready(discord: Loopback, run_bot: RunBot) -> None:
    port = free_port()
    async with run_bot(discord, monitoring={"port": port}):
        assert await get_until(port, "/readyz", lambda status, _: status == 200) == "ready\n"
        assert await get(port, "/healthz") == (200, "ok\n")
        assert await get(port, "/healthz", "HEAD") == (200, "")
        assert (await get(port, "/healthz", "POST"))[0] == 405
        status, text = await get(port, "/")
        assert (status, text) == (404, "There is no such page. The pages are /healthz, /readyz.\n")
    with pytest.raises(OSError, match=r"refused|Connect"):
        await get(port, "/healthz")


async def test_lost_shard(
    settings_for: Callable[..., Settings], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two shards are closed, and the gateway refuses their first attempts to come back."""
    monkeypatch.setattr(discord_py.AutoShardedClient, "before_identify_hook", AsyncMock())
    monkeypatch.setattr(ExponentialBackoff, "delay", lambda _: 0.1)
    port = free_port()
    async with CheckedLoopback(guilds=3) as discord:
        shards = {"shard_count": 2, "shard_ids": [0, 1]}
        settings = settings_for(discord, discord=shards, monitoring={"port": port})
        async with run_bot(discord, settings):
            await get_until(port, "/readyz", lambda status, _: status == 200)
            discord.faults.add("GET", "/", http_error(503), times=1000)
            await discord.faults.close_sessions()
            lost = "gateway: shards 0, 1 are not connected\n"
            await get_until(port, "/readyz", lambda status, text: (status, text) == (503, lost))
            assert await get(port, "/healthz") == (200, "ok\n")
            discord.faults.clear()
            await get_until(port, "/readyz", lambda status, _: status == 200)


async def test_database_fails(discord: Loopback, run_bot: RunBot, tmp_path: Path) -> None:
    port = free_port()
    async with run_bot(discord, monitoring={"port": port}):
        await get_until(port, "/readyz", lambda status, _: status == 200)
        connection = sqlite3.connect(tmp_path / "data" / "namesmith.sqlite3")
        connection.execute("ALTER TABLE namesmith_guilds RENAME TO other")
        connection.commit()
        text = await get_until(port, "/readyz", lambda status, _: status == 503)
        assert text.startswith("database: ")
        assert "no such table: namesmith_guilds" in text
        assert text.count("\n") == 1
        connection.execute("ALTER TABLE other RENAME TO namesmith_guilds")
        connection.commit()
        connection.close()
        await get_until(port, "/readyz", lambda status, _: status == 200)


async def test_library_fails(discord: Loopback, run_bot: RunBot, tmp_path: Path) -> None:
    port, folder = free_port(), tmp_path / "styles"
    style = folder / "fauns"
    style.mkdir(parents=True)
    (style / "style.json").write_text("{}")
    async with run_bot(discord, library={"url": str(folder)}, monitoring={"port": port}):
        await get_until(port, "/readyz", lambda status, _: status == 200)
        shutil.rmtree(folder)
        text = await get_until(port, "/readyz", lambda status, _: status == 503)
        assert text == f"library: {folder}: the folder is missing\n"
        assert names_in(await send(discord, "!name Tr"))
        style.mkdir(parents=True)
        await get_until(port, "/readyz", lambda status, _: status == 200)


async def test_gateway_is_not_there_yet(
    discord: Loopback, settings_for: Callable[..., Settings]
) -> None:
    """The bot has logged in, and nobody answers at the gateway's address."""
    port = free_port()
    discord.faults.add("GET", "/", http_error(503), times=1000)
    settings = settings_for(discord, monitoring={"port": port})
    task = asyncio.create_task(serve(settings, discord.token))

    async def starts() -> str:
        while True:
            try:
                return await get_until(port, "/readyz", lambda status, _: status == 503)
            except OSError:  # it does not listen yet
                await asyncio.sleep(0.05)

    try:
        text = await asyncio.wait_for(starts(), 60)
        assert text == "gateway: starting, 0 of 1 shards are connected\n"
        assert await get(port, "/healthz") == (200, "ok\n")
    finally:
        task.cancel()
        await asyncio.wait([task])


async def test_port_is_taken(discord: Loopback, tmp_path: Path) -> None:
    listener = await asyncio.start_server(lambda *_: None, "127.0.0.1", 0)
    port = listener.sockets[0].getsockname()[1]
    process = await start_bot(discord, tmp_path, NAMESMITH_MONITORING__PORT=str(port))
    errors = await errors_of(process)
    listener.close()
    assert errors.splitlines()[-1] == (
        f"namesmith: [monitoring] port: can't listen on 127.0.0.1:{port} (address already in use). "
        "Choose another port, or stop the program that uses it."
    )
    assert "Traceback" not in errors
    assert process.returncode == 1


async def test_wrong_host(discord: Loopback, settings_for: Callable[..., Settings]) -> None:
    settings = settings_for(discord, monitoring={"host": "no.such.host.invalid", "port": 9})
    with pytest.raises(ExtensionFailed, match=r"can't listen on no\.such\.host") as failure:
        async with run_bot(discord, settings):
            pass
    assert isinstance(failure.value.original, ConfigError)


async def test_in_another_bot(discord: Loopback, tmp_path: Path) -> None:
    """A plain bot that is not sharded; its config.toml turns monitoring on."""
    port = free_port()
    config = f"[namesmith.monitoring]\nport = {port}\nmetrics = true\n"
    (tmp_path / "config.toml").write_text(config)
    repository = Path(__file__).parents[3]
    code = f"import sys; sys.path.insert(0, {str(repository)!r})\n" + PLUGIN
    async with run_other_bot(tmp_path, code, discord):
        await get_until(port, "/readyz", lambda status, _: status == 200)
        discord.faults.add("GET", "/", http_error(503), times=1000)
        await discord.faults.close_sessions()
        text = await get_until(port, "/readyz", lambda status, _: status == 503)
        assert text == "gateway: shard 0 is not connected\n"
        discord.faults.clear()
        await get_until(port, "/readyz", lambda status, _: status == 200)
        metrics = (await get(port, "/metrics"))[1]
    assert 'namesmith_shard_connected{shard="0"} 1.0' in metrics
    assert "namesmith_rest_seconds_count" not in metrics  # those requests are the other bot's


async def test_restart_without_message_content(settings_for: Callable[..., Settings]) -> None:
    """Discord refuses the intent, so a second client listens on the same port."""
    port = free_port()
    async with (
        CheckedLoopback(message_content=False) as discord,
        run_bot(discord, settings_for(discord, monitoring={"port": port})),
    ):
        await get_until(port, "/readyz", lambda status, _: status == 200)


async def test_services_close_at_once(tmp_path: Path) -> None:
    """As when the extension can't be loaded because of something else: nothing listens then."""
    port = free_port()
    settings = Settings(bot={"data_dir": str(tmp_path)}, monitoring={"port": port})
    services = await Services.open(settings)
    await start_monitoring(None, services)
    await services.close()
    with pytest.raises(OSError, match=r"refused|Connect"):
        await get(port, "/healthz")


def test_metrics_need_a_port() -> None:
    with pytest.raises(ValueError, match="metrics need a port, such as port = 9464"):
        Settings(monitoring={"metrics": True})


def test_off_by_default() -> None:
    assert Settings.of({}).monitoring.port == 0
    assert Settings.of({}).monitoring.host == "127.0.0.1"
