"""The commands in the languages of those who read them."""

import re
import tomllib
from typing import Any

import pytest

from bot.loopback import Loopback
from bot.translation import LOCALES

pytestmark = pytest.mark.usefixtures("bot")

LANGUAGES = ["de", "es-ES", "fr", "ja"]
NAME = re.compile(r"[-_'\w]{1,32}")  # as Discord has it; lower case where there are cases


def texts_of(discord: Loopback) -> list[dict[str, Any]]:
    """Return every command and option that people read."""
    found = list(discord.commands)
    for one in found:
        found += one.get("options", [])
    return found


async def test_every_name_and_description_is_there_in_every_language(discord: Loopback) -> None:
    assert sorted(file.stem for file in LOCALES.glob("*.toml")) == LANGUAGES
    for one in texts_of(discord):
        for language in [*LANGUAGES, "es-419"]:
            name = one["name_localizations"][language]
            assert NAME.fullmatch(name)
            assert name == name.lower()
            assert 1 <= len(one["description_localizations"][language]) <= 100


async def test_no_language_has_a_line_that_no_command_needs(discord: Loopback) -> None:
    there = {text for one in texts_of(discord) for text in (one["name"], one["description"])}
    for file in LOCALES.glob("*.toml"):
        assert tomllib.loads(file.read_text(encoding="utf-8")).keys() == there


async def test_names_that_stand_side_by_side_differ_in_every_language(discord: Loopback) -> None:
    for siblings in (discord.commands, *(one.get("options", []) for one in texts_of(discord))):
        for language in LANGUAGES:
            names = [one["name_localizations"][language] for one in siblings]
            assert len(set(names)) == len(names)
