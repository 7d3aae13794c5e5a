"""Translations of command names, descriptions, options and choices.

A file in `locales/` is named after a Discord locale and has one line for each English text. A text
that a file lacks stays English. A locale without a file uses one of the same language: Spanish of
Spain also serves Latin America.
"""

import tomllib
from pathlib import Path

from discord import Locale, app_commands

LOCALES = Path(__file__).parent / "locales"


class Translator(app_commands.Translator):
    """Set it before commands are synced: `await bot.tree.set_translator(Translator())`."""

    def __init__(self) -> None:
        self._texts: dict[str, dict[str, str]] = {}

    async def load(self) -> None:
        """Read the files. discord.py calls this once."""
        files = {file.stem: file for file in sorted(LOCALES.glob("*.toml"))}
        by_language = {name.partition("-")[0]: file for name, file in files.items()}
        for locale in map(str, Locale):
            if file := files.get(locale) or by_language.get(locale.partition("-")[0]):
                self._texts[locale] = tomllib.loads(file.read_text(encoding="utf-8"))

    async def translate(
        self,
        string: app_commands.locale_str,
        locale: Locale,
        context: app_commands.TranslationContextTypes,
    ) -> str | None:
        """Return the translation of `string` into the language of `locale`, or None."""
        del context  # every English text has only one meaning here
        return self._texts.get(str(locale), {}).get(string.message)
