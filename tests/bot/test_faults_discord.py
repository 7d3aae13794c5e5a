"""Faults of Discord: answers arrive once, the log has one line, and nothing else is said."""

import contextlib

import pytest

from bot.commands import base, delivery
from bot.loopback import Fault, Loopback
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

from .conftest import (
    CALLBACK,
    MESSAGES,
    Problems,
    from_bot,
    invoke,
    names_in,
    press,
    send,
    settled,
)

pytestmark = pytest.mark.usefixtures("bot", "quick_retries")

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


@faults
async def test_text_answer_arrives_once(
    discord: Loopback, problems: Problems, fault: Fault
) -> None:
    discord.faults.add("POST", MESSAGES, fault)
    assert names_in(await send(discord, "!name Tr"))
    await settled(discord, 1)
    assert len(from_bot(discord)) == 1
    assert not [line for line in problems() if "rate limit" not in line]


@faults
async def test_slash_answer_arrives_once(
    discord: Loopback, problems: Problems, fault: Fault
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
    problems: Problems,
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
    discord: Loopback, problems: Problems, fault: Fault
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
    discord: Loopback, problems: Problems, path: str
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
    discord: Loopback, problems: Problems, code: int
) -> None:
    status = 400 if code == 40060 else 404
    discord.faults.add("POST", CALLBACK, http_error(status, code, "No"), times=9)
    await discord.invoke("name", {"prefix": "Tr"})
    await settled(discord, 1)
    assert discord.faults.count == 1
    assert len(problems()) == (code == 10062)
    assert "TRACEBACK" not in "".join(problems())


async def test_silent_discord(
    discord: Loopback, problems: Problems, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delivery, "_RESPONSE_SECONDS", 0.5)
    discord.faults.add("POST", CALLBACK, silence(10))
    call = await discord.invoke("name", {"prefix": "Tr"})
    assert names_in(await call.answer())
    await settled(discord, 1)
    assert len(from_bot(discord)) == 1
    assert problems() == []


async def test_followup_is_not_repeated(
    discord: Loopback, problems: Problems, monkeypatch: pytest.MonkeyPatch
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


async def test_silent_discord_stops_nobody(discord: Loopback) -> None:
    """One answer hangs for as long as Discord likes; the others arrive."""
    discord.faults.add("POST", MESSAGES, Fault(silence=600))
    await discord.say("!name Tr")
    await discord.wait_until(lambda: discord.faults.count)
    assert names_in(await send(discord, "!name Tr", channel="random"))
    call = await discord.invoke("name", {"prefix": "Tr"})
    assert names_in(await call.answer())


@pytest.mark.parametrize("is_global", [False, True])
async def test_rate_limits_in_a_row(discord: Loopback, problems: Problems, is_global: bool) -> None:
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
    problems: Problems,
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
    problems: Problems,
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
async def test_autocomplete_is_quiet(discord: Loopback, problems: Problems, fault: Fault) -> None:
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
