"""The commands in the language of whoever reads them: names, descriptions, options, choices.

A language is a file in `locales/`, named as Discord names the locale, that holds one line for each
English text. What a file leaves out stays English. Spanish of Spain serves for America too, and so
does any other, until it has a file of its own.
"""

import tomllib
from pathlib import Path

from discord import Locale, app_commands

LOCALES = Path(__file__).parent / "locales"


class Translator(app_commands.Translator):
    """`await bot.tree.set_translator(Translator())`, before the commands are synced."""

    def __init__(self) -> None:
        self._texts: dict[str, dict[str, str]] = {}

    async def load(self) -> None:
        """Read the files; discord.py calls it once."""
        files = {file.stem: file for file in sorted(LOCALES.glob("*.toml"))}
        kin = {name.partition("-")[0]: file for name, file in files.items()}
        for locale in map(str, Locale):
            if file := files.get(locale) or kin.get(locale.partition("-")[0]):
                self._texts[locale] = tomllib.loads(file.read_text(encoding="utf-8"))

    async def translate(
        self,
        string: app_commands.locale_str,
        locale: Locale,
        context: app_commands.TranslationContextTypes,
    ) -> str | None:
        """Return the text for `string` in the language of `locale`, None where there is none."""
        del context  # no English text here stands for two things
        return self._texts.get(str(locale), {}).get(string.message)
