"""Publish, Discard, Try it: what may become of what was trained."""

from typing import Any

import pytest

from bot.loopback import Loopback, Message

from ..conftest import buttons_of, names_in, no_bot, press
from .training import begin, refusals_of, text_of, until

pytestmark = [no_bot, pytest.mark.usefixtures("bot", "workshop", "quick")]


async def trained(discord: Loopback, **how: Any) -> Message:
    """Train a style, and return the message in which it waits to be published."""
    return await until(discord, await begin(discord, **how), "ready to publish")


async def said(discord: Loopback, command: str, **options: str) -> str:
    call = await discord.invoke(f"style {command}", options, author="olga")
    return text_of(await call.answer())


async def test_a_try_is_seen_by_the_one_who_presses(discord: Loopback) -> None:
    message = await trained(discord)
    tries = [await press(discord, message, "Try it", author="olga") for _ in range(2)]
    for tried in tries:
        assert tried.ephemeral
        assert tried is not message
        assert len(names_in(tried)) == 10
    assert names_in(tries[0]) != names_in(tries[1])
    assert "ready to publish" in text_of(message)
    assert "elves" not in await said(discord, "list")


async def test_only_who_manages_the_server_decides(discord: Loopback) -> None:
    message = await trained(discord)
    for label in ("Publish", "Discard", "Try it"):
        refused = await press(discord, message, label, author="ada")
        assert refused.ephemeral
        assert refused.content == "You need Manage Server here for that."
    assert "ready to publish" in text_of(message)


async def test_what_is_discarded_is_no_style(discord: Loopback) -> None:
    message = await trained(discord)
    await press(discord, message, "Discard", author="olga")
    await until(discord, message, f"Discarded by <@{discord.user('olga').id}>")
    assert not message.components
    assert "elves" not in await said(discord, "list")
    told = await said(discord, "publish", style="elves")
    assert told.startswith("Nothing trained as `elves` waits to be published")


async def test_of_two_who_press_at_once_the_slower_is_told_so(discord: Loopback) -> None:
    message = await trained(discord)
    ids = [buttons_of(message)[label]["custom_id"] for label in ("Publish", "Discard")]
    presses = [await discord.press(message, custom_id, author="olga") for custom_id in ids]
    await until(discord, message, "elves: published")
    refusals = await discord.wait_until(lambda: refusals_of(presses))
    assert refusals == ["Somebody was quicker: it is published already."]


async def test_the_newest_is_published_by_its_name_and_its_message_says_so(
    discord: Loopback,
) -> None:
    first, second = await trained(discord), await trained(discord)
    assert "`elves` answers from version 1 now." in await said(discord, "publish", style="elves")
    assert "as version 1 of `elves`" in text_of(second)
    assert "ready to publish" in text_of(first)
    assert "`elves` answers from version 2 now." in await said(discord, "publish", style="elves")
    assert "as version 2 of `elves`" in text_of(first)


async def test_the_owner_publishes_for_every_server_and_no_manager_does(discord: Loopback) -> None:
    message = await trained(discord, for_all=True)
    await press(discord, message, "Publish", author="olga")
    await until(discord, message, "elves: published")
    there = await discord.invoke("style list", author="ada", channel=discord.dm("ada"))
    assert "elves" in text_of(await there.answer())
