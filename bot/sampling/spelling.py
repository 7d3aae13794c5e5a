"""Spelling: how a style writes a text that a user typed."""

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from .artifact import START, Artifact, UnknownCharacterError, Vocabulary
from .draw import StepGenerator, probabilities
from .guided import estimate_share
from .request import Constraints, RequestError

_TOLERANCE = 4.0
"""A spelling is used unless another one is more likely by this many nats."""

_MAX_SHOWN = 100
"""Characters of the style that an error message lists."""


def match_prefix(artifact: Artifact, prefix: str) -> StepGenerator[str]:
    """Return `prefix` as this style spells it.

    That is as typed, unless the style almost always uses another letter case, or no accents. Raises
    `RequestError` with the first character that the style doesn't use.
    """
    spellings = _spellings(artifact, prefix.lstrip())
    if len(spellings) == 1:
        return spellings[0]
    scores = yield from _log_probabilities(artifact, spellings)
    min_score = max(scores) - _TOLERANCE
    return next(text for text, score in zip(spellings, scores, strict=True) if score >= min_score)


def match_suffix(artifact: Artifact, constraints: Constraints, suffix: str) -> StepGenerator[str]:
    """Return `suffix` as this style spells it at the end of names; raises `RequestError`."""
    return _match_inside(artifact, constraints, suffix, is_suffix=True)


def match_contains(artifact: Artifact, constraints: Constraints, text: str) -> StepGenerator[str]:
    """Return `text` as this style spells it anywhere in names; raises `RequestError`."""
    return _match_inside(artifact, constraints, text, is_suffix=False)


def _match_inside(
    artifact: Artifact, constraints: Constraints, text: str, *, is_suffix: bool
) -> StepGenerator[str]:
    """Return the spelling of `text` after the first letter of names.

    Lower case is used as typed. For other text, the spellings are tried in order: as typed, lower
    case, the others. The first one that names don't have far less often than another is used.
    """
    spellings = _spellings(artifact, text)
    if len(spellings) == 1 or text == text.lower():
        return spellings[0]
    lower = _spellings(artifact, text.lower())[0]
    bare = replace(constraints, prefix="", min_length=0, new_only=False, contains="", suffix="")
    shares: dict[str, float] = {}
    for spelling in dict.fromkeys((spellings[0], lower, *spellings)):
        only = replace(bare, suffix=spelling) if is_suffix else replace(bare, contains=spelling)
        shares[spelling] = yield from estimate_share(artifact, only)
    min_share = max(shares.values()) * np.exp(-_TOLERANCE)
    return next(spelling for spelling, share in shares.items() if share >= min_share)


def _spellings(artifact: Artifact, text: str) -> list[str]:
    """Return the ways in which the style can spell `text`, as typed first.

    Raises `RequestError` with the first character that the style doesn't use.
    """
    try:
        return artifact.vocabulary.spellings(text)
    except UnknownCharacterError as error:
        raise _unknown_character(error.character, artifact.vocabulary) from None


def _log_probabilities(artifact: Artifact, texts: Sequence[str]) -> StepGenerator[list[float]]:
    """Return ln p(text) of each of `texts` as the prefix of a name, in nats.

    All of them share each step; a shorter text repeats its last character until the end.
    """
    rows = [[START, *artifact.vocabulary.encode(text)] for text in texts]
    state = np.zeros((len(rows), artifact.state_size), np.float32)
    totals = [0.0] * len(rows)
    for position in range(1, max(map(len, rows))):
        token = np.array([row[min(position, len(row)) - 1] for row in rows])
        logits, state = yield token, state
        p_next = probabilities(logits).clip(min=np.finfo(np.float64).tiny)  # [B, V]
        for i, row in enumerate(rows):
            if position < len(row):
                totals[i] += math.log(p_next[i, row[position]])
    return totals


def _unknown_character(character: str, vocabulary: Vocabulary) -> RequestError:
    shown = character if character.isprintable() else "�"
    known = vocabulary.characters
    more = "" if len(known) <= _MAX_SHOWN else f" and {len(known) - _MAX_SHOWN} more"
    code_point = f"U+{ord(character):04X}"
    template = f"This style doesn't use the character {{}} ({code_point}). It uses: {{}}{more}."
    return RequestError(template, shown, known[:_MAX_SHOWN])
