"""Downloads: only from Discord's hosts, without redirects, and within limits."""

import gzip
import zlib
from collections.abc import AsyncIterator
from typing import Any
from unittest.mock import Mock

import discord
import pytest
import yarl
from aiohttp import web
from discord.http import Route
from hypothesis import given
from hypothesis import strategies as st

from bot.commands import delivery, downloads
from bot.commands.downloads import DownloadError, FileTooLargeError, download

MAX_BYTES = 1000


class FileServer:
    """A server that answers with `responses` in turn, and again with the last one."""

    def __init__(self) -> None:
        self.responses: list[web.Response] = []
        self.requests: list[web.Request] = []
        self.origin = ""

    async def handle(self, request: web.Request) -> web.StreamResponse:
        self.requests.append(request)
        answer = self.responses[min(len(self.requests), len(self.responses)) - 1]
        return web.Response(status=answer.status, body=answer.body, headers=answer.headers)


async def serve() -> AsyncIterator[FileServer]:
    server = FileServer()
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", server.handle)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    server.origin = f"http://127.0.0.1:{runner.addresses[0][1]}"
    yield server
    await runner.cleanup()


@pytest.fixture
async def server(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[FileServer]:
    """The server of `[discord] api_url`."""
    monkeypatch.setattr(delivery, "_DELAYS", (0.0, 0.0))
    async for each in serve():
        monkeypatch.setattr(Route, "BASE", f"{each.origin}/api/v10")
        yield each


@pytest.fixture
async def other() -> AsyncIterator[FileServer]:
    """Another server on this machine."""
    async for each in serve():
        each.responses.append(web.Response(body=b"secret"))
        yield each


def attachment(url: str, **data: Any) -> discord.Attachment:
    state = Mock(http=Mock(proxy=None, proxy_auth=None))
    fields: Any = {"id": "1", "filename": "a.txt", "size": 5, "url": url, "proxy_url": url} | data
    return discord.Attachment(data=fields, state=state)


async def error_of(url: str, max_bytes: int = MAX_BYTES) -> str:
    with pytest.raises(DownloadError) as raised:
        await download(attachment(url), max_bytes)
    return str(raised.value)


async def test_file_of_the_api_server(server: FileServer) -> None:
    server.responses.append(web.Response(body=bytes(MAX_BYTES)))
    assert await download(attachment(f"{server.origin}/a.txt"), MAX_BYTES) == bytes(MAX_BYTES)


@pytest.mark.parametrize(
    "url",
    [
        "https://cdn.discordapp.com/attachments/1/2/a.txt?ex=1&is=2",
        "https://media.discordapp.net/attachments/1/2/a.txt",
        "https://CDN.discordapp.com:443/a.txt",
    ],
)
def test_hosts_of_discord(url: str) -> None:
    assert downloads._is_discord(url)


@pytest.mark.parametrize(
    "url",
    [
        *(
            "",
            "a.txt",
            "//cdn.discordapp.com/a.txt",
            "file:///etc/passwd",
            "data:,x",
            "http://[::1",
        ),
        *("http://cdn.discordapp.com/a.txt", "ftp://cdn.discordapp.com/a.txt"),
        *("https://cdn.discordapp.com:444/a.txt", "https://cdn.discordapp.com:99999/a.txt"),
        *(
            "https://cdn.discordapp.com.evil.example/a.txt",
            "https://evil.example/cdn.discordapp.com",
        ),
        *("https://cdn.discordapp.com@evil.example/", "https://u:p@cdn.discordapp.com/a.txt"),
        *("https://evil.example#@cdn.discordapp.com/", "https://evilcdn.discordapp.com/a.txt"),
        *(
            "https://169.254.169.254/latest/meta-data",
            "http://localhost/",
            "https://discordapp.com/",
        ),
        *("https://cdn.discordapp.com\\@evil.example/", "https://cdn.discordapp.com./a.txt"),
    ],
)
async def test_other_hosts_are_refused(server: FileServer, url: str) -> None:
    assert await error_of(url) == "it isn't on Discord's servers"


@given(st.text(alphabet=":/@.#?\\[]%discordapcn019 \n", max_size=40))
def test_any_text_is_judged(text: str) -> None:
    """Only the allowed origins pass, whatever `text` is."""
    url = f"https://cdn.discordapp.com{text}"
    if downloads._is_discord(url):
        assert yarl.URL(url).host == "cdn.discordapp.com"


async def test_other_port_is_refused(server: FileServer, other: FileServer) -> None:
    assert await error_of(f"{other.origin}/a.txt") == "it isn't on Discord's servers"
    assert other.requests == []


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_redirects_are_not_followed(
    server: FileServer, other: FileServer, status: int
) -> None:
    for target in (f"{other.origin}/a.txt", "/b.txt"):
        server.responses = [web.Response(status=status, headers={"Location": target})]
        server.requests.clear()
        assert await error_of(f"{server.origin}/a.txt") == f"HTTP {status}"
        assert len(server.requests) == 1
    assert other.requests == []


async def test_size_is_counted(server: FileServer) -> None:
    server.responses.append(web.Response(body=bytes(MAX_BYTES + 1)))
    with pytest.raises(FileTooLargeError):
        await download(attachment(f"{server.origin}/a.txt", size=1), MAX_BYTES)


@pytest.mark.parametrize("encoding", ["gzip", "deflate"])
async def test_compressed_file(server: FileServer, encoding: str) -> None:
    pack = gzip.compress if encoding == "gzip" else zlib.compress
    for size in (5, MAX_BYTES):
        body = pack(b"a" * size)
        server.responses = [web.Response(body=body, headers={"Content-Encoding": encoding})]
        assert await download(attachment(server.origin), MAX_BYTES) == b"a" * size
    assert server.requests[0].headers["Accept-Encoding"] == "identity"
    bomb = pack(bytes(100 * 2**20))
    server.responses = [web.Response(body=bomb, headers={"Content-Encoding": encoding})]
    with pytest.raises(FileTooLargeError):
        await download(attachment(server.origin), MAX_BYTES)


@pytest.mark.parametrize(
    ("encoding", "body", "reason"),
    [
        ("br", b"x", "compressed in an unknown way"),
        ("gzip", b"not gzip", "damaged"),
        ("gzip", gzip.compress(bytes(500))[:-4], "cut off"),
    ],
)
async def test_damaged_compression(
    server: FileServer, encoding: str, body: bytes, reason: str
) -> None:
    server.responses.append(web.Response(body=body, headers={"Content-Encoding": encoding}))
    assert await error_of(server.origin) == reason


async def test_faults_are_repeated(server: FileServer) -> None:
    server.responses = [web.Response(status=503), web.Response(body=b"Anna\n")]
    assert await download(attachment(server.origin), MAX_BYTES) == b"Anna\n"
    server.responses = [web.Response(status=503)]
    assert await error_of(server.origin) == "HTTP 503"
    server.responses, server.requests = [web.Response(status=404)], []
    assert await error_of(server.origin) == "HTTP 404"
    assert len(server.requests) == 1


async def test_silent_server(server: FileServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(downloads, "_TIMEOUT_SECONDS", 0.0)
    server.responses.append(web.Response(body=b""))
    assert await error_of(server.origin) == "timed out"


async def test_connection_refused(server: FileServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Route, "BASE", "http://127.0.0.1:9/api")
    assert await error_of("http://127.0.0.1:9/a.txt") == "no connection"
