"""What a page is told and may do, over its own HTTP, and what it is refused in one line."""

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

from bot.loopback import Loopback
from bot.loopback.payloads.components import walk
from bot.loopback.web.actions import ACTIONS
from bot.loopback.web.server import BODY_LIMIT

from ..cogs import Cog
from .conftest import Visitor

pytestmark = pytest.mark.asyncio(loop_scope="session")

NOT_HERE = "That message doesn't exist any more."


class Listener:
    """Hears what a page of one person is told."""

    def __init__(self, visitor: Visitor, name: str) -> None:
        headers = {"Origin": f"http://{visitor.origin}"}
        address = f"{visitor.address}events/{name}"
        self._connecting = visitor.session.ws_connect(address, headers=headers)

    async def __aenter__(self) -> "Listener":
        self.socket = await self._connecting
        self.state: Any = await self.socket.receive_json()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.socket.close()

    async def hears(self) -> Any:
        return await self.socket.receive_json()

    def channel(self, name: str) -> str:
        found = [one["id"] for one in self.state["channels"] if one["name"] == name]
        return str(found[0])


def general(loopback: Loopback) -> str:
    return str(loopback.channel("general").id)


def custom_ids(form: Any) -> list[str]:
    return [part["custom_id"] for part in walk(form["components"]) if "custom_id" in part]


async def test_a_page_begins_with_who_and_what_there_is(
    loopback: Loopback, visitor: Visitor
) -> None:
    await loopback.say("before", channel="random")
    async with Listener(visitor, "ada") as ada:
        state = ada.state
    assert [one["name"] for one in state["channels"]] == ["general", "random", "Namesmith"]
    people = {one["display_name"]: one["can_manage"] for one in state["members"] if not one["bot"]}
    assert people == {"Olga": True, "Ada": False, "Ben": False, "Cleo": False}
    (said,) = state["messages"][ada.channel("random")]
    assert (said["content"], said["ephemeral"]) == ("before", False)


async def test_a_page_does_not_tell_where_the_bot_itself_finds_files(
    loopback: Loopback, visitor: Visitor
) -> None:
    await loopback.say("see", attachments=[("a.png", b"x")])
    async with Listener(visitor, "ada") as ada:
        (said,) = ada.state["messages"][general(loopback)]
    assert said["attachments"][0]["url"].startswith("files/")
    assert loopback.api_url.split("/")[2] not in json.dumps(said)


@pytest.mark.parametrize("name", ["Namesmith", "nobody"])
async def test_only_people_can_be_listened_for(visitor: Visitor, name: str) -> None:
    headers = {"Origin": f"http://{visitor.origin}"}
    async with await visitor.get(f"events/{name}", headers=headers) as response:
        assert response.status == 404


async def test_nobody_can_speak_for_the_bot(loopback: Loopback, visitor: Visitor) -> None:
    said = {"author": "Namesmith", "channel": general(loopback), "content": "I am a bot"}
    assert await visitor.do("say", said) == (400, {"error": "You can't write as Namesmith."})
    assert not loopback.messages("general")


async def test_an_answer_for_one_is_told_to_nobody_else(
    loopback: Loopback, cog: Cog, visitor: Visitor
) -> None:
    cog.gate.set()
    async with Listener(visitor, "ada") as ada, Listener(visitor, "ben") as ben:
        slow: dict[str, Any] = {"author": "ada", "channel": general(loopback), "command": "slow"}
        slow["options"] = {"quiet": True}
        assert await visitor.do("invoke", slow) == (200, {})
        assert (await ada.hears())["message"]["ephemeral"]
        await loopback.wait_until(
            lambda: any(m.content for m in loopback.messages("general").values())
        )
        assert (await ada.hears())["message"]["content"] == "at last"
        await loopback.say("for all")
        assert (await ben.hears())["message"]["content"] == "for all"
    async with Listener(visitor, "ben") as ben:
        (seen,) = ben.state["messages"][general(loopback)]
    async with Listener(visitor, "ada") as ada:
        assert len(ada.state["messages"][general(loopback)]) == 2
    assert seen["content"] == "for all"


async def test_direct_messages_are_told_to_nobody_else(
    loopback: Loopback, visitor: Visitor
) -> None:
    async with Listener(visitor, "ada") as ada, Listener(visitor, "ben") as ben:
        secret = {"author": "ada", "channel": ada.channel("Namesmith"), "content": "a secret"}
        assert await visitor.do("say", secret) == (200, {})
        assert (await ada.hears())["message"]["content"] == "a secret"
        status, answer = await visitor.do("say", secret | {"author": "ben"})
        assert (status, answer) == (400, {"error": "That channel doesn't exist."})
        await loopback.say("for all")
        assert (await ben.hears())["message"]["content"] == "for all"
    assert "a secret" not in json.dumps(ben.state)


async def test_a_channel_that_someone_may_not_see_is_not_there(
    loopback: Loopback, visitor: Visitor
) -> None:
    loopback.set_permissions("random", loopback.user("ben"), deny=1 << 10)
    hidden = str(loopback.channel("random").id)
    said = {"author": "ben", "channel": hidden, "content": "x"}
    assert (await visitor.do("say", said))[0] == 400
    async with Listener(visitor, "ben") as ben:
        assert hidden not in json.dumps(ben.state)


