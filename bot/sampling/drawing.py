"""One character for every row, by the inverse of its cumulative distribution."""

import numpy as np
import numpy.typing as npt

from .artifact import Floats, Ids
from .vocabulary import START


def draw(
    logits: Floats, temperature: float, top_p: float, uniforms: npt.NDArray[np.float64]
) -> Ids:
    """Draw one token a row, never the start token.

    `logits` float32 [B, V], `uniforms` float64 [B] in [0, 1) → ids int64 [B], by the inverse of
    the cumulative distribution of softmax(logits / temperature), cut to its nucleus `top_p`
    (Holtzman et al. 2020, "The Curious Case of Neural Text Degeneration").
    """
    scores = logits.astype(np.float64)
    scores[:, START] = -np.inf
    weights = np.exp((scores - scores.max(axis=1, keepdims=True)) / temperature)
    if top_p < 1:
        weights[weights < _least_kept(weights, top_p)] = 0
    cumulative = weights.cumsum(axis=1)
    thresholds = uniforms[:, None] * cumulative[:, -1:]
    tokens: Ids = np.sum(cumulative <= thresholds, axis=1, dtype=np.int64)
    return tokens.clip(max=logits.shape[1] - 1)


def _least_kept(weights: npt.NDArray[np.float64], top_p: float) -> npt.NDArray[np.float64]:
    """Return [B, 1]: the smallest weight of each row's nucleus."""
    ranked = -np.sort(-weights, axis=1)
    before = ranked.cumsum(axis=1) - ranked
    kept = (before < top_p * weights.sum(axis=1, keepdims=True)).sum(axis=1)
    return np.take_along_axis(ranked, kept[:, None] - 1, axis=1)
