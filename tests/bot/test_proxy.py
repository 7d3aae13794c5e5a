"""Proxy: everything that goes to Discord goes through it, and its password is nowhere else."""

import asyncio
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
import yarl
from hypothesis import given
from hypothesis import strategies as st

from bot import client
from bot.commands.downloads import download
from bot.config import ConfigError, Settings
from bot.config_sections import DiscordSettings
from bot.loopback import Loopback
from bot.proxy import find_proxy

from ..bot_runner import errors_of, start_bot
from ..processes import TIMEOUT, run_cli
from .conftest import names_in, send
from .http_proxy import http_proxy, tls_front

PASSWORD = "s%cr@t:/x"
IN_URL = "s%25cr%40t%3A%2Fx"
VARIABLES = ("ALL_PROXY", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY")


@pytest.fixture(autouse=True)
def _no_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)


async def test_api_gateway_and_files_use_the_proxy(
    discord: Loopback, settings_for: Callable[..., Settings]
) -> None:
    async with http_proxy("ada", PASSWORD) as (proxy, host):
        settings = settings_for(discord, discord={"proxy": f"http://ada:{IN_URL}@{host}"})
        bots: list[client.Namesmith] = []
        running = asyncio.create_task(client.serve(settings, discord.token, on_create=bots.append))
        await discord.wait_ready(timeout=TIMEOUT)
        assert names_in(await send(discord, "!name Tr"))
        sent = await discord.say("a list", attachments=[("list.txt", b"Ann\n")])
        channel: Any = await bots[0].fetch_channel(sent.channel.id)
        message = await channel.fetch_message(sent.id)
        assert await download(message.attachments[0], 100) == b"Ann\n"
        running.cancel()
        await asyncio.wait([running])
    # Only the first request of a connection is noted.
    assert proxy.requests[0] == f"GET {discord.api_url}/users/@me"
    assert "/attachments/" in proxy.requests[-1]
    assert proxy.refused == 0


async def test_tunnel(tmp_path: Path) -> None:
    async with (
        Loopback() as discord,
        tls_front(discord.api_url, tmp_path) as (port, certificate),
        http_proxy("ada", PASSWORD) as (proxy, host),
    ):
        # The proxy leads to the port with TLS; this one has none, so nothing can go another way.
        address = discord.api_url.removeprefix("http")
        proxy.ports[yarl.URL(discord.api_url).port or 0] = port
        environment = {
            "NAMESMITH_DISCORD__API_URL": f"https{address}",
            "NAMESMITH_DISCORD__GATEWAY_URL": f"wss{address.removesuffix('/api/v10')}/",
            "NAMESMITH_DISCORD__PROXY": f"http://ada:{IN_URL}@{host}",
            "NAMESMITH_LOG__LEVEL": "DEBUG",
            "SSL_CERT_FILE": str(certificate),
        }
        process = await start_bot(discord, tmp_path / "data", **environment)
        await discord.wait_ready(timeout=TIMEOUT)
        assert names_in(await send(discord, "!name Tr"))
        process.send_signal(signal.SIGTERM)
        log = await errors_of(process)
    assert set(proxy.requests) == {f"CONNECT {yarl.URL(discord.api_url).authority}"}
    assert (proxy.refused, process.returncode) == (0, 0)
    assert PASSWORD not in log
    assert IN_URL not in log


async def test_refused_password_is_logged_without_it(tmp_path: Path) -> None:
    async with Loopback() as discord, http_proxy("ada", PASSWORD) as (proxy, host):
        process = await start_bot(
            discord,
            tmp_path,
            NAMESMITH_DISCORD__API_URL="https://discord.test/api/v10",
            HTTPS_PROXY=f"http://ada:wrong@{host}",
        )
        assert process.stderr
        while not proxy.refused:  # noqa: ASYNC110
            await asyncio.sleep(0.02)
        line = ""
        while "cannot be reached" not in line:
            line = (await asyncio.wait_for(process.stderr.readline(), TIMEOUT)).decode()
        process.send_signal(signal.SIGTERM)
        log = line + await errors_of(process)
    assert "407" in line
    assert host in line
    assert "wrong" not in log


def test_chat_needs_no_proxy() -> None:
    nowhere = dict.fromkeys(VARIABLES[:3], "http://127.0.0.1:9")
    result = run_cli(
        "chat", typed="!name Tr 1\n", NAMESMITH_DISCORD__PROXY="http://127.0.0.1:9", **nowhere
    )
    assert (result.stdout[:2], result.stderr) == ("Tr", "")


HERE, DISCORD = "http://127.0.0.1:8000/api", "https://discord.com/api/v10"


@pytest.mark.parametrize(
    ("environment", "api_url", "expected"),
    [
        ({}, DISCORD, None),
        ({"HTTPS_PROXY": "http://proxy:3128"}, DISCORD, "http://proxy:3128"),
        ({"https_proxy": "proxy:3128"}, DISCORD, "http://proxy:3128"),
        ({"ALL_PROXY": "https://proxy"}, DISCORD, "https://proxy"),
        ({"HTTP_PROXY": "http://proxy:3128"}, DISCORD, None),
        ({"HTTPS_PROXY": "http://proxy", "NO_PROXY": "discord.com"}, DISCORD, None),
        ({"HTTPS_PROXY": "http://proxy", "NO_PROXY": "*"}, DISCORD, None),
        ({"HTTP_PROXY": "http://proxy:3128"}, HERE, None),
        ({"HTTP_PROXY": "http://proxy:3128"}, "http://localhost:8000/api", None),
        ({"HTTP_PROXY": "http://proxy:3128"}, "http://limiter:8000/api", "http://proxy:3128"),
    ],
)
def test_proxy_of_the_environment(
    environment: dict[str, str],
    api_url: str,
    expected: str | None,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert find_proxy(DiscordSettings(api_url=api_url)) == expected
    assert find_proxy(DiscordSettings(api_url=api_url, proxy="http://me:1")) == "http://me:1"


@pytest.mark.parametrize("value", ["socks5://ada:hidden@proxy", "ftp://ada:hidden@proxy"])
def test_other_proxies_are_refused(value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", value)
    with pytest.raises(ConfigError, match="HTTPS_PROXY: the bot needs an HTTP proxy") as caught:
        find_proxy(DiscordSettings())
    assert "hidden" not in str(caught.value)
    with pytest.raises(ConfigError, match=r"\[discord\].* proxy: write http://HOST:PORT") as caught:
        Settings(discord={"proxy": value})
    assert "hidden" not in str(caught.value)


@given(user=st.text(min_size=1), password=st.text())
def test_user_and_password_are_percent_encoded(user: str, password: str) -> None:
    try:
        login = f"{quote(user, safe='')}:{quote(password, safe='')}"
    except UnicodeEncodeError:  # a half of a character
        return
    proxy = find_proxy(Settings(discord={"proxy": f"http://{login}@proxy.example:3128"}).discord)
    url = yarl.URL(str(proxy))
    assert (url.user, url.password or "", url.host) == (user, password, "proxy.example")
