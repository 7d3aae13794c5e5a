"""Near-duplicates: names one letter apart, of which an answer has only one where it can.

Two names are near-duplicates if they are equal once at most one letter is removed from each: Trixi
and Trixie, Trixi and Trixy. That finds a letter that is added, removed, changed, moved, or swapped
with the next. A set of all texts with one letter removed finds them without comparing every pair
(Garbe 2012, "SymSpell").
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

MAX_CANDIDATES = 16
"""Candidates for each name of an answer; if they don't give enough, near-duplicates fill it."""

_MIN_COMMON = 3
"""Letters that two near-duplicates have in common at least. Ann and Anna are, Mia and Tia aren't:
short names are all alike, and so would be most answers of two or three letters."""

_MAX_LENGTH = 64
"""Longer names are not compared: their texts would take memory in the square of the length, and
people don't see one letter."""


@dataclass
class DistinctNames:
    """Chooses up to `count` of the added names: the first ones of which no two are near-duplicates.

    The others fill the places that remain, in the order in which they were added. `excluded`, with
    their case folded, are names that the chosen ones should differ from, too.
    """

    count: int
    excluded: Iterable[str] = ()
    distinct: dict[str, None] = field(default_factory=dict)
    others: dict[str, None] = field(default_factory=dict)
    _texts: set[str] = field(init=False)

    def __post_init__(self) -> None:
        self._texts = set().union(*map(_shorter_texts, self.excluded))

    def add(self, name: str) -> None:
        """Add `name` to the distinct ones, or to the others."""
        if name in self.distinct or name in self.others:
            return
        texts = _shorter_texts(name)
        if self._texts.isdisjoint(texts):
            self.distinct[name] = None
            self._texts |= texts
        else:
            self.others[name] = None

    @property
    def is_full(self) -> bool:
        """Whether there are `count` distinct names."""
        return len(self.distinct) >= self.count

    def __len__(self) -> int:
        return len(self.distinct) + len(self.others)

    def choose(self) -> list[str]:
        """Return the chosen names, the distinct ones first."""
        return [*self.distinct, *self.others][: self.count]


def _shorter_texts(name: str) -> set[str]:
    """Return `name` and the texts that it is without one of its letters, all with case folded."""
    text = name.casefold()
    if not _MIN_COMMON <= len(text) <= _MAX_LENGTH:
        return set()
    if len(text) == _MIN_COMMON:
        return {text}
    return {text, *(text[:i] + text[i + 1 :] for i in range(len(text)))}
