"""Mix: names of several styles at once, drawn from one model that is made of their networks.

Each character is drawn from a weighted mean of the styles' distributions. The weights follow the
name: a style that expected the last character gets more weight for the next one, but half of all
weight returns to where it began. So a name holds together for some letters, then turns into another
style (fixed share: Herbster and Warmuth 1998, "Tracking the Best Expert").
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise, starmap

import numpy as np
import numpy.typing as npt

from .artifact import (
    END,
    SPECIAL_TOKENS,
    START,
    Artifact,
    Floats,
    Ids,
    Vocabulary,
)
from .folding import fold
from .lattice import nearest
from .request import RequestError

SHARE = 0.5
"""The share of the weights that returns to where it began, at each character. With 0, each name
would come from one style; with 1, each letter could come from another one."""

_TINY = np.float32(1e-37)
"""Added to probabilities, which are rounded to 0 from there on."""

_MAX_SCORE, _MIN_SUM = 70.0, 1e-20
"""Far enough from the limits of float32 for the exponentials and their sum."""


@dataclass(frozen=True)
class Part:
    """A style in a mix; only the ratios of the `weight`s count. `name` is for error messages."""

    name: str
    artifact: Artifact
    weight: float = 1.0

    @property
    def title(self) -> str:
        """The style's title, with its weight unless that is 1."""
        factor = "" if self.weight == 1 else f" \N{MULTIPLICATION SIGN}{self.weight:g}"
        return self.artifact.title + factor


class MixedModel:
    """A `CharacterModel` of k artifacts, whose V characters are those of all of them.

    A style that doesn't use a character reads its other case or base letter instead. If it uses
    neither, it skips the character: its state stays, and it has no weight in the next draw.

    The state of a row is, for each style, its share in the probability of each next character
    [k, V], and then its own state. So a state of zeros is the beginning of a name.
    """

    def __init__(self, parts: Sequence[Part]) -> None:
        """Raise `RequestError` if a style has no letter in common with those before it."""
        _check_common_letters(parts)
        artifacts = [part.artifact for part in parts]
        characters = sorted(set("".join(each.vocabulary.characters for each in artifacts)))
        self.vocabulary = Vocabulary((*SPECIAL_TOKENS, *characters))
        self.title = " + ".join(part.title for part in parts)
        self.max_length = max(artifact.max_length for artifact in artifacts)
        self.corpus_quantiles: npt.NDArray[np.float64] = np.zeros(0)
        self._artifacts = artifacts
        weights = np.array([part.weight for part in parts], np.float32)
        self._offsets = np.arange(len(parts)) * len(self.vocabulary)  # [k]
        self._first_weights = weights / weights.sum() * SHARE / (1 - SHARE)  # [k]
        self._tokens = np.array([_tokens(each.vocabulary, self.vocabulary) for each in artifacts])
        self._has_skips = bool((self._tokens < 0).any())
        self._columns = [_columns(each.vocabulary, self.vocabulary) for each in artifacts]
        unused = np.array([columns == START for columns in self._columns])
        self._mask = np.where(unused, np.float32(-np.inf), np.float32(0))  # [k, V]
        ends = np.cumsum([self._mask.size, *(each.state_size for each in artifacts)]).tolist()
        self._own_states = list(starmap(slice, pairwise(ends)))
        self.state_size: int = ends[-1]

    def step(self, token: Ids, state: Floats) -> tuple[Floats, Floats]:
        """Advance every row by one character.

        `token` int64 [B], `state` float32 [B, S] → logits float32 [B, V], next state [B, S]. So few
        calls of numpy matter: the networks leave none of its code in the processor's cache.
        """
        rows, (k, size) = len(token), self._mask.shape
        weights = state[np.arange(rows)[:, None], token[:, None] + self._offsets]  # [B, k]
        weights += self._first_weights
        tokens = self._tokens.take(token, axis=1)  # [k, B]
        is_skipped = tokens < 0 if self._has_skips else None
        if is_skipped is not None and is_skipped.any():
            weights[is_skipped.T] = 0
        else:
            is_skipped = None
        scores = np.empty((rows, k, size), np.float32)
        next_state = np.empty((rows, self.state_size), np.float32)
        for i, own in enumerate(self._own_states):
            own_state, own_token = np.ascontiguousarray(state[:, own]), tokens[i]
            if is_skipped is None:
                logits, next_state[:, own] = self._artifacts[i].step(own_token, own_state)
            else:
                own_token = own_token.clip(min=START)  # what a skipped character gives is unused
                logits, stepped = self._artifacts[i].step(own_token, own_state)
                next_state[:, own] = np.where(is_skipped[i][:, None], own_state, stepped)
            scores[:, i] = logits.take(self._columns[i], axis=1)
        scores += self._mask
        shares, sums = _exponentials(scores.reshape(rows * k, size))
        weights /= sums.reshape(rows, k)
        shares = shares.reshape(rows, k, size)
        shares *= weights[:, :, None]
        total: Floats = np.add.reduce(shares, axis=1)  # [B, V]
        total += _TINY
        shares /= total[:, None]
        next_state[:, : self._mask.size] = shares.reshape(rows, self._mask.size)
        return np.log(total), next_state

    def in_corpus(self, name: str) -> bool:
        """Whether `name` (NFC) is a sample of one of the styles."""
        return any(artifact.in_corpus(name) for artifact in self._artifacts)

    def are_in_corpus(self, names: Sequence[str]) -> list[bool]:
        """Return `in_corpus` of each of `names`."""
        found = [artifact.are_in_corpus(names) for artifact in self._artifacts]
        return list(map(any, zip(*found, strict=True)))


def _tokens(own: Vocabulary, mixed: Vocabulary) -> Ids:
    """Return what a style reads for the mix's tokens: its ids, -1 for those to skip, int64 [V]."""
    tokens = [START, END]
    for character in mixed.entries[len(SPECIAL_TOKENS) :]:
        own_character = nearest(own, character)
        tokens += [-1] if own_character is None else own.encode(own_character)
    return np.array(tokens)


def _columns(own: Vocabulary, mixed: Vocabulary) -> Ids:
    """Return the columns of a style's logits for the mix's tokens, START for none, int64 [V]."""
    characters = mixed.entries[len(SPECIAL_TOKENS) :]
    return np.array(
        [START, END, *(own.encode(c)[0] if own.can_spell(c) else START for c in characters)]
    )


def _exponentials(scores: Floats) -> tuple[Floats, Floats]:
    """Return the exponentials of `scores` [N, V], up to a factor for each row, and their sums [N].

    Subtracting the largest score of each row would cost the most, so only scores that are too large
    or too small for float32 get that.
    """
    if np.maximum.reduce(scores, axis=None, initial=0) < _MAX_SCORE:
        exponentials = np.exp(scores)
        sums: Floats = np.add.reduce(exponentials, axis=1)
        if np.minimum.reduce(sums, initial=1) > _MIN_SUM:
            return exponentials, sums
    exponentials = np.exp(scores - scores.max(axis=1, keepdims=True))
    return exponentials, exponentials.sum(axis=1)


def _check_common_letters(parts: Sequence[Part]) -> None:
    """Raise `RequestError` if a style has no letter in common with those before it.

    Letter case and accents don't count.
    """
    letters: set[str] = set()
    for part in parts:
        own = set(filter(str.isalnum, fold(part.artifact.vocabulary.characters)))
        if letters and not letters & own:
            raise RequestError(
                "{} has no letter in common with {}, so they can't be mixed.",
                part.name,
                " + ".join(each.name for each in parts[: parts.index(part)]),
            )
        letters |= own
