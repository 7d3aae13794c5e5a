"""The profanity filter: check a name against the word list and an administrator's own words."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import cached_property
from operator import ge

from .exceptions import INNOCENT_CONTEXTS, ORDINARY_NAMES
from .normalize import collapse_repeats, letters_only, readings, run_lengths
from .wordlist import HEAD_LENGTH, Word, Wordlist, load_wordlist

_MIN_STRETCH = 3
"""Repeats of a letter that count as a stretched word. Two make another name: Con, Conn."""


@dataclass(frozen=True)
class ProfanityFilter:
    """The word list, plus `custom_words` that an administrator added."""

    custom_words: tuple[str, ...] = ()
    wordlist: Wordlist = field(default_factory=load_wordlist, repr=False, compare=False)

    def with_words(self, words: tuple[str, ...]) -> "ProfanityFilter":
        """Return a filter that also blocks `words` anywhere in a name."""
        return replace(self, custom_words=(*self.custom_words, *words))

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
        return len(words) > 1 and any(
            self._is_listed(joined, collapse_repeats(joined)) for joined in self._joined(words)
        )

    def _is_listed(self, text: str, letters: str) -> bool:
        """Whether `text`, without repeats `letters`, is a listed word, stretched or not."""
        candidates = self.wordlist.whole.get(letters)
        if candidates is None:
            return False
        runs = run_lengths(text)
        return any(_is_stretched(runs, word) for word in candidates)

    def _joined(self, words: list[str]) -> Iterator[str]:
        """Yield every run of neighbouring `words` as one word: “f u c k” spells a blocked one."""
        for first in range(len(words) - 1):
            joined = words[first]
            for word in words[first + 1 :]:
                joined += word
                if len(joined) > 2 * self.wordlist.max_length:
                    break
                yield joined

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
    pairs = zip(collapse_repeats(word), run_lengths(word), strict=True)
    return "".join(f"{re.escape(letter)}{{{count},}}" for letter, count in pairs)


def _is_stretched(runs: tuple[int, ...], word: Word) -> bool:
    """Whether letters repeated as `runs` says spell `word`, with some letters stretched or none."""
    pairs = zip(runs, word.run_lengths, strict=True)
    return all(run == count or run >= max(count, _MIN_STRETCH) for run, count in pairs)


def _contains_any(text: str, letters: str, within: dict[str, tuple[Word, ...]]) -> bool:
    """Whether `text`, without repeats `letters`, contains a word of `within`."""
    for size in (HEAD_LENGTH,) if letters.isascii() else range(1, HEAD_LENGTH + 1):
        for start in range(len(letters)):
            head = letters[start : start + size]
            if head in within and any(_is_at(word, start, text, letters) for word in within[head]):
                return True
    return False


def _is_at(word: Word, start: int, text: str, letters: str) -> bool:
    """Whether `word` is in `text` at `start` of its `letters`, outside an innocent context."""
    if not letters.startswith(word.letters, start):
        return False
    if not all(map(ge, run_lengths(text)[start:], word.run_lengths)):
        return False
    for context in INNOCENT_CONTEXTS.get(word.letters, ()):
        text = text.replace(context, " ")
    return word.letters in collapse_repeats(text)
