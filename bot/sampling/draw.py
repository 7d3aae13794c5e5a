"""Draw: step generators, and one random character per row.

A query is a generator that yields rows for the network and receives its output, so it doesn't know
which other rows share its batch. `run_steps` runs one generator by itself; the engine runs many of
them in shared batches.

Next to a small network, the passes over rows x vocabulary are the main cost of a name. So there are
few of them: one scales, one takes the power, one adds up. A running sum along each row would cost
more than all three. Instead, blocks of the vocabulary are summed, a block is drawn, and only that
block gets a running sum. The sums are products with a matrix of ones and zeros.
"""

from collections.abc import Generator
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from math import e, inf, isqrt, log2
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from .artifact import END, START, Floats, Ids
from .character_model import CharacterModel
from .model_cache import ModelCache
from .request import Request

T = TypeVar("T")

StepGenerator = Generator[tuple[Ids, Floats], tuple[Floats, Floats], T]
"""Yields token int64 [B] and state float32 [B, S]; B may change at each step. Receives logits
float32 [B, V] and next state float32 [B, S], which it may modify. Returns its result."""


def run_steps(model: CharacterModel, steps: StepGenerator[T]) -> T:
    """Run `steps` to its end in batches of its own; raises what it raises."""
    try:
        inputs = next(steps)
        while True:
            inputs = steps.send(model.step(*inputs))
    except StopIteration as stop:
        result: T = stop.value
        return result


def prefill(model: CharacterModel, text: str) -> StepGenerator[list[tuple[Floats, Floats]]]:
    """Return logits [1, V] and state [1, S] after the start token and after each character."""
    state = np.zeros((1, model.state_size), np.float32)
    outputs = []
    for token in (START, *model.vocabulary.encode(text)):
        logits, state = yield np.array([token]), state
        outputs.append((logits, state))
    return outputs


_starts = ModelCache[tuple[Floats, Floats]](max_size=128)
"""Logits and states after the beginnings of the prefixes that people ask for."""


def start_after(model: CharacterModel, prefix: str) -> StepGenerator[tuple[Floats, Floats]]:
    """Return logits [1, V] and state [1, S] after `prefix`; the empty name gets probability 0.

    Many requests have the same prefix, or a longer one, so outputs are cached for each beginning.
    """
    output, read = None, len(prefix) + 2
    while output is None and read:  # the longest beginning that is cached; 1 is the start token
        read -= 1
        output = _starts.get(model, prefix[: read - 1]) if read else None
    tokens = [START, *model.vocabulary.encode(prefix)]
    for length in range(read, len(tokens)):
        state = output[1] if output else np.zeros((1, model.state_size), np.float32)
        logits, state = yield np.array(tokens[length : length + 1]), state
        output = logits.copy(), state.copy()  # they can be views of a large batch
        _starts.store(model, prefix[:length], output)
    assert output  # noqa: S101  (the start token is always read)
    logits, state = output[0].copy(), output[1].copy()
    if not prefix:
        logits[:, END] = -np.inf
    return logits, state


Probabilities = npt.NDArray[np.float64]
Uniforms = npt.NDArray[np.float32] | npt.NDArray[np.float64]

_MAX_ROW_SUMS = 4_096
"""Uniforms x vocabulary up to which running sums are faster than blocks, which need twice the
calls."""

_LOG2_E = log2(e)

_MIN_ROW_SHARE = 1e-6
"""Share of a running sum over several rows that leaves each row enough digits of a float64."""

_MIN_TOTAL = 1e-30
"""Far enough above the smallest float32 that the weights lost below it don't matter."""


