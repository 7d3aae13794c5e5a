"""Prefix probabilities: how likely each beginning of a text begins a name, or is a whole one."""

import math
from dataclasses import dataclass

import numpy as np

from .artifact import END, START, UnknownCharacterError, Vocabulary
from .character_model import CharacterModel
from .draw import StepGenerator, probabilities

_TOLERANCE = 4.0
"""A spelling is used unless another one is more likely by this many nats, as in `names.py`."""


@dataclass(frozen=True)
class PrefixProbability:
    """A beginning of a text: `text` is how the style spells it.

    `begins` is the probability that a name begins with it, `whole` that a name is it.
    """

    text: str
    begins: float
    whole: float


EMPTY_PREFIX = PrefixProbability("", 1.0, 0.0)
"""Every name begins with the empty text, and no name is it."""


def prefix_probabilities(
    model: CharacterModel, text: str
) -> StepGenerator[list[PrefixProbability]]:
    """Return, for K = 0, 1, 2 ..., the probabilities of the first K characters of `text`.

    `text` is in NFC. The probabilities are those at temperature 1, in the letter case that the
    style uses. The list ends before the first character that the style doesn't use, and at its
    longest name. All spellings share each step.
    """
    spellings = _spellings(model.vocabulary, text, model.max_length)
    length = len(spellings[0])
    if not length:
        return [EMPTY_PREFIX]
    ids = np.array([[START, *model.vocabulary.encode(spelling)] for spelling in spellings])
    state = np.zeros((len(ids), model.state_size), np.float32)
    begins = np.zeros(len(ids))  # [B], ln p(prefix)
    found = [EMPTY_PREFIX]
    for position in range(length + 1):
        logits, state = yield ids[:, position], state
        if not position:
            logits[:, END] = -np.inf
        p_next = probabilities(logits).clip(min=np.finfo(np.float64).tiny)  # [B, V]
        if position:
            best = int(np.argmax(begins >= begins.max() - _TOLERANCE))
            prefix, log_p = spellings[best][:position], float(begins[best])
            whole = math.exp(log_p + math.log(p_next[best, END]))
            found.append(PrefixProbability(prefix, math.exp(log_p), whole))
        if position < length:
            begins += np.log(p_next[np.arange(len(ids)), ids[:, position + 1]])
    return found


def _spellings(vocabulary: Vocabulary, text: str, max_length: int) -> list[str]:
    """Return the spellings, all of one length, of the longest beginning that the style can spell.

    Spellings that have another length than the text are left out, such as STRASSE for straße.
    """
    text = text[:max_length]
    length = next((i for i, c in enumerate(text) if not _can_spell(vocabulary, c)), len(text))
    while length:
        try:
            spellings = vocabulary.spellings(text[:length])
        except UnknownCharacterError:
            length -= 1
        else:
            return [spelling for spelling in spellings if len(spelling) == length] or [""]
    return [""]


def _can_spell(vocabulary: Vocabulary, character: str) -> bool:
    try:
        vocabulary.spellings(character)
    except UnknownCharacterError:
        return False
    return True
