"""Autocomplete of the `style` options, and styles that are given by title or mistyped."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from bot.library import Library
from bot.loopback import Loopback

from ...conftest import RunBot, invoke, send
from .helpers import make_style

STYLES: dict[str, dict[str, Any]] = {
    "fauns": {"title": "Fauns", "group": "Fantasy", "tags": ["elf", "forest"]},
    "dwarves": {"title": "Dwarves", "group": "Fantasy", "tags": ["dwarf", "mountain"]},
    "pirate-ships": {"title": "Ships of pirates", "group": "Modern", "tags": ["boat", "sea"]},
}


@pytest.fixture
async def styles_bot(discord: Loopback, run_bot: RunBot, library: Library) -> AsyncIterator[None]:
    """A bot with some styles that have a group and tags."""
    for name, style in STYLES.items():
        await library.publish(name, make_style("Abi", "Grom", **style), author="1")
    async with run_bot(discord):
        yield


async def complete(
    discord: Loopback, typed: str, command: str = "name", **where: Any
) -> dict[str, str]:
    """Return the labels of the suggested styles, by name."""
    choices = await discord.autocomplete(command, {"style": typed}, focused="style", **where)
    return {choice["value"]: choice["name"] for choice in choices}


async def first_choice(discord: Loopback, typed: str, **where: Any) -> str:
    return next(iter(await complete(discord, typed, **where)))


@pytest.mark.usefixtures("styles_bot")
async def test_styles_are_completed(discord: Loopback) -> None:
    suggested = list(await complete(discord, ""))
    assert suggested[:2] == ["names", "random"]
    places = [suggested.index(name) for name in ("dwarves", "pirate-ships", "fauns")]
    assert places == sorted(places)
    for typed, label in (
        ("FAU", "Fauns (fauns)"),
        ("fuans", "Fauns (fauns)"),
        ("first nam", "First names (names)"),
        ("of pirates", "Ships of pirates (pirate-ships)"),
        ("boat", "Ships of pirates (pirate-ships)"),
        ("rando", "Random style (random)"),
    ):
        for command in ("name", "rate", "blend", "style info"):
            assert label in (await complete(discord, typed, command)).values()
    assert await complete(discord, "xq") == {}


@pytest.mark.usefixtures("styles_bot")
async def test_style_used_last_comes_first(discord: Loopback) -> None:
    await send(discord, "!name style:dwarves")
    assert list(await complete(discord, "", author="ada"))[:2] == ["dwarves", "names"]
    assert await first_choice(discord, "", author="ben") == "names"
    elsewhere = discord.channel("random")
    assert await first_choice(discord, "", author="ada", channel=elsewhere) == "names"
    await invoke(discord, "rate", {"name": "Abi", "style": "surnames"})
    assert await first_choice(discord, "") == "surnames"
    assert await first_choice(discord, "na") == "surnames"
    await send(discord, "!name")
    assert await first_choice(discord, "") == "surnames"


@pytest.mark.usefixtures("styles_bot")
async def test_titles_name_styles(discord: Loopback) -> None:
    for text in (
        *("SHIPS of pirates", "pirate-ships", '"ships of pirates"', "Pirate Ships"),
        *(
            "\u201ch\xedps of pirates\u201d".replace("h", "sh"),
            "\u2018Ships of Pirates\u2019",
            "ships-of-pirates",
        ),
    ):
        answer = await send(discord, f"!name 2 new:no style:{text}")
        assert answer.embeds[0]["title"] == "Ships of pirates"


@pytest.mark.usefixtures("styles_bot")
async def test_titles_can_be_in_mixes(discord: Loopback) -> None:
    for text in (
        '"First names"+Dwarves',
        "First names + dwarves",
        "\u201cFirst names\u201d+Dwarves",
    ):
        answer = await send(discord, f"!name 3 seed:1 new:no style:{text}")
        assert answer.embeds[0]["title"] == "First names + Dwarves", text
    twice = await send(discord, '!name style:names+"First names"')
    assert twice.content.startswith("`names` is in the mix twice.")


async def test_own_style_with_the_name_wins(
    discord: Loopback, run_bot: RunBot, library: Library
) -> None:
    guild_id = discord.guild.id
    own = make_style("Abi", "Grom", title="Own")
    await library.publish("first-names", own, author="1", guild_id=guild_id)
    async with run_bot(discord):
        for text in ("First Names", "first-names"):
            answer = await send(discord, f"!name 2 new:no style:{text}")
            assert answer.embeds[0]["title"] == "Own"
        there = await send(
            discord, "!name 2 style:First names", channel=discord.dm("ada"), author="ada"
        )
        assert there.embeds[0]["title"] == "First names"


@pytest.mark.usefixtures("styles_bot")
async def test_unknown_style_suggests_the_nearest(discord: Loopback) -> None:
    for typed, question in (
        ("fuans", " Did you mean `fauns`?"),
        ("of names", ""),
        ("x" * 200, ""),
    ):
        for error in (
            await send(discord, f"!name style:{typed}"),
            await send(discord, f"!style info {typed}"),
        ):
            assert error.content.startswith("There is no style `")
            assert error.content.endswith(f"`.{question} `/style list` shows all styles.")


@pytest.mark.parametrize("name", ["random"])
async def test_style_named_random_wins(
    discord: Loopback, run_bot: RunBot, library: Library, name: str
) -> None:
    await library.publish(name, make_style("Abi", title="Really random"), author="1")
    async with run_bot(discord):
        assert (await complete(discord, "rand")) == {name: "Really random (random)"}
        for seed in range(3):
            answer = await send(discord, f"!name 2 style:random new:no seed:{seed}")
            assert "Abi" in (answer.content or answer.embeds[0]["description"])
