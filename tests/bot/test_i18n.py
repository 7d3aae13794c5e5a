"""Every command has a name and a description in every language."""

import re
import tomllib
from typing import Any

import pytest

from bot.i18n import LOCALES
from bot.loopback import Loopback

pytestmark = pytest.mark.usefixtures("bot")

LANGUAGES = ["de", "es-ES", "fr", "ja"]
NAME = re.compile(r"[-_'\w]{1,32}")  # Discord's pattern; lower case where a script has cases


def commands_and_options(discord: Loopback) -> list[dict[str, Any]]:
    found = list(discord.commands)
    for item in found:
        found += item.get("options", [])
    return found


async def test_every_text_is_translated(discord: Loopback) -> None:
    assert sorted(file.stem for file in LOCALES.glob("*.toml")) == LANGUAGES
    for item in commands_and_options(discord):
        for language in [*LANGUAGES, "es-419"]:
            name = item["name_localizations"][language]
            assert NAME.fullmatch(name)
            assert name == name.lower()
            assert 1 <= len(item["description_localizations"][language]) <= 100


async def test_no_translation_is_unused(discord: Loopback) -> None:
    items = commands_and_options(discord)
    texts = {text for item in items for text in (item["name"], item["description"])}
    for file in LOCALES.glob("*.toml"):
        assert tomllib.loads(file.read_text(encoding="utf-8")).keys() == texts


async def test_sibling_names_differ(discord: Loopback) -> None:
    groups = (item.get("options", []) for item in commands_and_options(discord))
    for siblings in (discord.commands, *groups):
        for language in LANGUAGES:
            names = [item["name_localizations"][language] for item in siblings]
            assert len(set(names)) == len(names)
