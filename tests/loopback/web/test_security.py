"""Request checks of the page's server, and how it serves files."""

import logging
from typing import Any

import aiohttp
import pytest
from yarl import URL

from bot.loopback import Loopback
from bot.loopback.web import serve_page

from .conftest import PageClient

pytestmark = pytest.mark.asyncio(loop_scope="session")

MESSAGE = {"body": '{"author": "ada", "channel": "0", "content": "x"}'}
FOREIGN_ORIGINS = ["http://example.org", "null", "", "http://127.0.0.1", "http://localhost:{port}",
    "https://127.0.0.1:{port}"]  # fmt: skip


async def test_url_has_long_token(client: PageClient) -> None:
    assert client.url.startswith("http://127.0.0.1:")
    assert len(client.url.split("/")[3]) >= 32


async def test_tokens_differ(loopback: Loopback, url: str) -> None:
    async with serve_page(loopback) as other:
        assert other.split("/")[3] != url.split("/")[3]


@pytest.mark.parametrize("token", ["", "x", "{token}x", "{short}", "%ff", "..", "{token}%00"])
@pytest.mark.parametrize("path", ["", "app.js", "actions/say", "events/ada", "files/1/a.png"])
async def test_wrong_token_is_404(client: PageClient, token: str, path: str) -> None:
    own = client.url.split("/")[3]
    path_token = token.format(token=own, short=own[:-1])
    for method in ("GET", "POST"):
        async with client.session.request(
            method, f"http://{client.host}/{path_token}/{path}", headers={"Origin": client.host}
        ) as response:
            assert response.status == 404
            assert own not in await response.text()


@pytest.mark.parametrize("host", ["example.org", "example.org:{port}", "localhost:{port}",
    "127.0.0.1", "127.0.0.1:{port}.example.org"])  # fmt: skip
async def test_foreign_host_is_rejected(client: PageClient, host: str) -> None:
    port = client.host.split(":")[1]
    async with await client.get(headers={"Host": host.format(port=port)}) as response:
        assert response.status == 403


@pytest.mark.parametrize("origin", FOREIGN_ORIGINS)
async def test_foreign_origin_is_rejected(
    client: PageClient, loopback: Loopback, origin: str
) -> None:
    port = client.host.split(":")[1]
    async with await client.post("say", MESSAGE, Origin=origin.format(port=port)) as response:
        assert response.status == 403
    assert not loopback.messages("general")


async def test_missing_origin_is_rejected(client: PageClient) -> None:
    async with client.session.post(f"{client.url}actions/say", data=MESSAGE) as response:
        assert response.status == 403


@pytest.mark.parametrize("headers", [{}, *({"Origin": origin} for origin in FOREIGN_ORIGINS)])
async def test_foreign_origin_gets_no_events(client: PageClient, headers: dict[str, str]) -> None:
    port = client.host.split(":")[1]
    sent = {name: value.format(port=port) for name, value in headers.items()}
    with pytest.raises(aiohttp.WSServerHandshakeError) as caught:
        await client.session.ws_connect(f"{client.url}events/ada", headers=sent)
    assert caught.value.status == 403


async def test_own_origin_is_accepted(client: PageClient, loopback: Loopback) -> None:
    headers = {"Origin": f"http://{client.host}"}
    live = f"{client.url}events/ada"
    async with client.session.ws_connect(live, headers=headers) as socket:
        state = await socket.receive_json()
        said = {"author": "ada", "channel": state["channels"][0]["id"], "content": "hello"}
        assert await client.run("say", said) == (200, {})
        assert (await socket.receive_json())["message"]["content"] == "hello"


@pytest.mark.parametrize("path", ["", "app.js", "nothing.js", "actions/nothing"])
async def test_security_headers(client: PageClient, path: str) -> None:
    async with await client.get(path) as response:
        policy = response.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert "frame-ancestors 'none'" in policy
        assert response.headers["X-Content-Type-Options"] == "nosniff"
        assert response.headers["Cache-Control"] == "no-store"
        assert response.headers["Referrer-Policy"] == "no-referrer"
        assert response.headers["Cross-Origin-Resource-Policy"] == "same-origin"
        assert "Access-Control-Allow-Origin" not in response.headers


async def test_errors_have_security_headers(client: PageClient) -> None:
    async with await client.get(headers={"Host": "example.org"}) as response:
        assert response.headers["X-Content-Type-Options"] == "nosniff"
        assert "default-src 'none'" in response.headers["Content-Security-Policy"]


@pytest.mark.parametrize("name", ["../server.py", "..%2fserver.py", "%2e%2e/server.py",
    "..%5cserver.py", "app.js%00.css", "/etc/passwd", "%2fetc%2fpasswd", ".", "..",
    "files/..%2f..%2fserver.py", "files/1/..%2f..%2fserver.py", "files/%C2%B2/a.png",
    f"files/{'9' * 5000}/a.png"])  # fmt: skip
async def test_path_traversal_is_404(client: PageClient, name: str) -> None:
    address = URL(client.url + name, encoded=True)
    async with client.session.get(address) as response:
        assert response.status == 404


async def _file(loopback: Loopback, name: str, data: bytes) -> Any:
    return (await loopback.say("see", attachments=[(name, data)])).attachments[0]


@pytest.mark.parametrize("name", ["evil.html", "evil.svg", "evil.js", "evil.xhtml", "evil.pdf",
    "evil"])  # fmt: skip
async def test_active_content_is_a_download(
    loopback: Loopback, client: PageClient, name: str
) -> None:
    file = await _file(loopback, name, b"<script>alert(1)</script>")
    async with await client.get(f"files/{file.id}/{name}") as response:
        assert (await response.read()) == file.data
        assert response.content_type == "application/octet-stream"
        assert response.headers["Content-Disposition"].startswith("attachment;")
        assert response.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
        assert response.headers["X-Content-Type-Options"] == "nosniff"


async def test_picture_is_sandboxed(loopback: Loopback, client: PageClient) -> None:
    file = await _file(loopback, "a.png", b"<script>alert(1)</script>")
    async with await client.get(f"files/{file.id}/a.png") as response:
        assert response.content_type == "image/png"
        assert response.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
        assert response.headers["X-Content-Type-Options"] == "nosniff"


async def test_unknown_file_is_404(client: PageClient) -> None:
    async with await client.get("files/1/a.png") as response:
        assert response.status == 404


async def test_page_logs_nothing(
    client: PageClient, loopback: Loopback, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    token = client.url.split("/")[3]
    for path in ("", "app.js", "files/1/secret.txt", "none"):
        async with await client.get(path):
            pass
    body = {"author": "ada", "channel": str(loopback.channel("general").id), "content": "secret"}
    await client.run("say", body, **{"files[0]": b"secret"})
    assert loopback.messages("general")
    async with await client.post("say", {"body": "secret"}):
        pass
    headers = {"Origin": f"http://{client.host}"}
    async with client.session.ws_connect(f"{client.url}events/ada", headers=headers):
        pass
    assert [each for each in caplog.records if each.name.startswith(("aiohttp", "bot"))] == []
    assert token not in caplog.text
    assert "secret" not in caplog.text
