"""`/style info`: details of a style, with its charts."""

import io
import re
from typing import Any

import pytest
from PIL import Image

from bot.library import Library
from bot.loopback import Loopback, Message

from ...conftest import RunBot, no_bot, send
from .helpers import HISTORY, LENGTHS, description_of, make_style, use_style

pytestmark = [pytest.mark.usefixtures("bot"), no_bot]

REPORT = {
    "nats_per_character": 1.5,
    "share_new": 0.6,
    "share_unique": 0.898,
    "drawn": 5000,
    "length_distance": 0.3631,
    "history": HISTORY,
    "standard_error": 0.0483,
    "held_out_samples": 60,
    "folds": 5,
    "base": "fine-tuned",
    "ngram_weight": 0.3,
    "poor": "These names [look](x) random.",
    "in_base": True,
}


def fields_of(message: Message) -> dict[str, str]:
    (embed,) = message.embeds
    return {field["name"]: field["value"] for field in embed.get("fields", [])}


def lines_of(message: Message) -> list[str]:
    return description_of(message).split("\n")


async def test_built_in_style(discord: Loopback, run_bot: RunBot) -> None:
    async with run_bot(discord):
        for answer in (
            await use_style(discord, "info", author="ada", style="names"),
            await send(discord, "!style info names"),
        ):
            assert answer.embeds[0]["title"] == "First names"
            lines = lines_of(answer)
            assert lines[:2] == [
                "First names of the English-speaking world",
                "**Name** `names` (built in, default style)",
            ]
            assert "**Trained on** 8,422 samples (licence PDDL-1.0 and CC0-1.0)" in lines
            assert "**Network** LSTM, 1 layer of 256 units" in lines
            assert re.fullmatch(r"\*\*Created\*\* <t:\d+:D>", lines[-1])
            (quality,) = fields_of(answer).values()
            assert quality.startswith("**Loss** 1.86 nats: a choice of")
            assert quality.endswith(
                "\nTrained from scratch; an n-gram is mixed in (35 %). "
                "Loss measured on 421 held-out samples."
            )


@pytest.mark.parametrize("style", ["names", "surnames", "dinosaurs"])
async def test_built_in_styles_have_charts(discord: Loopback, run_bot: RunBot, style: str) -> None:
    async with run_bot(discord):
        (file,) = (await use_style(discord, "info", style=style)).attachments
        assert Image.open(io.BytesIO(file.data)).height == 1028
        assert re.match(r"Loss curve to step [\d,]+\. Best at", file.description or "")


async def test_group_tags_and_examples(
    discord: Loopback, run_bot: RunBot, library: Library
) -> None:
    style: dict[str, Any] = {
        "group": "Fantasy",
        "tags": ["elf", "*fey*"],
        "examples": ["Aelrin", "Sylwen"],
    }
    await library.publish("fauns", make_style("Abi", **style), author="1")
    async with run_bot(discord):
        lines = lines_of(await use_style(discord, "info", style="fauns"))
        assert r"**About** Fantasy, elf, \*fey\*" in lines
        assert "**Examples** Aelrin, Sylwen" in lines


