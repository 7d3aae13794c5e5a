"""Blend: names between two names, drawn from hidden states between theirs.

A blend begins with some letters of the first name. From there on, its hidden state is pulled at
every character towards the second name's state at the same position. So the network believes partly
that it is writing the second name. The answer is those that look most like both names.
"""

from collections.abc import Callable, Sequence
from itertools import pairwise

import numpy as np

from .artifact import END, Floats
from .character_model import CharacterModel
from .draw import StepGenerator, draw, prefill
from .names import match_prefix
from .near_duplicates import DistinctNames
from .request import ALL_BLOCKED, RequestError, check_excluded, hide_blocked

_MIN_PULL, _MAX_PULL = 0.2, 0.6
"""Weight of the second name's state. Below, it has no visible effect; above, names fall apart."""

_TEMPERATURE = 0.7
"""Pulled states are unlike those of the training, so at 1 most draws would go astray."""

_MIN_ROWS, _ROWS_PER_NAME = 256, 8
"""Blends drawn to choose from."""


def blend(
    model: CharacterModel,
    names: Sequence[str],
    count: int = 5,
    seed: int | None = None,
    is_allowed: Callable[[str], bool] | None = None,
    exclude: frozenset[str] = frozenset(),
    *,
    new_only: bool = False,
) -> StepGenerator[list[str]]:
    """Return up to `count` distinct names between the two `names`, best first.

    Near-duplicates of better ones come last (`near_duplicates.py`). All begin with letters of
    the first one, are neither of the two, are not in `exclude` (in any letter case), and are
    allowed; with `new_only`, they are not samples of the corpus either. The same `seed` gives the
    same names. Raises `RequestError` if a name is empty or has an unknown character.
    The error never quotes a name that is not allowed.
    """
    if count < 1:
        raise ValueError(f"count is {count}; it must be at least 1")
    check_excluded(exclude)
    first, second = names
    rows = max(_MIN_ROWS, _ROWS_PER_NAME * count)
    try:
        blends = yield from _blends(model, first, second, rows, seed, exclude, new_only)
    except RequestError as error:
        raise hide_blocked(error, is_allowed) from None
    found = DistinctNames(count, map(str.casefold, exclude))
    for name in blends if is_allowed is None else filter(is_allowed, blends):
        found.add(name)
        if found.is_full:
            break
    if not len(found):
        raise RequestError(ALL_BLOCKED)
    return found.choose()


def _blends(
    model: CharacterModel,
    first: str,
    second: str,
    rows: int,
    seed: int | None,
    exclude: frozenset[str],
    new_only: bool,
) -> StepGenerator[list[str]]:
    """Draw `rows` blends; return the distinct ones that fit, at least one, best first."""
    first = yield from match_prefix(model, first)
    second = yield from match_prefix(model, second)
    if not (first and second):
        raise RequestError("A blend needs two names. Enter both.")
    if len(first) > model.max_length:
        first = first[: model.max_length]
    drawn = yield from _draw_between(model, first, second, rows, np.random.default_rng(seed))
    excluded = frozenset(map(str.casefold, exclude))
    blends = [
        name
        for name in dict.fromkeys(drawn)
        if name not in (first, second)
        and name.casefold() not in excluded
        and not (new_only and model.in_corpus(name))
    ]
    blends.sort(key=lambda name: -min(similarity(name, first), similarity(name, second)))
    if not blends:
        if exclude:
            raise RequestError("No other name found between {} and {}.", first, second)
        kind, advice = ("new name", " or `new:no`") if new_only else ("name", "")
        template = f"No {kind} found between {{}} and {{}}. Try two others{advice}."
        raise RequestError(template, first, second)
    return blends


def similarity(a: str, b: str) -> float:
    """Return the share of letter pairs that two names have in common, 0 to 1 (Dice 1945)."""
    pairs_a, pairs_b = _letter_pairs(a), _letter_pairs(b)
    return 2 * len(pairs_a & pairs_b) / (len(pairs_a) + len(pairs_b))


def _letter_pairs(name: str) -> set[tuple[str, str]]:
    """Return the pairs of adjacent letters, without letter case; "" is before and after `name`."""
    letters = ["", *name.casefold(), ""]
    return set(pairwise(letters))


def _draw_between(
    model: CharacterModel, first: str, second: str, rows: int, rng: np.random.Generator
) -> StepGenerator[list[str]]:
    """Draw `rows` blends; return those that ended, in the order of their rows."""
    states = yield from _states(model, first)
    targets = yield from _states(model, second)
    pull = rng.uniform(_MIN_PULL, _MAX_PULL, (rows, 1)).astype(np.float32)
    position = rng.integers(1, max(2, len(first)), rows)  # [B]: the length of each blend
    texts = [first[:length] for length in position]
    token = np.array(model.vocabulary.encode(first))[position - 1]
    state = states[position - 1]
    active, has_ended = np.arange(rows), np.zeros(rows, np.bool_)
    while active.size:
        target = targets[np.minimum(position[active] - 1, len(second))]
        logits, state = yield token, state + pull[active] * (target - state)
        token = draw(logits, _TEMPERATURE, 1, rng.random(active.size))
        has_ended[active[token == END]] = True
        remaining = (token != END) & (position[active] < model.max_length)
        active, token, state = active[remaining], token[remaining], state[remaining]
        position[active] += 1
        for row, character in zip(active, token, strict=True):
            texts[row] += model.vocabulary.entries[character]
    return [text for text, ended in zip(texts, has_ended, strict=True) if ended]


def _states(model: CharacterModel, name: str) -> StepGenerator[Floats]:
    """Return the states [1 + length, S] after the start token and after each character."""
    outputs = yield from prefill(model, name)
    return np.concatenate([state for _, state in outputs])
