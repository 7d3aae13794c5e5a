"""Rollouts: draw the rest of many names in one batch, until each of them ends.

Names that are equal so far have the same logits and the same state, so they share one row of the
batch; each name still draws its own next character. A thousand names have about thirty first
letters and two hundred first pairs, so sharing saves half of all rows.
"""

from functools import lru_cache

import numpy as np
import numpy.typing as npt

from .artifact import Floats, Ids
from .draw import draw
from .request import Request
from .steps import StepGenerator
from .vocabulary import END, Vocabulary

_MAX_SHARE = 3 / 4
"""Sharing stops when more than this share of the rows is still distinct."""


def draw_texts(
    vocabulary: Vocabulary,
    logits: Floats,
    state: Floats,
    rows: int,
    max_length: int,
    request: Request,
    rng: np.random.Generator,
) -> StepGenerator[list[str]]:
    """Draw `rows` continuations; leave out those that don't end within `max_length` characters.

    `logits` [1, V] and `state` [1, S] are those after the common prefix. The results are in the
    order of their rows: in the order of their ends, short names would come first.
    """
    ids = yield from _draw_padded(logits, state, rows, max_length, request, rng)
    texts: list[str] = _code_points(vocabulary).take(ids).view(f"U{ids.shape[1]}").ravel().tolist()
    return texts


@lru_cache(maxsize=8)
def _code_points(vocabulary: Vocabulary) -> npt.NDArray[np.uint32]:
    """Return the code point of each character, 0 for start and end, [V]."""
    return np.array([0, 0, *map(ord, vocabulary.entries[END + 1 :])], np.uint32)


def draw_ids(
    logits: Floats,
    state: Floats,
    rows: int,
    max_length: int,
    request: Request,
    rng: np.random.Generator,
) -> StepGenerator[list[list[int]]]:
    """Draw the same as `draw_texts`, but return ids."""
    ids = yield from _draw_padded(logits, state, rows, max_length, request, rng)
    lengths = np.count_nonzero(ids, axis=1)
    return [row[:length].tolist() for row, length in zip(ids, lengths, strict=True)]


def _draw_padded(
    logits: Floats,
    state: Floats,
    rows: int,
    max_length: int,
    request: Request,
    rng: np.random.Generator,
) -> StepGenerator[Ids]:
    """Return the ids of N continuations, padded with the start token, int64 [N, T]."""
    ids = np.zeros((max_length + 1, rows), np.int64)
    active = np.arange(rows)  # [A]: the names that have not ended
    source = np.zeros(rows, np.int64)  # [A]: the row of the logits and the state of each
    is_sharing = True
    for position in range(max_length + 1):
        uniforms = rng.random(active.size, np.float32)
        token = draw(logits, request.temperature, request.top_p, uniforms, source)
        (remaining,) = (token != END).nonzero()
        if remaining.size < active.size:
            active, source, token = active[remaining], source[remaining], token[remaining]
        ids[position][active] = token
        if position == max_length or not active.size:
            break
        next_source = None
        if is_sharing:
            first, next_source = _distinct(source * logits.shape[1] + token, logits.size)
            source, token = source[first], token[first]
            is_sharing = first.size < _MAX_SHARE * active.size
        logits, state = yield token, state.take(source, axis=0)
        source = np.arange(active.size) if next_source is None else next_source
    if active.size:
        ids = np.delete(ids, active, axis=1)
    return np.ascontiguousarray(ids[: position + 1].T)


def _distinct(keys: Ids, limit: int) -> tuple[Ids, Ids]:
    """Return an index of each distinct key [K], and for each of `keys` [B] its number in them.

    All keys are below `limit`. A sort would cost more than the shared steps of a small network
    save.
    """
    row = np.arange(keys.size)
    number = np.empty(limit, np.int64)
    number[keys] = row
    (first,) = (number[keys] == row).nonzero()
    number[keys[first]] = row[: first.size]
    return first, number[keys]
