"""`!rate` and `/rate`: the percentile, the picture and its alt text, errors."""

import io
import re
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from bot.loopback import Loopback, Message, Permission
from bot.store import Store

from ..artifacts import write_artifact
from ..conftest import RunBot, invoke, no_bot, send

pytestmark = pytest.mark.usefixtures("bot")


def percentile_of(message: Message) -> int:
    match = re.match(r"More typical than \*\*(\d+) %\*\* of \*", description_of(message))
    assert match, description_of(message)
    return int(match[1])


def description_of(message: Message) -> str:
    (embed,) = message.embeds
    return str(embed["description"])


async def rate(discord: Loopback, **options: Any) -> Message:
    return await invoke(discord, "rate", options)


async def test_names_beat_noise(discord: Loopback) -> None:
    name, noise = await send(discord, "!rate Marina"), await send(discord, "!rate xqzvkj")
    assert percentile_of(name) > 50
    assert percentile_of(noise) == 0
    assert description_of(name).endswith("It's in the style's list.")
    assert not description_of(noise).endswith("It's in the style's list.")


async def test_text_equals_slash(discord: Loopback) -> None:
    assert description_of(await send(discord, "!rate Trella")) == description_of(
        await rate(discord, name="Trella")
    )
    assert description_of(await send(discord, "!rate Rexodon style:dinosaurs")) == description_of(
        await rate(discord, name="Rexodon", style="dinosaurs")
    )


async def test_picture_has_alt_text(discord: Loopback) -> None:
    answer = await send(discord, "!rate Trina")
    (file,) = answer.attachments
    (embed,) = answer.embeds
    assert embed["title"] == "Trina"
    assert embed["image"]["url"] == file.url
    picture = Image.open(io.BytesIO(file.data))
    assert picture.format == "PNG"
    assert picture.width == 600
    assert "nats" not in embed["footer"]["text"]
    assert file.description
    letters = [re.sub(r" \(.*", "", part) for part in re.split(r", (?!\d)", file.description)]
    assert letters == [*"Trina", "end"]
    assert re.search(r"\(expected .+, \S+%\)", file.description)


async def test_error_mentions_nobody(discord: Loopback) -> None:
    error = await send(discord, "!rate **T**")
    assert error.content.startswith("This style doesn't use the character ")
    assert not error.mention_everyone


async def test_style_is_completed_and_checked(discord: Loopback) -> None:
    choices = await discord.autocomplete("rate", {"style": "dino"}, focused="style")
    assert [choice["value"] for choice in choices] == ["dinosaurs"]
    error = await rate(discord, name="Trina", style="fauns")
    assert error.ephemeral
    assert error.content.startswith("There is no style `fauns`.")


async def test_missing_name_shows_the_usage(discord: Loopback) -> None:
    error = await send(discord, "!rate")
    assert error.content == "name: this is missing. Usage: `!rate name [style:...]`"


async def test_direct_messages_work(discord: Loopback) -> None:
    percentile_of(await send(discord, "!rate Trina", author="ben", channel=discord.dm("ben")))


async def test_missing_file_permission(discord: Loopback) -> None:
    discord.set_permissions("general", discord.bot, deny=Permission.ATTACH_FILES)
    error = await send(discord, "!rate Trina")
    assert error.content == "I need Attach Files in this channel for that."
    percentile_of(await rate(discord, name="Trina"))


@no_bot
async def test_blocked_words_are_not_repeated(
    discord: Loopback, run_bot: RunBot, store: Store
) -> None:
    await store.update_guild_settings(discord.guild.id, blocked=("bozo",))
    async with run_bot(discord):
        for error in (await send(discord, "!rate Bozo"), await rate(discord, name="Bozo")):
            assert error.content.startswith("That word is blocked here.")
            assert not error.embeds


@no_bot
async def test_any_script_is_drawn(discord: Loopback, run_bot: RunBot, tmp_path: Path) -> None:
    samples = ["かぜの谷" * 20, "نورة", "🐙🌊"]
    style = write_artifact(tmp_path / "odd.onnx", samples)
    async with run_bot(discord, names={"style": str(style)}):
        for name in samples:
            answer = await send(discord, f"!rate {name}")
            assert Image.open(io.BytesIO(answer.attachments[0].data)).height < 2000
