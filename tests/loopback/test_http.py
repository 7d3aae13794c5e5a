"""HTTP as other clients use it: API versions, content types, forms, query strings, headers."""

import asyncio
import json
from typing import Any

import aiohttp
import pytest
from yarl import URL

from bot.loopback import Loopback, Permission
from bot.loopback.rest.routing import MAX_BODY_SIZE, route_path

JSON_TYPE = {"Content-Type": "application/json"}


async def send(
    loopback: Loopback,
    method: str,
    path: str,
    *,
    headers: dict[str, str] | None = None,
    **body: Any,
) -> tuple[int, Any, Any]:
    """Send a request, and return its status, its body and its headers."""
    url = path if path.startswith("http") else loopback.api_url + path
    async with (
        aiohttp.ClientSession() as session,
        session.request(
            method,
            url,
            headers={"Authorization": f"Bot {loopback.token}"} | (headers or {}),
            **body,
        ) as response,
    ):
        answer = await response.json() if response.status != 204 else None
        return response.status, answer, response.headers


def messages_path(loopback: Loopback) -> str:
    return f"/channels/{loopback.channel('general').id}/messages"


@pytest.mark.parametrize("prefix", ["/api", "/api/v9", "/api/v10"])
async def test_api_versions(loopback: Loopback, prefix: str) -> None:
    origin = loopback.api_url.removesuffix("/api/v10")
    status, user, _ = await send(loopback, "GET", f"{origin}{prefix}/users/@me")
    assert (status, user["username"]) == (200, "Namesmith")
    path = f"{origin}{prefix}{messages_path(loopback)}"
    assert (await send(loopback, "POST", path, json={"content": "x"}))[0] == 200


async def test_unknown_api_version(loopback: Loopback) -> None:
    origin = loopback.api_url.removesuffix("/api/v10")
    status, error, _ = await send(loopback, "GET", f"{origin}/api/v3/users/@me")
    assert (status, error) == (400, {"message": "Invalid API version provided", "code": 50041})


@pytest.mark.parametrize(
    ("path", "route"),
    [("/api/v9/a", "/a"), ("/api/a", "/a"), ("/apis/v9", "/apis/v9"), ("/", "/")],
)
def test_route_path(path: str, route: str) -> None:
    assert route_path(path) == route


async def test_json_in_forms(loopback: Loopback) -> None:
    path, payload = messages_path(loopback), json.dumps({"content": "ðñ & 😀"})
    with aiohttp.MultipartWriter("form-data") as multipart:
        part = multipart.append(payload, {"Content-Type": "application/json"})
        part.set_content_disposition("form-data", name="payload_json")
    forms: tuple[Any, ...] = (
        {"payload_json": payload},  # application/x-www-form-urlencoded
        multipart,
    )
    for form in forms:
        status, message, _ = await send(loopback, "POST", path, data=form)
        assert (status, message["content"]) == (200, "ðñ & 😀")


async def test_form_without_json(loopback: Loopback) -> None:
    form = aiohttp.FormData({"content": "hello", "tts": "true"}, default_to_multipart=True)
    status, message, _ = await send(loopback, "POST", messages_path(loopback), data=form)
    assert (status, message["content"], message["tts"]) == (200, "hello", True)


@pytest.mark.parametrize("name", ["files[0]", "file", "file0"])
async def test_names_of_files(loopback: Loopback, name: str) -> None:
    form = aiohttp.FormData()
    form.add_field(name, b"text", filename="a.txt", content_type="text/plain")
    status, message, _ = await send(loopback, "POST", messages_path(loopback), data=form)
    assert status == 200
    assert [file["filename"] for file in message["attachments"]] == ["a.txt"]


@pytest.mark.parametrize(
    ("content_type", "code"),
    [("text/plain", 50035), ("application/octet-stream", 50035), ("multipart/form-data", 50035)],
)
async def test_invalid_content_type(loopback: Loopback, content_type: str, code: int) -> None:
    path = messages_path(loopback)
    headers = {"Content-Type": content_type}
    status, error, _ = await send(loopback, "POST", path, data=b'{"content": "x"}', headers=headers)
    assert (status, error["code"]) == (400, code)
    assert loopback.messages("general") == {}


