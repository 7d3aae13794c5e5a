"""Drawing names to their ends: all rows take their steps in one batch, finished rows drop out."""

import numpy as np

from .artifact import Floats
from .drawing import draw
from .request import Request
from .steps import Steps
from .vocabulary import END


def endings(
    logits: Floats,
    state: Floats,
    rows: int,
    room: int,
    request: Request,
    rng: np.random.Generator,
) -> Steps[list[list[int]]]:
    """Draw `rows` continuations, less those that found no end in `room` characters.

    `logits` [1, V] and `state` [1, S] stand after what all of them begin with. They are returned as
    ids, in the order of their rows: in the order of finishing, short ones would lead.
    """
    text = np.zeros((rows, room), np.int64)
    lengths = np.full(rows, -1)
    alive = np.arange(rows)
    logits, state = np.repeat(logits, rows, axis=0), np.repeat(state, rows, axis=0)
    for position in range(room + 1):
        token = draw(logits, request.temperature, request.top_p, rng.random(alive.size))
        going = token != END
        lengths[alive[~going]] = position
        alive, token, state = alive[going], token[going], state[going]
        if position == room or not alive.size:
            break
        text[alive, position] = token
        logits, state = yield token, state
    return [row[:length].tolist() for row, length in zip(text, lengths, strict=True) if length >= 0]
