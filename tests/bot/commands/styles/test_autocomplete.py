"""Autocomplete for the options of `/style` and `/manage-styles`."""

import re
from typing import Any

import pytest

from bot.library import Library
from bot.loopback import Loopback
from bot.store import Store

from ...conftest import RunBot, no_bot
from .helpers import add_candidate, allow_manage, make_style

pytestmark = [pytest.mark.usefixtures("bot", "styles"), no_bot]


@pytest.fixture
async def styles(discord: Loopback, library: Library, store: Store) -> None:
    """The server's fauns (two versions), owls (retired), trolls (candidate); global: gnomes."""
    guild_id = discord.guild.id
    for style in ("fauns", "fauns", "owls"):
        await library.publish(style, make_style("Abi"), author="1", guild_id=guild_id)
    await library.retire("owls", author="1", guild_id=guild_id)
    await add_candidate(store, make_style("Grom"), "trolls", guild_id)
    await library.publish("gnomes", make_style("Abi"), author="1")


async def complete_style(
    discord: Loopback, command: str, typed: Any = "", author: str = "olga", **options: Any
) -> list[Any]:
    """Return the suggested styles for `/style command`."""
    values = {"style": typed, **options}
    group = "style" if command == "info" else "manage-styles"
    line = f"{group} {command}"
    choices = await discord.autocomplete(line, values, focused="style", author=author)
    return [choice["value"] for choice in choices]


async def complete_version(discord: Loopback, style: str, author: str = "olga") -> dict[int, str]:
    """Return the suggested versions for `/manage-styles rollback`, with their labels."""
    values = {"style": style, "version": ""}
    line = "manage-styles rollback"
    choices = await discord.autocomplete(line, values, focused="version", author=author)
    return {choice["value"]: choice["name"] for choice in choices}


async def test_each_command_has_its_styles(discord: Loopback, run_bot: RunBot) -> None:
    async with run_bot(discord):
        assert await complete_style(discord, "publish") == ["trolls", "fauns", "owls"]
        assert await complete_style(discord, "rollback") == ["fauns", "owls"]
        assert await complete_style(discord, "log") == ["fauns", "owls"]
        assert await complete_style(discord, "retire") == ["fauns"]
        assert await complete_style(discord, "retire", "AU") == ["fauns"]
        assert await complete_style(discord, "retire", "fuans") == ["fauns"]
        assert await complete_style(discord, "retire", "x") == []
        suggested = await complete_style(discord, "info", "")
        assert suggested[:3] == ["names", "random", "fauns"]
        assert len(suggested) == 25


async def test_global_styles_for_the_owner(discord: Loopback, run_bot: RunBot) -> None:
    for_all: dict[str, Any] = {"for-all": True}
    async with run_bot(discord):
        assert await complete_style(discord, "retire", **for_all) == ["gnomes"]
        allow_manage(discord, "ada")
        assert await complete_style(discord, "retire", author="ada", **for_all) == []


async def test_styles_for_members_allowed_in_integrations(
    discord: Loopback, run_bot: RunBot
) -> None:
    async with run_bot(discord):
        await discord.wait_commands()
        with pytest.raises(ValueError, match="ada lacks the permission MANAGE_GUILD"):
            await complete_style(discord, "retire", author="ada")
        discord.override_command("manage-styles", discord.user("ada"), allow=True)
        assert await complete_style(discord, "retire", author="ada") == ["fauns"]
        assert list(await complete_version(discord, "fauns", author="ada")) == [2, 1]


async def test_versions_have_dates(discord: Loopback, run_bot: RunBot) -> None:
    async with run_bot(discord):
        versions = await complete_version(discord, "Fauns")
        assert list(versions) == [2, 1]
        date = r"\d{1,2} [A-Z][a-z]+ \d{4}"
        assert re.fullmatch(rf"2 · {date} · live", versions[2])
        assert re.fullmatch(rf"1 · {date}", versions[1])
        assert await complete_version(discord, "dwarves") == {}
