"""Limits of a server's styles and trainings, and bots that can't train."""

import asyncio
from typing import Any

import pytest

from bot import training_code
from bot.library import Library
from bot.loopback import Loopback

from ...conftest import RunBot, no_bot, press
from .helpers import (
    finish_training,
    make_style,
    text_of,
    train_error,
    use_style,
    use_train,
    wait_for,
)

pytestmark = [no_bot, pytest.mark.usefixtures("bot", "fake_training")]


async def test_style_limit(discord: Loopback, run_bot: RunBot, training: dict[str, Any]) -> None:
    async with run_bot(discord, training=training | {"max_guild_styles": 1}):
        message = await finish_training(discord)
        await press(discord, message, "Publish", author="olga")
        await wait_for(discord, message, "fauns: published")
        assert await train_error(discord, "dwarves") == (
            "This server has reached its limit of 1 own style. "
            "Use `/manage-styles retire` to make room."
        )
        assert "start training?" in text_of(await use_train(discord, "fauns"))


async def test_storage_limit(discord: Loopback, run_bot: RunBot, training: dict[str, Any]) -> None:
    async with run_bot(discord, training=training | {"max_guild_bytes": 1024}):
        message = await finish_training(discord)
        text = (await press(discord, message, "Publish", author="olga")).content
        assert text.startswith("This server's own styles take up 0 kB of 1 kB, and `fauns` needs")
        assert "Ask the owner of the bot for room" in text
        assert "ready to publish" in text_of(message)


async def test_concurrent_rollbacks_obey_the_limit(
    discord: Loopback, run_bot: RunBot, training: dict[str, Any], library: Library
) -> None:
    guild_id = discord.guild.id
    for style in ("fauns", "dwarves"):
        await library.publish(style, make_style("Abi"), author="1", guild_id=guild_id)
        await library.retire(style, author="1", guild_id=guild_id)
    async with run_bot(discord, training=training | {"max_guild_styles": 1}):
        rollbacks = [use_style(discord, "rollback", style=style) for style in ("fauns", "dwarves")]
        texts = sorted(answer.content for answer in await asyncio.gather(*rollbacks))
        assert texts[0].startswith("This server has reached its limit of 1 own style.")
        assert texts[1].startswith("Version 1 of ")
        assert "is now live" in texts[1]


async def test_hourly_limit(discord: Loopback, run_bot: RunBot, training: dict[str, Any]) -> None:
    async with run_bot(discord, training=training | {"max_guild_trainings_per_hour": 1}):
        previews = [await use_train(discord, style) for style in ("fauns", "dwarves")]
        await press(discord, previews[0], "Confirm", author="olga")
        text = "This server has reached its limit of 1 training per hour. Try again later."
        await discord.wait_until(lambda: "queued" in previews[0].content)
        assert await train_error(discord, "owls") == text
        assert (await press(discord, previews[1], "Confirm", author="olga")).content == text


async def test_zero_is_no_limit(
    discord: Loopback, run_bot: RunBot, training: dict[str, Any]
) -> None:
    limits = {"max_guild_styles": 0, "max_guild_bytes": 0, "max_guild_trainings_per_hour": 0}
    async with run_bot(discord, training=training | limits):
        for style in ("fauns", "dwarves"):
            message = await finish_training(discord, style)
            await press(discord, message, "Publish", author="olga")
            await wait_for(discord, message, f"{style}: published")


async def test_training_needs_the_code(
    discord: Loopback,
    run_bot: RunBot,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Any,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr(training_code, "_BOT", tmp_path / "bot")
    async with run_bot(discord):
        text = await train_error(discord)
    assert text == "Training isn't set up on this bot; ask its owner."
    [logged] = [line for line in caplog.messages if line.startswith("/manage-styles train: ")]
    for detail in ("the training code is not here", "wheel", "[training] scheduler"):
        assert detail in logged