def probabilities(logits: Floats, temperature: float = 1.0, top_p: float = 1.0) -> Probabilities:
    """Return p(next) float64 [B, V] of `logits` [B, V], the distribution that `draw` draws from.

    That is softmax(logits / temperature) without the start token, cut to its nucleus `top_p` and
    normalized again (Holtzman et al. 2020).
    """
    scores = logits.astype(np.float64)
    scores[:, START] = -np.inf
    scores -= scores.max(axis=1, keepdims=True)
    weights = np.exp(scores if temperature == 1 else scores / temperature)
    if top_p < 1:
        weights[weights < _min_nucleus_weights(weights, top_p)] = 0
    weights /= weights.sum(axis=1, keepdims=True)
    return weights


@np.errstate(over="ignore", invalid="ignore")
def draw(
    logits: Floats,
    temperature: float,
    top_p: float,
    uniforms: Uniforms,
    rows: Ids | None = None,
) -> Ids:
    """Draw one token for each of `uniforms`, never the start token nor one of probability 0.

    `logits` float32 [K, V]; `uniforms` [B] in [0, 1); `rows` int64 [B] are the rows of the logits
    to draw from. With `rows` None, K is B and each has its own row, or K is 1. Returns ids int64
    [B], by the inverse of the cumulative distribution of softmax(logits / temperature), cut to its
    nucleus `top_p` (Holtzman et al. 2020, "The Curious Case of Neural Text Degeneration").
    """
    weights = _weights(logits, temperature, top_p)
    is_small = len(weights) == 1 or uniforms.size * weights.shape[1] <= _MAX_ROW_SUMS
    tokens = (_draw_by_rows if is_small else _draw_by_blocks)(weights, uniforms, rows)
    if tokens is None:
        largest = logits[:, START + 1 :].max(axis=1, keepdims=True)
        weights = _weights(logits - largest, temperature, top_p)
        tokens = _draw_by_rows(weights, uniforms, rows)
    assert tokens is not None  # noqa: S101  (the largest weight of each row is now 1)
    return tokens


@np.errstate(over="ignore", invalid="ignore")
def draw_keys(
    logits: Floats, request: Request, uniforms: list[float], rows: list[int]
) -> list[int]:
    """Do what `draw` does, with one running sum over all rows; return each row * V + token."""
    size = logits.shape[1]
    weights = _weights(logits, request.temperature, request.top_p)
    cumulative = np.add.accumulate(weights.ravel(), dtype=np.float64)
    ends = [0.0, *cumulative[size - 1 :: size].tolist()]
    totals = [end - start for start, end in pairwise(ends)]
    if not max(_MIN_TOTAL, _MIN_ROW_SHARE * ends[-1]) < min(totals) <= ends[-1] < inf:
        array = np.array(uniforms)
        tokens = draw(logits, request.temperature, request.top_p, array, np.array(rows))
        return [row * size + token for row, token in zip(rows, tokens.tolist(), strict=True)]
    thresholds = [ends[row] + totals[row] * x for row, x in zip(rows, uniforms, strict=True)]
    keys: list[int] = cumulative.searchsorted(thresholds, "right").tolist()
    return keys


def _weights(logits: Floats, temperature: float, top_p: float) -> Floats:
    """Return the softmax before its division, [K, V].

    The largest logit of each row is not subtracted first, because that pass would cost the most.
    The callers notice weights beyond the range of float32.
    """
    weights: Floats = logits * min(_LOG2_E / temperature, 1e30)
    np.exp2(weights, weights)
    weights[:, START] = 0
    if top_p < 1:
        weights[weights < _min_nucleus_weights(weights, top_p)] = 0
    return weights


def _min_nucleus_weights(weights: Floats | Probabilities, top_p: float) -> npt.NDArray[np.float64]:
    """Return the smallest weight of each row's nucleus, [K, 1]."""
    ranked = -np.sort(-weights.astype(np.float64), axis=1)
    before = ranked.cumsum(axis=1) - ranked
    sizes = (before < top_p * weights.sum(axis=1, keepdims=True)).sum(axis=1)
    return np.take_along_axis(ranked, sizes[:, None] - 1, axis=1)


