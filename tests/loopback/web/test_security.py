"""Who may talk to the page, and how its files are served."""

from typing import Any

import aiohttp
import pytest
from yarl import URL

from bot.loopback import Loopback
from bot.loopback.web import serve_page

from .conftest import Visitor

pytestmark = pytest.mark.asyncio(loop_scope="session")

SAYING = {"body": '{"author": "ada", "channel": "0", "content": "x"}'}
FOREIGN = ["http://example.org", "null", "", "http://127.0.0.1", "http://localhost:{port}",
    "https://127.0.0.1:{port}"]  # fmt: skip


async def test_the_address_is_a_port_of_this_machine_and_a_long_token(visitor: Visitor) -> None:
    assert visitor.address.startswith("http://127.0.0.1:")
    assert len(visitor.address.split("/")[3]) >= 32


async def test_each_page_has_a_token_of_its_own(loopback: Loopback, address: str) -> None:
    async with serve_page(loopback) as other:
        assert other.split("/")[3] != address.split("/")[3]


@pytest.mark.parametrize("token", ["", "x", "{token}x", "{short}", "%ff", "..", "{token}%00"])
@pytest.mark.parametrize("path", ["", "page.js", "actions/say", "events/ada", "files/1/a.png"])
async def test_without_the_token_there_is_nothing(visitor: Visitor, token: str, path: str) -> None:
    own = visitor.address.split("/")[3]
    tried = token.format(token=own, short=own[:-1])
    for method in ("GET", "POST"):
        async with visitor.session.request(
            method, f"http://{visitor.origin}/{tried}/{path}", headers={"Origin": visitor.origin}
        ) as response:
            assert response.status == 404
            assert own not in await response.text()


@pytest.mark.parametrize("host", ["example.org", "example.org:{port}", "localhost:{port}",
    "127.0.0.1", "127.0.0.1:{port}.example.org"])  # fmt: skip
async def test_a_name_that_points_here_is_refused(visitor: Visitor, host: str) -> None:
    port = visitor.origin.split(":")[1]
    async with await visitor.get(headers={"Host": host.format(port=port)}) as response:
        assert response.status == 403


@pytest.mark.parametrize("origin", FOREIGN)
async def test_another_page_can_do_nothing(
    visitor: Visitor, loopback: Loopback, origin: str
) -> None:
    port = visitor.origin.split(":")[1]
    async with await visitor.post("say", SAYING, Origin=origin.format(port=port)) as response:
        assert response.status == 403
    assert not loopback.messages("general")


async def test_who_does_not_say_where_he_comes_from_can_do_nothing(visitor: Visitor) -> None:
    async with visitor.session.post(f"{visitor.address}actions/say", data=SAYING) as response:
        assert response.status == 403


@pytest.mark.parametrize("headers", [{}, *({"Origin": origin} for origin in FOREIGN)])
async def test_another_page_cannot_listen(visitor: Visitor, headers: dict[str, str]) -> None:
    port = visitor.origin.split(":")[1]
    sent = {name: value.format(port=port) for name, value in headers.items()}
    with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
        await visitor.session.ws_connect(f"{visitor.address}events/ada", headers=sent)
    assert refused.value.status == 403


async def test_the_page_itself_can_do_both(visitor: Visitor, loopback: Loopback) -> None:
    headers = {"Origin": f"http://{visitor.origin}"}
    live = f"{visitor.address}events/ada"
    async with visitor.session.ws_connect(live, headers=headers) as socket:
        state = await socket.receive_json()
        said = {"author": "ada", "channel": state["channels"][0]["id"], "content": "hello"}
        assert await visitor.do("say", said) == (200, {})
        assert (await socket.receive_json())["message"]["content"] == "hello"


@pytest.mark.parametrize("path", ["", "page.js", "nothing.js", "actions/nothing"])
async def test_every_answer_is_hardened(visitor: Visitor, path: str) -> None:
    async with await visitor.get(path) as response:
        policy = response.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert "frame-ancestors 'none'" in policy
        assert response.headers["X-Content-Type-Options"] == "nosniff"
        assert response.headers["Cache-Control"] == "no-store"
        assert response.headers["Referrer-Policy"] == "no-referrer"
        assert response.headers["Cross-Origin-Resource-Policy"] == "same-origin"
        assert "Access-Control-Allow-Origin" not in response.headers


async def test_a_refusal_is_hardened_too(visitor: Visitor) -> None:
    async with await visitor.get(headers={"Host": "example.org"}) as response:
        assert response.headers["X-Content-Type-Options"] == "nosniff"
        assert "default-src 'none'" in response.headers["Content-Security-Policy"]


@pytest.mark.parametrize("name", ["../server.py", "..%2fserver.py", "%2e%2e/server.py",
    "..%5cserver.py", "page.js%00.css", "/etc/passwd", "%2fetc%2fpasswd", ".", "..",
    "files/..%2f..%2fserver.py", "files/1/..%2f..%2fserver.py", "files/%C2%B2/a.png",
    f"files/{'9' * 5000}/a.png"])  # fmt: skip
async def test_no_path_leads_out_of_the_page(visitor: Visitor, name: str) -> None:
    address = URL(visitor.address + name, encoded=True)
    async with visitor.session.get(address) as response:
        assert response.status == 404


async def _file(loopback: Loopback, name: str, data: bytes) -> Any:
    return (await loopback.say("see", attachments=[(name, data)])).attachments[0]


@pytest.mark.parametrize("name", ["evil.html", "evil.svg", "evil.js", "evil.xhtml", "evil.pdf",
    "evil"])  # fmt: skip
async def test_what_could_run_is_only_a_download(
    loopback: Loopback, visitor: Visitor, name: str
) -> None:
    file = await _file(loopback, name, b"<script>alert(1)</script>")
    async with await visitor.get(f"files/{file.id}/{name}") as response:
        assert (await response.read()) == file.data
        assert response.content_type == "application/octet-stream"
        assert response.headers["Content-Disposition"].startswith("attachment;")
        assert response.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
        assert response.headers["X-Content-Type-Options"] == "nosniff"


async def test_a_picture_is_shown_and_can_run_nothing(loopback: Loopback, visitor: Visitor) -> None:
    file = await _file(loopback, "a.png", b"<script>alert(1)</script>")
    async with await visitor.get(f"files/{file.id}/a.png") as response:
        assert response.content_type == "image/png"
        assert response.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
        assert response.headers["X-Content-Type-Options"] == "nosniff"


async def test_a_file_that_is_not_there_is_not_found(visitor: Visitor) -> None:
    async with await visitor.get("files/1/a.png") as response:
        assert response.status == 404
