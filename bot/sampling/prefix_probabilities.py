"""Prefix probabilities: how likely each beginning of a text begins a name, or is a whole one."""

import math
from dataclasses import dataclass

from .character_model import CharacterModel
from .draw import StepGenerator
from .lattice import partial_lattice
from .spelling import Path, choose, first_path, search


@dataclass(frozen=True)
class PrefixProbability:
    """A beginning of a text: `text` is how the style spells it.

    `begins` is the probability that a name begins with it, `whole` that a name is it.
    """

    text: str
    begins: float
    whole: float


EMPTY_PREFIX = PrefixProbability("", 1.0, 0.0)
"""Every name begins with the empty text, and no name is it."""

_IMPOSSIBLE = PrefixProbability("", 0.0, 0.0)
"""No name begins with the first of two characters for which the style has only one, such as ß."""


def prefix_probabilities(
    model: CharacterModel, text: str
) -> StepGenerator[list[PrefixProbability]]:
    """Return, for K = 0, 1, 2 ..., the probabilities of the first K characters of `text`.

    `text` is clean (`folding.py`). The probabilities are those at temperature 1, in the spelling
    that the style uses. The list ends before the first character that the style doesn't use, and
    at its longest name. All spellings share each step.
    """
    lattice = partial_lattice(model.vocabulary, text)
    length = lattice.reach(model.max_length)
    paths = yield from search(model, lattice, length, first_path(model), is_whole=True)
    found = [EMPTY_PREFIX]
    for position in range(1, length + 1):
        at = paths[lattice.skip[position]]
        found.append(_probability(choose(at)) if at else _IMPOSSIBLE)
    return found


def _probability(path: Path) -> PrefixProbability:
    begins = math.exp(path.score)
    return PrefixProbability(path.text, begins, begins * path.end if path.text else 0.0)
