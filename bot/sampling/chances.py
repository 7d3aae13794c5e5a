"""How likely each next character is, for whoever weighs names rather than draws them."""

import numpy as np
import numpy.typing as npt

from .artifact import Floats
from .drawing import least_kept
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
        weights[weights < least_kept(weights, top_p)] = 0
    weights /= weights.sum(axis=1, keepdims=True)
    return weights
