"""The buttons Publish, Discard, Try it and Details under a finished training."""

import pytest

from bot.loopback import Loopback

from ...conftest import buttons_of, names_in, no_bot, press
from .fake_job import POOR
from .helpers import (
    TIMEOUT,
    finish_training,
    replies_to,
    start_training,
    text_of,
    use_style,
    wait_for,
)

pytestmark = [no_bot, pytest.mark.usefixtures("bot", "training_bot", "fake_training")]


async def use_command(discord: Loopback, command: str, **options: str) -> str:
    return text_of(await use_style(discord, command, **options))


async def test_try_it_is_ephemeral(discord: Loopback) -> None:
    message = await finish_training(discord)
    answers = [await press(discord, message, "Try it", author="olga") for _ in range(2)]
    for answer in answers:
        assert answer.ephemeral
        assert answer is not message
        assert len(names_in(answer)) == 10
    assert names_in(answers[0]) != names_in(answers[1])
    assert "ready to publish" in text_of(message)
    assert "fauns" not in await use_command(discord, "list")


async def test_buttons_need_manage_server(discord: Loopback) -> None:
    message = await finish_training(discord)
    for label in ("Publish", "Discard", "Try it", "Details"):
        refused = await press(discord, message, label, author="ada")
        assert refused.ephemeral
        assert refused.content == "You need the permission Manage Server for that."
    assert "ready to publish" in text_of(message)


async def test_discard(discord: Loopback) -> None:
    message = await finish_training(discord)
    await press(discord, message, "Discard", author="olga")
    await wait_for(discord, message, f"Discarded by <@{discord.user('olga').id}>")
    assert not message.components
    assert "fauns" not in await use_command(discord, "list")
    text = await use_command(discord, "publish", style="fauns")
    assert text.startswith("No training of `fauns` is ready to publish.")


async def test_poor_style_is_called_poor(discord: Loopback) -> None:
    styles = {}
    for file in ("fauns.txt", "poor.txt"):
        title = "trained, but poor" if file == "poor.txt" else "ready to publish"
        message = await wait_for(discord, await start_training(discord, file=file), title)
        assert (f"Poor style\n{POOR}" in text_of(message)) == (file == "poor.txt")
        publish = buttons_of(message)["Publish"]
        styles[file] = publish["style"]
        assert list(buttons_of(message)) == ["Publish", "Discard", "Try it", "Details"]
    assert styles == {"fauns.txt": 3, "poor.txt": 2}  # green, grey
    assert (await use_command(discord, "publish", style="fauns")).endswith(f".\n{POOR}")
    text = text_of(await wait_for(discord, message, "fauns: published"))
    assert POOR in text
    assert f"Poor style\n{POOR}" in await use_command(discord, "info", style="fauns")


async def test_second_press_is_refused(discord: Loopback) -> None:
    message = await finish_training(discord)
    ids = [buttons_of(message)[label]["custom_id"] for label in ("Publish", "Discard")]
    presses = [await discord.press(message, custom_id, author="olga") for custom_id in ids]
    await wait_for(discord, message, "fauns: published")
    replies = await discord.wait_until(lambda: replies_to(presses), TIMEOUT)
    assert replies == ["Someone already published this."]


async def test_publish_command_updates_the_message(discord: Loopback) -> None:
    first, second = await finish_training(discord), await finish_training(discord)
    text = await use_command(discord, "publish", style="fauns")
    assert "Version 1 of `fauns` is now live." in text
    assert "as version 1 of `fauns`" in text_of(second)
    assert "ready to publish" in text_of(first)
    text = await use_command(discord, "publish", style="fauns")
    assert "Version 2 of `fauns` is now live." in text
    assert "as version 2 of `fauns`" in text_of(first)


async def test_owner_publishes_for_all_servers(discord: Loopback) -> None:
    message = await finish_training(discord, for_all=True)
    await press(discord, message, "Publish", author="olga")
    await wait_for(discord, message, "fauns: published")
    call = await discord.invoke(
        "style list", {"group": "fauns"}, author="ada", channel=discord.dm("ada")
    )
    assert "fauns" in text_of(await call.answer())
