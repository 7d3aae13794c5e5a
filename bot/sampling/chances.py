"""How likely each next character is, for whoever weighs names rather than draws them."""

import numpy as np
import numpy.typing as npt

from .artifact import Floats
from .vocabulary import START

Chances = npt.NDArray[np.float64]


def chances(logits: Floats, temperature: float = 1.0, top_p: float = 1.0) -> Chances:
    """Return p(next) float64 [B, V] of `logits` [B, V], just as `draw` draws: never the start.

    softmax(logits / temperature), cut to its nucleus `top_p` and made to sum to 1 again (Holtzman
    et al. 2020).
    """
    scores = logits.astype(np.float64)
    scores[:, START] = -np.inf
    scores -= scores.max(axis=1, keepdims=True)
    weights = np.exp(scores if temperature == 1 else scores / temperature)
    if top_p < 1:
        ranked = -np.sort(-weights, axis=1)
        before = ranked.cumsum(axis=1) - ranked
        kept = np.sum(before < top_p * ranked.sum(axis=1, keepdims=True), axis=1)
        weights[weights < np.take_along_axis(ranked, kept[:, None] - 1, axis=1)] = 0
    weights /= weights.sum(axis=1, keepdims=True)
    return weights
