"""`/manage-styles cancel`, and the Cancel button under a training."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from bot.loopback import Loopback, Message

from ....openapi import CheckedLoopback
from ...conftest import no_bot, press
from .helpers import press_cancel, start_training, text_of, wait_for

pytestmark = [no_bot, pytest.mark.usefixtures("bot", "training_bot", "fake_training")]


@pytest.fixture
async def discord() -> AsyncIterator[Loopback]:
    """A Discord with two servers."""
    async with CheckedLoopback(guilds=2) as loopback:
        yield loopback
        assert loopback.violations == []


async def start_slow(discord: Loopback, style: str = "fauns", **options: Any) -> Message:
    """Start a training that runs until it is cancelled."""
    return await start_training(discord, style, file="slow.txt", **options)


async def use_cancel(discord: Loopback, author: str = "olga", **options: str) -> str:
    call = await discord.invoke("manage-styles cancel", options, author=author)
    answer = await call.answer()
    assert answer.ephemeral
    return answer.content


async def test_cancel_needs_no_style_name(discord: Loopback) -> None:
    message = await wait_for(discord, await start_slow(discord), "fauns: training…")
    text = await use_cancel(discord)
    assert text == "Training of `fauns` cancelled. No style has changed."
    await wait_for(discord, message, f"Cancelled by <@{discord.user('olga').id}>. No style")
    assert not message.components
    assert await use_cancel(discord) == "No training is running here."


async def test_cancel_button(discord: Loopback) -> None:
    message = await wait_for(discord, await start_slow(discord), "fauns: training…")
    refused = await press(discord, message, "Cancel", author="ada")
    assert refused.content == "You need the permission Manage Server for that."
    await press_cancel(discord, message)
    assert f"Cancelled by <@{discord.user('olga').id}>" in text_of(message)


async def test_cancel_chooses_by_name(discord: Loopback) -> None:
    first = await wait_for(discord, await start_slow(discord, "fauns"), "fauns: training…")
    second = await wait_for(discord, await start_slow(discord, "dwarves"), "Position 1 of 1")
    assert await use_cancel(discord) == (
        "Several trainings are running here. Choose one: `fauns`, `dwarves`."
    )
    assert await use_cancel(discord, style="owls") == (
        "That style isn't in training here. In training: `fauns`, `dwarves`."
    )
    choices = await discord.autocomplete(
        "manage-styles cancel", {"style": "d"}, focused="style", author="olga"
    )
    assert [choice["value"] for choice in choices] == ["dwarves"]
    await use_cancel(discord, style="Dwarves")
    await wait_for(discord, second, "dwarves: cancelled")
    assert "fauns: training…" in text_of(first)
    await press_cancel(discord, first)


async def test_cancel_frees_the_worker(discord: Loopback) -> None:
    first = await wait_for(discord, await start_slow(discord, "fauns"), "fauns: training…")
    second = await wait_for(discord, await start_slow(discord, "dwarves"), "Position 1 of 1")
    await press_cancel(discord, first)
    await wait_for(discord, second, "dwarves: training…")
    await press_cancel(discord, second)


async def test_servers_take_turns(discord: Loopback) -> None:
    other_server = discord.channel("general", discord.guilds[1])
    first = await wait_for(discord, await start_slow(discord, "a"), "a: training…")
    third, fourth = [await start_slow(discord, style) for style in ("c", "d")]
    second = await start_slow(discord, "b", channel=other_server)
    await wait_for(discord, second, "Position 1 of 3")
    await wait_for(discord, third, "Position 2 of 3")
    await wait_for(discord, fourth, "Position 3 of 3")
    for message in (first, second, third, fourth):
        await wait_for(discord, message, "training…")
        await press_cancel(discord, message)
