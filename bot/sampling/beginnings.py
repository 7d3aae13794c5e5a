"""Beginnings of names and the probability with which the model passes through each.

A tree of all names would be endless, so it is grown thinly: where a branch is less likely than some
level it is dropped, or else counted for that level, at random and so that its mean is kept
(rejection control: Liu, Chen and Wong 1998; drawn systematically: Kitagawa 1996). What is likely
enough is kept for certain, with its exact probability.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from .artifact import Artifact, Floats
from .chances import Chances, chances
from .request import Request
from .spelling import feed
from .steps import StepGenerator
from .vocabulary import END

Rows = npt.NDArray[np.int64]
Masses = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Beginnings:
    """K beginnings of names: `texts`, their `mass` float64 [K], and what may follow each.

    `mass` is the probability of passing through it: exact where `sure` (bool [K]), right on average
    elsewhere. `chances` float64 [K, V], `state` float32 [K, S].
    """

    texts: list[str]
    mass: Masses
    sure: npt.NDArray[np.bool_]
    chances: Chances
    state: Floats

    def at(self, rows: Rows) -> "Beginnings":
        """Return those at `rows`."""
        texts = [self.texts[row] for row in rows]
        return Beginnings(
            texts, self.mass[rows], self.sure[rows], self.chances[rows], self.state[rows]
        )


def begin(artifact: Artifact, text: str) -> StepGenerator[tuple[Floats, Floats]]:
    """Return logits [1, V] and state [1, S] after `text`; a name that is nothing cannot follow."""
    *_, (logits, state) = yield from feed(artifact, text)
    if not text:
        logits[:, END] = -np.inf
    return logits, state


def root(text: str, start: tuple[Floats, Floats], request: Request) -> Beginnings:
    """Return the one beginning `text`, which `start` stands after."""
    logits, state = start
    follow = chances(logits, request.temperature, request.top_p)
    return Beginnings([text], np.ones(1), np.ones(1, np.bool_), follow, state)


def joined(parts: list[Beginnings]) -> Beginnings:
    """Return all of `parts`, at least one, as one."""
    return Beginnings(
        [text for part in parts for text in part.texts],
        np.concatenate([part.mass for part in parts]),
        np.concatenate([part.sure for part in parts]),
        np.concatenate([part.chances for part in parts]),
        np.concatenate([part.state for part in parts]),
    )


def onward(
    artifact: Artifact, here: Beginnings, level: float, request: Request, rng: np.random.Generator
) -> StepGenerator[Beginnings]:
    """Return what the model passes through next: all ways on that weigh `level`, some of others."""
    mass = here.mass[:, None] * here.chances
    mass[:, END] = 0
    rows, kept = thinned(mass.ravel(), level, rng)
    parents, tokens = np.divmod(rows, here.chances.shape[1])
    sure = here.sure[parents] & (kept <= mass.ravel()[rows])
    entries = artifact.vocabulary.entries
    texts = [here.texts[i] + entries[t] for i, t in zip(parents, tokens, strict=True)]
    if not texts:
        return Beginnings(texts, kept, sure, here.chances[:0], here.state[:0])
    logits, state = yield tokens, here.state[parents]
    return Beginnings(texts, kept, sure, chances(logits, request.temperature, request.top_p), state)


def through(
    artifact: Artifact, here: Beginnings, text: str, request: Request, rng: np.random.Generator
) -> StepGenerator[Beginnings]:
    """Return `here` after `text`, less most of those where `text` is much less likely than mean."""
    for character, token in zip(text, artifact.vocabulary.encode(text), strict=True):
        mass = here.mass * here.chances[:, token]
        if not mass.any():
            return here.at(np.flatnonzero(mass))
        rows, kept = thinned(mass, float(mass.mean()), rng)
        sure = here.sure[rows] & (kept <= mass[rows])
        logits, state = yield np.full(rows.size, token), here.state[rows]
        follow = chances(logits, request.temperature, request.top_p)
        texts = [here.texts[row] + character for row in rows]
        here = Beginnings(texts, kept, sure, follow, state)
    return here


def thinned(mass: Masses, level: float, rng: np.random.Generator) -> tuple[Rows, Masses]:
    """Return the rows that are kept and their mass, which is `level` at least."""
    if not mass.any():
        return np.flatnonzero(mass), mass[:0]
    small = mass < level
    marks = np.floor(np.cumsum(np.where(small, mass / level, 0)) + rng.random())
    rows = np.flatnonzero(np.where(small, np.diff(marks, prepend=0) > 0, mass > 0))
    return rows, mass[rows].clip(min=level)
