"""Letters as they are read, however they are written: case, accents, look-alikes, other signs."""

import re
import unicodedata
from collections.abc import Iterator
from itertools import groupby

_LOOKS = str.maketrans(
    "аёеорсухіјѕкмтвнԁһԛԝ" + "αεικνορτυχ" + "øłđðħıŧɑɡ",
    "aeeopcyxijskmtbhdhqw" + "aeikvoptux" + "olddhitag",
)
"""Cyrillic, Greek and barred letters that look like Latin ones; lists are read the same way."""

_FIGURES = "0123456789", "oizeasgtbg"
_SIGNS = "@$!¡|+€£¢", "asiiitelc"
_AS_I = str.maketrans(_FIGURES[0] + _SIGNS[0], _FIGURES[1] + _SIGNS[1])
_AS_L = _AS_I | str.maketrans("1!|", "lll")
_NOTHING = dict.fromkeys(map(ord, _FIGURES[0] + _SIGNS[0]), " ")

_NO_LETTERS = re.compile(r"[^a-z]+")
_DISGUISED = re.compile(f"[{re.escape(_FIGURES[0] + _SIGNS[0])}]")
_DOUBLED = re.compile(r"(.)\1+", re.DOTALL)


def readings(text: str) -> Iterator[list[str]]:
    """Yield the ways to read `text`, each the words that it has; there is at least one.

    “Sh1t” is read as shit, shlt, and as sh and t: what stands for a letter may also part words.
    """
    small = text.lower()
    if small.isascii() and small.isalpha():
        yield [small]
        return
    small = _plain(text)
    if not _DISGUISED.search(small):
        yield _words(small)
        return
    yield _words(small.translate(_AS_I))
    if any(sign in small for sign in "1!|"):
        yield _words(small.translate(_AS_L))
    yield _words(small.translate(_NOTHING))


def disguised(text: str) -> bool:
    """Whether a figure or another sign stands for a letter in `text`."""
    return bool(_DISGUISED.search(text))


def letters(text: str) -> str:
    """Return the letters of `text` in its first reading, with nothing between them."""
    return "".join(next(readings(text)))


def collapsed(text: str) -> str:
    """Return `text` with each letter that is repeated written once."""
    return _DOUBLED.sub(r"\1", text) if _DOUBLED.search(text) else text


def runs(text: str) -> tuple[int, ...]:
    """Return how often each letter of `collapsed(text)` is written in `text`."""
    return tuple(len(list(same)) for _, same in groupby(text))


def _plain(text: str) -> str:
    """Return `text` in small letters without accents, widths and what is not seen."""
    apart = unicodedata.normalize("NFKD", text)
    seen = "".join(c for c in apart if not _unseen(c))
    return unicodedata.normalize("NFC", seen.casefold()).translate(_LOOKS)


def _unseen(character: str) -> bool:
    """Whether `character` is an accent, or is not to be seen at all; vowel signs are neither."""
    if character.isascii():
        return False
    if unicodedata.category(character) == "Cf":
        return True
    return unicodedata.name(character, "").startswith(("COMBINING", "VARIATION"))


def _words(text: str) -> list[str]:
    if text.isascii():
        return _NO_LETTERS.sub(" ", text).split()
    return "".join(c if c.isalpha() or _is_mark(c) else " " for c in text).split()


def _is_mark(character: str) -> bool:
    """Whether `character` is a vowel sign or the like, which many scripts write beside letters."""
    return unicodedata.category(character).startswith("M")
