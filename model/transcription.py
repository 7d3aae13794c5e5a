"""Names of other scripts in Latin letters: Russian, Greek and Korean.

Russian follows BGN/PCGN as newspapers simplify it, Greek ELOT 743 without accents, and Korean the
Revised Romanization of 2000, in which given names do not show assimilation.
"""

# ruff: noqa: RUF001, SIM905
import re
import unicodedata

_RUSSIAN = dict(
    zip(
        "абвгдеёжзийклмнопрстуфхцчшщъыьэюя",
        "a b v g d e yo zh z i y k l m n o p r s t u f kh ts ch sh shch  y  e yu ya".split(" "),
        strict=True,
    )
)
_GREEK = dict(
    zip(
        "αβγδεζηθικλμνξοπρσςτυφχψω",
        "a v g d e z i th i k l m n x o p r s s t y f ch ps o".split(),
        strict=True,
    )
)
_HANGUL_INITIALS = "g kk n d tt r m b pp s ss  j jj ch k t p h".split(" ")
_HANGUL_VOWELS = "a ae ya yae eo e yeo ye o wa wae oe yo u wo we wi yu eu ui i".split()
_HANGUL_FINALS = " k k k n n n t l k m l l l p l m p p t t ng t t k t p t".split(" ")
_FIRST_SYLLABLE = 0xAC00


def transcribe_russian(name: str) -> str:
    """Return "Yevgeny" for "Евгений"."""
    text = re.sub(r"[иы]й\b", "ы", name.lower().replace("ия", "иа"))
    text = re.sub(r"(\b|[аеёиоуыэюя])е", r"\1йе", text)
    return _titled("".join(_RUSSIAN.get(c, c) for c in text))


def transcribe_greek(name: str) -> str:
    """Return "Evangelia" for "Ευαγγελία"."""
    text = unicodedata.normalize("NFC", name.lower())
    text = re.sub("ο[υύ]", "u", text)  # before accents go: a diaeresis parts two vowels
    text = re.sub(r"([αεη])[υύ](?=[βγδζλμνρ]|[αεηιουωάέήίόύώ])", r"\1v", text)
    text = re.sub(r"([αεη])[υύ]", r"\1f", text)
    text = re.sub(r"\bμπ", "b", re.sub(r"\bντ", "d", re.sub(r"\bγκ", "g", text)))
    text = re.sub("γ(?=[γξχ])", "n", text)
    plain = "".join(c for c in unicodedata.normalize("NFD", text) if not unicodedata.combining(c))
    return _titled("".join(_GREEK.get(c, c) for c in plain).replace("u", "ou"))


def transcribe_hangul(name: str) -> str:
    """Return "Seoyeon" for "서연"."""
    letters = ""
    for syllable in name:
        rest, final = divmod(ord(syllable) - _FIRST_SYLLABLE, len(_HANGUL_FINALS))
        initial, vowel = divmod(rest, len(_HANGUL_VOWELS))
        letters += _HANGUL_INITIALS[initial] + _HANGUL_VOWELS[vowel] + _HANGUL_FINALS[final]
    return _titled(letters)


def _titled(text: str) -> str:
    return "-".join(part.capitalize() for part in text.split("-"))
