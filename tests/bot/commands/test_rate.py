"""`!rate` and `/rate`, asked by people on a loopback Discord."""

import io
import re
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from bot.loopback import Loopback, Message, Permission
from bot.store import Store

from ..artifacts import write_artifact
from ..conftest import RunBot, no_bot, send

pytestmark = pytest.mark.usefixtures("bot")


def rated(message: Message) -> int:
    """Return the percentile that an answer tells."""
    found = re.match(r"More name-like than \*\*(\d+) %\*\* of \*", told_in(message))
    assert found, told_in(message)
    return int(found[1])


def told_in(message: Message) -> str:
    (embed,) = message.embeds
    return str(embed["description"])


async def by_slash(discord: Loopback, **options: Any) -> Message:
    return await (await discord.invoke("rate", options)).answer()


async def test_a_name_of_the_list_is_more_name_like_than_noise(discord: Loopback) -> None:
    name, noise = await send(discord, "!rate Marina"), await send(discord, "!rate xqzvkj")
    assert rated(name) > 50
    assert rated(noise) == 0
    assert told_in(name).endswith("It is one of them.")
    assert not told_in(noise).endswith("It is one of them.")


async def test_a_chat_and_a_slash_command_say_the_same(discord: Loopback) -> None:
    assert told_in(await send(discord, "!rate Trella")) == told_in(
        await by_slash(discord, name="Trella")
    )
    assert told_in(await send(discord, "!rate Rexodon style:dinosaurs")) == told_in(
        await by_slash(discord, name="Rexodon", style="dinosaurs")
    )


async def test_the_picture_shows_each_letter_and_says_so_in_words(discord: Loopback) -> None:
    answer = await send(discord, "!rate Trina")
    (file,) = answer.attachments
    (embed,) = answer.embeds
    assert embed["title"] == "Trina"
    assert embed["image"]["url"] == file.url
    picture = Image.open(io.BytesIO(file.data))
    assert picture.format == "PNG"
    assert picture.width >= 640
    assert file.description
    told = [re.sub(r" \(.*", "", part) for part in re.split(r", (?!\d)", file.description)]
    assert told == [*"Trina", "end"]
    assert re.search(r"\(expected .+, \S+%\)", file.description)


async def test_a_name_that_acts_is_shown_inert(discord: Loopback) -> None:
    told = await send(discord, "!rate **T**")
    assert told.content.startswith("This style has no ")
    assert not told.mention_everyone


async def test_styles_complete_and_one_that_there_is_not_is_told(discord: Loopback) -> None:
    choices = await discord.autocomplete("rate", {"style": "di"}, focused="style")
    assert [choice["value"] for choice in choices] == ["dinosaurs"]
    refused = await by_slash(discord, name="Trina", style="elves")
    assert refused.ephemeral
    assert refused.content.startswith("There is no such style; there are `names`")


async def test_what_is_missing_is_told_with_how_it_is_typed(discord: Loopback) -> None:
    told = await send(discord, "!rate")
    assert told.content == "name: that is missing. Usage: `!rate name [style:...]`"


async def test_it_works_in_a_direct_message(discord: Loopback) -> None:
    rated(await send(discord, "!rate Trina", author="ben", channel=discord.dm("ben")))


async def test_without_the_permission_for_files_it_says_so(discord: Loopback) -> None:
    discord.set_permissions("general", discord.bot, deny=Permission.ATTACH_FILES)
    told = await send(discord, "!rate Trina")
    assert told.content == "I need Attach Files in this channel for that."
    rated(await by_slash(discord, name="Trina"))


@no_bot
async def test_a_word_that_the_server_blocks_is_not_repeated(
    discord: Loopback, run_bot: RunBot, store: Store
) -> None:
    await store.update_guild_settings(discord.guild.id, blocked=("bozo",))
    async with run_bot(discord):
        for refused in (await send(discord, "!rate Bozo"), await by_slash(discord, name="Bozo")):
            assert refused.content.startswith("That word is blocked here.")
            assert not refused.embeds


@no_bot
async def test_a_long_name_in_a_script_of_its_own_is_drawn(
    discord: Loopback, run_bot: RunBot, tmp_path: Path
) -> None:
    samples = ["かぜの谷" * 20, "نورة", "🐙🌊"]
    style = write_artifact(tmp_path / "odd.onnx", samples)
    async with run_bot(discord, names={"style": str(style)}):
        for name in samples:
            answer = await send(discord, f"!rate {name}")
            assert Image.open(io.BytesIO(answer.attachments[0].data)).height < 2000
