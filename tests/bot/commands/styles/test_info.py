"""`/style info`: details of a style, with example names; its figures and charts behind Details."""

import io
import re
from typing import Any

import pytest
from PIL import Image

from bot.library import Library
from bot.loopback import Loopback, Message

from ...conftest import RunBot, no_bot, press, send
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


async def press_details(discord: Loopback, message: Message, author: str = "ada") -> Message:
    details = await press(discord, message, "Details", author)
    assert details.ephemeral
    return details


async def test_built_in_style(discord: Loopback, run_bot: RunBot) -> None:
    async with run_bot(discord):
        for answer in (
            await use_style(discord, "info", author="ada", style="names"),
            await send(discord, "!style info names"),
        ):
            assert answer.embeds[0]["title"] == "First names"
            examples, *lines = lines_of(answer)
            assert len(set(examples.split(" · "))) == 5
            assert lines == [
                "First names of the English-speaking world",
                "**Name** `names` (built in, default style)",
                "**About** People, english, first, given",
                "**Learned from** 8,422 names (licence PDDL-1.0 and CC0-1.0)",
            ]
            assert not answer.attachments
            assert not fields_of(answer)
    async with run_bot(discord):  # after a restart, and for everyone
        details = await press_details(discord, answer, "ben")
        created, network, loss, *_, measurement = lines_of(details)
        assert re.fullmatch(r"\*\*Created\*\* <t:\d+:D>", created)
        assert network == "**Network** LSTM, 1 layer of 256 units"
        assert loss.startswith("**Loss** 1.86 nats per character: a choice of 6.4 characters")
        assert measurement == (
            "Trained from scratch. An n-gram is mixed in (35 %). "
            "The loss was measured on 421 names that were held out."
        )


@pytest.mark.parametrize("style", ["names", "surnames", "dinosaurs"])
async def test_built_in_styles_have_charts(discord: Loopback, run_bot: RunBot, style: str) -> None:
    async with run_bot(discord):
        details = await press_details(discord, await use_style(discord, "info", style=style))
        (file,) = details.attachments
        assert Image.open(io.BytesIO(file.data)).height == 1028
        assert re.match(r"Loss curve to step [\d,]+\. Best at", file.description or "")


async def test_blocked_words_are_no_examples(
    discord: Loopback, run_bot: RunBot, library: Library
) -> None:
    """A style that has only one name, which is blocked."""
    await library.publish("fauns", make_style("Shit", examples=["Shit", "Elrond"]), author="1")
    async with run_bot(discord):
        assert lines_of(await use_style(discord, "info", style="fauns"))[0] == "Elrond"


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
        assert len(lines[0].split(" · ")) <= 5


async def test_published_style(discord: Loopback, run_bot: RunBot, library: Library) -> None:
    ada, guild_id = discord.user("ada"), discord.guild.id
    artifacts = [make_style("Abi"), make_style("Elrond", report=REPORT)]
    for artifact in artifacts:
        await library.publish("fauns", artifact, author=str(ada.id), guild_id=guild_id)
    await library.publish("owls", make_style("Grom"), author="shell: alice")
    async with run_bot(discord):
        answer = await use_style(discord, "info", style="FAUNS")
        assert "**Name** `fauns` (this server)" in lines_of(answer)
        assert fields_of(answer) == {"Poor style": r"These names \[look\]\(x\) random."}
        assert answer.mentions == []
        kilobytes = sum(map(len, artifacts)) / 2**10
        mixed = "An n-gram is mixed in (30 %)."
        validated = "The loss was cross-validated on all 60 names, in 5 parts."
        learned = "The base network learned this list too, so the loss looks better than it is."
        published, *lines = lines_of(await press_details(discord, answer))
        assert re.fullmatch(rf"\*\*Published\*\* <t:\d+:R> by <@{ada.id}>", published)
        assert lines[0] == f"**Versions** 1, **2 (live)** · {kilobytes:.0f} kB in total"
        assert lines[-5:] == [
            "**Loss** 1.50 ± 0.05 nats per character: a choice of 4.5 characters",
            "**New** 60 % of names are not in the list",
            "**Unique** 90 % of 5,000 names are different",
            "**Length** 0.36 characters off on average",
            f"Fine-tuned from the base network. {mixed} {validated} {learned}",
        ]
        owls = await use_style(discord, "info", style="owls")
        assert r" by shell\: alice" in description_of(await press_details(discord, owls))


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
        answer = await press_details(discord, await use_style(discord, "info", style="fauns"))
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
        details = await press_details(discord, answer)
        assert details.attachments == []
        assert lines_of(details)[0].startswith("**Published** ")


async def test_forgotten_author(discord: Loopback, run_bot: RunBot, library: Library) -> None:
    await library.publish("fauns", make_style("Abi"), author="77")
    await library.forget_user(77)
    async with run_bot(discord):
        answer = await use_style(discord, "info", style="fauns")
        details = await press_details(discord, answer)
        assert lines_of(details)[0].endswith(" by someone who deleted their data")


async def test_unknown_style(discord: Loopback, run_bot: RunBot) -> None:
    text = "There is no style `fauns`. `/style list` shows all styles."
    async with run_bot(discord):
        answer = await use_style(discord, "info", style="fauns")
        assert answer.ephemeral
        assert answer.content == text
        assert (await send(discord, "!style info fauns")).content == text
        usage = "style: this is missing. Usage: `!style info style`"
        assert (await send(discord, "!style info")).content == usage
