"""Names that are rarely drawn, given as often as the model means them.

Drawing until a name happens to end in “beth” takes thousands of tries. So the ending is set after
many beginnings y of names, each of which the model passes with probability p(y): “y + ending” is
then a name of probability p(y)·p(ending, end | y), and the answer is chosen by that
(sampling-importance-resampling: Rubin 1987). A part within names is set in the same way wherever it
may first occur, and the rest is left free; names of rare lengths need nothing set at all. More
beginnings are taken until their weights are worth enough plain draws.
"""

from dataclasses import dataclass, replace

import numpy as np

from .artifact import Artifact, Floats
from .beginnings import Beginnings, joined, onward, root, through
from .order import Order, completions, holds
from .pool import Pool
from .request import ALL_BLOCKED, Request, RequestError
from .steps import StepGenerator
from .vocabulary import END

MAX_TRIES = 50_000
"""A name rarer than one in so many is refused, as it would hardly be met by drawing."""

MAX_CHARACTERS = 1_000_000
"""Characters drawn after which a request is answered with what has been found."""

_FIRST, _GROWTH = 256, 4
_NUMBERS = 2**20
"""In one step's rows, as wide as the vocabulary or the state: what a bot can spare."""

_PLACED = 2**16
"""Beginnings kept with their states while a part is being set wherever it may occur."""

_WORTH = 64
"""Plain draws that the weights must be worth at least, or four times the names asked for."""

_ENOUGH = 5_000
"""Tries before an order can be given up for what the weights say."""

_DRAWS = 1.0
"""Names, at least, that plain drawing in as many tries would give: with fewer, one that holds much
of the probability may still be unseen, and the weights cannot tell of it."""


@dataclass(frozen=True)
class Guide:
    """Draws names that meet `order`: with `text` set at their end, or else `within` them."""

    artifact: Artifact
    order: Order
    text: str
    within: bool
    request: Request
    rng: np.random.Generator

    def names(self, start: tuple[Floats, Floats]) -> StepGenerator[tuple[list[str], int]]:
        """Return up to `count` names drawn on from `start`, which stands after their beginning.

        None, where fewer than one name in `MAX_TRIES` meets the order, or where names are so long
        that not even one could be found; then the number tells in how many tries. Raises
        `RequestError` where none that meets it is allowed.
        """
        pool = Pool(self.request.count, self.rng, self.order.is_allowed)
        tries, width = 0, _FIRST
        room = self.order.most - len(self.order.beginning)
        limit = min(MAX_TRIES, MAX_CHARACTERS // max(1, room))
        spare = _PLACED // max(1, room) if self.within else limit // 2
        widest = max(1, min(spare, _NUMBERS // max(start[0].size, start[1].size)))
        while tries < limit and not self._settled(pool):
            width = min(width, widest, limit - tries)
            yield from self.fill(pool, start, width)
            tries += width
            width *= _GROWTH
            if tries >= _ENOUGH and pool.surely_below(tries / MAX_TRIES):
                return [], MAX_TRIES
            if tries >= _ENOUGH and pool.total >= _DRAWS and not pool.chosen():
                break
        if pool.total * MAX_TRIES < tries:
            return [], tries
        found = pool.chosen()
        if pool.total and not found:
            raise RequestError(ALL_BLOCKED)
        return found, tries

    def _settled(self, pool: Pool) -> bool:
        """Whether the choice from `pool` can stand for the model's own."""
        count = self.request.count
        worth = pool.total >= _DRAWS and pool.effective >= max(_WORTH, 4 * count)
        return worth and len(pool.chosen()) == count

    def fill(self, pool: Pool, start: tuple[Floats, Floats], width: int) -> StepGenerator[None]:
        """Add what about `width` beginnings of each length lead to; it weighs `width` · p."""
        here = root(self.order.beginning, start, self.request)
        if not self.within:
            yield from self._grow(here, width, pool)
            return
        placed = yield from self._grow(here, width, None)
        here = joined(placed)
        if here.texts:
            yield from replace(self, text="", within=False)._grow(here, width, pool)

    def _grow(
        self, here: Beginnings, width: int, pool: Pool | None
    ) -> StepGenerator[list[Beginnings]]:
        """Set the text after `here` and all that follows; add it to `pool`, or return it."""
        level = here.mass.sum() / width
        placed = []
        while here.texts:
            reached = yield from self._set(here)
            if pool is None:
                placed.append(reached)
            else:
                _end(pool, reached, width)
            lengths = np.array([len(text) + len(self.text) for text in here.texts])
            here = here.at(np.flatnonzero(lengths < self.order.most))
            if lengths.min() < self.order.least:
                level = min(level, here.mass @ (1 - here.chances[:, END]) / width)
            here = yield from onward(self.artifact, here, level, self.request, self.rng)
        return placed

    def _set(self, here: Beginnings) -> StepGenerator[Beginnings]:
        """Return `here` after the text, where that gives what is asked for."""
        rests = [self.text]
        if here.texts == [self.order.beginning]:
            spells = self.artifact.vocabulary.spells
            rests = [rest for rest in completions(here.texts[0], self.text) if spells(rest)]
        reached = []
        for rest in rests:
            fits = [self._fits(text + rest) for text in here.texts]
            some = here.at(np.flatnonzero(fits))
            some = yield from through(self.artifact, some, rest, self.request, self.rng)
            reached.append(some)
        return joined(reached)

    def _fits(self, name: str) -> bool:
        """Whether `name` is asked for, or, where it will go on, has the part for the first time."""
        if not self.within:
            return self.order.met(name)
        return len(name) <= self.order.most and not holds(name[:-1], self.order.part)


def _end(pool: Pool, here: Beginnings, width: int) -> None:
    """Let the names `here` come to an end."""
    weights = width * here.mass * here.chances[:, END]
    for name, weight, sure in zip(here.texts, weights, here.sure, strict=True):
        if weight:
            pool.add(name, float(weight), sure=bool(sure))
