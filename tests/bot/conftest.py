"""Fixtures that run the bot on a loopback Discord, and helpers that read its answers."""

import asyncio
import logging
import re
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any

import pytest
from discord.gateway import DiscordWebSocket
from discord.http import Route

from bot.commands import delivery
from bot.config import Settings
from bot.loopback import Loopback, Message
from bot.store import Store

from .. import bot_runner
from ..openapi import CheckedLoopback

no_bot = pytest.mark.parametrize("bot", [None])
"""For a test of a module that uses `bot`: the test starts its own bot."""

RunBot = Callable[..., AbstractAsyncContextManager["asyncio.Task[None]"]]


async def send(discord: Loopback, text: str, **where: Any) -> Message:
    """Send `text` to a channel, and return the bot's reply."""
    return await discord.wait_reply(await discord.say(text, **where))


async def invoke(
    discord: Loopback, command: str, options: Mapping[str, Any] | None = None, **where: Any
) -> Message:
    """Use a slash command, and return the bot's answer."""
    return await (await discord.invoke(command, options, **where)).answer()


def names_in(message: Message) -> list[str]:
    """Return the names in an answer with an embed, one a line, without their Markdown."""
    (embed,) = message.embeds
    lines = embed["description"].split("\n")
    plain = [re.sub(r"^_(.*)_$", r"\1", line) for line in lines]
    return [re.sub(r"\\([^0-9A-Za-z\s])", r"\1", line) for line in plain]


def italic_names(message: Message) -> list[str]:
    """Return the lines of an answer that are italic."""
    (embed,) = message.embeds
    return [line for line in embed["description"].split("\n") if re.fullmatch(r"_.*_", line)]


def footer_of(message: Message) -> str:
    """Return the text of an answer's footer."""
    (embed,) = message.embeds
    return str(embed["footer"]["text"])


def buttons_of(message: Message) -> dict[str, dict[str, Any]]:
    """Return the components of a message that have a label, by label."""
    return {
        item["label"]: item
        for row in message.components
        for item in row["components"]
        if "label" in item
    }


async def press(
    discord: Loopback, message: Message, label: str, author: str = "ada", timeout: float = 60
) -> Message:
    """Press a button, and return the message that answers it."""
    call = await discord.press(message, buttons_of(message)[label]["custom_id"], author=author)
    return await call.answer(timeout=timeout)


MESSAGES, CALLBACK = "/channels/*/messages", "/interactions/*/callback"
"""Routes of answers: to text commands, and to interactions."""

UNREACHABLE = "I can't reach my database. Please try again in a minute."


def from_bot(discord: Loopback) -> list[Message]:
    """Return the bot's messages in the first channel."""
    return [m for m in discord.messages("general").values() if m.author is discord.bot]


async def settled(discord: Loopback, count: int) -> None:
    """Wait until `count` requests have met their fault and the bot is at rest."""
    await discord.wait_until(lambda: discord.faults.count >= count)
    names = ("discord.py: ", "CommandTree-", "discord-ui-")
    while [t for t in asyncio.all_tasks() if t.get_name().startswith(names)]:  # noqa: ASYNC110
        await asyncio.sleep(0.02)


Problems = Callable[[], list[str]]


@pytest.fixture
def problems(caplog: pytest.LogCaptureFixture) -> Problems:
    """Return a function that returns the log's warnings and errors, one a record."""
    caplog.set_level(logging.INFO)

    def read() -> list[str]:
        return [
            f"{record.getMessage()}{' TRACEBACK' if record.exc_info else ''}"
            for record in caplog.records
            if record.levelno >= logging.WARNING and record.name.startswith(("bot", "discord"))
        ]

    return read


@pytest.fixture
def quick_retries(monkeypatch: pytest.MonkeyPatch) -> None:
    """Repeat failed requests almost at once."""
    monkeypatch.setattr(delivery, "_DELAYS", (0.05, 0.05, 0.05, 0.05))


@pytest.fixture
async def discord() -> AsyncIterator[Loopback]:
    """A loopback Discord; all its traffic must match Discord's OpenAPI document.

    It waits a minute for acknowledgements, so a busy machine only delays a test.
    """
    async with CheckedLoopback(acknowledge_timeout=60.0) as loopback:
        yield loopback
        assert loopback.violations == []


@pytest.fixture
def settings_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Settings]:
    """Return a function that makes settings for a loopback: no cooldowns, sections by keyword."""
    monkeypatch.setattr(
        "bot.guild_settings_cache._SETTINGS_SECONDS", 60.0
    )  # a busy machine only delays it
    monkeypatch.setattr("bot.identify.TURN_SECONDS", 0.0)  # as `CheckedLoopback` does
    monkeypatch.setattr(Route, "BASE", Route.BASE)
    monkeypatch.setattr(DiscordWebSocket, "DEFAULT_GATEWAY", DiscordWebSocket.DEFAULT_GATEWAY)

    def make(loopback: Loopback, **sections: dict[str, Any]) -> Settings:
        sections.setdefault("limits", {"user_commands": 0, "channel_commands": 0})
        return bot_runner.bot_settings(loopback, tmp_path / "data", **sections)

    return make


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    """The bot's database, opened beside it; a running bot may have cached older values."""
    (tmp_path / "data").mkdir(exist_ok=True)
    store = await Store.open(f"sqlite:///{tmp_path}/data/namesmith.sqlite3")
    yield store
    await store.close()


@pytest.fixture
def run_bot(settings_for: Callable[..., Settings]) -> RunBot:
    """Return a context manager that runs the stand-alone bot on a loopback."""

    def run(
        loopback: Loopback, **sections: Any
    ) -> AbstractAsyncContextManager["asyncio.Task[None]"]:
        return bot_runner.run_bot(loopback, settings_for(loopback, **sections))

    return run


@pytest.fixture
async def bot(discord: Loopback, run_bot: RunBot) -> AsyncIterator["asyncio.Task[None]"]:
    """The stand-alone bot with default settings."""
    async with run_bot(discord) as task:
        yield task
