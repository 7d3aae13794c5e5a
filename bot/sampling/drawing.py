"""One character for every row, by the inverse of its cumulative distribution.

Beside a small network the passes over rows x vocabulary are what a name costs, so there are few:
one scales, one takes the power, one adds up. A running sum along each row would cost more than all
of these; sums are taken of blocks of the vocabulary instead, a block is drawn, and only within it
is there a running sum. Sums are products with a matrix of ones and zeros.
"""

from dataclasses import dataclass
from functools import lru_cache
from math import e, inf, isqrt, log2

import numpy as np
import numpy.typing as npt

from .artifact import Floats, Ids
from .vocabulary import START

_FEW = 4_096
"""Uniforms x vocabulary up to which running sums are quicker than blocks, of twice the calls."""

_LOG2_E = log2(e)

_LEAST = 1e-30
"""So far above the least float32 that what is lost below it has no weight beside it."""

Uniforms = npt.NDArray[np.float32] | npt.NDArray[np.float64]


@np.errstate(over="ignore", invalid="ignore")
def draw(
    logits: Floats,
    temperature: float,
    top_p: float,
    uniforms: Uniforms,
    at: Ids | None = None,
) -> Ids:
    """Draw one token for each of `uniforms`, never the start token nor one without weight.

    `logits` float32 [K, V]; `uniforms` [B] in [0, 1); `at` int64 [B] says which of the K each of
    them draws from: None where K is B and each has its own, or K is 1. Returns ids int64 [B], by
    the inverse of the cumulative distribution of softmax(logits / temperature), cut to its nucleus
    `top_p` (Holtzman et al. 2020, "The Curious Case of Neural Text Degeneration").
    """
    weights = _weights(logits, temperature, top_p)
    few = len(weights) == 1 or uniforms.size * weights.shape[1] <= _FEW
    tokens = (_by_rows if few else _by_blocks)(weights, uniforms, at)
    if tokens is None:
        largest = logits[:, START + 1 :].max(axis=1, keepdims=True)
        weights = _weights(logits - largest, temperature, top_p)
        tokens = _by_rows(weights, uniforms, at)
    assert tokens is not None  # noqa: S101  (the largest weight of each row is now 1)
    return tokens


def _weights(logits: Floats, temperature: float, top_p: float) -> Floats:
    """Return [K, V]: what each token weighs, a softmax before its division.

    No row's largest logit is taken off first, which would be the dearest of all passes; whoever
    draws notices when that took the weights out of float32's range.
    """
    weights: Floats = logits * min(_LOG2_E / temperature, 1e30)
    np.exp2(weights, out=weights)
    weights[:, START] = 0
    if top_p < 1:
        weights[weights < least_kept(weights, top_p)] = 0
    return weights


def least_kept(weights: Floats, top_p: float) -> npt.NDArray[np.float64]:
    """Return [K, 1]: the smallest weight of each row's nucleus."""
    ranked = -np.sort(-weights.astype(np.float64), axis=1)
    before = ranked.cumsum(axis=1) - ranked
    kept = (before < top_p * weights.sum(axis=1, keepdims=True)).sum(axis=1)
    return np.take_along_axis(ranked, kept[:, None] - 1, axis=1)


def _by_rows(weights: Floats, uniforms: Uniforms, at: Ids | None) -> Ids | None:
    """Draw by a running sum along each row; None if a row's total is out of range."""
    cumulative = weights.cumsum(axis=1)
    totals = cumulative[:, -1]
    if not all(_LEAST < total < inf for total in totals.tolist()):
        return None
    tokens: Ids
    if len(weights) == 1:
        order = uniforms.argsort()  # in order, each search goes nearly as the last one went
        tokens = np.empty(uniforms.size, np.int64)
        tokens[order] = cumulative[0].searchsorted(uniforms[order] * totals, side="right")
        return tokens
    if at is not None:
        cumulative, totals = cumulative.take(at, axis=0), totals.take(at)
    # A uniform below 1 leaves every threshold below its total, also once rounded.
    tokens = (cumulative <= (uniforms * totals)[:, None]).argmin(axis=1)
    return tokens


@dataclass(frozen=True)
class _Blocks:
    """A vocabulary, padded to `count` blocks of `width` tokens.

    `sums` [V, count] adds up all blocks to each, `running` [W, W] a block's tokens to each.
    """

    width: int
    count: int
    sums: Floats
    running: Floats


@lru_cache(maxsize=8)
def _blocks(vocabulary: int) -> _Blocks:
    root = isqrt(vocabulary - 1) + 1
    widths = (width for width in range(root, 2 * root) if vocabulary % width == 0)
    width = next(widths, root)  # at best one that needs no padding
    count = -(-vocabulary // width)
    block = np.arange(vocabulary)[:, None] // width
    return _Blocks(
        width,
        count,
        (block <= np.arange(count)).astype(np.float32),
        np.triu(np.ones((width, width), np.float32)),
    )


def _by_blocks(weights: Floats, uniforms: Uniforms, at: Ids | None) -> Ids | None:
    """Draw a block, then within it; None if a total is out of range, or rounding led astray.

    The arrays are turned, so that what is compared and counted lies side by side.
    """
    blocks = _blocks(weights.shape[1])
    sums = weights @ blocks.sums  # [K, count]
    turned = np.ascontiguousarray(sums.T)
    if at is None:
        place = np.arange(0, sums.size, blocks.count)
    else:
        place, turned = at * blocks.count, turned.take(at, axis=1)  # [B], [count, B]
    thresholds = turned[-1] * uniforms.astype(np.float32, copy=False)
    block = _count(turned[:-1] <= thresholds)
    place += block
    parts = _parts(weights, blocks)
    running = np.ascontiguousarray((parts.take(place, axis=0) @ blocks.running).T)  # [W, B]
    thresholds -= sums.take(place)
    thresholds += running[-1]
    within = _count(running[:-1] <= thresholds)
    place *= blocks.width
    place += within
    if not (turned[-1].max() < inf and parts.take(place).min() > _LEAST):
        return None
    block *= blocks.width
    block += within
    return block


def _parts(weights: Floats, blocks: _Blocks) -> Floats:
    """Return [K * count, W]: the rows of weights, cut into blocks."""
    rows, vocabulary = weights.shape
    if vocabulary < blocks.count * blocks.width:
        padded = np.zeros((rows, blocks.count * blocks.width), np.float32)
        padded[:, :vocabulary] = weights
        weights = padded
    return weights.reshape(-1, blocks.width)


def _count(true: npt.NDArray[np.bool_]) -> Ids:
    """Return [B]: how many of each column [N, B] are true."""
    counts: Ids = np.add.reduce(true.view(np.uint8), axis=0, dtype=np.uint8).astype(np.int64)
    return counts
