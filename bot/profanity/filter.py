"""Whether a name says a word that is blocked."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import cached_property, partial
from operator import ge

from .exceptions import HIDERS, ORDINARY
from .normalize import collapsed, letters, readings, runs
from .wordlist import HEAD, Word, Wordlist, read

_DRAWN_OUT = 3
"""A letter written so often is one that somebody draws out; two are another name: Con, Conn."""


@dataclass(frozen=True)
class ProfanityFilter:
    """The listed words, and `own`, which an administrator added."""

    own: tuple[str, ...] = ()
    listed: Wordlist = field(default_factory=read, repr=False, compare=False)

    def with_words(self, words: tuple[str, ...]) -> "ProfanityFilter":
        """Return the same with `words` blocked too, wherever they are in a name."""
        return replace(self, own=(*self.own, *words))

    def matches(self, name: str) -> bool:
        """Whether `name` is not to be said."""
        for words in readings(name):
            if self._says(words, name) or (self.own and self._says_own(words)):
                return True
        return bool(self.own) and any(text in name.casefold() for text in self._written)

    def _says(self, words: list[str], name: str) -> bool:
        """Whether a listed word is among `words`, within one of them, or spaced over several."""
        for word in words:
            key = collapsed(word)
            if self._whole(word, key) and not (word in ORDINARY and word in name.lower()):
                return True
            if _holds(word, key, self.listed.within):
                return True
        return len(words) > 1 and any(self._whole(w, collapsed(w)) for w in self._joined(words))

    def _whole(self, word: str, key: str) -> bool:
        """Whether `word`, collapsed to `key`, is listed, or with a letter drawn out."""
        alike = self.listed.whole.get(key)
        return alike is not None and any(map(partial(_is_drawn_out, runs(word)), alike))

    def _joined(self, words: list[str]) -> Iterator[str]:
        """Yield what neighbours among `words` make together: “f u c k” is one word, spaced."""
        for first in range(len(words) - 1):
            joined = words[first]
            for word in words[first + 1 :]:
                joined += word
                if len(joined) > 2 * self.listed.longest:
                    break
                yield joined

    def _says_own(self, words: list[str]) -> bool:
        return self._spoken is not None and bool(self._spoken.search("".join(words)))

    @cached_property
    def _spoken(self) -> re.Pattern[str] | None:
        """What finds the administrator's words among letters, drawn out or not."""
        folded = {letters(word) for word in self.own if any(map(str.isalpha, word))} - {""}
        return re.compile("|".join(map(_pattern, sorted(folded)))) if folded else None

    @cached_property
    def _written(self) -> tuple[str, ...]:
        """Those of the administrator's words that have no letter: figures, emoji."""
        stripped = (word.strip().casefold() for word in self.own)
        return tuple(word for word in stripped if word and not any(map(str.isalpha, word)))


def _pattern(word: str) -> str:
    """Return the expression for `word`, letters drawn out or not."""
    pairs = zip(collapsed(word), runs(word), strict=True)
    return "".join(f"{re.escape(letter)}{{{least},}}" for letter, least in pairs)


def _is_drawn_out(written: tuple[int, ...], word: Word) -> bool:
    """Whether letters, `written` so often, are `word`, or it with some of them drawn out."""
    pairs = zip(written, word.runs, strict=True)
    return all(n == least or n >= max(least, _DRAWN_OUT) for n, least in pairs)


def _holds(text: str, key: str, within: dict[str, tuple[Word, ...]]) -> bool:
    """Whether one of the words `within` is anywhere in `text`, which is collapsed to `key`."""
    for size in (HEAD,) if key.isascii() else range(1, HEAD + 1):
        for at in range(len(key)):
            head = key[at : at + size]
            if head in within and any(_is_at(word, at, text, key) for word in within[head]):
                return True
    return False


def _is_at(word: Word, at: int, text: str, key: str) -> bool:
    """Whether `text`, collapsed to `key`, says `word` at `at`, and no innocent name is why."""
    if not (key.startswith(word.key, at) and all(map(ge, runs(text)[at:], word.runs))):
        return False
    for hider in HIDERS.get(word.key, ()):
        text = text.replace(hider, " ")
    return word.key in collapsed(text)