@pytest.mark.parametrize(
    "body", [b"{", b'{"content": "\\ud800"}', b'{"content": NaN}', b"[" * 5000, b"\xff", b"nul"]
)
async def test_invalid_json(loopback: Loopback, body: bytes) -> None:
    status, error, _ = await send(
        loopback, "POST", messages_path(loopback), data=body, headers=JSON_TYPE
    )
    assert (status, error["code"]) == (400, 50109)


@pytest.mark.parametrize("depth", [30, 100, 240, 900])
async def test_deep_json(loopback: Loopback, depth: int) -> None:
    body = b'{"content": "x", "x": {"y": [' * depth + b"]}}" * depth
    path = messages_path(loopback)
    status, error, _ = await send(loopback, "POST", path, data=body, headers=JSON_TYPE)
    assert (status, error["code"]) == (400, 50109)


@pytest.mark.parametrize("query", ["limit=x", "limit=0", "limit=101", "before=x", "after=-1"])
async def test_invalid_query(loopback: Loopback, query: str) -> None:
    status, error, _ = await send(loopback, "GET", f"{messages_path(loopback)}?{query}")
    assert (status, error["code"]) == (400, 50035)
    assert query.split("=")[0] in error["errors"]


ERRORS: list[tuple[str, str, dict[str, str], int, int]] = [
    ("GET", "/nowhere", {}, 404, 0),
    ("PUT", "/users/@me", {}, 405, 0),
    ("GET", "/users/@me", {"Authorization": ""}, 401, 0),
    ("GET", "/users/@me", {"Authorization": "Bearer x"}, 401, 0),
    ("GET", "/users/1", {}, 404, 10013),
    ("GET", "/users/" + "9" * 5000, {}, 400, 50035),
    ("GET", "/guilds/1", {}, 404, 10004),
    ("GET", "/channels/1", {}, 404, 10003),
    ("GET", "/channels/1/messages", {}, 404, 10003),
    ("GET", "/applications/1/commands", {}, 404, 10002),
    ("POST", "/interactions/1/x/callback", {}, 404, 10062),
    ("POST", "/webhooks/1/x", {}, 404, 10015),
    ("GET", "/webhooks/1/x/messages/@original", {}, 404, 10015),
]


@pytest.mark.parametrize(("method", "path", "headers", "status", "code"), ERRORS)
async def test_errors(
    loopback: Loopback, method: str, path: str, headers: dict[str, str], status: int, code: int
) -> None:
    answered, error, sent = await send(loopback, method, path, headers=headers)
    assert (answered, error["code"]) == (status, code)
    assert error["message"]
    assert sent["Content-Type"] == "application/json"


async def test_errors_of_messages(loopback: Loopback) -> None:
    path, channel = messages_path(loopback), loopback.channel("general")
    message = await loopback.say("x")
    own = (await send(loopback, "POST", path, json={"content": "x"}))[1]["id"]
    for method, target, body, status, code in (
        ("GET", f"{path}/1", None, 404, 10008),
        ("DELETE", f"{path}/1", None, 404, 10008),
        ("PATCH", f"{path}/{message.id}", {"content": "y"}, 403, 50005),
        ("DELETE", f"{path}/{message.id}", None, 403, 50013),
        ("PATCH", f"{path}/{own}", {"content": ""}, 400, 50006),
        ("POST", path, {"content": ""}, 400, 50006),
    ):
        answered, error, _ = await send(loopback, method, target, json=body)
        assert (answered, error["code"]) == (status, code)
    reply = {"content": "x", "message_reference": {"message_id": str(message.id)}}
    for denied, code in (
        (Permission.READ_MESSAGE_HISTORY, 160002),
        (Permission.SEND_MESSAGES, 50013),
        (Permission.VIEW_CHANNEL, 50001),
    ):
        loopback.set_permissions(channel, loopback.bot, deny=denied)
        answered, error, _ = await send(loopback, "POST", path, json=reply)
        assert (answered, error["code"]) == (403, code)


def part(*headers: str) -> bytes:
    lines = (
        "--a",
        'Content-Disposition: form-data; name="content"',
        *headers,
        "",
        "x",
        "--a--",
        "",
    )
    return "\r\n".join(lines).encode()


