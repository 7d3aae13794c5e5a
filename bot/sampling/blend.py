"""Blend: names between two or three names, drawn from hidden states between theirs.

A blend begins with some letters of the first name. From there on, its hidden state is pulled at
every character towards the second name's state at the same position. So the network believes partly
that it is writing the second name. With three names, the others pull in turn: the second one up to
some character and the third one from there on, or the other way round. The answer is those that
look most like all the names.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Self

import numpy as np
import numpy.typing as npt

from .artifact import END, Floats, Ids
from .character_model import CharacterModel
from .draw import StepGenerator, draw, prefill
from .near_duplicates import DistinctNames
from .request import RequestError, all_blocked_error, check_excluded, hide_blocked
from .spelling import match_prefix

_MIN_PULL, _MAX_PULL = 0.2, 0.6
"""Weight of the second name's state. Below, it has no visible effect; above, names fall apart."""

_TEMPERATURE = 0.7
"""Pulled states are unlike those of the training, so at 1 most draws would go astray."""

_MIN_ROWS, _ROWS_PER_NAME = 256, 8
"""Blends drawn to choose from; twice as many for three names, which fewer blends look like."""

MAX_NAMES = 3


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
    """Return up to `count` distinct names between the two or three `names`, best first.

    Near-duplicates of better ones come last (`near_duplicates.py`). All begin with letters of
    the first one, are none of these names, are not in `exclude` (in any letter case), and are
    allowed; with `new_only`, they are not samples of the corpus either. The same `seed` gives the
    same names. Raises `RequestError` if a name is empty or has an unknown character.
    The error never quotes a name that is not allowed.
    """
    if count < 1:
        raise ValueError(f"count is {count}; it must be at least 1")
    check_excluded(exclude)
    if not 2 <= len(names) <= MAX_NAMES:
        raise ValueError(f"there are {len(names)} names; a blend takes two or three")
    rows = max(_MIN_ROWS, _ROWS_PER_NAME * count) * (len(names) - 1)
    try:
        blends = yield from _blends(model, names, rows, seed, exclude, new_only)
    except RequestError as error:
        raise hide_blocked(error, is_allowed) from None
    found = DistinctNames(count, map(str.casefold, exclude))
    for name in blends if is_allowed is None else filter(is_allowed, blends):
        found.add(name)
        if found.is_full:
            break
    if not len(found):
        raise all_blocked_error()
    return found.choose()


def _blends(
    model: CharacterModel,
    names: Sequence[str],
    rows: int,
    seed: int | None,
    exclude: frozenset[str],
    new_only: bool,
) -> StepGenerator[list[str]]:
    """Draw `rows` blends; return the distinct ones that fit, at least one, best first."""
    spelled = []
    for name in names:
        spelled.append((yield from match_prefix(model, name.rstrip())))  # noqa: PERF401  (no yield in one)
    if not all(spelled):
        if len(names) == 2:
            raise RequestError("A blend needs two names. Enter both.")
        raise RequestError("A blend needs three names. Enter all three.")
    spelled[0] = spelled[0][: model.max_length]
    drawn = yield from _draw_between(model, spelled, rows, np.random.default_rng(seed))
    excluded = frozenset(map(str.casefold, exclude))
    blends = [
        name
        for name in dict.fromkeys(drawn)
        if name not in spelled
        and name.casefold() not in excluded
        and not (new_only and model.in_corpus(name))
    ]
    blends.sort(key=lambda name: -min(similarity(name, each) for each in spelled))
    if not blends:
        if exclude:
            raise RequestError("No other name found between {}.", tuple(spelled))
        if new_only:
            raise RequestError(
                "No new name found between {}. Try other names, or `new:no`.", tuple(spelled)
            )
        raise RequestError("No name found between {}. Try other names.", tuple(spelled))
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
    model: CharacterModel, names: Sequence[str], rows: int, rng: "np.random.Generator"
) -> StepGenerator[list[str]]:
    """Draw `rows` blends; return those that ended, in the order of their rows."""
    first, *others = names
    states = yield from _states(model, first)
    pulling = []
    for other in others:
        pulling.append((yield from _states(model, other)))  # noqa: PERF401  (no yield in one)
    pull = rng.uniform(_MIN_PULL, _MAX_PULL, (rows, 1)).astype(np.float32)
    position = rng.integers(1, max(2, len(first)), rows)  # [B]: the length of each blend
    texts = [first[:length] for length in position]
    token = np.array(model.vocabulary.encode(first))[position - 1]
    state = states[position - 1]
    targets = _Targets.of(pulling, rows, rng)
    active, has_ended = np.arange(rows), np.zeros(rows, np.bool_)
    while active.size:
        target = targets.at(position[active], active)
        logits, state = yield token, state + pull[active] * (target - state)
        token = draw(logits, _TEMPERATURE, 1, rng.random(active.size))
        has_ended[active[token == END]] = True
        remaining = (token != END) & (position[active] < model.max_length)
        active, token, state = active[remaining], token[remaining], state[remaining]
        position[active] += 1
        for row, character in zip(active, token, strict=True):
            texts[row] += model.vocabulary.entries[character]
    return [text for text, ended in zip(texts, has_ended, strict=True) if ended]


@dataclass(frozen=True)
class _Targets:
    """The states that pull, those of one name up to some character, then those of another.

    `states` are the two names' states after each character, one below the other; the second name
    begins at row `second`. With one name, both are the same. `turn` int64 [B] is the position from
    which the other one pulls each row; `is_second_first` bool [B] says which one begins.
    """

    states: Floats
    second: int
    turn: Ids
    is_second_first: npt.NDArray[np.bool_]

    @classmethod
    def of(cls, states: Sequence[Floats], rows: int, rng: "np.random.Generator") -> Self:
        """Return the targets of `rows` blends, from the states of one or two names."""
        if len(states) == 1:
            return cls(states[0], 0, np.zeros(rows, np.int64), np.zeros(rows, np.bool_))
        turn = rng.integers(2, max(3, *map(len, states)), rows)
        return cls(np.concatenate(states), len(states[0]), turn, rng.random(rows) < 0.5)

    def at(self, position: Ids, rows: Ids) -> Floats:
        """Return the target [K, S] of each of `rows` [K], whose blends have `position` letters."""
        is_second = self.is_second_first[rows] ^ (position >= self.turn[rows])
        start = np.where(is_second, self.second, 0)
        end = np.where(is_second, len(self.states), self.second or len(self.states))
        target: Floats = self.states[np.minimum(start + position, end) - 1]
        return target


def _states(model: CharacterModel, name: str) -> StepGenerator[Floats]:
    """Return the states [1 + length, S] after the start token and after each character."""
    outputs = yield from prefill(model, name)
    return np.concatenate([state for _, state in outputs])
