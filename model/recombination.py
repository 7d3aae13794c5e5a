"""Recombination: more phrases from the words of a list, so that a network learns to spell them.

A few hundred phrases have most of their words once or twice, too seldom to learn them by character.
So the words of phrases with one pattern, such as "The _ _", "_ of the _" or "_-_", are combined
anew.
"""

import random
import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from itertools import compress

_FUNCTION_WORDS = frozenset(
    [
        "a",
        "an",
        "and",
        "at",
        "for",
        "from",
        "in",
        "is",
        "of",
        "on",
        "or",
        "that",
        "the",
        "to",
        "under",
        "with",
    ]
)
_MIN_PHRASES = 8
"""Phrases that a pattern has at least, to be combined."""

_TRIES = 20
"""Phrases drawn for each new one, of which many are there already."""


def recombine(samples: Sequence[str], count: int, *, seed: int = 1) -> list[str]:
    """Return up to `count` phrases, sorted: `samples`, and new ones from their words.

    Each pattern gets as many new phrases as it has samples, in proportion. The same arguments give
    the same phrases.
    """
    slots: defaultdict[str, list[list[str]]] = defaultdict(list)
    for sample in samples:
        pattern, words = _parse(sample)
        slots[pattern].append(words)
    common = {
        pattern: list(zip(*phrases, strict=True))
        for pattern, phrases in slots.items()
        if len(phrases) >= _MIN_PHRASES and len(phrases[0]) > 1
    }
    phrases = dict.fromkeys(samples)
    if common:
        rng = random.Random(seed)  # noqa: S311, not for cryptography
        patterns, weights = list(common), [len(words[0]) for words in common.values()]
        for pattern in rng.choices(patterns, weights, k=_TRIES * count):
            if len(phrases) >= count:
                break
            words = [rng.choice(each) for each in common[pattern]]
            if len(set(words)) == len(words):
                phrases[_fill(pattern, words)] = None
    return sorted(phrases)


def _parse(phrase: str) -> tuple[str, list[str]]:
    """Return the pattern of a phrase, with `_` for each content word, and these words."""
    parts = re.split("([ -])", phrase)
    is_content = [part not in " -" and part.lower() not in _FUNCTION_WORDS for part in parts]
    pattern = "".join("_" if each else part for each, part in zip(is_content, parts, strict=True))
    return pattern, list(compress(parts, is_content))


def _fill(pattern: str, words: Iterable[str]) -> str:
    rest = iter(words)
    return "".join(next(rest) if part == "_" else part for part in pattern)
