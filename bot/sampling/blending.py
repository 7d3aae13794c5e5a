"""Names between two names, by drawing from hidden states between theirs.

A blend opens with some letters of the first name; from there on, at every character, its hidden
state is pulled towards the one that the second name has at the same place, so that the network half
believes to be writing that one. Those that look most like both are the answer.
"""

from collections.abc import Callable
from itertools import islice, pairwise

import numpy as np
import numpy.typing as npt

from .artifact import Artifact, Floats
from .drawing import draw
from .refusing import discreet
from .request import ALL_BLOCKED, RequestError
from .spelling import feed, form
from .steps import StepGenerator
from .vocabulary import END

_PULL = 0.2, 0.6
"""The least and the greatest weight of the second name's state; below it is not to be seen, above
it the names fall apart."""

_TEMPERATURE = 0.7
"""Pulled states are nobody's own: drawn from at 1, they lead astray more often than not."""

_ROWS = 256
"""Blends drawn to choose from; for long answers, eight times as many as asked for."""


def blend(
    artifact: Artifact,
    first: str,
    second: str,
    count: int = 5,
    seed: int | None = None,
    is_allowed: Callable[[str], bool] | None = None,
) -> StepGenerator[list[str]]:
    """Return up to `count` distinct names between `first` and `second`, best first.

    They open with letters of `first`, are neither of the two, and are allowed; the
    same `seed` gives the same ones. Raises `RequestError` for a name with a character that the
    style lacks, or for none; it repeats nothing that is not allowed.
    """
    if count < 1:
        raise ValueError(f"count is {count}; ask for at least 1 name")
    try:
        blends = yield from _blends(artifact, first, second, max(_ROWS, 8 * count), seed)
    except RequestError as refused:
        raise discreet(refused, is_allowed) from None
    found = list(islice(blends if is_allowed is None else filter(is_allowed, blends), count))
    if not found:
        raise RequestError(ALL_BLOCKED)
    return found


def _blends(
    artifact: Artifact, first: str, second: str, rows: int, seed: int | None
) -> StepGenerator[list[str]]:
    """Return all the distinct blends of `rows` drawn, best first; at least one."""
    first = yield from form(artifact, first)
    second = yield from form(artifact, second)
    if not (first and second):
        raise RequestError("It takes two names to blend. Say both.")
    if len(first) > artifact.max_length:
        first = first[: artifact.max_length]
    drawn = yield from _between(artifact, first, second, rows, np.random.default_rng(seed))
    blends = [name for name in dict.fromkeys(drawn) if name not in (first, second)]
    blends.sort(key=lambda name: -min(likeness(name, first), likeness(name, second)))
    if not blends:
        raise RequestError("Nothing came between {} and {}. Try two others.", first, second)
    return blends


def likeness(one: str, other: str) -> float:
    """Return what share of their pairs of letters two names share, 0 to 1 (Dice 1945)."""
    pairs, others = _pairs(one), _pairs(other)
    return 2 * len(pairs & others) / (len(pairs) + len(others))


def _pairs(name: str) -> set[tuple[str, str]]:
    """Return the pairs of neighbours in `name`, letter case aside; "" stands around it."""
    letters = ["", *name.casefold(), ""]
    return set(pairwise(letters))


def _between(
    artifact: Artifact, first: str, second: str, rows: int, rng: np.random.Generator
) -> StepGenerator[list[str]]:
    """Draw `rows` blends; return those that came to an end, in the order of their rows."""
    states = yield from _states(artifact, first)
    pulling = yield from _states(artifact, second)
    pull = rng.uniform(*_PULL, (rows, 1)).astype(np.float32)
    place = rng.integers(1, max(2, len(first)), rows)
    texts = [first[:length] for length in place]
    token, state = np.array(artifact.vocabulary.encode(first))[place - 1], states[place - 1]
    alive, ended = np.arange(rows), np.zeros(rows, np.bool_)
    while alive.size:
        towards = pulling[np.minimum(place[alive] - 1, len(second))]
        logits, state = yield token, state + pull[alive] * (towards - state)
        token = draw(logits, _TEMPERATURE, 1, rng.random(alive.size))
        ended[alive[token == END]] = True
        going = (token != END) & (place[alive] < artifact.max_length)
        alive, token, state = alive[going], token[going], state[going]
        place[alive] += 1
        for row, character in zip(alive, token, strict=True):
            texts[row] += artifact.vocabulary.entries[character]
    return [text for text, whole in zip(texts, ended, strict=True) if whole]


def _states(artifact: Artifact, name: str) -> StepGenerator[npt.NDArray[np.float32]]:
    """Return the hidden states [1 + length, S] of `name`: after the start, after each character."""
    fed: list[tuple[Floats, Floats]] = yield from feed(artifact, name)
    return np.concatenate([state for _, state in fed])
