"""Weighted names: a choice among them, and how far it can be trusted."""

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import islice

import numpy as np


@dataclass
class Pool:
    """Chooses up to `size` of the names added that are `allowed`, by weight, without replacement.

    Each weight gets a key, ln(weight) + Gumbel noise, and the greatest keys win (Efraimidis and
    Spirakis 2006). A name added again keeps its greater key, which is as if its weights were added.
    """

    size: int
    rng: np.random.Generator
    allowed: Callable[[str], bool] | None = None
    total: float = 0.0
    squares: float = 0.0
    _keys: dict[str, float] = field(default_factory=dict)

    def add(self, name: str, weight: float, *, sure: bool) -> None:
        """Add `name`; `sure` says that it would be here, and weigh as much, at any other draw."""
        self.total += weight
        if not sure:
            self.squares += weight**2
        key = math.log(weight) + self.rng.gumbel()
        self._keys[name] = max(key, self._keys.get(name, key))
        if len(self._keys) > 4 * self.size + 1_000:
            self._keys = {name: self._keys[name] for name in self.chosen()}

    def chosen(self) -> list[str]:
        """Return the names of the greatest keys, greatest first."""
        ranked = sorted(self._keys, key=self._keys.__getitem__, reverse=True)
        if self.allowed is None:
            return ranked[: self.size]
        return list(islice(filter(self.allowed, ranked), self.size))

    @property
    def effective(self) -> float:
        """How many plain draws the weights are worth (Kong 1992), but for those that are sure."""
        if self.squares:
            return self.total**2 / self.squares
        return math.inf if self.total else 0.0

    def surely_below(self, total: float) -> bool:
        """Whether there are some weights, yet by three standard errors less than `total`."""
        return 0 < self.total + 3 * math.sqrt(self.squares) < total
