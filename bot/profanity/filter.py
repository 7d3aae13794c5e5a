"""The profanity filter: check a name against the word list and an administrator's own words.

Names and words are normalized first: lower case, no accents, look-alike letters and digits read as
Latin letters.
"""

import re
import unicodedata
from base64 import b64decode
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cache, cached_property
from itertools import chain, groupby
from operator import ge
from pathlib import Path
from string import ascii_lowercase
from typing import NamedTuple

from .allowlist import INNOCENT_CONTEXTS, ORDINARY_NAMES

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
    category = unicodedata.category(char)
    if category == "Cf" or category[0] != "M":
        return category == "Cf"
    return unicodedata.name(char, "").startswith(("COMBINING", "VARIATION"))


def _split_words(text: str) -> list[str]:
    if text.isascii():
        return _NON_LETTERS.sub(" ", text).split()
    return "".join(char if char.isalpha() or _is_mark(char) else " " for char in text).split()


def _is_mark(char: str) -> bool:
    """Whether `char` is a vowel sign or similar mark, which many scripts write beside letters."""
    return unicodedata.category(char).startswith("M")


HEAD_LENGTH = 4
"""Letters by which `Wordlist.within` is indexed. One name in nine contains any such head."""


class Entry(NamedTuple):
    """One line of `wordlist.txt`."""

    languages: str
    """ISO 639-1 codes, separated by commas."""
    sources: str
    """One letter for each source, as LICENSES.md lists them."""
    scope: str
    """`whole` if the word is blocked as a whole word, `within` if anywhere in a name."""
    word: str
    """The word in folded letters, as `letters_only` returns them."""


class Word(NamedTuple):
    """A word by its letters without repeats, and how often it repeats each of them."""

    letters: str
    run_lengths: tuple[int, ...]


@dataclass(frozen=True)
class Wordlist:
    """Blocked words, indexed by their letters without repeats.

    `whole` maps all these letters to words that are blocked as a whole word. `within` maps the
    first `HEAD_LENGTH` of them to words that are blocked anywhere in a name; shorter Latin words
    also stand under every head that begins with them.
    """

    whole: dict[str, tuple[Word, ...]]
    within: dict[str, tuple[Word, ...]]
    max_length: int

    @cached_property
    def sorted_letters(self) -> list[str]:
        """The letters of all words."""
        return sorted(self.whole)

    @cached_property
    def longest_run(self) -> int:
        """How often a word repeats a letter, at most."""
        words = chain.from_iterable(self.whole.values())
        return max(max(word.run_lengths) for word in words)


def read_entries() -> list[Entry]:
    """Return the lines of `wordlist.txt`."""
    text = Path(__file__).with_name("wordlist.txt").read_text(encoding="ascii")
    rows = [line.split(" ") for line in text.splitlines() if not line.startswith("#")]
    # Each word is padded to whole base64 groups, so that all of them decode in one call.
    words = b64decode("".join(row[3] for row in rows)).decode().split()
    return [Entry(row[0], row[1], row[2], word) for row, word in zip(rows, words, strict=True)]


@cache
def load_wordlist() -> Wordlist:
    """Return the word list, indexed; later calls return the same one."""
    entries = read_entries()
    whole = [entry.word for entry in entries]
    within = [entry.word for entry in entries if entry.scope == "within"]
    return Wordlist(_index(lambda key: [key], whole), _index(_heads, within), max(map(len, whole)))


def _index(keys: Callable[[str], list[str]], words: Iterable[str]) -> dict[str, tuple[Word, ...]]:
    """Return `words` indexed by each of the `keys` of their letters."""
    index: defaultdict[str, list[Word]] = defaultdict(list)
    for text in words:
        word = Word(collapse_repeats(text), run_lengths(text))
        for key in keys(word.letters):
            index[key].append(word)
    return {key: tuple(found) for key, found in index.items()}


def _heads(letters: str) -> list[str]:
    if len(letters) >= HEAD_LENGTH or not letters.isascii():
        return [letters[:HEAD_LENGTH]]
    return [letters, *(letters + letter for letter in ascii_lowercase)]


_MIN_STRETCH = 3
"""Repeats of a letter that count as a stretched word. Two make another name: Con, Conn."""


