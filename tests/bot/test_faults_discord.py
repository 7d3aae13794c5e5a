"""Faults of Discord: answers arrive once, the log has one line, and nothing else is said."""

import asyncio
import contextlib
import logging
from collections.abc import Callable

import pytest

from bot.commands import base, delivery
from bot.loopback import Fault, Loopback, Message, Permission
from bot.loopback.faults import (
    CLOUDFLARE_RATE_LIMIT,
    EMPTY,
    GARBAGE_HTML,
    GARBAGE_JSON,
    RESET_AFTER,
    RESET_BEFORE,
    http_error,
    rate_limited,
    silence,
)

from .conftest import buttons_of, invoke, names_in, press, send

pytestmark = pytest.mark.usefixtures("bot")

MESSAGES, CALLBACK = "/channels/*/messages", "/interactions/*/callback"
ORIGINAL, FOLLOWUP = "/webhooks/*/messages/@original", "/webhooks/*"

LOST = {
    "503": http_error(503),
    "503 after delivery": http_error(503, takes_effect=True),
    "500 after delivery": http_error(500, takes_effect=True),
    "501": http_error(501),
    "502": http_error(502),
    "504": http_error(504),
    "524": http_error(524),
    "reset before delivery": RESET_BEFORE,
    "reset after delivery": RESET_AFTER,
    "empty": EMPTY,
    "cut off": GARBAGE_JSON,
    "page": GARBAGE_HTML,
    "Cloudflare": CLOUDFLARE_RATE_LIMIT,
    "route limit": rate_limited(0.2),
    "global limit": rate_limited(0.2, is_global=True),
}
"""Faults after which the answer can still arrive, once."""

faults = pytest.mark.parametrize("fault", LOST.values(), ids=LOST)


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(delivery, "_DELAYS", (0.05, 0.05, 0.05, 0.05))


@pytest.fixture
def problems(caplog: pytest.LogCaptureFixture) -> Callable[[], list[str]]:
    """Return a function that returns the log's warnings and errors, one a record."""
    caplog.set_level(logging.INFO)

    def read() -> list[str]:
        return [
            f"{record.getMessage()}{' TRACEBACK' if record.exc_info else ''}"
            for record in caplog.records
            if record.levelno >= logging.WARNING and record.name.startswith(("bot", "discord"))
        ]

    return read


def from_bot(discord: Loopback) -> list[Message]:
    return [m for m in discord.messages("general").values() if m.author is discord.bot]


async def settled(discord: Loopback, count: int) -> None:
    """Wait until `count` requests have met their fault and the bot is at rest."""
    await discord.wait_until(lambda: discord.faults.count >= count)
    names = ("discord.py: ", "CommandTree-", "discord-ui-")
    while [t for t in asyncio.all_tasks() if t.get_name().startswith(names)]:  # noqa: ASYNC110
        await asyncio.sleep(0.02)


@faults
async def test_text_answer_arrives_once(
    discord: Loopback, problems: Callable[[], list[str]], fault: Fault
) -> None:
    discord.faults.add("POST", MESSAGES, fault)
    assert names_in(await send(discord, "!name Tr"))
    await settled(discord, 1)
    assert len(from_bot(discord)) == 1
    assert not [line for line in problems() if "rate limit" not in line]


@faults
async def test_slash_answer_arrives_once(
    discord: Loopback, problems: Callable[[], list[str]], fault: Fault
) -> None:
    discord.faults.add("POST", CALLBACK, fault)
    call = await discord.invoke("name", {"prefix": "Tr"})
    assert names_in(await call.answer())
    await settled(discord, 1)
    assert len(from_bot(discord)) == 1
    assert not [line for line in problems() if "rate limit" not in line]


