"""Rollouts: the rest of many names, a random character per name at each step.

Names that are equal so far have the same logits and the same state, so they share one row of the
batch; each name still draws its own next character. A thousand names have about thirty first
letters and two hundred first pairs, so sharing saves half of all rows.
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from .artifact import END, Floats, Ids, Vocabulary
from .draw import StepGenerator, draw, draw_keys
from .request import Request

_MAX_SHARE = 3 / 4
"""Sharing stops when more than this share of the rows is still distinct."""

_MAX_FEW = 32
"""Names drawn at once up to which lists are faster than arrays."""


def draw_texts(
    vocabulary: Vocabulary,
    logits: Floats,
    state: Floats,
    rows: int,
    max_length: int,
    request: Request,
    rng: "np.random.Generator",
) -> StepGenerator[list[str]]:
    """Draw `rows` continuations; leave out those that don't end within `max_length` characters.

    `logits` [1, V] and `state` [1, S] are those after the common prefix. The results are in the
    order of their rows: in the order of their ends, short names would come first.
    """
    draw_rows = _draw_few if rows <= _MAX_FEW else _draw_many
    output = _Output(logits, state, np.zeros(rows, np.int64), max_length)
    texts = yield from draw_rows(vocabulary, output, request, rng)
    return [text for text in texts if text is not None]


@dataclass(frozen=True)
class _Output:
    """Output of a step for A names: `logits` [K, V] and `state` [K, S]; `source` [A] are the rows.

    The names have up to `max_length` more characters.
    """

    logits: Floats
    state: Floats
    source: Ids
    max_length: int


def _draw_few(
    vocabulary: Vocabulary, output: _Output, request: Request, rng: "np.random.Generator"
) -> StepGenerator[list[str | None]]:
    """Draw the rest of few names, which always share rows; None for one that doesn't end."""
    entries, size = vocabulary.entries, len(vocabulary)
    logits, state, source = output.logits, output.state, output.source.tolist()
    active, texts = list(range(len(source))), [""] * len(source)
    for position in range(output.max_length + 1):
        uniforms = rng.random(len(active), np.float32).tolist()
        keys = draw_keys(logits, request, uniforms, source)
        numbers: dict[int, int] = {}  # the row of each key in the next batch
        unfinished, following = [], []
        parents, tokens = list[int](), list[int]()
        for name, row, key in zip(active, source, keys, strict=True):
            token = key - row * size
            if token == END:
                continue
            number = numbers.get(key)
            if number is None:
                number = numbers[key] = len(tokens)
                parents.append(row)
                tokens.append(token)
            texts[name] += entries[token]
            unfinished.append(name)
            following.append(number)
        active, source = unfinished, following
        if position == output.max_length or not active:
            break
        logits, state = yield np.array(tokens), state.take(parents, axis=0)
    unfinished_names = set(active)
    return [None if name in unfinished_names else text for name, text in enumerate(texts)]


def _draw_many(
    vocabulary: Vocabulary, output: _Output, request: Request, rng: "np.random.Generator"
) -> StepGenerator[list[str | None]]:
    """Do what `_draw_few` does, with an array of code points [T, rows] until few names remain."""
    code_points, max_length = _code_points(vocabulary), output.max_length
    logits, state, source = output.logits, output.state, output.source
    characters = np.zeros((max_length + 1, source.size), np.uint32)
    active = np.arange(source.size)  # [A]: the names that have not ended
    is_sharing = is_shared = True
    position, rest = 0, list[str | None]()
    while active.size > _MAX_FEW:
        uniforms = rng.random(active.size, np.float32)
        rows = source if is_shared else None
        token = draw(logits, request.temperature, request.top_p, uniforms, rows)
        (remaining,) = (token != END).nonzero()
        if remaining.size < active.size:
            active, source, token = (each.take(remaining) for each in (active, source, token))
        if position == max_length or not active.size:
            rest = [None] * active.size
            break
        characters[position][active] = code_points.take(token)
        position += 1
        is_shared, parent = is_sharing, source
        if is_sharing:
            first, source = _distinct(source * logits.shape[1] + token, logits.size)
            parent, token = parent.take(first), token.take(first)
            is_sharing = first.size < _MAX_SHARE * active.size
        else:
            source = np.arange(active.size)
        logits, state = yield token, state.take(parent, axis=0)
    else:
        output = _Output(logits, state, source, max_length - position)
        rest = yield from _draw_few(vocabulary, output, request, rng)
    width = max(1, position)
    texts: list[str | None] = characters[:width].T.copy().view(f"U{width}").ravel().tolist()
    for name, text in zip(active.tolist(), rest, strict=True):
        texts[name] = None if text is None else f"{texts[name]}{text}"
    return texts


@lru_cache(maxsize=8)
def _code_points(vocabulary: Vocabulary) -> npt.NDArray[np.uint32]:
    """Return the code point of each character, 0 for start and end, [V]."""
    return np.array([0, 0, *map(ord, vocabulary.entries[END + 1 :])], np.uint32)


def _distinct(keys: Ids, limit: int) -> tuple[Ids, Ids]:
    """Return an index of each distinct key [K], and for each of `keys` [B] its number in them.

    All keys are below `limit`. A sort would cost more than the shared steps of a small network
    save.
    """
    row = np.arange(keys.size)
    number = np.empty(limit, np.int64)
    number[keys] = row
    (first,) = (number.take(keys) == row).nonzero()
    number[keys.take(first)] = row[: first.size]
    return first, number.take(keys)
