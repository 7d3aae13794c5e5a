"""A pseudo-language: every text between guillemets, so that tests see where it is missing."""

import gettext

import pytest

from bot import i18n

PSEUDO = "de"
"""The locale whose texts are pseudo-translated; German keeps the others apart."""


class PseudoCatalog(gettext.NullTranslations):
    """Texts between guillemets; the names of commands as they are."""

    def gettext(self, message: str) -> str:
        """Return the text between guillemets."""
        return f"«{message}»"

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        """Return the English form for `n` between guillemets."""
        return self.gettext(msgid1 if n == 1 else msgid2)


def use_pseudo_locale(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pseudo-translate the texts in the locale `PSEUDO`; others are English."""
    catalogs = {PSEUDO: PseudoCatalog()}
    english = i18n._English()
    monkeypatch.setattr(i18n, "_catalog", lambda locale: catalogs.get(locale, english))