@faults
async def test_deferred_answer_arrives_once(
    discord: Loopback,
    problems: Callable[[], list[str]],
    fault: Fault,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(base, "DEFER_AFTER_SECONDS", 0.0)
    discord.faults.add("*", ORIGINAL, fault)
    call = await discord.invoke("rate", {"name": "Trina"})
    (embed,) = (await call.answer()).embeds
    assert embed["title"] == "Trina"
    await settled(discord, 1)
    assert len(from_bot(discord)) == 1
    assert not [line for line in problems() if "rate limit" not in line]


@faults
async def test_button_answer_arrives_once(
    discord: Loopback, problems: Callable[[], list[str]], fault: Fault
) -> None:
    message = await send(discord, "!name Tr")
    names = names_in(message)
    discord.faults.add("POST", CALLBACK, fault)
    await press(discord, message, "Again")
    await settled(discord, 1)
    assert names_in(message) != names
    assert len(from_bot(discord)) == 1
    assert not [line for line in problems() if "rate limit" not in line]


@pytest.mark.parametrize("path", [MESSAGES, CALLBACK])
async def test_unavailable_discord_is_one_line(
    discord: Loopback, problems: Callable[[], list[str]], path: str
) -> None:
    discord.faults.add("POST", path, RESET_BEFORE, times=100)
    if path is MESSAGES:
        await discord.say("!name Tr")
    else:
        await discord.invoke("name", {"prefix": "Tr"})
    await settled(discord, 5)
    assert discord.faults.count == 5
    (line,) = problems()
    assert line.startswith("Command name: Discord did not confirm the answer (Client")
    assert "TRACEBACK" not in line
    assert not from_bot(discord)


@pytest.mark.parametrize("code", [10062, 40060])
async def test_expired_interaction_is_one_line(
    discord: Loopback, problems: Callable[[], list[str]], code: int
) -> None:
    status = 400 if code == 40060 else 404
    discord.faults.add("POST", CALLBACK, http_error(status, code, "No"), times=9)
    await discord.invoke("name", {"prefix": "Tr"})
    await settled(discord, 1)
    assert discord.faults.count == 1
    assert len(problems()) == (code == 10062)
    assert "TRACEBACK" not in "".join(problems())


async def test_silent_discord(
    discord: Loopback, problems: Callable[[], list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delivery, "_RESPONSE_SECONDS", 0.5)
    discord.faults.add("POST", CALLBACK, silence(10))
    call = await discord.invoke("name", {"prefix": "Tr"})
    assert names_in(await call.answer())
    await settled(discord, 1)
    assert len(from_bot(discord)) == 1
    assert problems() == []


async def test_followup_is_not_repeated(
    discord: Loopback, problems: Callable[[], list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """An error after a public "thinking…": a follow-up that was lost after delivery."""
    monkeypatch.setattr(base, "DEFER_AFTER_SECONDS", 0.0)
    discord.faults.add("POST", FOLLOWUP, RESET_AFTER, times=9)
    call = await discord.invoke("rate", {"name": "T5r"})
    await settled(discord, 1)
    assert discord.faults.count == 1
    assert [m.ephemeral for m in call.followups] == [True]
    assert not from_bot(discord)[0].loading or from_bot(discord)[0].deleted
    (line,) = problems()
    assert "TRACEBACK" not in line


SOMETHING_WRONG = "Something went wrong on my side. It's in my log. Please try again."

REJECTED = {
    "400": http_error(400, 50035, "Invalid Form Body"),
    "AutoMod": http_error(400, 200000, "Message was blocked by automatic moderation"),
    "413": http_error(413, 40005, "Request entity too large"),
    "405": http_error(405, 0, "Method Not Allowed"),
}


@pytest.mark.parametrize("fault", REJECTED.values(), ids=REJECTED)
async def test_rejected_answer_is_one_line(
    discord: Loopback, problems: Callable[[], list[str]], fault: Fault
) -> None:
    discord.faults.add("POST", MESSAGES, fault)
    assert (await send(discord, "!name Tr")).content == SOMETHING_WRONG
    discord.faults.add("POST", CALLBACK, fault)
    assert (await (await discord.invoke("name")).answer()).content == SOMETHING_WRONG
    assert len(problems()) == 2
    for line in problems():
        assert line.startswith("Command name: Discord rejected the answer (")
        assert str(fault.status) in line
        assert "TRACEBACK" not in line


async def test_rejected_error_message_is_one_line(
    discord: Loopback, problems: Callable[[], list[str]]
) -> None:
    discord.faults.add("POST", MESSAGES, REJECTED["400"], times=9)
    await discord.say("!name T5r")
    await settled(discord, 1)
    (line,) = problems()
    assert line.startswith("Command name: HTTPException: 400 Bad Request")


async def test_revoked_token(discord: Loopback, problems: Callable[[], list[str]]) -> None:
    """The gateway stays open until Discord closes it, with 4004."""
    discord.faults.add("*", "*", http_error(401), times=9)
    await discord.say("!name Tr")
    await settled(discord, 1)
    await discord.invoke("name", {"prefix": "Tr"})
    await settled(discord, 2)
    assert discord.faults.count == 2  # a refused token is not used again
    assert [line.split(": ")[1] for line in problems()] == [
        "Discord refused the token (HTTPException"
    ] * 2


@pytest.mark.parametrize("code", [50001, 50013, 160002, 50007, 40001])
async def test_forbidden_answer_is_one_line(
    discord: Loopback, problems: Callable[[], list[str]], code: int
) -> None:
    """A reply without Read Message History is sent again, as an ordinary message."""
    discord.faults.add("POST", MESSAGES, http_error(403, code))
    await discord.say("!name Tr")
    await settled(discord, 1)
    if code == 160002:
        assert names_in(from_bot(discord)[0])
        assert problems() == []
    else:
        (line,) = problems()
        assert line.startswith("Discord does not let the bot answer in #general of Loopback: grant")
    discord.faults.add("POST", CALLBACK, http_error(403, code))
    await discord.invoke("name", {"prefix": "Tr"})
    await settled(discord, 2)
    assert "TRACEBACK" not in "".join(problems())


@pytest.mark.parametrize("is_thread", [False, True])
@pytest.mark.parametrize(
    "permission",
    [
        "VIEW_CHANNEL",
        "SEND_MESSAGES",
        "SEND_MESSAGES_IN_THREADS",
        "EMBED_LINKS",
        "ATTACH_FILES",
        "READ_MESSAGE_HISTORY",
        "USE_EXTERNAL_EMOJIS",
        "ADD_REACTIONS",
    ],
)
async def test_missing_permission_is_told_or_logged(
    discord: Loopback, problems: Callable[[], list[str]], permission: str, is_thread: bool
) -> None:
    """Text commands are answered, tell what is missing, or log it; slash commands just work."""
    where = discord.create_thread("inside") if is_thread else discord.channel("general")
    message = await send(discord, "!name Tr", channel=where)
    discord.set_permissions("general", discord.bot, deny=Permission[permission])
    asked = [
        await discord.say(text, channel=where)
        for text in ("!name Tr", "!name Tr 1", "!rate Trina", "!saved", "!help", "!style list")
    ]

    def each_has_an_end() -> bool:  # without Read Message History, answers are no replies
        later = [one for one in discord.messages(where).values() if one.id > message.id]
        answers = sum(one.author is discord.bot for one in later)
        return answers + len(problems()) >= len(asked)

    if permission != "VIEW_CHANNEL":  # otherwise Discord does not show the messages
        await discord.wait_until(each_has_an_end)
    await settled(discord, 0)
    assert all(line.startswith("Discord does not let the bot answer in #") for line in problems())
    assert "TRACEBACK" not in "".join(problems())
    call = await discord.invoke("rate", {"name": "Trina"}, channel=where)
    assert (await call.answer()).attachments
    await press(discord, message, "Again")


@pytest.mark.parametrize("what", ["message", "channel"])
async def test_deleted_before_the_answer(
    discord: Loopback, problems: Callable[[], list[str]], what: str
) -> None:
    code = {"message": 10008, "channel": 10003}[what]
    discord.faults.add("POST", MESSAGES, http_error(404, code))
    await discord.say("!name Tr")
    await settled(discord, 1)
    (line,) = problems()
    assert line.startswith("Command name: the answer came too late (NotFound")
    assert "TRACEBACK" not in line
    message = await send(discord, "!name Tr")
    discord.faults.add("POST", CALLBACK, http_error(404, code))
    await discord.press(message, buttons_of(message)["Again"]["custom_id"])
    await settled(discord, 2)
    assert len(problems()) == 2
    assert "TRACEBACK" not in "".join(problems())


async def test_deleted_question_is_answered(discord: Loopback) -> None:
    asked = await discord.say("!name Tr")
    await discord.delete(asked)
    await discord.wait_until(lambda: from_bot(discord))
    assert names_in(from_bot(discord)[0])


async def test_silent_discord_stops_nobody(discord: Loopback) -> None:
    """One answer hangs for as long as Discord likes; the others arrive."""
    discord.faults.add("POST", MESSAGES, Fault(silence=600))
    await discord.say("!name Tr")
    await discord.wait_until(lambda: discord.faults.count)
    assert names_in(await send(discord, "!name Tr", channel="random"))
    call = await discord.invoke("name", {"prefix": "Tr"})
    assert names_in(await call.answer())


@pytest.mark.parametrize("is_global", [False, True])
async def test_rate_limits_in_a_row(
    discord: Loopback, problems: Callable[[], list[str]], is_global: bool
) -> None:
    """Discord asks five times in a row to wait; discord.py then gives up, but the bot goes on."""
    limit = rate_limited(0.05, is_global=is_global)
    discord.faults.add("POST", MESSAGES, limit, times=5)
    message = await send(discord, "!name Tr")
    assert names_in(message)
    discord.faults.add("POST", CALLBACK, limit, times=5)
    assert names_in(await press(discord, message, "Again"))
    discord.faults.add("POST", CALLBACK, limit, times=5)
    assert names_in(await invoke(discord, "name", {"prefix": "Tr"}))
    await settled(discord, 15)
    assert len(from_bot(discord)) == 2
    assert not [line for line in problems() if "rate limit" not in line]


@pytest.mark.parametrize("path", [MESSAGES, CALLBACK, ORIGINAL])
async def test_long_rate_limit_is_not_waited_for(
    discord: Loopback,
    problems: Callable[[], list[str]],
    monkeypatch: pytest.MonkeyPatch,
    path: str,
) -> None:
    """Discord asks to wait for an hour: one line, and no task that waits."""
    monkeypatch.setattr(base, "DEFER_AFTER_SECONDS", 60.0 if path is CALLBACK else 0.0)
    monkeypatch.setattr(delivery, "_ATTEMPT_SECONDS", 0.3)
    monkeypatch.setattr(delivery, "_RESPONSE_SECONDS", 0.3)
    discord.faults.add("*", path, rate_limited(3600), times=9)
    if path is MESSAGES:
        await discord.say("!rate Trina")
    else:
        await discord.invoke("rate", {"name": "Trina"})
    await settled(discord, 1)
    lines = [line for line in problems() if line.startswith("Command rate: Discord")]
    assert len(lines) == 1
    assert "TRACEBACK" not in "".join(problems())
    assert discord.faults.count == (1 if path is MESSAGES else 5)


UNREADABLE = {
    "empty": EMPTY,
    "cut off": GARBAGE_JSON,
    "page": GARBAGE_HTML,
    "list": Fault(200, b"[]", {"Content-Type": "application/json"}, takes_effect=True),
    "null": Fault(200, b"null", {"Content-Type": "application/json"}, takes_effect=True),
    "object": Fault(200, b"{}", {"Content-Type": "application/json"}, takes_effect=True),
    "bytes": Fault(200, b"\xff\xfe\0", {"Content-Type": "application/json"}, takes_effect=True),
}


@pytest.mark.parametrize("fault", UNREADABLE.values(), ids=UNREADABLE)
async def test_unreadable_answer_of_any_request(
    discord: Loopback,
    problems: Callable[[], list[str]],
    fault: Fault,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Each command arrives once, whichever of its requests gets an answer that is no JSON."""
    message = await send(discord, "!name Tr 2")
    for defer_after in (60.0, 0.0):
        monkeypatch.setattr(base, "DEFER_AFTER_SECONDS", defer_after)
        for command, options in (
            ("rate", {"name": "Trina"}),
            ("blend", {"first": "Anna", "second": "Bella"}),
            ("saved", {}),
            ("style list", {}),
            ("name", {"prefix": "T5"}),
        ):
            before, count = discord.faults.count, len(from_bot(discord))
            for _ in range(2):
                discord.faults.add("*", "*", fault)
            call = await discord.invoke(command, options)
            assert await call.answer()
            await settled(discord, before + 1)
            discord.faults.clear()
            assert len([m for m in from_bot(discord)[count:] if not m.deleted]) == 1
    discord.faults.add("*", "*", fault)
    await press(discord, message, "Save")
    await settled(discord, 1)
    discord.faults.clear()
    assert "TRACEBACK" not in "".join(problems())


@pytest.mark.parametrize("fault", [RESET_AFTER, http_error(404, 10062), http_error(503)])
async def test_autocomplete_is_quiet(
    discord: Loopback, problems: Callable[[], list[str]], fault: Fault
) -> None:
    discord.faults.add("POST", CALLBACK, fault)
    with contextlib.suppress(TimeoutError):  # 10062 is final
        await discord.autocomplete(
            "name", {"prefix": "T"}, focused="prefix", timeout=1 if fault.status == 404 else 60
        )
    await settled(discord, 1)
    assert problems() == []


async def test_modal_is_usable_after_a_reset(discord: Loopback) -> None:
    call = await discord.invoke("settings", author="olga")
    message = await call.answer()
    button = next(
        item["accessory"]["custom_id"]
        for item in message.components[0]["components"]
        if item.get("accessory", {}).get("label") == "Change ..."
    )
    discord.faults.add("POST", CALLBACK, RESET_AFTER)
    pressed = await discord.press(message, button, author="olga")
    await settled(discord, 1)
    submitted = await discord.submit(pressed, {"words": "beans", "prefix": "?"})
    await submitted.wait_acknowledged()
    reply = await discord.wait_reply(await discord.say("?name Tr 1"))
    assert reply.content
