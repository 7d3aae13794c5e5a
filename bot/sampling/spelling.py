"""How a style spells what a person typed, and what it thinks of a beginning."""

import math
from collections.abc import Sequence

import numpy as np

from .artifact import Artifact, Floats
from .chances import chances
from .request import RequestError
from .steps import StepGenerator
from .vocabulary import START, UnknownCharacterError, Vocabulary

TOLERANCE = 4.0
"""Nats by which a spelling may fall behind a likelier one and still stand as typed."""


def form(artifact: Artifact, prefix: str) -> StepGenerator[str]:
    """Return `prefix` as this style spells it.

    As typed; or, where the style all but never writes it so, in the letter case that it uses;
    or without accents. Raises `RequestError`, naming the first character that it lacks.
    """
    spellings = forms(artifact, prefix.lstrip())
    if len(spellings) == 1:
        return spellings[0]
    scores = yield from log_probabilities(artifact, spellings)
    least = max(scores) - TOLERANCE
    return next(spelt for spelt, score in zip(spellings, scores, strict=True) if score >= least)


def forms(artifact: Artifact, text: str) -> list[str]:
    """Return the ways in which the style can spell `text`, as typed first.

    Raises `RequestError`, naming the first character that it lacks.
    """
    try:
        return artifact.vocabulary.forms(text)
    except UnknownCharacterError as error:
        raise _unknown(error.character, artifact.vocabulary) from None


def feed(artifact: Artifact, text: str) -> StepGenerator[list[tuple[Floats, Floats]]]:
    """Return logits [1, V] and state [1, S] after the start token and each character."""
    state = np.zeros((1, artifact.state_size), np.float32)
    fed = []
    for token in (START, *artifact.vocabulary.encode(text)):
        logits, state = yield np.array([token]), state
        fed.append((logits, state))
    return fed


def log_probabilities(artifact: Artifact, texts: Sequence[str]) -> StepGenerator[list[float]]:
    """Return ln p(text) of each of `texts` as the beginning of a name, in nats.

    All go through the network side by side; a shorter one waits for the others at its end.
    """
    rows = [[START, *artifact.vocabulary.encode(text)] for text in texts]
    state = np.zeros((len(rows), artifact.state_size), np.float32)
    totals = [0.0] * len(rows)
    for place in range(1, max(map(len, rows))):
        token = np.array([row[min(place, len(row)) - 1] for row in rows])
        logits, state = yield token, state
        follow = chances(logits).clip(min=np.finfo(np.float64).tiny)
        for i, row in enumerate(rows):
            if place < len(row):
                totals[i] += math.log(follow[i, row[place]])
    return totals


def _unknown(character: str, vocabulary: Vocabulary) -> RequestError:
    shown = character if character.isprintable() else "�"
    known = vocabulary.characters
    more = "" if len(known) <= 100 else f" and {len(known) - 100} more"
    sentence = f"This style has no {{}} (U+{ord(character):04X}). Its characters are {{}}{more}."
    return RequestError(sentence, shown, known[:100])
