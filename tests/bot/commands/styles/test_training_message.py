"""The message of a training: its progress, and what happens if it can't be edited."""

import asyncio
import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest

from bot.commands.styles import training_message as progress_updater
from bot.loopback import Loopback, Message

from ...conftest import no_bot
from .helpers import (
    LIST,
    TIMEOUT,
    confirm,
    press_cancel,
    start_training,
    text_of,
    use_train,
    wait_for,
)

pytestmark = [no_bot, pytest.mark.usefixtures("bot", "training_bot", "fake_training")]


async def test_progress(discord: Loopback) -> None:
    before = datetime.now(UTC).timestamp()
    message = await start_training(discord, file="slow.txt")
    assert message.visible_to is None
    assert message.author is discord.bot
    text = text_of(await wait_for(discord, message, "Learning the list · done <t:"))
    assert "▱" in text
    assert " %" in text
    time = int(re.search(r"done <t:(\d+):R>\n", text)[1])  # type: ignore[index]
    assert before + 41 < time <= datetime.now(UTC).timestamp() + 42
    assert len(text.partition("Latest names: ")[2].split("\n")[0].split(", ")) == 3
    await press_cancel(discord, message)


async def test_no_countdown_of_the_last_seconds(discord: Loopback) -> None:
    message = await start_training(discord, file="ending.txt")
    text = text_of(await wait_for(discord, message, "Learning the list"))
    assert "Learning the list · almost done\n" in text
    await press_cancel(discord, message)


async def test_early_stop_is_announced(discord: Loopback) -> None:
    message = await start_training(discord, file="patient.txt")
    text = text_of(await wait_for(discord, message, "Learning the list"))
    assert re.search(r"done <t:\d+:R> at the latest\n", text)
    await press_cancel(discord, message)


async def test_edits_keep_their_interval(
    discord: Loopback, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(progress_updater, "UPDATE_INTERVAL_SECONDS", interval := 0.5)
    message = await start_training(discord, file="slow.txt")
    times = [time async for time in _edit_times(discord, message, 4)]
    await press_cancel(discord, message)
    assert interval * (len(times) - 2) <= times[-1] - times[0]


async def _edit_times(discord: Loopback, message: Message, count: int) -> AsyncIterator[float]:
    """Yield the times of the next `count` edits of `message`."""
    async for event in discord.events():
        if event.message is message and event.kind == "edited":
            yield asyncio.get_running_loop().time()
            count -= 1
        if not count:
            return


async def test_profanity_is_left_out(discord: Loopback) -> None:
    content = b"Fuck\nShit\n" + LIST
    message = await confirm(discord, await use_train(discord, content=content, file="slow.txt"))
    text = text_of(await wait_for(discord, message, "Latest names: "))
    assert "Fuck" not in text
    assert "Shit" not in text
    await press_cancel(discord, message)


async def test_markdown_is_escaped(discord: Loopback) -> None:
    content = b"@everyone\n[x](https://x.example)\n" + LIST
    message = await confirm(discord, await use_train(discord, content=content, file="slow.txt"))
    await wait_for(discord, message, "Latest names: ")
    description = message.embeds[0]["description"]
    assert r"\@everyone" in description
    assert r"\[x\]\(https\://x.example\)" in description
    await press_cancel(discord, message)


async def test_deleted_message_stops_no_training(discord: Loopback) -> None:
    message = await start_training(discord)
    await discord.delete(message)
    await _publish_when_ready(discord)
    assert _later_messages(discord, message) == []


async def test_closed_channel_stops_no_training(discord: Loopback) -> None:
    message = await start_training(discord, file="slow.txt")
    await wait_for(discord, message, "training…")
    discord.set_permissions("general", discord.bot, deny=1 << 10)
    call = await discord.invoke("manage-styles cancel", author="olga", channel="random")
    assert "cancelled" in (await call.answer()).content
    await start_training(discord, channel="random")
    await _publish_when_ready(discord)
    assert "training…" in text_of(message)


async def _publish_when_ready(discord: Loopback) -> None:
    """Publish the training of `fauns` as soon as it has finished."""
    async with asyncio.timeout(TIMEOUT):
        while True:
            call = await discord.invoke(
                "manage-styles publish", {"style": "fauns"}, author="olga", channel="random"
            )
            if "Version 1 of `fauns` is now live." in (await call.answer()).content:
                return


def _later_messages(discord: Loopback, message: Message) -> list[Message]:
    """Return the bot's public messages after `message` in its channel."""
    messages = discord.messages(message.channel).values()
    later = [m for m in messages if m.id > message.id]
    return [m for m in later if m.author is discord.bot and not m.visible_to]