@dataclass(frozen=True)
class ProfanityFilter:
    """The word list, plus `custom_words` that an administrator added."""

    custom_words: tuple[str, ...] = ()

    @cached_property
    def wordlist(self) -> Wordlist:
        """The word list; it is read on first use, which takes some 25 ms."""
        return load_wordlist()

    def with_words(self, words: tuple[str, ...]) -> "ProfanityFilter":
        """Return a filter that also blocks `words` anywhere in a name."""
        return replace(self, custom_words=(*self.custom_words, *words))

    @property
    def is_prepared(self) -> bool:
        """Whether `prepare` has been called."""
        return "_custom_symbols" in self.__dict__

    def prepare(self) -> None:
        """Load the word list and compile the custom words, which otherwise the first match does."""
        _ = self.wordlist, self._custom_pattern, self._custom_symbols

    def matches(self, name: str) -> bool:
        """Whether `name` contains a blocked word."""
        for words in readings(name):
            if self._matches_wordlist(words, name):
                return True
            if self.custom_words and self._matches_custom_letters(words):
                return True
        return bool(self.custom_words) and self._matches_custom_symbols(name)

    def _matches_wordlist(self, words: list[str], name: str) -> bool:
        """Whether one of `words` is blocked or contains a blocked word, or several spell one."""
        for word in words:
            letters = collapse_repeats(word)
            is_ordinary = word in ORDINARY_NAMES and word in name.lower()
            if not is_ordinary and self._is_listed(word, letters):
                return True
            if _contains_any(word, letters, self.wordlist.within):
                return True
        return len(words) > 1 and self._spell_listed(words)

    def _is_listed(self, text: str, letters: str) -> bool:
        """Whether `text`, without repeats `letters`, is a listed word, stretched or not."""
        candidates = self.wordlist.whole.get(letters)
        if candidates is None:
            return False
        runs = run_lengths(text)
        return any(_is_stretched(runs, word) for word in candidates)

    def _spell_listed(self, words: list[str]) -> bool:
        """Whether neighbouring `words` spell a listed word: “f u c k” spells a blocked one.

        Words are joined only while some listed word begins with their letters.
        """
        keys, max_length = self.wordlist.sorted_letters, 2 * self.wordlist.max_length
        collapsed = [collapse_repeats(word[: max_length + 1]) for word in words]
        stretch = max(_MIN_STRETCH, self.wordlist.longest_run) + 1
        for first in range(len(words) - 1):
            joined, letters = words[first], collapsed[first]
            if len(letters) == 1 and collapsed[first : first + stretch] == [letters] * stretch:
                continue  # the same letters from the next word on are a stretched letter too
            for i in range(first + 1, len(words)):
                joined += words[i]
                letters += collapsed[i][letters[-1] == collapsed[i][0] :]
                at = bisect_left(keys, letters)
                is_beginning = at < len(keys) and keys[at].startswith(letters)
                if len(joined) > max_length or not is_beginning:
                    break
                if self._is_listed(joined, letters):
                    return True
        return False

    def _matches_custom_letters(self, words: list[str]) -> bool:
        pattern = self._custom_pattern
        return pattern is not None and bool(pattern.search("".join(words)))

    def _matches_custom_symbols(self, name: str) -> bool:
        return any(text in name.casefold() for text in self._custom_symbols)

    @cached_property
    def _custom_pattern(self) -> re.Pattern[str] | None:
        """Pattern that finds the custom words that have letters, stretched or not."""
        with_letters = (word for word in self.custom_words if any(map(str.isalpha, word)))
        folded = {letters_only(word) for word in with_letters} - {""}
        return re.compile("|".join(map(_pattern, sorted(folded)))) if folded else None

    @cached_property
    def _custom_symbols(self) -> tuple[str, ...]:
        """The custom words without letters: digits, emoji."""
        stripped = (word.strip().casefold() for word in self.custom_words)
        return tuple(word for word in stripped if word and not any(map(str.isalpha, word)))


def _pattern(word: str) -> str:
    """Return a regular expression that matches `word`, stretched or not."""
    letters = collapse_repeats(word)
    first, *rest = map(re.escape, letters)
    count, *counts = run_lengths(word)
    # It begins where a run begins; otherwise a search would take quadratic time.
    start = f"{first}(?<!{first}{first}){first}{{{count - 1},}}"
    return start + "".join(f"{each}{{{n},}}" for each, n in zip(rest, counts, strict=True))


def _is_stretched(runs: tuple[int, ...], word: Word) -> bool:
    """Whether letters repeated as `runs` says spell `word`, with some letters stretched or none."""
    pairs = zip(runs, word.run_lengths, strict=True)
    return all(run == count or run >= max(count, _MIN_STRETCH) for run, count in pairs)


def _contains_any(text: str, letters: str, within: dict[str, tuple[Word, ...]]) -> bool:
    """Whether `text`, without repeats `letters`, contains a word of `within`."""
    runs: tuple[int, ...] = ()
    outside: dict[str, bool] = {}
    for size in (HEAD_LENGTH,) if letters.isascii() else range(1, HEAD_LENGTH + 1):
        for start in range(len(letters)):
            for word in within.get(letters[start : start + size], ()):
                if letters.startswith(word.letters, start):
                    runs = runs or run_lengths(text)
                    if not _has_runs(runs, start, word):
                        continue
                    if word.letters not in outside:
                        outside[word.letters] = _is_outside_contexts(word.letters, text)
                    if outside[word.letters]:
                        return True
    return False


def _has_runs(runs: tuple[int, ...], start: int, word: Word) -> bool:
    """Whether the letters from `start` on are repeated as often as those of `word`, or more."""
    return all(map(ge, runs[start : start + len(word.run_lengths)], word.run_lengths))


def _is_outside_contexts(letters: str, text: str) -> bool:
    """Whether a word with `letters` is in `text` outside its innocent contexts."""
    for context in INNOCENT_CONTEXTS.get(letters, ()):
        text = text.replace(context, " ")
    return letters in collapse_repeats(text)
