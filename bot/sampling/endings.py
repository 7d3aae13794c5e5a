"""Drawing names to their ends: all take their steps in one batch, and finished ones drop out.

Names that have begun alike stand at the same logits and the same state, so that they share one row
of the batch for as long as they do; each draws for itself. Of a thousand names there are some
thirty first letters and two hundred first pairs: half of all rows need never be stepped.
"""

from functools import lru_cache

import numpy as np
import numpy.typing as npt

from .artifact import Floats, Ids
from .drawing import draw
from .request import Request
from .steps import StepGenerator
from .vocabulary import END, Vocabulary

_WORTH = 3 / 4
"""Where more rows than this remain after sharing, there is too little left to be shared."""


def texts(
    vocabulary: Vocabulary,
    logits: Floats,
    state: Floats,
    rows: int,
    room: int,
    request: Request,
    rng: np.random.Generator,
) -> StepGenerator[list[str]]:
    """Draw `rows` continuations, less those that found no end in `room` characters.

    `logits` [1, V] and `state` [1, S] stand after what all of them begin with. They are returned in
    the order of their rows: in the order of finishing, short ones would lead.
    """
    ids = yield from _drawn(logits, state, rows, room, request, rng)
    spelled: list[str] = _letters(vocabulary).take(ids).view(f"U{ids.shape[1]}").ravel().tolist()
    return spelled


@lru_cache(maxsize=8)
def _letters(vocabulary: Vocabulary) -> npt.NDArray[np.uint32]:
    """Return [V]: the code point of each character, nothing for start and end."""
    return np.array([0, 0, *map(ord, vocabulary.entries[END + 1 :])], np.uint32)


def endings(
    logits: Floats,
    state: Floats,
    rows: int,
    room: int,
    request: Request,
    rng: np.random.Generator,
) -> StepGenerator[list[list[int]]]:
    """Draw as `texts` does, and return ids."""
    ids = yield from _drawn(logits, state, rows, room, request, rng)
    lengths = np.count_nonzero(ids, axis=1)
    return [row[:length].tolist() for row, length in zip(ids, lengths, strict=True)]


def _drawn(
    logits: Floats,
    state: Floats,
    rows: int,
    room: int,
    request: Request,
    rng: np.random.Generator,
) -> StepGenerator[Ids]:
    """Return int64 [N, T]: the ids of N endings, filled up with the start token."""
    ids = np.zeros((room + 1, rows), np.int64)
    going, at = np.arange(rows), np.zeros(rows, np.int64)
    sharing = True
    for position in range(room + 1):
        uniforms = rng.random(going.size, np.float32)
        token = draw(logits, request.temperature, request.top_p, uniforms, at)
        (on,) = (token != END).nonzero()
        if on.size < going.size:
            going, at, token = going[on], at[on], token[on]
        ids[position][going] = token
        if position == room or not going.size:
            break
        follows = None
        if sharing:
            first, follows = _distinct(at * logits.shape[1] + token, logits.size)
            at, token = at[first], token[first]
            sharing = first.size < _WORTH * going.size
        logits, state = yield token, state.take(at, axis=0)
        at = np.arange(going.size) if follows is None else follows
    if going.size:
        ids = np.delete(ids, going, axis=1)
    return np.ascontiguousarray(ids[: position + 1].T)


def _distinct(keys: Ids, limit: int) -> tuple[Ids, Ids]:
    """Return [K]: where one of each of the distinct `keys` [B] stands, and [B]: which each is.

    All keys are below `limit`. A sort would cost more than the shared steps of a small network.
    """
    row = np.arange(keys.size)
    number = np.empty(limit, np.int64)
    number[keys] = row
    (first,) = (number[keys] == row).nonzero()
    number[keys[first]] = row[: first.size]
    return first, number[keys]
