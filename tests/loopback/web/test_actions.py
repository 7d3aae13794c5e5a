"""Page actions and events over HTTP: results, privacy and errors."""

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

from bot.loopback import Loopback
from bot.loopback.payloads.components import walk
from bot.loopback.web.actions import ACTIONS
from bot.loopback.web.server import BODY_LIMIT

from ..demo_bot import DemoCog
from .conftest import PageClient

pytestmark = pytest.mark.asyncio(loop_scope="session")

NO_MESSAGE = "That message doesn't exist any more."


class EventStream:
    """The events that the page of one member receives."""

    def __init__(self, client: PageClient, name: str) -> None:
        headers = {"Origin": f"http://{client.host}"}
        address = f"{client.url}events/{name}"
        self._connecting = client.session.ws_connect(address, headers=headers)

    async def __aenter__(self) -> "EventStream":
        self.socket = await self._connecting
        self.state: Any = await self.socket.receive_json()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.socket.close()

    async def receive(self) -> Any:
        return await self.socket.receive_json()

    def channel(self, name: str) -> str:
        found = [one["id"] for one in self.state["channels"] if one["name"] == name]
        return str(found[0])


def general(loopback: Loopback) -> str:
    return str(loopback.channel("general").id)


def custom_ids(form: Any) -> list[str]:
    return [part["custom_id"] for part in walk(form["components"]) if "custom_id" in part]


async def test_initial_state(loopback: Loopback, client: PageClient) -> None:
    await loopback.say("before", channel="random")
    async with EventStream(client, "ada") as ada:
        state = ada.state
    assert [one["name"] for one in state["channels"]] == ["general", "random", "Namesmith"]
    people = {one["display_name"]: one["can_manage"] for one in state["members"] if not one["bot"]}
    assert people == {"Olga": True, "Ada": False, "Ben": False, "Cleo": False}
    (message,) = state["messages"][ada.channel("random")]
    assert (message["content"], message["ephemeral"]) == ("before", False)


async def test_attachment_urls_are_relative(loopback: Loopback, client: PageClient) -> None:
    await loopback.say("see", attachments=[("a.png", b"x")])
    async with EventStream(client, "ada") as ada:
        (message,) = ada.state["messages"][general(loopback)]
    assert message["attachments"][0]["url"].startswith("files/")
    assert loopback.api_url.split("/")[2] not in json.dumps(message)


@pytest.mark.parametrize("name", ["Namesmith", "nobody"])
async def test_no_events_for_bots_or_strangers(client: PageClient, name: str) -> None:
    headers = {"Origin": f"http://{client.host}"}
    async with await client.get(f"events/{name}", headers=headers) as response:
        assert response.status == 404


async def test_bot_cannot_be_author(loopback: Loopback, client: PageClient) -> None:
    message = {"author": "Namesmith", "channel": general(loopback), "content": "I am a bot"}
    assert await client.run("say", message) == (400, {"error": "You can't write as Namesmith."})
    assert not loopback.messages("general")


async def test_ephemeral_answer_is_private(
    loopback: Loopback, cog: DemoCog, client: PageClient
) -> None:
    cog.gate.set()
    async with EventStream(client, "ada") as ada, EventStream(client, "ben") as ben:
        slow: dict[str, Any] = {"author": "ada", "channel": general(loopback), "command": "slow"}
        slow["options"] = {"quiet": True}
        assert await client.run("invoke", slow) == (200, {})
        assert (await ada.receive())["message"]["ephemeral"]
        await loopback.wait_until(
            lambda: any(m.content for m in loopback.messages("general").values())
        )
        assert (await ada.receive())["message"]["content"] == "at last"
        await loopback.say("for all")
        assert (await ben.receive())["message"]["content"] == "for all"
    async with EventStream(client, "ben") as ben:
        (seen,) = ben.state["messages"][general(loopback)]
    async with EventStream(client, "ada") as ada:
        assert len(ada.state["messages"][general(loopback)]) == 2
    assert seen["content"] == "for all"