async def test_published_style(discord: Loopback, run_bot: RunBot, library: Library) -> None:
    ada, guild_id = discord.user("ada"), discord.guild.id
    artifacts = [make_style("Abi"), make_style("Elrond", report=REPORT)]
    for artifact in artifacts:
        await library.publish("fauns", artifact, author=str(ada.id), guild_id=guild_id)
    await library.publish("owls", make_style("Grom"), author="shell: alice")
    async with run_bot(discord):
        answer = await use_style(discord, "info", style="FAUNS")
        assert "**Name** `fauns` (this server)" in lines_of(answer)
        assert re.fullmatch(rf"\*\*Published\*\* <t:\d+:R> by <@{ada.id}>", lines_of(answer)[-2])
        kilobytes = sum(map(len, artifacts)) / 2**10
        versions = f"**Versions** 1, **2 (live)** · {kilobytes:.0f} kB in total"
        assert lines_of(answer)[-1] == versions
        assert answer.mentions == []
        mixed = "an n-gram is mixed in (30 %)"
        validated = "Loss cross-validated on all 60 samples (5 parts)"
        learnt = "The base network has learnt this list too, so the loss looks better than it is"
        (quality,) = fields_of(answer).values()
        assert quality.split("\n") == [
            r"**Poor style** These names \[look\]\(x\) random.",
            "**Loss** 1.50 ± 0.05 nats: a choice of 4.5 characters",
            "**New** 60 %: of names are not in the list",
            "**Unique** 90 %: of 5,000 names are different",
            "**Length** 0.36: characters off on average",
            f"Fine-tuned from the base network; {mixed}. {validated}. {learnt}.",
        ]
        owls = await use_style(discord, "info", style="owls")
        assert lines_of(owls)[-2].endswith(r" by shell\: alice")


@pytest.mark.parametrize(
    ("metadata", "height"),
    [
        ({"report": {"history": HISTORY}}, 532),
        ({"corpus": {"lengths": LENGTHS}}, 532),
        ({"report": {"history": HISTORY}, "corpus": {"lengths": LENGTHS}}, 1028),
    ],
)
async def test_charts_have_alternative_text(
    discord: Loopback, run_bot: RunBot, library: Library, metadata: dict[str, Any], height: int
) -> None:
    await library.publish("fauns", make_style("Abi", **metadata), author="1")
    async with run_bot(discord):
        answer = await use_style(discord, "info", style="fauns")
        (file,) = answer.attachments
        assert Image.open(io.BytesIO(file.data)).height == height
        assert answer.embeds[0]["image"]["url"].split("?")[0].endswith("style.png")
        text = file.description or ""
        assert ("Loss curve to step 400" in text) == ("report" in metadata)
        assert ("3 to 9 characters" in text) == ("corpus" in metadata)


@pytest.mark.parametrize(
    "metadata",
    [
        {},
        {"report": {"history": "x", "nats_per_character": "x"}, "corpus": {"lengths": [[1]]}},
        {"report": {"base": "x", "folds": 5, "ngram_weight": 2, "standard_error": 1, "poor": 1}},
        {"report": {"held_out_samples": -1, "folds": "x", "ngram_weight": 0, "poor": ""}},
        {"report": {"in_base": "yes"}},
        {"report": {"history": [[1, 2, 1e999]], "share_new": 7}, "corpus": {"licence": ["x"]}},
        {"report": {"history": [[10**30, 1, 1]], "drawn": -1}, "corpus": {"lengths": [[-1, 1]]}},
        {"network": {"cell": 1, "layers": "x"}, "created": "yesterday", "description": ""},
    ],
)
async def test_invalid_metadata_is_left_out(
    discord: Loopback, run_bot: RunBot, library: Library, metadata: dict[str, Any]
) -> None:
    await library.publish("fauns", make_style("Abi", **metadata), author="1")
    async with run_bot(discord):
        answer = await use_style(discord, "info", style="fauns")
        assert answer.attachments == []
        assert fields_of(answer) == {}
        assert "**Name** `fauns` (all servers)" in lines_of(answer)


async def test_forgotten_author(discord: Loopback, run_bot: RunBot, library: Library) -> None:
    await library.publish("fauns", make_style("Abi"), author="77")
    await library.forget_user(77)
    async with run_bot(discord):
        answer = await use_style(discord, "info", style="fauns")
        assert lines_of(answer)[-2].endswith(" by someone who deleted their data")


async def test_unknown_style(discord: Loopback, run_bot: RunBot) -> None:
    text = "There is no style `fauns`. `/style list` shows all styles."
    async with run_bot(discord):
        answer = await use_style(discord, "info", style="fauns")
        assert answer.ephemeral
        assert answer.content == text
        assert (await send(discord, "!style info fauns")).content == text
        usage = "style: this is missing. Usage: `!style info style`"
        assert (await send(discord, "!style info")).content == usage
