"""The likeliest names that begin as asked, found without drawing.

Best first: the likeliest open beginnings are taken a character further, many in one batch, until
none of them is likelier than the last of the names found. No name is likelier than its beginnings
are, so the answer is exact, unless more of them were open than the beam holds.
"""

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from .artifact import Artifact, Floats
from .beginnings import begin
from .chances import chances
from .request import RequestError
from .spelling import form
from .steps import StepGenerator
from .vocabulary import END

_BEAM = 4_096
"""Open beginnings that are kept, the likeliest ones."""

_BATCH = 24
"""Beginnings taken further at once: of more, many would be taken in vain."""

_MOST = 100_000
"""Beginnings taken further at most, for a style that can make up its mind about nothing."""


def top_names(
    artifact: Artifact, prefix: str, count: int
) -> StepGenerator[list[tuple[str, float]]]:
    """Return the `count` likeliest names that begin with `prefix`, likeliest first.

    Each comes with its probability among all names that begin so, at temperature 1. There are fewer
    where the style has fewer; raises `RequestError` where it has none or cannot spell the prefix.
    """
    if count < 1:
        raise ValueError(f"count is {count}; ask for at least 1 name")
    beginning = yield from form(artifact, prefix)
    if len(beginning) > artifact.max_length:
        raise RequestError(
            f"{{}} has {len(beginning)} characters, but names of this style have at most "
            f"{artifact.max_length}. Ask for a shorter beginning.",
            beginning,
        )
    logits, state = yield from begin(artifact, beginning)
    search = _Search(artifact, count)
    search.branch([beginning], np.ones(1), logits, state)
    taken = 0
    while search.mass.size and taken < _MOST:
        rows = search.likeliest()
        token, state, texts, mass = search.take(rows)
        logits, state = yield token, state
        search.branch(texts, mass, logits, state)
        taken += len(texts)
    return sorted(search.found, key=lambda name: (-name[1], name[0]))


@dataclass
class _Search:
    """What is open and what is found; the arrays of what is open are all K long."""

    artifact: Artifact
    k: int
    found: list[tuple[str, float]] = field(default_factory=list)
    least: float = 0.0
    texts: list[str] = field(default_factory=list)
    states: list[Floats] = field(default_factory=list)
    mass: npt.NDArray[np.float64] = field(default_factory=lambda: np.zeros(0))
    token: npt.NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, np.int64))
    parent: npt.NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, np.int64))

    def branch(
        self, texts: list[str], mass: npt.NDArray[np.float64], logits: Floats, state: Floats
    ) -> None:
        """Open all that can follow `texts` and still be among the `k` likeliest."""
        ways = mass[:, None] * chances(logits)
        self._find(texts, ways[:, END])
        ways[:, END] = 0
        if max(map(len, texts)) >= self.artifact.max_length:
            ways[[len(text) >= self.artifact.max_length for text in texts]] = 0
        parents, tokens = np.nonzero(ways > self.least)
        self.mass = np.concatenate([self.mass, ways[parents, tokens]])
        self.token = np.concatenate([self.token, tokens])
        self.parent = np.concatenate([self.parent, parents + len(self.texts)])
        self.texts += texts
        self.states += list(state)
        self._keep(self.mass > self.least)

    def _find(self, texts: list[str], mass: npt.NDArray[np.float64]) -> None:
        self.found += [
            (text, p) for text, p in zip(texts, mass.tolist(), strict=True) if p > self.least
        ]
        if len(self.found) >= self.k:
            self.found = sorted(self.found, key=lambda name: -name[1])[: self.k]
            self.least = self.found[-1][1]

    def likeliest(self) -> npt.NDArray[np.int64]:
        """Return the rows of the beginnings to be taken next."""
        if self.mass.size > _BEAM:
            self._keep(np.argpartition(-self.mass, _BEAM)[:_BEAM])
        if self.mass.size <= _BATCH:
            return np.arange(self.mass.size)
        return np.argpartition(-self.mass, _BATCH)[:_BATCH]

    def take(
        self, rows: npt.NDArray[np.int64]
    ) -> tuple[npt.NDArray[np.int64], Floats, list[str], npt.NDArray[np.float64]]:
        """Return token, state, texts and mass of `rows`, which are no longer open."""
        parents, entries = self.parent[rows].tolist(), self.artifact.vocabulary.entries
        token, mass = self.token[rows], self.mass[rows]
        state = np.stack([self.states[i] for i in parents])
        texts = [self.texts[i] + entries[t] for i, t in zip(parents, token.tolist(), strict=True)]
        self._keep(np.delete(np.arange(self.mass.size), rows))
        return token, state, texts, mass

    def _keep(self, rows: npt.NDArray[np.int64] | npt.NDArray[np.bool_]) -> None:
        self.mass, self.token, self.parent = self.mass[rows], self.token[rows], self.parent[rows]