async def test_direct_messages_are_private(loopback: Loopback, client: PageClient) -> None:
    async with EventStream(client, "ada") as ada, EventStream(client, "ben") as ben:
        secret = {"author": "ada", "channel": ada.channel("Namesmith"), "content": "a secret"}
        assert await client.run("say", secret) == (200, {})
        assert (await ada.receive())["message"]["content"] == "a secret"
        status, answer = await client.run("say", secret | {"author": "ben"})
        assert (status, answer) == (400, {"error": "That channel doesn't exist."})
        await loopback.say("for all")
        assert (await ben.receive())["message"]["content"] == "for all"
    assert "a secret" not in json.dumps(ben.state)


async def test_hidden_channel(loopback: Loopback, client: PageClient) -> None:
    loopback.set_permissions("random", loopback.user("ben"), deny=1 << 10)
    hidden = str(loopback.channel("random").id)
    message = {"author": "ben", "channel": hidden, "content": "x"}
    assert (await client.run("say", message))[0] == 400
    async with EventStream(client, "ben") as ben:
        assert hidden not in json.dumps(ben.state)


async def test_ephemeral_of_others_cannot_be_used(
    loopback: Loopback, cog: DemoCog, client: PageClient
) -> None:
    panel = await (await loopback.invoke("panel")).answer()
    await loopback.press(panel, "new")
    own = await loopback.wait_until(
        lambda: next((m for m in loopback.messages("general").values() if m.ephemeral), None)
    )
    menu = {
        "author": "ben",
        "channel": general(loopback),
        "command": "Shout",
        "message": str(own.id),
    }
    status, answer = await client.run("context_menu", menu)
    assert (status, answer) == (400, {"error": NO_MESSAGE})
    quoting = {"author": "ben", "channel": general(loopback), "content": "x", "reply": str(own.id)}
    status, answer = await client.run("say", quoting)
    assert (status, answer) == (400, {"error": NO_MESSAGE})


async def test_modal_is_submitted_once_by_its_owner(
    loopback: Loopback, cog: DemoCog, client: PageClient
) -> None:
    context = {"author": "ada", "channel": general(loopback)}
    _, result = await client.run("invoke", context | {"command": "form", "options": {}})
    best, _ = custom_ids(result["modal"])
    sent = context | {"interaction": result["modal"]["interaction"], "fields": {best: "it"}}
    status, answer = await client.run("submit", sent | {"author": "ben"})
    assert (status, answer["error"]) == (400, "the form is open for ada, not for ben")
    status, answer = await client.run("submit", sent | {"fields": {}})
    assert (status, answer["error"]) == (400, "the field 'Best' is required")
    assert await client.run("submit", sent) == (200, {})
    status, answer = await client.run("submit", sent)
    assert (status, answer["error"]) == (400, "This form has closed. Run the command again.")


async def test_unanswered_command_fails(
    loopback: Loopback, cog: DemoCog, client: PageClient
) -> None:
    loopback._backend.interactions.acknowledge_timeout = 0.05
    never = {"author": "ada", "channel": general(loopback), "command": "never", "options": {}}
    assert await client.run("invoke", never) == (200, {"failed": True})
    cog.gate.set()
    await cog.refused.get()


async def test_size_limits(loopback: Loopback, cog: DemoCog, client: PageClient) -> None:
    context = {"author": "ada", "channel": general(loopback)}
    large = bytes(10 * 1024 * 1024 + 1)
    status, answer = await client.run("say", context | {"content": "x"}, files=large)
    assert (status, "large" in answer["error"]) == (400, True)
    things = context | {"command": "things", "options": {"user": "ben", "channel": "random"}}
    status, answer = await client.run("invoke", things, file=large)
    assert (status, "large" in answer["error"]) == (400, True)
    async with await client.post("say", {"body": "x" * (BODY_LIMIT + 1)}) as response:
        assert response.status == 413
    assert not loopback.messages("general")


@pytest.mark.parametrize(
    "body",
    ["", "{", "[]", "1", "null", '"ada"', "[" * 100_000, '{"author": 1}', '{"author": {}}',
        '{"author": "ada"}',
        '{"author": "ada", "channel": []}', '{"author": "ada", "channel": "0", "content": 1}'],
)  # fmt: skip
async def test_invalid_body_is_rejected(client: PageClient, body: str) -> None:
    async with await client.post("say", {"body": body}) as response:
        assert response.status == 400
        assert "\n" not in (await response.json())["error"]


