"""Error messages: bugs, database errors and missing permissions."""

import logging
import sys
from pathlib import Path

import pytest

from bot.loopback import Loopback, Permission
from bot.loopback.faults import http_error
from bot.request_id import RequestIdFilter

from ..artifacts import write_counter
from ..conftest import RunBot, invoke, names_in, no_bot, press, send

pytestmark = pytest.mark.usefixtures("bot")


async def test_slash_errors_are_ephemeral(discord: Loopback) -> None:
    error = await invoke(discord, "name", {"prefix": "T5r"})
    assert error.ephemeral
    assert "doesn't use the character `5`" in error.content


@no_bot
async def test_bugs_are_logged(
    discord: Loopback,
    run_bot: RunBot,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    async with run_bot(discord):
        engine = sys.modules["bot.sampling"].Engine  # the class that the bot has loaded

        async def fail(*arguments: object) -> list[str]:
            raise KeyError("a bug")

        monkeypatch.setattr(engine, "names", fail)
        caplog.handler.addFilter(RequestIdFilter())
        text = "Something went wrong on my side. It's in my log as `{}`. Please try again."
        errors = [await send(discord, "!name Tr"), await invoke(discord, "name", {"prefix": "Tr"})]
    assert errors[1].ephemeral
    logged = [each for each in caplog.records if each.getMessage() == "Command name failed"]
    ids = [vars(record)["request_id"] for record in logged]
    assert [error.content for error in errors] == [text.format(id) for id in ids]
    assert len(set(ids)) == 2


@no_bot
@pytest.mark.parametrize("text", ["!name Tr", "!blend Ann + Tess", "!rate Trevor"])
async def test_network_that_fails_later_is_one_line(
    discord: Loopback, run_bot: RunBot, tmp_path: Path, caplog: pytest.LogCaptureFixture, text: str
) -> None:
    path = write_counter(tmp_path / "faulty.onnx", last_step=2)
    async with run_bot(discord, names={"style": str(path)}):
        message = "This style's file is damaged. Please choose another style."
        assert (await send(discord, text)).content == message
        assert (await send(discord, "!help")).embeds
    (line,) = (record for record in caplog.records if record.levelname == "ERROR")
    assert line.exc_info is None
    assert "the network of 'Test' fails at a step: it returns numbers that are" in line.message


@no_bot
async def test_database_errors_are_logged(
    discord: Loopback,
    run_bot: RunBot,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    async with run_bot(discord):
        store = sys.modules["bot.store"]  # the module that the bot has loaded

        async def fail(*arguments: object) -> int:
            raise store.StoreError("names.sqlite3: the disk is full")

        monkeypatch.setattr(store.Store, "save_names", fail)
        error = await press(discord, await send(discord, "!name Tr 1"), "Save")
        assert error.ephemeral
        assert error.content == "I can't reach my database. Please try again in a minute."
        assert "the disk is full" in caplog.text


@pytest.mark.parametrize("by_slash", [False, True])
async def test_missing_embed_permission(discord: Loopback, by_slash: bool) -> None:
    """Slash commands need no permissions."""
    discord.set_permissions("general", discord.bot, deny=Permission.EMBED_LINKS)
    if by_slash:
        assert names_in(await invoke(discord, "name"))
    else:
        error = await send(discord, "!name Tr")
        assert error.content == "I need Embed Links in this channel for that."
        assert (await send(discord, "!name Tr 1")).content.startswith("Tr")


async def test_missing_permission_is_logged(
    discord: Loopback, caplog: pytest.LogCaptureFixture
) -> None:
    discord.set_permissions("general", discord.bot, deny=Permission.SEND_MESSAGES)
    for text in ("!name Tr", "!name T5"):
        await discord.say(text)
    await send(discord, "!name Tr", channel="random")
    warning = "Discord does not let the bot answer in #general of Loopback: grant it Send Messages "
    await discord.wait_until(lambda: caplog.text.count(f"{warning}there") == 2)


async def test_missing_permission_in_a_thread_is_logged(
    discord: Loopback, caplog: pytest.LogCaptureFixture
) -> None:
    thread = discord.create_thread("inside")
    discord.set_permissions("general", discord.bot, deny=Permission.SEND_MESSAGES_IN_THREADS)
    await discord.say("!name Tr", channel=thread)
    warning = "answer in #inside of Loopback: grant it Send Messages in Threads there"
    await discord.wait_until(lambda: warning in caplog.text)
    discord.set_permissions("general", discord.bot, deny=Permission.EMBED_LINKS)
    error = await send(discord, "!name Tr", channel=thread)
    assert error.content == "I need Embed Links in this thread for that."


async def test_refusing_person_is_not_named(
    discord: Loopback, caplog: pytest.LogCaptureFixture
) -> None:
    refusal = http_error(403, 50007, "Cannot send messages to this user")
    discord.faults.add("POST", "/channels/*/messages", refusal)
    await discord.say("!name Tr", channel=discord.dm("ada"))
    line = "Command name: Discord does not let the bot answer that person"
    await discord.wait_until(lambda: line in caplog.text)
    records = [each for each in caplog.records if each.levelno >= logging.WARNING]
    assert not any("ada" in record.getMessage().casefold() for record in records)
