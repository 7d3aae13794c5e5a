"""The message of a training: one, edited as it goes, whatever becomes of it."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from bot.commands.styles import follower as following
from bot.loopback import Loopback, Message

from ..conftest import no_bot
from .training import LIST, begin, confirm, give_up, offer, text_of, until

pytestmark = [no_bot, pytest.mark.usefixtures("bot", "workshop", "quick")]


async def test_it_tells_how_far_it_is_in_a_bar_figures_and_names(discord: Loopback) -> None:
    message = await begin(discord, file="slow.txt")
    assert message.visible_to is None
    assert message.author is discord.bot
    told = text_of(await until(discord, message, "held-out loss"))
    assert "▱" in told
    assert " %" in told
    assert "epoch 0." in told
    assert "held-out loss 2.75" in told
    assert "about 42 s left" in told
    assert len(told.partition("So far: ")[2].split("\n")[0].split(", ")) == 3
    await give_up(discord, message)


async def test_it_is_edited_no_faster_than_discord_likes_and_ends_with_the_latest(
    discord: Loopback, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(following, "PACE", pace := 0.5)
    message = await begin(discord, file="slow.txt")
    edited = [event async for event in _edits(discord, message, 4)]
    await give_up(discord, message)
    assert pace * (len(edited) - 2) <= edited[-1] - edited[0]


async def _edits(discord: Loopback, message: Message, count: int) -> AsyncIterator[float]:
    """Yield the moments at which `message` is edited, `count` times from now on."""
    async for event in discord.events():
        if event.message is message and event.kind == "edited":
            yield asyncio.get_running_loop().time()
            count -= 1
        if not count:
            return


async def test_names_that_nobody_should_read_are_in_no_message(discord: Loopback) -> None:
    content = b"Fuck\nShit\n" + LIST
    preview = await offer(discord, content=content, file="slow.txt")
    message = await confirm(discord, preview)
    told = text_of(await until(discord, message, "So far: "))
    assert "Fuck" not in told
    assert "Shit" not in told
    await give_up(discord, message)


async def test_what_could_act_is_plain_text(discord: Loopback) -> None:
    content = b"@everyone\n[x](https://x.example)\n" + LIST
    preview = await offer(discord, content=content, file="slow.txt")
    message = await confirm(discord, preview)
    await until(discord, message, "So far: ")
    raw = message.embeds[0]["description"]
    assert r"\@everyone" in raw
    assert r"\[x\]\(https\://x.example\)" in raw
    await give_up(discord, message)


async def test_a_message_that_is_deleted_stops_no_training(discord: Loopback) -> None:
    message = await begin(discord)
    await discord.delete(message)
    await _published(discord)
    assert said_since(discord, message) == []


async def test_a_channel_that_is_closed_to_the_bot_stops_no_training(discord: Loopback) -> None:
    message = await until(discord, await begin(discord, file="slow.txt"), "learning")
    discord.set_permissions("general", discord.bot, deny=1 << 10)
    call = await discord.invoke("style cancel", author="olga", channel="random")
    assert "is cancelled" in (await call.answer()).content
    await begin(discord, channel="random")
    await _published(discord)
    assert "learning" in text_of(message)


async def _published(discord: Loopback) -> None:
    """Publish what is trained as `elves`, as soon as there is something."""
    async with asyncio.timeout(120):
        while True:
            call = await discord.invoke(
                "style publish", {"style": "elves"}, author="olga", channel="random"
            )
            if "answers from version 1" in (await call.answer()).content:
                return


def said_since(discord: Loopback, message: Message) -> list[Message]:
    """Return what the bot has said to everyone in the channel after `message`."""
    there = discord.messages(message.channel).values()
    return [m for m in there if m.id > message.id and m.author is discord.bot and not m.visible_to]
