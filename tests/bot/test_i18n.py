"""Translations: every text in every language, with its values, and in Discord's limits."""

import contextvars
import gettext
import re
import string
from typing import Any

import pytest
from babel.messages.catalog import Catalog

from bot.i18n import LOCALES, join_list, set_locale
from bot.loopback import Loopback
from bot.loopback.payloads.application_commands import CommandType

from ..translations import forms, read_catalog, template

LANGUAGES = ["de", "es-ES", "fr", "ja", "pt-BR"]
NAME = re.compile(r"[-_'\w]{1,32}")  # Discord's pattern; lower case where a script has cases


@pytest.fixture(scope="module")
def english() -> Catalog:
    return template()


@pytest.fixture(params=LANGUAGES)
def catalog(request: pytest.FixtureRequest) -> Catalog:
    return read_catalog(LOCALES / f"{request.param}.po")


def fields(text: str) -> list[str]:
    """Return the names of the `{}` in a text, numbered where they have none."""
    names = [name for _, name, _, _ in string.Formatter().parse(text) if name is not None]
    return sorted(name or str(number) for number, name in enumerate(names))


def test_languages() -> None:
    assert sorted(file.stem for file in LOCALES.glob("*.po")) == LANGUAGES


def test_files_are_up_to_date(catalog: Catalog, english: Catalog) -> None:
    """If this fails, run `python -m tests.translations`."""
    assert {(m.id, m.context) for m in catalog} == {(m.id, m.context) for m in english}


def test_every_text_is_translated(catalog: Catalog) -> None:
    assert [message.id for message in catalog if message.id and not all(forms(message))] == []


def test_values_match(catalog: Catalog) -> None:
    for message in catalog:
        if message.id:
            wanted = fields(message.id if isinstance(message.id, str) else message.id[1])
            *others, last = forms(message)  # a singular can do without its number
            assert fields(last) == wanted, message.id
            assert all(set(fields(form)) <= set(wanted) for form in others), message.id


def test_markup_matches(catalog: Catalog) -> None:
    for message in catalog:
        if message.id:
            source = message.id if isinstance(message.id, str) else message.id[1]
            for form in forms(message):
                for mark in ("**", "`", "\n", "-# "):
                    assert form.count(mark) == source.count(mark), (message.id, form)


def test_no_text_is_much_longer(catalog: Catalog) -> None:
    for message in catalog:
        if message.id:
            source = message.id if isinstance(message.id, str) else message.id[1]
            assert max(map(len, forms(message))) <= 1.7 * len(source) + 20, message.id


def test_compiled_files_are_up_to_date(catalog: Catalog) -> None:
    """If this fails, run `python -m tests.translations`."""
    file = LOCALES / f"{str(catalog.locale).replace('_', '-')}.mo"
    with file.open("rb") as opened:
        compiled = gettext.GNUTranslations(opened)
    for message in catalog:
        if isinstance(message.id, str) and message.id:
            found = (
                compiled.pgettext(message.context, message.id)
                if message.context
                else compiled.gettext(message.id)
            )
            assert found == (message.string or message.id)


@pytest.mark.usefixtures("bot")
async def test_commands_are_translated(discord: Loopback) -> None:
    for item in commands_and_options(discord):
        for language in [*LANGUAGES, "es-419"]:
            name = item["name_localizations"][language]
            if item["type"] == CommandType.MESSAGE and item["name"][0].isupper():
                assert 1 <= len(name) <= 32
                continue
            assert NAME.fullmatch(name)
            assert name == name.lower()
            assert 1 <= len(item["description_localizations"][language]) <= 100


@pytest.mark.usefixtures("bot")
async def test_sibling_names_differ(discord: Loopback) -> None:
    groups = (item.get("options", []) for item in commands_and_options(discord))
    for siblings in (discord.commands, *groups):
        for language in LANGUAGES:
            names = [item["name_localizations"][language] for item in siblings]
            assert len(set(names)) == len(names)


def commands_and_options(discord: Loopback) -> list[dict[str, Any]]:
    found = list(discord.commands)
    for item in found:
        found += item.get("options", [])
    return found


@pytest.mark.parametrize(
    ("locale", "items", "expected"),
    [
        ("en-US", ["a"], "a"),
        ("en-US", ["a", "b", "c"], "a, b and c"),
        ("de", ["a", "b", "c"], "a, b und c"),
        ("ja", ["a", "b", "c"], "a、b、c"),
    ],
)
def test_list_is_joined_as_in_the_language(locale: str, items: list[str], expected: str) -> None:
    context = contextvars.copy_context()
    context.run(set_locale, locale)
    assert context.run(join_list, items, "{} and {}") == expected