MALFORMED: list[tuple[str, bytes]] = [
    ("multipart/form-data", b""),
    ("multipart/form-data; boundary=a", b"--a\r\n"),
    ("multipart/form-data; boundary=a", b"nothing"),
    ("multipart/form-data; boundary=a", part("Content-Type: text/plain; charset=unknown")),
    ("multipart/form-data; boundary=a", part("Content-Transfer-Encoding: unknown")),
    ("application/x-www-form-urlencoded; charset=unknown", b"content=x"),
    ("application/x-www-form-urlencoded", b"payload_json=x"),
]


@pytest.mark.parametrize(("content_type", "body"), MALFORMED)
async def test_malformed_body(loopback: Loopback, content_type: str, body: bytes) -> None:
    path, headers = messages_path(loopback), {"Content-Type": content_type}
    status, _, _ = await send(loopback, "POST", path, data=body, headers=headers)
    assert status == 400
    assert loopback.messages("general") == {}


async def test_wrong_content_encoding(loopback: Loopback) -> None:
    path, headers = messages_path(loopback), JSON_TYPE | {"Content-Encoding": "gzip"}
    status, _, _ = await send(loopback, "POST", path, data=b"{}", headers=headers)
    assert status == 400


async def test_large_file(loopback: Loopback) -> None:
    form = aiohttp.FormData()
    form.add_field("files[0]", b"x" * (10 * 1024 * 1024 + 1), filename="a.txt")
    status, error, _ = await send(loopback, "POST", messages_path(loopback), data=form)
    assert (status, error["code"]) == (413, 40005)


async def test_large_body(loopback: Loopback) -> None:
    body = b'{"content": "' + b"x" * MAX_BODY_SIZE + b'"}'
    headers = JSON_TYPE | {"Expect": "100-continue"}  # as curl does; so little of it is sent
    path = messages_path(loopback)
    status, error, _ = await send(loopback, "POST", path, data=body, headers=headers)
    assert (status, error["code"]) == (413, 40005)


@pytest.mark.parametrize("content_type", ["application/json", "multipart/form-data; boundary=a"])
async def test_lost_connection_is_no_error(
    loopback: Loopback, content_type: str, caplog: pytest.LogCaptureFixture
) -> None:
    url = URL(loopback.api_url)
    _, writer = await asyncio.open_connection(url.host, url.port)
    writer.write(
        f"POST {url.path}{messages_path(loopback)} HTTP/1.1\r\nHost: {url.authority}\r\n"
        f"Authorization: Bot {loopback.token}\r\nContent-Type: {content_type}\r\n"
        "Content-Length: 100\r\n\r\n--a\r\n".encode()
    )
    await writer.drain()
    await send(loopback, "GET", "/users/@me")  # the server has begun to read the other request
    writer.close()
    await writer.wait_closed()
    await send(loopback, "GET", "/users/@me")
    assert caplog.text == ""


async def test_counts_of_guilds(loopback: Loopback) -> None:
    guild = f"/guilds/{loopback.guild.id}"
    for path in (guild, "/users/@me/guilds"):
        for value, has_counts in (("true", True), ("1", True), ("false", False)):
            answer = (await send(loopback, "GET", f"{path}?with_counts={value}"))[1]
            found = answer if path == guild else answer[0]
            assert ("approximate_member_count" in found) is has_counts
    after = await send(loopback, "GET", f"/users/@me/guilds?after={loopback.guild.id}")
    assert after[1] == []


async def test_callbacks_have_no_rate_limit(loopback: Loopback) -> None:
    await send(
        loopback,
        "POST",
        f"/applications/{loopback.application_id}/commands",
        json={"name": "echo", "description": "echo"},
    )
    call = await loopback.invoke("echo")
    path = f"/interactions/{call.id}/{call.token}/callback"
    status, _, headers = await send(loopback, "POST", path, json={"type": 5})
    assert status == 204
    assert [name for name in headers if name.lower().startswith("x-ratelimit")] == []


async def test_own_origin_is_allowed(loopback: Loopback) -> None:
    origin = loopback.api_url.removesuffix("/api/v10")
    status, _, _ = await send(loopback, "GET", "/gateway", headers={"Origin": origin})
    assert status == 200
