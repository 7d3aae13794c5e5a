"""`/style cancel`, and the button under a training: it is over, queued or running."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from bot.loopback import Loopback, Message

from ...openapi import CheckedLoopback
from ..conftest import no_bot, press
from .training import begin, give_up, text_of, until

pytestmark = [no_bot, pytest.mark.usefixtures("bot", "workshop", "quick")]


@pytest.fixture
async def discord() -> AsyncIterator[Loopback]:
    """A Discord with two servers."""
    async with CheckedLoopback(guilds=2) as loopback:
        yield loopback
        assert loopback.violations == []


async def slow(discord: Loopback, style: str = "elves", **how: Any) -> Message:
    """Begin a training that goes on until it is cancelled."""
    return await begin(discord, style, file="slow.txt", **how)


async def cancel(discord: Loopback, author: str = "olga", **options: str) -> str:
    call = await discord.invoke("style cancel", options, author=author)
    answer = await call.answer()
    assert answer.ephemeral
    return answer.content


async def test_the_only_training_is_cancelled_without_its_name(discord: Loopback) -> None:
    message = await until(discord, await slow(discord), "elves: learning")
    told = await cancel(discord)
    assert told == "The training of `elves` is cancelled. No style has changed."
    await until(discord, message, f"Cancelled by <@{discord.user('olga').id}>. No style")
    assert not message.components
    assert await cancel(discord) == "No training is going on here."


async def test_a_button_cancels_the_training_above_it(discord: Loopback) -> None:
    message = await until(discord, await slow(discord), "elves: learning")
    refused = await press(discord, message, "Cancel", author="ada")
    assert refused.content == "You need Manage Server here for that."
    await give_up(discord, message)
    assert f"Cancelled by <@{discord.user('olga').id}>" in text_of(message)


async def test_of_several_the_one_that_is_named_is_cancelled(discord: Loopback) -> None:
    first = await until(discord, await slow(discord, "elves"), "elves: learning")
    second = await until(discord, await slow(discord, "dwarves"), "place 1 of 1")
    assert await cancel(discord) == ("Several are in training here; say which: `elves`, `dwarves`.")
    assert await cancel(discord, style="orcs") == (
        "That style is not in training here; there are: `elves`, `dwarves`."
    )
    offered = await discord.autocomplete(
        "style cancel", {"style": "d"}, focused="style", author="olga"
    )
    assert [choice["value"] for choice in offered] == ["dwarves"]
    await cancel(discord, style="Dwarves")
    await until(discord, second, "dwarves: cancelled")
    assert "elves: learning" in text_of(first)
    await give_up(discord, first)


async def test_what_is_over_frees_the_worker_for_the_next(discord: Loopback) -> None:
    first = await until(discord, await slow(discord, "elves"), "elves: learning")
    second = await until(discord, await slow(discord, "dwarves"), "place 1 of 1")
    await give_up(discord, first)
    await until(discord, second, "dwarves: learning")
    await give_up(discord, second)


async def test_servers_take_turns_and_each_sees_its_place(discord: Loopback) -> None:
    there = discord.channel("general", discord.guilds[1])
    first = await until(discord, await slow(discord, "a"), "a: learning")
    third, fourth = [await slow(discord, style) for style in ("c", "d")]
    second = await slow(discord, "b", channel=there)
    await until(discord, second, "place 1 of 3")
    await until(discord, third, "place 2 of 3")
    await until(discord, fourth, "place 3 of 3")
    for message in (first, second, third, fourth):
        await until(discord, message, "learning")
        await give_up(discord, message)