@pytest.mark.parametrize(
    "invalid", [{"content": "half a pair: \ud800"}, {"content": "x", "reply": float("inf")}]
)
async def test_invalid_json_values_are_rejected(
    loopback: Loopback, client: PageClient, invalid: Any
) -> None:
    status, answer = await client.run(
        "say", {"author": "ada", "channel": general(loopback)} | invalid
    )
    assert (status, "\n" in answer["error"]) == (400, False)
    assert not loopback.messages("general")


PART = b"--b\r\nContent-Disposition: form-data"
FORM = "application/x-www-form-urlencoded"


@pytest.mark.parametrize(
    ("kind", "data"),
    [
        ("text/plain", b"x"),
        ("application/json", b"{}"),
        (f"{FORM}; charset=none", b"body=1"),
        (FORM, b"body=%ff"),
        ("multipart/form-data", b"x"),
        ("multipart/form-data; boundary=b", b"--b\r\n\r\n"),
        ("multipart/form-data; boundary=b", PART + b"\r\n\r\nx\r\n--b--"),
        (
            "multipart/form-data; boundary=b",
            PART + b"; name=body\r\nContent-Encoding: gzip\r\n\r\nx\r\n--b--",
        ),
        (
            "multipart/form-data; boundary=b",
            PART + b"; name=body; filename=x\r\n\r\n{}\r\n--b--",
        ),
    ],
)
async def test_wrong_content_type_is_rejected(client: PageClient, kind: str, data: bytes) -> None:
    async with await client.post("say", data, **{"Content-Type": kind}) as response:
        assert response.status == 400
        assert "\n" not in (await response.json())["error"]


async def test_unknown_action_is_404(client: PageClient) -> None:
    for action in ("nothing", "__init__", "response"):
        async with await client.post(action, {"body": "{}"}) as response:
            assert response.status == 404


plain = some.none() | some.booleans() | some.integers() | some.floats() | some.text()
anything = some.recursive(
    plain, lambda inner: some.lists(inner) | some.dictionaries(some.text(), inner), max_leaves=8
)
LIKELY = {
    "author": some.sampled_from(["ada", "ada", "olga", "Namesmith"]),
    "content": some.text(max_size=20),
    "command": some.sampled_from(["repeat", "choose", "things", "form", "style train", "Greet"]),
    "options": some.dictionaries(
        some.sampled_from(["text", "count", "kind", "user", "file", "name"]), anything
    ),
    "focused": some.sampled_from(["kind", "text"]),
    "custom_id": some.sampled_from(["more", "rate", "off", "style", "user"]),
    "values": some.lists(some.sampled_from(["elf", "orc", "ada"])),
    "member": some.sampled_from(["ben", "Namesmith"]),
    "reply": some.none(),
}
bodies = some.fixed_dictionaries(
    {}, optional={name: likely | anything for name, likely in LIKELY.items()}
)


@settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(action=some.sampled_from(sorted(ACTIONS)), body=bodies | anything, filled=anything)
async def test_no_body_causes_server_error(
    loopback: Loopback, cog: DemoCog, client: PageClient, action: str, body: Any, filled: Any
) -> None:
    if isinstance(body, dict):
        panel = next(iter(loopback.messages("general").values()), None)
        panel = panel or await (await loopback.invoke("panel")).answer()
        body = {"channel": general(loopback), "message": str(panel.id)} | body
        if action == "submit":
            context = {
                "author": "ada",
                "channel": general(loopback),
                "command": "form",
                "options": {},
            }
            _, result = await client.run("invoke", context)
            (name, *_) = custom_ids(result["modal"])
            body = {
                "author": "ada",
                "interaction": result["modal"]["interaction"],
                "fields": {name: filled},
            } | body
    async with await client.post(action, {"body": json.dumps(body)}) as response:
        assert response.status in (200, 400)
        result = await response.json()
    assert response.status == 200 or "\n" not in result["error"]
