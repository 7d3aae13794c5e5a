"""`/style info`: all that is known of a style, and how it learned as a picture."""

import io
import re
from typing import Any

import pytest
from PIL import Image

from bot.library import Library
from bot.loopback import Loopback, Message

from ..conftest import RunBot, no_bot, send
from .shelved import HISTORY, LENGTHS, description_of, style_of, styles

pytestmark = [pytest.mark.usefixtures("bot"), no_bot]

REPORT = {
    "nats_per_character": 1.5,
    "share_new": 0.6,
    "share_unique": 0.898,
    "drawn": 5000,
    "length_distance": 0.3631,
    "history": HISTORY,
}


def fields(message: Message) -> dict[str, str]:
    (embed,) = message.embeds
    return {field["name"]: field["value"] for field in embed.get("fields", [])}


def lines(message: Message) -> list[str]:
    return description_of(message).split("\n")


async def test_a_style_that_came_with_the_bot_tells_what_it_learned_from_and_how_good_it_is(
    discord: Loopback, run_bot: RunBot
) -> None:
    async with run_bot(discord):
        for answer in (
            await styles(discord, "info", author="ada", style="names"),
            await send(discord, "!style info names"),
        ):
            assert answer.embeds[0]["title"] == "First names"
            assert lines(answer)[:4] == [
                "First names of the English-speaking world",
                "**Called** `names`, one that came with me",
                "**Learnt from** 8,422 samples, licence PDDL-1.0 and CC0-1.0",
                "**Network** LSTM, 1 layer of 256",
            ]
            assert re.fullmatch(r"\*\*Made\*\* <t:\d+:D>", lines(answer)[4])
            (judged,) = fields(answer).values()
            assert judged.startswith("**Surprise** 1.89 nats: like a choice of")


@pytest.mark.parametrize("style", ["names", "surnames", "dinosaurs"])
async def test_how_a_style_that_came_with_the_bot_learned_is_a_picture(
    discord: Loopback, run_bot: RunBot, style: str
) -> None:
    async with run_bot(discord):
        (file,) = (await styles(discord, "info", style=style)).attachments
        assert Image.open(io.BytesIO(file.data)).height == 1028
        assert re.match(r"Loss curve to step [\d,]+: at its best,", file.description or "")


async def test_a_published_one_tells_who_published_it_its_versions_and_their_size(
    discord: Loopback, run_bot: RunBot, library: Library
) -> None:
    ada, guild_id = discord.user("ada"), discord.guild.id
    contents = [style_of("Abi"), style_of("Elrond", report=REPORT)]
    for content in contents:
        await library.publish("elves", content, author=str(ada.id), guild_id=guild_id)
    await library.publish("orcs", style_of("Grom"), author="shell: alice")
    async with run_bot(discord):
        answer = await styles(discord, "info", style="ELVES")
        assert "**Called** `elves`, this server's own" in lines(answer)
        assert re.fullmatch(rf"\*\*Published\*\* <t:\d+:R> by <@{ada.id}>", lines(answer)[-2])
        kilobytes = sum(map(len, contents)) / 2**10
        kept = f"**Versions kept** 1, **2 (live)** · {kilobytes:.0f} kB in all"
        assert lines(answer)[-1] == kept
        assert answer.mentions == []
        (judged,) = fields(answer).values()
        assert judged.split("\n") == [
            "**Surprise** 1.50 nats: like a choice of 4.5 characters",
            "**New** 60 %: names that are not in its list",
            "**Distinct** 90 %: different among 5,000 drawn",
            "**Lengths** 0.36 off: in characters, on average",
        ]
        orcs = await styles(discord, "info", style="orcs")
        assert lines(orcs)[-2].endswith(r" by shell\: alice")


@pytest.mark.parametrize(
    ("told", "height"),
    [
        ({"report": {"history": HISTORY}}, 532),
        ({"corpus": {"lengths": LENGTHS}}, 532),
        ({"report": {"history": HISTORY}, "corpus": {"lengths": LENGTHS}}, 1028),
    ],
)
async def test_how_it_learned_and_its_lengths_are_a_picture_with_words_for_who_does_not_see_it(
    discord: Loopback, run_bot: RunBot, library: Library, told: dict[str, Any], height: int
) -> None:
    await library.publish("elves", style_of("Abi", **told), author="1")
    async with run_bot(discord):
        answer = await styles(discord, "info", style="elves")
        (file,) = answer.attachments
        assert Image.open(io.BytesIO(file.data)).height == height
        assert answer.embeds[0]["image"]["url"].split("?")[0].endswith("style.png")
        assert ("Loss curve to step 400" in (file.description or "")) == ("report" in told)
        assert ("3 to 9 characters" in (file.description or "")) == ("corpus" in told)


@pytest.mark.parametrize(
    "told",
    [
        {},
        {"report": {"history": "x", "nats_per_character": "x"}, "corpus": {"lengths": [[1]]}},
        {"report": {"history": [[1, 2, 1e999]], "share_new": 7}, "corpus": {"licence": ["x"]}},
        {"report": {"history": [[10**30, 1, 1]], "drawn": -1}, "corpus": {"lengths": [[-1, 1]]}},
        {"network": {"cell": 1, "layers": "x"}, "created": "yesterday", "description": ""},
    ],
)
async def test_of_what_a_file_does_not_tell_or_tells_wrong_nothing_is_said(
    discord: Loopback, run_bot: RunBot, library: Library, told: dict[str, Any]
) -> None:
    await library.publish("elves", style_of("Abi", **told), author="1")
    async with run_bot(discord):
        answer = await styles(discord, "info", style="elves")
        assert answer.attachments == []
        assert fields(answer) == {}
        assert "**Called** `elves`, of every server" in lines(answer)


async def test_who_was_forgotten_is_not_named(
    discord: Loopback, run_bot: RunBot, library: Library
) -> None:
    await library.publish("elves", style_of("Abi"), author="77")
    await library.forget_user(77)
    async with run_bot(discord):
        answer = await styles(discord, "info", style="elves")
        assert lines(answer)[-2].endswith(" by someone who asked to be forgotten")


async def test_a_style_that_there_is_not_is_told_with_those_that_there_are(
    discord: Loopback, run_bot: RunBot
) -> None:
    there = "There is no such style; there are `names`, `dinosaurs`, `surnames`."
    async with run_bot(discord):
        answer = await styles(discord, "info", style="elves")
        assert answer.ephemeral
        assert answer.content == there
        assert (await send(discord, "!style info elves")).content == there
        usage = "style: that is missing. Usage: `!style info style`"
        assert (await send(discord, "!style info")).content == usage
