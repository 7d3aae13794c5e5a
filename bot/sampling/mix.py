"""Mix: names of several styles at once, drawn from one model that is made of their networks.

Each character is drawn from a weighted mean of the styles' distributions. The weights follow the
name: a style that expected the last character gets more weight for the next one, but half of all
weight returns to where it began. So a name holds together for some letters, then turns into another
style (fixed share: Herbster and Warmuth 1998, "Tracking the Best Expert").
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from .artifact import (
    END,
    SPECIAL_TOKENS,
    START,
    Artifact,
    Floats,
    Ids,
    UnknownCharacterError,
    Vocabulary,
    remove_accents,
)
from .request import RequestError

SHARE = 0.5
"""The share of the weights that returns to where it began, at each character. With 0, each name
would come from one style; with 1, each letter could come from another one."""

_TINY = np.float32(1e-30)


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
    """A `CharacterModel` of several artifacts, whose characters are those of all of them.

    A style that doesn't use a character reads its other case or base letter instead. If it uses
    neither, it skips the character: its state stays, and it has no weight in the next draw.

    The state of a row is the states of the styles. Then, for each style, it has V numbers: how far
    its weight will be from its first weight, after each possible next character. So a state of
    zeros is the beginning of a name.
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
        total = sum(part.weight for part in parts)
        self._readers: list[_Reader] = []
        size = len(parts) * len(self.vocabulary)
        for part in parts:
            states = slice(size, size + part.artifact.state_size)
            reader = _reader(part.artifact, self.vocabulary, states, part.weight / total)
            self._readers.append(reader)
            size = states.stop
        self.state_size = size

    def step(self, token: Ids, state: Floats) -> tuple[Floats, Floats]:
        """Advance every row by one character.

        `token` int64 [B], `state` float32 [B, S] → logits float32 [B, V], next state [B, S]. The
        logits are logarithms of probabilities.
        """
        rows, size = np.arange(len(token)), len(self.vocabulary)
        next_state = np.empty((len(token), self.state_size), np.float32)
        changes = [next_state[:, i * size : (i + 1) * size] for i in range(len(self._readers))]
        for i, (reader, weighted) in enumerate(zip(self._readers, changes, strict=True)):
            weight = reader.weight + state[rows, token + i * size]
            p_next, next_state[:, reader.states] = reader.step(token, state, weight)
            np.multiply(p_next, weight[:, None], out=weighted)
        total = np.add.reduce(changes)
        scale = (1 - SHARE) / (total + _TINY)
        for reader, change in zip(self._readers, changes, strict=True):
            change *= scale
            change -= (1 - SHARE) * reader.weight
        with np.errstate(divide="ignore"):  # a probability of 0
            logits: Floats = np.log(total)
        return logits, next_state

    def in_corpus(self, name: str) -> bool:
        """Whether `name` (NFC) is a sample of one of the styles."""
        return any(reader.artifact.in_corpus(name) for reader in self._readers)

    def are_in_corpus(self, names: Sequence[str]) -> list[bool]:
        """Return `in_corpus` of each of `names`."""
        found = [reader.artifact.are_in_corpus(names) for reader in self._readers]
        return list(map(any, zip(*found, strict=True)))


@dataclass(frozen=True)
class _Reader:
    """A style of a mix: how it reads the mix's tokens, and where the mix's state has its own.

    `tokens` int64 [V] are the style's ids of the mix's tokens, also of replaced characters; -1 for
    those to skip. `columns` int64 [V] are the columns of its logits for the mix's tokens; START for
    characters that it never writes.
    """

    artifact: Artifact
    tokens: Ids
    columns: Ids
    states: slice
    weight: np.float32
    is_complete: bool
    """Whether it skips no character."""

    def step(self, token: Ids, state: Floats, weight: Floats) -> tuple[Floats, Floats]:
        """Return unnormalized p(next) [B, V] and the next state [B, own S].

        `token` int64 [B] and `state` float32 [B, S] are those of the mix. `weight` [B] is divided
        by the sums of p(next), and set to 0 in the rows whose character is skipped.
        """
        own_token = self.tokens.take(token)
        own_state = np.ascontiguousarray(state[:, self.states])
        is_skipped = None if self.is_complete else own_token < 0
        if is_skipped is not None and is_skipped.any():
            logits, next_state = self.artifact.step(own_token.clip(min=START), own_state)
            next_state[is_skipped] = own_state[is_skipped]
            weight[is_skipped] = 0
        else:
            logits, next_state = self.artifact.step(own_token, own_state)
        p_next, sums = _exponentials(logits)
        weight /= sums
        return p_next.take(self.columns, axis=1), next_state


def _reader(artifact: Artifact, mixed: Vocabulary, states: slice, weight: float) -> _Reader:
    tokens, columns = [START, END], [START, END]
    for character in mixed.entries[len(SPECIAL_TOKENS) :]:
        try:
            (token,) = artifact.vocabulary.encode(artifact.vocabulary.replace(character))
        except UnknownCharacterError:
            token = -1
        tokens.append(token)
        columns.append(token if artifact.vocabulary.can_spell(character) else START)
    is_complete = min(tokens) >= 0
    return _Reader(
        artifact, np.array(tokens), np.array(columns), states, np.float32(weight), is_complete
    )


@np.errstate(over="ignore")
def _exponentials(logits: Floats) -> tuple[Floats, Floats]:
    """Return exp(`logits`) [B, V] with 0 for the start token, and the sum of each row [B].

    Subtracting the largest logit of each row would cost the most, so only logits out of the range
    of float32 get that.
    """
    logits[:, START] = -np.inf
    weights = np.exp(logits)
    sums: Floats = weights @ np.ones(logits.shape[1], np.float32)
    if not (sums.min(initial=1) > _TINY and sums.max(initial=1) < np.inf):
        weights = np.exp(logits - logits.max(axis=1, keepdims=True))
        sums = weights.sum(axis=1)
    return weights, sums


def _check_common_letters(parts: Sequence[Part]) -> None:
    """Raise `RequestError` if a style has no letter in common with those before it.

    Letter case and accents don't count.
    """
    letters: set[str] = set()
    for part in parts:
        folded = remove_accents(part.artifact.vocabulary.characters).casefold()
        own = set(filter(str.isalnum, folded))
        if letters and not letters & own:
            raise RequestError(
                "{} has no letter in common with {}, so they can't be mixed.",
                part.name,
                " + ".join(each.name for each in parts[: parts.index(part)]),
            )
        letters |= own
