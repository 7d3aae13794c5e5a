"""How a style spells what a person typed, and what it thinks of a beginning."""

import numpy as np

from .artifact import Artifact, Floats
from .request import NamesRefused
from .steps import Steps
from .vocabulary import START, UnknownCharacterError, Vocabulary

TOLERANCE = 4.0
"""Nats by which a spelling may fall behind a likelier one and still stand as typed."""


def form(artifact: Artifact, prefix: str) -> Steps[str]:
    """Return `prefix` as this style spells it.

    As typed; or, where the style all but never writes it so, in the letter case that it uses;
    or without accents. Raises `NamesRefused`, naming the first character that it lacks.
    """
    spellings = forms(artifact, prefix.lstrip())
    if len(spellings) == 1:
        return spellings[0]
    scores: dict[str, float] = {}
    for spelt in spellings:
        scores[spelt] = yield from log_probability(artifact, spelt)
    least = max(scores.values()) - TOLERANCE
    return next(spelt for spelt, score in scores.items() if score >= least)


def forms(artifact: Artifact, text: str) -> list[str]:
    """Return the ways in which the style can spell `text`, as typed first.

    Raises `NamesRefused`, naming the first character that it lacks.
    """
    try:
        return artifact.vocabulary.forms(text)
    except UnknownCharacterError as error:
        raise _unknown(error.character, artifact.vocabulary) from None


def feed(artifact: Artifact, text: str) -> Steps[list[tuple[Floats, Floats]]]:
    """Return logits [1, V] and state [1, S] after the start token and each character."""
    state = np.zeros((1, artifact.state_size), np.float32)
    fed = []
    for token in (START, *artifact.vocabulary.encode(text)):
        logits, state = yield np.array([token]), state
        fed.append((logits, state))
    return fed


def log_probability(artifact: Artifact, text: str) -> Steps[float]:
    """Return ln p(text) as the beginning of a name, in nats."""
    total = 0.0
    fed = yield from feed(artifact, text)
    for token, (logits, _) in zip(artifact.vocabulary.encode(text), fed, strict=False):
        row = logits[0].astype(np.float64)
        total += row[token] - row.max() - np.log(np.exp(row - row.max()).sum())
    return total


def _unknown(character: str, vocabulary: Vocabulary) -> NamesRefused:
    shown = character if character.isprintable() else "�"
    known = vocabulary.characters
    more = "" if len(known) <= 100 else f" and {len(known) - 100} more"
    sentence = f"This style has no {{}} (U+{ord(character):04X}). Its characters are {{}}{more}."
    return NamesRefused(sentence, shown, known[:100])
