"""Search: the most likely names for a prefix, without drawing (best-first beam search).

The most likely open prefixes are extended by a character, many in one batch, until none of them is
more likely than the last of the names found. No name is more likely than its prefixes, so the
answer is exact, unless more prefixes were open than the beam holds.
"""

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from .artifact import END, Floats, Ids
from .character_model import CharacterModel
from .draw import Probabilities, StepGenerator, probabilities, start_after
from .phrase import Phrase
from .request import long_prefix_error
from .spelling import match_prefix

_BEAM_SIZE = 4_096
"""Open prefixes that are stored, the most likely ones."""

_BATCH_SIZE = 24
"""Prefixes extended at once; a larger batch would extend many that are not needed."""

_MAX_EXTENDED = 100_000
"""Prefixes extended in all, for a style that finds everything equally likely."""

_MIN_BEGINNING = 0.05
"""Probability of a beginning that is worth a choice."""


def top_names(
    model: CharacterModel, prefix: str, count: int
) -> StepGenerator[list[tuple[str, float]]]:
    """Return the `count` most likely names that begin with `prefix`, most likely first.

    Each has its probability among all names with that prefix, at temperature 1. There are fewer
    names if the style has fewer. Raises `RequestError` if it has none or can't spell the prefix.
    """
    if count < 1:
        raise ValueError(f"count is {count}; it must be at least 1")
    prefix = yield from match_prefix(model, prefix)
    if len(prefix) > model.max_length:
        limit = Phrase("names in this style have at most {}", model.max_length)
        raise long_prefix_error(prefix, limit)
    logits, state = yield from start_after(model, prefix)
    search = _Search(model, count)
    search.branch([prefix], np.ones(1), logits, state)
    extended = 0
    while search.mass.size and extended < _MAX_EXTENDED:
        token, state, texts, mass = search.pop(search.select())
        logits, state = yield token, state
        search.branch(texts, mass, logits, state)
        extended += len(texts)
    return sorted(search.found, key=lambda name: (-name[1], name[0]))


def top_beginnings(
    model: CharacterModel, prefix: str, count: int
) -> StepGenerator[list[tuple[str, float]]]:
    """Return `prefix` as the style spells it, then the `count` most likely ones a character longer.

    Each has its probability among all names with that prefix, at temperature 1. Those that end with
    white space, or that fewer than one name in twenty begins with, are left out. Raises
    `RequestError` like `top_names`.
    """
    prefix = yield from match_prefix(model, prefix)
    if len(prefix) >= model.max_length:
        return [(prefix, 1.0)]
    logits, _ = yield from start_after(model, prefix)
    (mass,) = probabilities(logits)
    entries = model.vocabulary.entries
    tokens = [int(token) for token in np.argsort(-mass, kind="stable") if token != END]
    longer = [(prefix + entries[token], float(mass[token])) for token in tokens[:count]]
    likely = [(text, p) for text, p in longer if p >= _MIN_BEGINNING and not text[-1:].isspace()]
    return [*([(prefix, 1.0)] if prefix else []), *likely]


@dataclass
class _Search:
    """The names found and the open prefixes; arrays of open prefixes have the length K.

    An open prefix is the text and state of its `parent`, and the next `token`.
    """

    model: CharacterModel
    count: int
    found: list[tuple[str, float]] = field(default_factory=list)
    min_mass: float = 0.0
    texts: list[str] = field(default_factory=list)
    states: Floats = field(init=False)
    mass: Probabilities = field(default_factory=lambda: np.zeros(0))
    token: Ids = field(default_factory=lambda: np.zeros(0, np.int64))
    parent: Ids = field(default_factory=lambda: np.zeros(0, np.int64))

    def __post_init__(self) -> None:
        self.states = np.empty((4 * _BATCH_SIZE, self.model.state_size), np.float32)

    def branch(self, texts: list[str], mass: Probabilities, logits: Floats, state: Floats) -> None:
        """Open every continuation of `texts` that can still be among the `count` most likely."""
        branches = probabilities(logits)  # [B, V]
        branches *= mass[:, None]
        self._add_found(texts, branches[:, END])
        branches[:, END] = 0
        if max(map(len, texts)) >= self.model.max_length:
            branches[[len(text) >= self.model.max_length for text in texts]] = 0
        parents, tokens = np.nonzero(branches > self.min_mass)
        self._filter(self.mass > self.min_mass)
        self.mass = np.concatenate([self.mass, branches[parents, tokens]])
        self.token = np.concatenate([self.token, tokens])
        self.parent = np.concatenate([self.parent, parents + len(self.texts)])
        self._add_states(state)
        self.texts += texts

    def _add_states(self, state: Floats) -> None:
        start, end = len(self.texts), len(self.texts) + len(state)
        if end > len(self.states):
            self.states = np.concatenate([self.states, np.empty_like(self.states)])
        self.states[start:end] = state

    def _add_found(self, texts: list[str], mass: Probabilities) -> None:
        self.found += [
            (text, p) for text, p in zip(texts, mass.tolist(), strict=True) if p > self.min_mass
        ]
        if len(self.found) >= self.count:
            self.found = sorted(self.found, key=lambda name: -name[1])[: self.count]
            self.min_mass = self.found[-1][1]

    def select(self) -> Ids:
        """Return the rows of the prefixes to extend next."""
        if self.mass.size > _BEAM_SIZE:
            self._filter(np.argpartition(-self.mass, _BEAM_SIZE)[:_BEAM_SIZE])
        if self.mass.size <= _BATCH_SIZE:
            return np.arange(self.mass.size)
        return np.argpartition(-self.mass, _BATCH_SIZE)[:_BATCH_SIZE]

    def pop(self, rows: Ids) -> tuple[Ids, Floats, list[str], Probabilities]:
        """Return token, state, texts and mass of `rows`, and close them."""
        parents, entries = self.parent[rows], self.model.vocabulary.entries
        token, mass = self.token[rows], self.mass[rows]
        state = self.states.take(parents, axis=0)
        both = zip(parents.tolist(), token.tolist(), strict=True)
        texts = [self.texts[parent] + entries[token] for parent, token in both]
        self.mass[rows] = 0  # `branch` leaves them out
        return token, state, texts, mass

    def _filter(self, rows: Ids | npt.NDArray[np.bool_]) -> None:
        self.mass, self.token, self.parent = self.mass[rows], self.token[rows], self.parent[rows]
