"""Drawing names to their ends: all rows take their steps in one batch, finished rows drop out.

A row that is finished stays in the batch, and what is drawn for it is ignored, until there are
enough such rows to be worth a copy of the others' states.
"""

from functools import lru_cache

import numpy as np
import numpy.typing as npt

from .artifact import Floats, Ids
from .drawing import draw
from .request import Request
from .steps import Steps
from .vocabulary import END, Vocabulary

_WORTH = 8
"""One row in so many is finished: the others move together."""


def texts(
    vocabulary: Vocabulary,
    logits: Floats,
    state: Floats,
    rows: int,
    room: int,
    request: Request,
    rng: np.random.Generator,
) -> Steps[list[str]]:
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
) -> Steps[list[list[int]]]:
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
) -> Steps[Ids]:
    """Return int64 [N, T]: the ids of N endings, filled up with the start token."""
    ids = np.zeros((room + 1, rows), np.int64)
    place = np.arange(rows)
    going = np.ones(rows, bool)
    state = np.broadcast_to(state, (rows, state.shape[1])).copy()
    for position in range(room + 1):
        token = draw(logits, request.temperature, request.top_p, rng.random(place.size, np.float32))
        going &= token != END
        left = np.count_nonzero(going)
        ids[position][place] = token * going
        if position == room or not left:
            break
        if (going.size - left) * _WORTH >= going.size:
            kept = np.flatnonzero(going)
            place, token, state = place[kept], token[kept], state.take(kept, axis=0)
            going = np.ones(left, bool)
        logits, state = yield token, state
    ended = np.ones(rows, bool)
    ended[place[going]] = False
    return np.ascontiguousarray(ids[: position + 1].T)[ended]