def _draw_by_rows(weights: Floats, uniforms: Uniforms, rows: Ids | None) -> Ids | None:
    """Draw with a running sum along each row; None if a row's total is out of range."""
    cumulative: Floats = np.add.accumulate(weights, 1)
    totals = cumulative[:, -1]
    if not (totals.min() > _MIN_TOTAL and totals.max() < inf):
        return None
    tokens: Ids
    if len(weights) == 1:
        order = uniforms.argsort()  # sorted values make the binary searches faster
        tokens = np.empty(uniforms.size, np.int64)
        tokens[order] = cumulative[0].searchsorted(uniforms[order] * totals, side="right")
        return tokens
    if rows is not None:
        cumulative, totals = cumulative.take(rows, axis=0), totals.take(rows)
    # A uniform below 1 leaves every threshold below its total, also once rounded.
    tokens = (cumulative <= (uniforms * totals)[:, None]).argmin(axis=1)
    return tokens


@dataclass(frozen=True)
class _Blocks:
    """A vocabulary, padded to `count` blocks of `width` tokens.

    `sums` [V, count] adds up all blocks up to each; `running` [W, W] adds up a block's tokens up to
    each.
    """

    width: int
    count: int
    sums: Floats
    running: Floats


@lru_cache(maxsize=8)
def _blocks(vocabulary_size: int) -> _Blocks:
    root = isqrt(vocabulary_size - 1) + 1
    widths = (width for width in range(root, 2 * root) if vocabulary_size % width == 0)
    width = next(widths, root)  # a divisor needs no padding
    count = -(-vocabulary_size // width)
    block = np.arange(vocabulary_size)[:, None] // width
    return _Blocks(
        width,
        count,
        (block <= np.arange(count)).astype(np.float32),
        np.triu(np.ones((width, width), np.float32)),
    )


def _draw_by_blocks(weights: Floats, uniforms: Uniforms, rows: Ids | None) -> Ids | None:
    """Draw a block, then a token of it; None if a total is out of range, or rounding misled.

    The arrays are transposed, so that the values to compare and count are adjacent in memory.
    """
    blocks = _blocks(weights.shape[1])
    sums = weights @ blocks.sums  # [K, count]
    columns = np.ascontiguousarray(sums.T)  # [count, K]
    if rows is None:
        first = np.arange(0, sums.size, blocks.count)  # [B]
    else:
        first, columns = rows * blocks.count, columns.take(rows, axis=1)  # [B], [count, B]
    thresholds = columns[-1] * uniforms.astype(np.float32, copy=False)
    index = first + _count_true(columns[:-1] <= thresholds)  # [B]: of each one's block
    parts = _split_into_blocks(weights, blocks)
    running = np.ascontiguousarray((parts.take(index, axis=0) @ blocks.running).T)  # [W, B]
    thresholds -= sums.take(index)
    thresholds += running[-1]
    index *= blocks.width
    index += _count_true(running[:-1] <= thresholds)  # of each one's token
    if not (columns[-1].max() < inf and parts.take(index).min() > _MIN_TOTAL):
        return None
    first *= blocks.width
    index -= first
    return index


def _split_into_blocks(weights: Floats, blocks: _Blocks) -> Floats:
    """Return the rows of weights, cut into blocks, [K * count, W]."""
    rows, vocabulary_size = weights.shape
    if vocabulary_size < blocks.count * blocks.width:
        padded = np.zeros((rows, blocks.count * blocks.width), np.float32)
        padded[:, :vocabulary_size] = weights
        weights = padded
    return weights.reshape(-1, blocks.width)


def _count_true(values: npt.NDArray[np.bool_]) -> npt.NDArray[np.uint8]:
    """Return how many of each column [N, B] are true, uint8 [B]."""
    counts: npt.NDArray[np.uint8] = np.add.reduce(values.view(np.uint8), axis=0, dtype=np.uint8)
    return counts
