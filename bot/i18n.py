"""Translations: answers in the language of who reads them, and commands in every language.

The English texts are the keys. The catalogs are gettext's, which translators' tools open:
`locales/LANGUAGE.po`, and beside each its compiled `.mo`, which is what is read here.
`python -m tests.translations` updates them all.
"""

import gettext as gettext_module
from collections.abc import Iterable
from contextvars import ContextVar
from functools import cache
from pathlib import Path

from discord import Locale, app_commands

LOCALES = Path(__file__).parent / "locales"

NAME_CONTEXT = "name of a command or option"
"""The gettext context of names, which are not sentences."""

_SEPARATORS = {
    "de": (".", ","),
    "es": ("\N{NO-BREAK SPACE}", ","),
    "fr": ("\N{NARROW NO-BREAK SPACE}", ","),
    "pt": (".", ","),
}
"""The separator of thousands and the decimal point, where they aren't those of English (CLDR)."""

_locale: ContextVar[str] = ContextVar("namesmith_locale", default="en-US")


def set_locale(locale: Locale | str) -> None:
    """Translate into this locale from here on: in this task and in tasks that it starts."""
    _locale.set(str(locale))


def gettext(text: str) -> str:
    """Return `text` in the current language, or as it is where that language lacks it."""
    return _catalog(_locale.get()).gettext(text)


def localized_name(name: str) -> str:
    """Return the name of a command in the current language."""
    return _catalog(_locale.get()).pgettext(NAME_CONTEXT, name)


def ngettext(singular: str, plural: str, number: float) -> str:
    """Return the form for `number` in the current language, by that language's plural rule."""
    return _catalog(_locale.get()).ngettext(singular, plural, number)  # type: ignore[arg-type]


def format_number(number: float, decimals: int = 0) -> str:
    """Return a number with the separators of the current language, such as 1,234.5."""
    text = f"{number:,.{decimals}f}"
    thousands, point = _SEPARATORS.get(_locale.get().partition("-")[0], (",", "."))
    return text.translate({ord(","): thousands, ord("."): point})


def join_list(items: Iterable[str], ending: str = "") -> str:
    """Return the items with commas, in the current language.

    `ending` is a marked template for the last item, such as `"{} and {}"`.
    """
    texts = list(items)
    if not ending or len(texts) < 2:
        return gettext(", ").join(texts)
    return gettext(ending).format(join_list(texts[:-1]), texts[-1])


def marked(text: str) -> str:
    """Return `text` as it is: marks a constant for translation, which `gettext` does later."""
    return text


class Translator(app_commands.Translator):
    """Translates commands. Set it before they are synced: `tree.set_translator(Translator())`."""

    async def translate(
        self,
        string: app_commands.locale_str,
        locale: Locale,
        context: app_commands.TranslationContextTypes,
    ) -> str | None:
        """Return the translation of `string` into the language of `locale`, or None."""
        catalog = _catalog(str(locale))
        names = (
            app_commands.TranslationContextLocation.command_name,
            app_commands.TranslationContextLocation.group_name,
            app_commands.TranslationContextLocation.parameter_name,
        )
        if context.location in names:
            found = catalog.pgettext(NAME_CONTEXT, string.message)
        else:
            found = catalog.gettext(string.message)
        # discord.py leaves out what is None; an untranslated text is returned as it is.
        return None if isinstance(catalog, _English) else found


class _English(gettext_module.NullTranslations):
    """The catalog of English, and of languages without one."""


@cache
def _catalog(locale: str) -> gettext_module.NullTranslations:
    """Return the catalog of `locale`, or of another one of its language: es-ES serves es-419."""
    languages = {file.stem: file for file in sorted(LOCALES.glob("*.mo"))}
    language = locale.partition("-")[0]
    by_language = {name.partition("-")[0]: file for name, file in languages.items()}
    file = languages.get(locale) or by_language.get(language)
    if file is None:
        return _English()
    with file.open("rb") as compiled:
        return gettext_module.GNUTranslations(compiled)
