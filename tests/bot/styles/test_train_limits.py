"""How much a server may train and keep, and where nothing can be trained at all."""

import asyncio
from typing import Any

import pytest

from bot.library import Library
from bot.loopback import Loopback
from bot.training import local_cluster

from ..conftest import RunBot, no_bot, press
from .shelved import style_of, styles
from .training import begin, offer, refused, text_of, until

pytestmark = [no_bot, pytest.mark.usefixtures("bot", "quick")]


async def test_a_server_that_has_its_fill_of_styles_is_told_how_to_make_room(
    discord: Loopback, run_bot: RunBot, training: dict[str, Any]
) -> None:
    async with run_bot(discord, training=training | {"max_guild_styles": 1}):
        message = await until(discord, await begin(discord), "ready to publish")
        await press(discord, message, "Publish", author="olga")
        await until(discord, message, "elves: published")
        assert await refused(discord, "dwarves") == (
            "This server has 1 of the 1 styles that it may have of its own. "
            "`/style retire` makes room for another."
        )
        assert "shall I learn this?" in text_of(await offer(discord, "elves"))


async def test_a_server_whose_styles_are_large_is_told_how_large(
    discord: Loopback, run_bot: RunBot, training: dict[str, Any]
) -> None:
    async with run_bot(discord, training=training | {"max_guild_bytes": 1024}):
        message = await until(discord, await begin(discord), "ready to publish")
        told = (await press(discord, message, "Publish", author="olga")).content
        assert told.startswith("This server's own styles take 0 kB of the 1 kB that they may")
        assert "The owner of this bot can delete some" in told
        assert "ready to publish" in text_of(message)


async def test_no_haste_brings_back_more_styles_than_a_server_may_have(
    discord: Loopback, run_bot: RunBot, training: dict[str, Any], library: Library
) -> None:
    guild_id = discord.guild.id
    for style in ("elves", "dwarves"):
        await library.publish(style, style_of("Abi"), author="1", guild_id=guild_id)
        await library.retire(style, author="1", guild_id=guild_id)
    async with run_bot(discord, training=training | {"max_guild_styles": 1}):
        both = [styles(discord, "rollback", style=style) for style in ("elves", "dwarves")]
        told = sorted(answer.content for answer in await asyncio.gather(*both))
        assert told[0].startswith("This server has 1 of the 1 styles that it may have of its own.")
        assert "answers from version 1 now" in told[1]


async def test_a_server_trains_so_often_within_an_hour(
    discord: Loopback, run_bot: RunBot, training: dict[str, Any]
) -> None:
    async with run_bot(discord, training=training | {"max_guild_trainings_per_hour": 1}):
        previews = [await offer(discord, style) for style in ("elves", "dwarves")]
        await press(discord, previews[0], "Confirm", author="olga")
        line = "This server has begun 1 trainings within an hour, and may begin 1. Try again later."
        await discord.wait_until(lambda: "way" in previews[0].content)
        assert await refused(discord, "orcs") == line
        assert (await press(discord, previews[1], "Confirm", author="olga")).content == line


async def test_where_nothing_can_be_trained_it_says_what_is_lacking(
    discord: Loopback, run_bot: RunBot, monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    monkeypatch.setattr(local_cluster, "_CODE_FOLDER", tmp_path)
    async with run_bot(discord):
        told = await refused(discord)
        assert told.startswith("Training is not available here: the folders model")
        assert "[training] scheduler" in told
        assert "pip install '.[train]'" in told
