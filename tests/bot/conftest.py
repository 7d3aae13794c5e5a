"""The real client on a loopback Discord, for every test of what a person sees."""

import asyncio
import re
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any

import pytest
from discord.gateway import DiscordWebSocket
from discord.http import Route

from bot.config import Settings
from bot.loopback import Loopback, Message
from bot.store import Store

from ..bot_runner import bot_settings, run_bot
from ..openapi import CheckedLoopback

no_bot = pytest.mark.parametrize("bot", [None])
"""For a module whose tests use the bot: this one starts one with other settings."""

Serving = Callable[..., AbstractAsyncContextManager["asyncio.Task[None]"]]


async def send(discord: Loopback, text: str, **where: Any) -> Message:
    """Send `text` to a channel, and return the bot's reply."""
    return await discord.wait_reply(await discord.say(text, **where))


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
    return {item["label"]: item for row in message.components for item in row["components"]}


async def press(
    discord: Loopback, message: Message, label: str, author: str = "ada", timeout: float = 10
) -> Message:
    """Press a button, and return the message that answers it."""
    call = await discord.press(message, buttons_of(message)[label]["custom_id"], author=author)
    return await call.answer(timeout=timeout)


@pytest.fixture
async def discord() -> AsyncIterator[Loopback]:
    """A Discord of the test's own; nothing that passed may break Discord's OpenAPI document."""
    async with CheckedLoopback() as loopback:
        yield loopback
        assert loopback.violations == []


@pytest.fixture
def settings_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Settings]:
    """Settings that lead to a loopback, with sections changed by keyword; nobody has to wait."""
    monkeypatch.setattr(Route, "BASE", Route.BASE)
    monkeypatch.setattr(DiscordWebSocket, "DEFAULT_GATEWAY", DiscordWebSocket.DEFAULT_GATEWAY)

    def make(loopback: Loopback, **sections: dict[str, Any]) -> Settings:
        sections.setdefault("limits", {"user_commands": 0, "channel_commands": 0})
        return bot_settings(loopback, tmp_path / "data", **sections)

    return make


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    """What the bot keeps, opened beside it; a bot already running may not notice what changes."""
    (tmp_path / "data").mkdir(exist_ok=True)
    store = await Store.open(f"sqlite:///{tmp_path}/data/namesmith.sqlite3")
    yield store
    await store.close()


@pytest.fixture
def serving(settings_for: Callable[..., Settings]) -> Serving:
    """Run the stand-alone bot on a loopback for the length of a `with`."""

    def run(
        loopback: Loopback, **sections: Any
    ) -> AbstractAsyncContextManager["asyncio.Task[None]"]:
        return run_bot(loopback, settings_for(loopback, **sections))

    return run


@pytest.fixture
async def bot(discord: Loopback, serving: Serving) -> AsyncIterator["asyncio.Task[None]"]:
    """The stand-alone bot with its defaults."""
    async with serving(discord) as task:
        yield task
