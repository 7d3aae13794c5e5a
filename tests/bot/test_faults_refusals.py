"""Refusals of Discord: rejected requests, a revoked token, permissions, deleted messages."""

import re

import pytest

from bot.loopback import Fault, Loopback, Permission
from bot.loopback.faults import http_error

from .conftest import (
    CALLBACK,
    MESSAGES,
    Problems,
    buttons_of,
    from_bot,
    names_in,
    press,
    send,
    settled,
)

pytestmark = pytest.mark.usefixtures("bot", "quick_retries")

SOMETHING_WRONG = r"Something went wrong on my side. It's in my log as `\w{8}`. Please try again."

REJECTED = {
    "400": http_error(400, 50035, "Invalid Form Body"),
    "AutoMod": http_error(400, 200000, "Message was blocked by automatic moderation"),
    "413": http_error(413, 40005, "Request entity too large"),
    "405": http_error(405, 0, "Method Not Allowed"),
}


@pytest.mark.parametrize("fault", REJECTED.values(), ids=REJECTED)
async def test_rejected_answer_is_one_line(
    discord: Loopback, problems: Problems, fault: Fault
) -> None:
    discord.faults.add("POST", MESSAGES, fault)
    assert re.fullmatch(SOMETHING_WRONG, (await send(discord, "!name Tr")).content)
    discord.faults.add("POST", CALLBACK, fault)
    assert re.fullmatch(SOMETHING_WRONG, (await (await discord.invoke("name")).answer()).content)
    assert len(problems()) == 2
    for line in problems():
        assert line.startswith("Command name: Discord rejected the answer (")
        assert str(fault.status) in line
        assert "TRACEBACK" not in line


async def test_rejected_error_message_is_one_line(discord: Loopback, problems: Problems) -> None:
    discord.faults.add("POST", MESSAGES, REJECTED["400"], times=9)
    await discord.say("!name T5r")
    await settled(discord, 1)
    (line,) = problems()
    assert line.startswith("Command name: HTTPException: 400 Bad Request")


async def test_revoked_token(discord: Loopback, problems: Problems) -> None:
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
    discord: Loopback, problems: Problems, code: int
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
    discord: Loopback, problems: Problems, permission: str, is_thread: bool
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
async def test_deleted_before_the_answer(discord: Loopback, problems: Problems, what: str) -> None:
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