async def test_another_persons_answer_cannot_be_used(
    loopback: Loopback, cog: Cog, visitor: Visitor
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
    status, answer = await visitor.do("context_menu", menu)
    assert (status, answer) == (400, {"error": NOT_HERE})
    quoting = {"author": "ben", "channel": general(loopback), "content": "x", "reply": str(own.id)}
    status, answer = await visitor.do("say", quoting)
    assert (status, answer) == (400, {"error": NOT_HERE})


async def test_a_form_is_submitted_by_who_opened_it_and_once(
    loopback: Loopback, cog: Cog, visitor: Visitor
) -> None:
    there = {"author": "ada", "channel": general(loopback)}
    _, told = await visitor.do("invoke", there | {"command": "form", "options": {}})
    best, _ = custom_ids(told["modal"])
    sent = there | {"interaction": told["modal"]["interaction"], "fields": {best: "it"}}
    status, answer = await visitor.do("submit", sent | {"author": "ben"})
    assert (status, answer["error"]) == (400, "the form is open for ada, not for ben")
    status, answer = await visitor.do("submit", sent | {"fields": {}})
    assert (status, answer["error"]) == (400, "the field 'Best' is required")
    assert await visitor.do("submit", sent) == (200, {})
    status, answer = await visitor.do("submit", sent)
    assert (status, answer["error"]) == (400, "This form has closed. Run the command again.")


async def test_a_bot_that_is_silent_is_told(loopback: Loopback, cog: Cog, visitor: Visitor) -> None:
    loopback._backend.interactions.patience = 0.05
    never = {"author": "ada", "channel": general(loopback), "command": "never", "options": {}}
    assert await visitor.do("invoke", never) == (200, {"failed": True})
    cog.gate.set()
    await cog.refused.get()


async def test_a_file_may_be_too_large_and_a_body_far_too_large(
    loopback: Loopback, cog: Cog, visitor: Visitor
) -> None:
    there = {"author": "ada", "channel": general(loopback)}
    large = bytes(10 * 1024 * 1024 + 1)
    status, answer = await visitor.do("say", there | {"content": "x"}, files=large)
    assert (status, "large" in answer["error"]) == (400, True)
    things = there | {"command": "things", "options": {"user": "ben", "place": "random"}}
    status, answer = await visitor.do("invoke", things, file=large)
    assert (status, "large" in answer["error"]) == (400, True)
    async with await visitor.post("say", {"body": "x" * (BODY_LIMIT + 1)}) as response:
        assert response.status == 413
    assert not loopback.messages("general")


@pytest.mark.parametrize(
    "body",
    ["", "{", "[]", "1", "null", '"ada"', "[" * 100_000, '{"author": 1}', '{"author": {}}',
        '{"author": "ada"}',
        '{"author": "ada", "channel": []}', '{"author": "ada", "channel": "0", "content": 1}'],
)  # fmt: skip
async def test_nonsense_is_refused_in_one_line(visitor: Visitor, body: str) -> None:
    async with await visitor.post("say", {"body": body}) as response:
        assert response.status == 400
        assert "\n" not in (await response.json())["error"]


@pytest.mark.parametrize(
    "nonsense", [{"content": "half a pair: \ud800"}, {"content": "x", "reply": float("inf")}]
)
async def test_what_json_has_no_word_for_does_not_reach_the_bot(
    loopback: Loopback, visitor: Visitor, nonsense: Any
) -> None:
    status, answer = await visitor.do(
        "say", {"author": "ada", "channel": general(loopback)} | nonsense
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
async def test_a_body_of_another_kind_is_refused(visitor: Visitor, kind: str, data: bytes) -> None:
    async with await visitor.post("say", data, **{"Content-Type": kind}) as response:
        assert response.status == 400
        assert "\n" not in (await response.json())["error"]


async def test_what_is_no_action_is_not_found(visitor: Visitor) -> None:
    for action in ("nothing", "__init__", "response"):
        async with await visitor.post(action, {"body": "{}"}) as response:
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
    "custom_id": some.sampled_from(["more", "rate", "off", "style", "who"]),
    "values": some.lists(some.sampled_from(["elf", "orc", "ada"])),
    "member": some.sampled_from(["ben", "Namesmith"]),
    "reply": some.none(),
}
bodies = some.fixed_dictionaries(
    {}, optional={name: likely | anything for name, likely in LIKELY.items()}
)


@settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(action=some.sampled_from(sorted(ACTIONS)), body=bodies | anything, filled=anything)
async def test_no_body_leads_to_an_error_of_the_server(
    loopback: Loopback, cog: Cog, visitor: Visitor, action: str, body: Any, filled: Any
) -> None:
    if isinstance(body, dict):
        panel = next(iter(loopback.messages("general").values()), None)
        panel = panel or await (await loopback.invoke("panel")).answer()
        body = {"channel": general(loopback), "message": str(panel.id)} | body
        if action == "submit":
            there = {
                "author": "ada",
                "channel": general(loopback),
                "command": "form",
                "options": {},
            }
            _, told = await visitor.do("invoke", there)
            (name, *_) = custom_ids(told["modal"])
            body = {
                "author": "ada",
                "interaction": told["modal"]["interaction"],
                "fields": {name: filled},
            } | body
    async with await visitor.post(action, {"body": json.dumps(body)}) as response:
        assert response.status in (200, 400)
        told = await response.json()
    assert response.status == 200 or "\n" not in told["error"]
