"""Score: how well a name fits a style, and how surprising each of its characters is."""

from dataclasses import dataclass

import numpy as np

from .artifact import END, Floats
from .character_model import CharacterModel
from .draw import Probabilities, StepGenerator, draw, prefill, probabilities, start_after
from .request import RequestError
from .spelling import match_prefix

_REFERENCE_NAMES = 500
"""Names drawn to compare a score with; the percentile is right to about two points."""

_MAX_CHARACTERS = 200_000
"""Characters drawn for them, so that styles of long names draw fewer names."""

_EXPECTED_COUNT = 3


@dataclass(frozen=True)
class ScoredCharacter:
    """One `character` of a name, "" for the end, and its surprise in nats.

    `expected` are the most likely characters at this position, with their probabilities.
    """

    character: str
    nats: float
    expected: tuple[tuple[str, float], ...]


@dataclass(frozen=True)
class Score:
    """How well a name fits a style, in nats per character (end included): lower is better.

    `percentile`: this share of the corpus's samples, in percent, has no better score. `parts` are
    those of a name of a pattern, in order, and the percentile is then the lowest one.
    """

    name: str
    nats: float
    percentile: float
    characters: tuple[ScoredCharacter, ...]
    parts: tuple["ScoredPart", ...] = ()


@dataclass(frozen=True)
class ScoredPart:
    """A part of a name of a pattern: the `title` of its style, and its score in that style."""

    title: str
    score: Score


def score(model: CharacterModel, name: str) -> StepGenerator[Score]:
    """Return the score of `name` as the style spells it.

    If the model has no scores of its corpus, the name is compared with 500 drawn names, the same
    at every call. Raises `RequestError` for a character that the style doesn't use.
    """
    spelled = yield from match_prefix(model, name.rstrip())
    if not spelled:
        raise RequestError("There is no name to rate. Enter one.")
    start = yield from start_after(model, "")
    outputs = yield from prefill(model, spelled)
    p_next = np.concatenate([probabilities(logits) for logits, _ in (start, *outputs[1:])])
    tokens = [*model.vocabulary.encode(spelled), END]
    characters = tuple(_scored(model, *pair) for pair in zip(tokens, p_next, strict=True))
    nats = sum(character.nats for character in characters) / len(characters)
    quantiles = model.corpus_quantiles
    if not quantiles.size:
        drawn = yield from _draw_reference(model, start)
        quantiles = np.quantile(drawn, np.linspace(0, 1, 101))
    better = float(np.interp(nats, quantiles, np.arange(101), left=0, right=100))
    return Score(spelled, nats, 100 - better, characters)


def _scored(model: CharacterModel, token: int, p_next: Probabilities) -> ScoredCharacter:
    """Return the scored character of `token`, drawn from `p_next` [V]."""

    def character(i: int) -> str:
        return "" if i == END else model.vocabulary.entries[i]

    top = np.argsort(-p_next, kind="stable")[:_EXPECTED_COUNT].tolist()
    expected = tuple((character(i), float(p_next[i])) for i in top)
    return ScoredCharacter(character(token), float(_nats(p_next[token])), expected)


def _draw_reference(
    model: CharacterModel, start: tuple[Floats, Floats]
) -> StepGenerator[Probabilities]:
    """Return nats per character of drawn names, float64 [up to `_REFERENCE_NAMES`].

    `start` is the logits [1, V] and the state [1, S] that they begin with.
    """
    rng = np.random.default_rng(0)
    rows = min(_REFERENCE_NAMES, 1 + _MAX_CHARACTERS // model.max_length)
    logits, state = (np.repeat(array, rows, axis=0) for array in start)
    nats, ended = np.zeros(rows), []
    for length in range(1, model.max_length + 2):
        p_next = probabilities(logits)
        tokens = draw(logits, 1, 1, rng.random(nats.size))
        nats += _nats(p_next[np.arange(nats.size), tokens])
        ended.append(nats[tokens == END] / length)
        active = tokens != END
        nats = nats[active]
        if not nats.size:
            break
        logits, state = yield tokens[active], state[active]
    return np.concatenate(ended)


def _nats(probability: Probabilities) -> Probabilities:
    """Return the surprise -ln(probability); a probability of 0 gives a large finite number."""
    surprise: Probabilities = -np.log(probability.clip(min=np.finfo(np.float64).tiny))
    return surprise
