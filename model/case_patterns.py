"""Case patterns: where upper and lower case letters and spaces may follow, as in the samples.

A list of capitalised names has no inner capitals and no lower case after its start, so a name drawn
from it should have none either. What counts is the kind of the token before a letter: the start, an
upper case letter, a lower case letter, or one separator, such as a space or a hyphen. Spaces are
between words only: samples are stripped. Vowel signs and other marks follow a letter.
"""

import unicodedata
from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from model.batches import END, START, Vocabulary

_FORBIDDEN = -60.0  # nats; finite, so that any name can still be scored
_MIN_LETTERS = 20  # after a kind of token; what is absent then has a share below 15 % (3 / n)
_MAX_VOCABULARY = 512  # because the table has its square
_UPPER, _LOWER, _OTHER, _START = range(4)  # separators have the kinds from 4 on


def fit_case_bias(samples: Sequence[str], vocabulary: Vocabulary) -> Tensor | None:
    """Return what to add to the scores [V] after each token, float32 [V, V]; None if nothing.

    It is -60 for a space at the start, the end after a space, a second space if no sample has one,
    and a mark at the start or after a space if no sample has one there. And for letters in a case
    that never follows the token's kind in `samples`, if at least 20 letters do. (The rule of three:
    Hanley & Lippman-Hand (1983), If nothing goes wrong, is everything all right?) Separators only
    count if all samples start in the same case, because case has another meaning in formulas and
    code.
    """
    if len(vocabulary) > _MAX_VOCABULARY:
        return None
    kinds = _kinds(vocabulary)
    counts = _count_cases(samples, vocabulary, kinds)
    absent = (counts == 0) & (counts.sum(axis=1, keepdims=True) >= _MIN_LETTERS)
    absent[_OTHER] = False
    if not absent[_START].any():
        absent[_START + 1 :] = False
    letters = kinds[None, :] == np.array([[_UPPER], [_LOWER]])  # [2, V]
    forbidden = absent[kinds].astype(np.int64) @ letters > 0  # [V, V]
    spaces = np.array([token.isspace() for token in vocabulary.tokens])
    forbidden[START] |= spaces
    forbidden[spaces, END] = True
    if not any("  " in sample for sample in samples):
        forbidden |= np.outer(spaces, spaces)
    marks = np.array([_is_mark(token) for token in vocabulary.tokens])
    if not any(_is_mark(word[:1]) for sample in samples for word in sample.split()):
        spaces[START] = True
        forbidden |= np.outer(spaces, marks)
    return torch.from_numpy(forbidden).float() * _FORBIDDEN if forbidden.any() else None


def _is_mark(token: str) -> bool:
    return len(token) == 1 and unicodedata.category(token).startswith("M")


def _kinds(vocabulary: Vocabulary) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """Return the kind of each token, int64 [V]."""
    kinds = []
    separators = _START
    for i, token in enumerate(vocabulary.tokens):
        category = unicodedata.category(token) if len(token) == 1 else ""
        if category in ("Lu", "Lt"):
            kinds.append(_UPPER)
        elif category == "Ll":
            kinds.append(_LOWER)
        elif i == START:
            kinds.append(_START)
        elif category[:1] in ("P", "S", "Z"):
            separators += 1
            kinds.append(separators)
        else:
            kinds.append(_OTHER)
    return np.array(kinds)


def _count_cases(
    samples: Sequence[str],
    vocabulary: Vocabulary,
    kinds: np.ndarray[tuple[int], np.dtype[np.int64]],
) -> np.ndarray[tuple[int, int], np.dtype[np.int64]]:
    """Count the upper and the lower case letters after each kind of token, int64 [kinds, 2]."""
    # A line feed stands for the start; no sample has one, and it sorts before all characters.
    text = "\n" + "\n".join(samples)
    alphabet = "\n" + "".join(vocabulary.characters)
    codes, known = (np.frombuffer(t.encode("utf-32-le"), np.uint32) for t in (text, alphabet))
    kind_of = np.array([_START, *kinds[len(kinds) - len(vocabulary.characters) :]])
    found = kind_of[np.searchsorted(known, codes)]
    before, letter = found[:-1], found[1:]
    is_letter = letter <= _LOWER
    counts = np.zeros((int(kinds.max(initial=_START)) + 1, 2), np.int64)
    np.add.at(counts, (before[is_letter], letter[is_letter]), 1)
    return counts
