"""Normalize text: lower case, no accents, look-alike letters and digits read as Latin letters."""

import re
import unicodedata
from collections.abc import Iterator
from itertools import groupby

_LOOKALIKES = str.maketrans(
    "аёеорсухіјѕкмтвнԁһԛԝ" + "αεικνορτυχ" + "øłđðħıŧɑɡ",
    "aeeopcyxijskmtbhdhqw" + "aeikvoptux" + "olddhitag",
)
"""Cyrillic, Greek and barred letters that look like Latin ones. The word list is folded alike."""

_DIGITS = "0123456789", "oizeasgtbg"
_SYMBOLS = "@$!¡|+€£¢", "asiiitelc"
_AS_I = str.maketrans(_DIGITS[0] + _SYMBOLS[0], _DIGITS[1] + _SYMBOLS[1])
_AS_L = _AS_I | str.maketrans("1!|", "lll")
_AS_SPACE = dict.fromkeys(map(ord, _DIGITS[0] + _SYMBOLS[0]), " ")

_NON_LETTERS = re.compile(r"[^a-z]+")
_SUBSTITUTES = re.compile(f"[{re.escape(_DIGITS[0] + _SYMBOLS[0])}]")
_REPEATS = re.compile(r"(.)\1+", re.DOTALL)


def readings(text: str) -> Iterator[list[str]]:
    """Yield each possible reading of `text` as a list of words; at least one.

    “Sh1t” reads as “shit”, as “shlt”, and as “sh” and “t”: a digit or symbol can stand for a
    letter or separate two words.
    """
    lower = text.lower()
    if lower.isascii() and lower.isalpha():
        yield [lower]
        return
    lower = _fold(text)
    if not _SUBSTITUTES.search(lower):
        yield _split_words(lower)
        return
    yield _split_words(lower.translate(_AS_I))
    if any(sign in lower for sign in "1!|"):
        yield _split_words(lower.translate(_AS_L))
    yield _split_words(lower.translate(_AS_SPACE))


def has_substitutes(text: str) -> bool:
    """Whether `text` contains a digit or symbol that can stand for a letter."""
    return bool(_SUBSTITUTES.search(text))


def letters_only(text: str) -> str:
    """Return the letters of the first reading of `text`, without spaces."""
    return "".join(next(readings(text)))


def collapse_repeats(text: str) -> str:
    """Return `text` with every repeated letter written once."""
    return _REPEATS.sub(r"\1", text) if _REPEATS.search(text) else text


def run_lengths(text: str) -> tuple[int, ...]:
    """Return how often `text` repeats each letter of `collapse_repeats(text)`."""
    if not _REPEATS.search(text):
        return (1,) * len(text)
    return tuple(len(list(run)) for _, run in groupby(text))


def _fold(text: str) -> str:
    """Return `text` in lower case, without accents, full-width forms and invisible characters."""
    decomposed = unicodedata.normalize("NFKD", text)
    visible = "".join(char for char in decomposed if not _is_accent_or_invisible(char))
    return unicodedata.normalize("NFC", visible.casefold()).translate(_LOOKALIKES)


def _is_accent_or_invisible(char: str) -> bool:
    """Whether to drop `char`. Vowel signs of other scripts are letters, so they stay."""
    if char.isascii():
        return False
    if unicodedata.category(char) == "Cf":
        return True
    return unicodedata.name(char, "").startswith(("COMBINING", "VARIATION"))


def _split_words(text: str) -> list[str]:
    if text.isascii():
        return _NON_LETTERS.sub(" ", text).split()
    return "".join(char if char.isalpha() or _is_mark(char) else " " for char in text).split()


def _is_mark(char: str) -> bool:
    """Whether `char` is a vowel sign or similar mark, which many scripts write beside letters."""
    return unicodedata.category(char).startswith("M")
