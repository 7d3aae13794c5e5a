"""What the options of `/style` offer while they are typed."""

import re
from typing import Any

import pytest

from bot.library import Library
from bot.loopback import Loopback
from bot.store import Store

from ..conftest import RunBot, no_bot
from .shelved import style_of, trained

pytestmark = [pytest.mark.usefixtures("bot"), no_bot]


async def offered(
    discord: Loopback, command: str, typed: Any = "", author: str = "olga", **more: Any
) -> list[Any]:
    """Return the styles offered for `/style command`."""
    given = {"style": typed, **more}
    choices = await discord.autocomplete(f"style {command}", given, focused="style", author=author)
    return [choice["value"] for choice in choices]


async def versions(discord: Loopback, style: str, author: str = "olga") -> dict[int, str]:
    """Return the versions offered for `/style rollback`, with how they read."""
    given = {"style": style, "version": ""}
    choices = await discord.autocomplete("style rollback", given, focused="version", author=author)
    return {choice["value"]: choice["name"] for choice in choices}


@pytest.fixture
async def several(discord: Loopback, library: Library, store: Store) -> None:
    """Own styles: elves in two versions, orcs retired, trolls waiting; of every server: gnomes."""
    guild_id = discord.guild.id
    for style in ("elves", "elves", "orcs"):
        await library.publish(style, style_of("Abi"), author="1", guild_id=guild_id)
    await library.retire("orcs", author="1", guild_id=guild_id)
    await trained(store, style_of("Grom"), "trolls", guild_id)
    await library.publish("gnomes", style_of("Abi"), author="1")


async def test_each_command_offers_the_styles_that_it_can_change(
    discord: Loopback, several: None, run_bot: RunBot
) -> None:
    async with run_bot(discord):
        assert await offered(discord, "publish") == ["trolls", "elves", "orcs"]
        assert await offered(discord, "rollback") == ["elves", "orcs"]
        assert await offered(discord, "log") == ["elves", "orcs"]
        assert await offered(discord, "retire") == ["elves"]
        assert await offered(discord, "retire", "LV") == ["elves"]
        assert await offered(discord, "retire", "x") == []
        assert await offered(discord, "info", "") == [
            *("names", "elves", "gnomes", "dinosaurs", "surnames")
        ]


async def test_those_of_every_server_are_offered_to_the_owner_who_asks_for_them(
    discord: Loopback, several: None, run_bot: RunBot
) -> None:
    everyones: dict[str, Any] = {"for-all": True}
    async with run_bot(discord):
        assert await offered(discord, "retire", **everyones) == ["gnomes"]
        assert await offered(discord, "retire", author="ada", **everyones) == []


async def test_who_may_change_nothing_is_offered_nothing(
    discord: Loopback, several: None, run_bot: RunBot
) -> None:
    async with run_bot(discord):
        for command in ("publish", "rollback", "retire", "log"):
            assert await offered(discord, command, author="ada") == []
        assert await versions(discord, "elves", author="ada") == {}


async def test_versions_are_offered_with_their_dates_and_which_is_live(
    discord: Loopback, several: None, run_bot: RunBot
) -> None:
    async with run_bot(discord):
        found = await versions(discord, "Elves")
        assert list(found) == [2, 1]
        date = r"\d{1,2} [A-Z][a-z]+ \d{4}"
        assert re.fullmatch(rf"2 · {date} · live", found[2])
        assert re.fullmatch(rf"1 · {date}", found[1])
        assert await versions(discord, "dwarves") == {}
