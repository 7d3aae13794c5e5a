"""Discord's OpenAPI document: invalid payloads are found in both directions."""

from typing import Any

import aiohttp
import pytest

from bot.loopback import Loopback, PayloadValidator
from bot.loopback.state.errors import DiscordError

from ..openapi import DOCUMENT_PATH, CheckedLoopback, OpenAPIValidator, read_document
from .conftest import RunBot
from .demo_bot import create_demo_bot

needs_document = pytest.mark.skipif(
    not DOCUMENT_PATH,
    reason="DISCORD_OPENAPI is not set, so no payload is validated",
)


async def request(
    loopback: Loopback, method: str, path: str, body: object = None, token: str | None = None
) -> tuple[int, Any]:
    headers = {"Authorization": f"Bot {token or loopback.token}"}
    async with (
        aiohttp.ClientSession(headers=headers) as session,
        session.request(method, loopback.api_url + path, json=body) as response,
    ):
        return response.status, await response.json()


@pytest.fixture
def validator() -> OpenAPIValidator:
    return OpenAPIValidator(read_document(DOCUMENT_PATH or ""))


INVALID: list[tuple[dict[str, Any], str, str]] = [
    ({"content": "x", "tts": "maybe"}, "tts", "UNION_TYPE_CHOICES"),
    ({"content": "x" * 4001}, "content", "BASE_TYPE_MAX_LENGTH"),
    ({"embeds": [{"color": 1 << 24}]}, "embeds.0.color", "NUMBER_TYPE_MAX"),
    ({"components": [{"type": 1, "components": [{"type": 2}]}]}, "components", ""),
]


@needs_document
@pytest.mark.parametrize(("body", "field", "code"), INVALID)
async def test_invalid_request(body: dict[str, Any], field: str, code: str) -> None:
    async with CheckedLoopback() as loopback:
        path = f"/channels/{loopback.channel('general').id}/messages"
        status, answer = await request(loopback, "POST", path, body)
        assert (status, answer["code"]) == (400, 50035)
        assert field.split(".")[-1] in str(answer["errors"])
        assert code in str(answer["errors"])
        (line,) = loopback.violations
        assert line.startswith(f"received: POST /channels/{{channel_id}}/messages: {field}")
        assert loopback.messages("general") == {}


@needs_document
def test_invalid_response(validator: OpenAPIValidator) -> None:
    validator.check_response("GET", "/users/@me", 200, {"id": "1"})
    assert any("'username' is a required property" in line for line in validator.violations)


@needs_document
def test_ids_in_requests_may_be_numbers(validator: OpenAPIValidator) -> None:
    validator.check_request("POST", "/users/@me/channels", {"recipient_id": 5})
    assert validator.violations == []
    with pytest.raises(DiscordError):
        validator.check_request("POST", "/users/@me/channels", {"recipient_id": [5]})


@needs_document
def test_ids_in_responses_are_strings(validator: OpenAPIValidator) -> None:
    validator.check_response("GET", "/users/{user_id}", 200, {"id": 5})
    assert any("5 is not of type 'string'" in line for line in validator.violations)


@needs_document
@pytest.mark.parametrize(
    ("status", "body"),
    [(404, {"message": "Unknown User"}), (429, {"message": "wait", "code": 0})],
)
def test_invalid_error(status: int, body: dict[str, Any], validator: OpenAPIValidator) -> None:
    validator.check_response("GET", "/users/{user_id}", status, body)
    assert validator.violations


@needs_document
def test_invalid_message(validator: OpenAPIValidator) -> None:
    validator.check_message({"id": "1"})
    assert any(line.startswith("sent: gateway message") for line in validator.violations)


@needs_document
async def test_client_and_server_are_valid(run_bot: RunBot) -> None:
    bot, cog = create_demo_bot()
    async with CheckedLoopback() as loopback, run_bot(loopback, bot):
        await loopback.wait_commands()
        cog.gate.set()
        panel = await (await loopback.invoke("panel")).answer()
        await (await loopback.press(panel, "later")).answer()
        await (await loopback.select(panel, "style", ["elf"])).answer()
        await (await loopback.invoke("several")).answer()
        await (await loopback.invoke("slow")).answer()
        await loopback.wait_reply(await loopback.say("!echo x"))
        assert loopback.violations == []


def test_default_validator_accepts_everything() -> None:
    validator = PayloadValidator()
    validator.check_request("POST", "/users/@me/channels", [])
    validator.check_response("GET", "/users/@me", 200, None)
    validator.check_message({})
    assert validator.violations == []


async def test_plain_loopback_ignores_the_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DISCORD_OPENAPI", "no/such/file.json")
    async with Loopback() as loopback:
        await loopback.say("x")
        assert loopback.violations == []


async def test_route_errors(loopback: Loopback) -> None:
    assert await request(loopback, "GET", "/nowhere") == (
        404,
        {"message": "404: Not Found", "code": 0},
    )
    assert await request(loopback, "DELETE", "/gateway") == (
        405,
        {"message": "405: Method Not Allowed", "code": 0},
    )
    assert await request(loopback, "GET", "/users/@me", token="wrong") == (
        401,
        {"message": "401: Unauthorized", "code": 0},
    )
    status, answer = await request(loopback, "GET", "/channels/abc")
    assert (status, answer["code"]) == (400, 50035)
    assert "is not snowflake" in str(answer["errors"])


async def test_invalid_json(loopback: Loopback) -> None:
    path = f"/channels/{loopback.channel('general').id}/messages"
    headers = {"Authorization": f"Bot {loopback.token}", "Content-Type": "application/json"}
    async with (
        aiohttp.ClientSession(headers=headers) as session,
        session.post(loopback.api_url + path, data="{") as response,
    ):
        assert (await response.json())["code"] == 50109
    status, answer = await request(loopback, "POST", path, [1])
    assert (status, answer["code"]) == (400, 50035)
