"""Discord's OpenAPI document: what breaks it is caught, on both sides."""

from pathlib import Path
from typing import Any

import aiohttp
import pytest

from bot.loopback import Loopback, server
from bot.loopback.rest.openapi import Contract, read
from bot.loopback.state.errors import DiscordError

from .cogs import equipped
from .conftest import DOCUMENT, Running, needs_document


async def request(
    loopback: Loopback, method: str, path: str, body: object = None, token: str | None = None
) -> tuple[int, Any]:
    headers = {"Authorization": f"Bot {token or loopback.token}"}
    async with (
        aiohttp.ClientSession(headers=headers) as session,
        session.request(method, loopback.api_url + path, json=body) as response,
    ):
        return response.status, await response.json()


BROKEN: list[tuple[dict[str, Any], str, str]] = [
    ({"content": "x", "tts": "maybe"}, "tts", "UNION_TYPE_CHOICES"),
    ({"content": "x" * 4001}, "content", "BASE_TYPE_MAX_LENGTH"),
    ({"embeds": [{"color": 1 << 24}]}, "embeds.0.color", "NUMBER_TYPE_MAX"),
    ({"components": [{"type": 1, "components": [{"type": 2}]}]}, "components", ""),
]


@needs_document
@pytest.mark.parametrize(("body", "where", "code"), BROKEN)
async def test_a_broken_payload_is_refused_and_noted(
    body: dict[str, Any], where: str, code: str
) -> None:
    async with Loopback() as loopback:
        path = f"/channels/{loopback.channel('general').id}/messages"
        status, answer = await request(loopback, "POST", path, body)
        assert (status, answer["code"]) == (400, 50035)
        assert where.split(".")[-1] in str(answer["errors"])
        assert code in str(answer["errors"])
        (line,) = loopback.violations
        assert line.startswith(f"received: POST /channels/{{channel_id}}/messages: {where}")
        assert loopback.messages("general") == {}


@needs_document
def test_a_broken_answer_is_noted() -> None:
    contract = Contract(read(Path(DOCUMENT or "")))
    contract.check_response("GET", "/users/@me", 200, {"id": "1"})
    assert any("'username' is a required property" in line for line in contract.violations)


@needs_document
def test_ids_may_be_received_as_numbers_and_are_sent_as_texts() -> None:
    contract = Contract(read(Path(DOCUMENT or "")))
    contract.check_request("POST", "/users/@me/channels", {"recipient_id": 5})
    assert contract.violations == []
    with pytest.raises(DiscordError):
        contract.check_request("POST", "/users/@me/channels", {"recipient_id": [5]})
    before = len(contract.violations)
    contract.check_response("GET", "/users/{user_id}", 200, {"id": 5})
    assert len(contract.violations) > before


@needs_document
async def test_everything_that_the_client_can_do_here_keeps_to_the_document(
    running: Running,
) -> None:
    bot, cog = equipped()
    async with Loopback() as loopback, running(loopback, bot):
        await loopback.wait_commands()
        cog.gate.set()
        panel = await (await loopback.invoke("panel")).answer()
        await (await loopback.press(panel, "later")).answer()
        await (await loopback.select(panel, "style", ["elf"])).answer()
        await (await loopback.invoke("several")).answer()
        await (await loopback.invoke("slow")).answer()
        await loopback.wait_reply(await loopback.say("!echo x"))
        assert loopback.violations == []


def test_without_a_document_nothing_is_checked() -> None:
    contract = Contract()
    contract.check_request("POST", "/users/@me/channels", [])
    contract.check_response("GET", "/users/@me", 200, None)
    assert contract.violations == []


async def test_errors_of_routes_have_discords_shape(loopback: Loopback) -> None:
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


async def test_a_body_that_is_not_json_or_of_another_shape_is_refused(loopback: Loopback) -> None:
    path = f"/channels/{loopback.channel('general').id}/messages"
    headers = {"Authorization": f"Bot {loopback.token}", "Content-Type": "application/json"}
    async with (
        aiohttp.ClientSession(headers=headers) as session,
        session.post(loopback.api_url + path, data="{") as response,
    ):
        assert (await response.json())["code"] == 50109
    status, answer = await request(loopback, "POST", path, [1])
    assert (status, answer["code"]) == (400, 50035)


async def test_where_documents_cannot_be_checked_the_environments_is_not_heeded(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("DISCORD_OPENAPI", "there/is/none.json")
    monkeypatch.setattr(server, "find_spec", lambda name: None)
    async with Loopback() as loopback:
        await loopback.say("x")
    assert "DISCORD_OPENAPI is not heeded: it takes jsonschema and jsonschema-rs" in caplog.text
