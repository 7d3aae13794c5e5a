"""Folding: what people type for a character, and texts without pasted marks.

“Łódź” folds to “lodz” and “Weiß” to “weiss”: a folded text has no letter case, no accents, no
ligatures, and the quotation marks and dashes of a keyboard. Two spellings of a name that people
would call the same fold to the same text.
"""

# ruff: noqa: RUF001  (the characters that are folded)

import re
import unicodedata
from functools import lru_cache

from .phrase import unicode_name

_SPECIAL = {
    **dict.fromkeys("ıɪ", "i"),
    **dict.fromkeys("əɛǝ", "e"),
    **dict.fromkeys("ŋɲ", "n"),
    **dict(zip("ðĸɔʃʒƿɣʋیىکەہ", "dkoszwgvييكهه", strict=True)),
    **dict.fromkeys("‘’‛‹›`´ʹʻʼʽˈˊˋ′‵׳ꞌ", "'"),
    **dict.fromkeys("“”„‟«»″״〝〞", '"'),
    **dict.fromkeys("‐‑‒–—―−⁃﹘﹣־", "-"),
    "þ": "th",
    **dict.fromkeys("·ـ", ""),
}
"""Letters that Unicode doesn't decompose, punctuation of phones, and letters of other keyboards."""

_ALSO = {"ä": "ae", "ö": "oe", "ü": "ue", "å": "aa", "ø": "oe", "ŋ": "ng"}
"""What people also type for a letter."""

_NAME = re.compile(r"LATIN SMALL (?:LETTER|LIGATURE) ([A-Z]{1,2})(?: WITH .*)?")
_WITH = re.compile(r"((?:CYRILLIC|ARABIC|GREEK|ARMENIAN|GEORGIAN)\b.* LETTER .*?) WITH .*")

_PLAIN_NAMES = ("CJK", "HANGUL", "HIRAGANA", "KATAKANA")

_FILLERS = "\u115f\u1160\u3164\uffa0\u2800\u034f\u061c\u180e"
_SELECTORS = re.compile("[\ufe00-\ufe0f\U000e0100-\U000e01ef\u180b-\u180d\u180f]")

_MAX_MARKS = 4
"""Combining marks that a letter keeps; no script puts more on one."""

_WIDTHS = re.compile("[\uff01-\uffee]+")
"""Half- and full-width forms."""


def is_invisible(character: str) -> bool:
    """Whether `character` is a mark without a shape, such as a zero-width space."""
    return (
        unicodedata.category(character) == "Cf"
        or character in _FILLERS
        or _SELECTORS.match(character) is not None
    )


def is_mark(character: str) -> bool:
    """Whether `character` is an accent or the like on the letter before it.

    The vowel signs of Indic scripts are letters in this sense.
    """
    return bool(unicodedata.combining(character)) or unicodedata.category(character) == "Me"


def clean(text: str) -> str:
    """Return `text` in NFC, with ordinary forms and spaces, without invisible marks at its start.

    Other invisible marks stay: some scripts and emoji need them. A style that has none drops them.
    """
    if text.isascii() and text.isprintable():
        return text
    text = _WIDTHS.sub(lambda match: unicodedata.normalize("NFKC", match[0]), text)
    kept, marks, has_begun = list[str](), 0, False
    for character in unicodedata.normalize("NFC", text):
        marks = marks + 1 if is_mark(character) else 0
        has_begun = has_begun or not (character.isspace() or is_invisible(character))
        if character.isspace():
            kept.append(" ")
        elif has_begun and marks <= _MAX_MARKS:
            kept.append(character)
    return unicodedata.normalize("NFC", "".join(kept))


def fold(text: str) -> str:
    """Return what people type for `text`: without letter case, accents and typographic marks."""
    return "".join(map(fold_character, text))


@lru_cache(maxsize=16_384)
def fold_character(character: str) -> str:
    """Return what people type for `character`, "" for an accent or an invisible mark."""
    if character in _SPECIAL:
        return _SPECIAL[character]
    if character.isspace():
        return " "
    if (digit := unicodedata.digit(character, None)) is not None:
        return str(digit)
    if unicodedata.category(character) == "Lo" and not unicodedata.decomposition(character):
        return _fold_letter(character)
    letters = _bare(_bare(character).casefold())
    return unicodedata.normalize("NFC", "".join(map(_fold_letter, letters)))


def _bare(text: str) -> str:
    """Return `text` decomposed, without accents and invisible marks."""
    parts = unicodedata.normalize("NFKD", text)
    return "".join(c for c in parts if not (is_mark(c) or is_invisible(c)))


def _fold_letter(letter: str) -> str:
    """Return what people type for a decomposed small letter: l for one with a stroke."""
    if letter.isascii():
        return letter
    if letter in _SPECIAL:
        return _SPECIAL[letter]
    name = unicodedata.name(letter, "")
    if name.startswith(_PLAIN_NAMES):
        return letter
    if match := _NAME.fullmatch(name):
        return match[1].lower()
    if match := _WITH.fullmatch(name):
        try:
            return unicodedata.lookup(match[1])
        except KeyError:
            pass
    return letter


@lru_cache(maxsize=16_384)
def fold_case(text: str) -> str:
    """Return `text` decomposed and without letter case; accents stay.

    The i is the same letter with and without a dot: its cases differ between languages.
    """
    dotted = text.replace("İ", "i").replace("ı", "i").replace("i\u0307", "i")
    folded = unicodedata.normalize("NFD", dotted).casefold()
    return unicodedata.normalize("NFD", folded)


def typed_forms(character: str) -> set[str]:
    """Return the folded texts that people type for `character`, none for a mark."""
    if character.upper() == character == character.lower():
        return {fold_character(character)} - {""}
    forms = {fold(character), fold(character.upper()), fold(character.lower())}
    forms.add(_ALSO.get(character.lower(), ""))
    return forms - {""}


def describe_character(character: str) -> str:
    """Return `character` as a message can show it: an invisible one by its name."""
    if unicodedata.category(character)[0] in "CZ":
        return unicode_name(character)
    is_sign = unicodedata.category(character)[0] == "M"
    return f"\N{DOTTED CIRCLE}{character}" if is_sign else character
