"""What a style thinks of a name: how surprising each of its letters is, and the whole of it."""

from dataclasses import dataclass

import numpy as np

from .artifact import Artifact, Floats
from .beginnings import begin
from .chances import Chances, chances
from .drawing import draw
from .request import RequestError
from .spelling import feed, form
from .steps import StepGenerator
from .vocabulary import END

_REFERENCE = 500
"""Names drawn to compare a score with; the percentile is right to about two points."""

_CHARACTERS = 200_000
"""Characters drawn for them at most: fewer names where names are long."""

_SHOWN = 3


@dataclass(frozen=True)
class ScoredCharacter:
    """One place in a name: its `character`, "" for the end, and how surprising it is there.

    `expected` are the characters that the style held likeliest there, with their probability.
    """

    character: str
    nats: float
    expected: tuple[tuple[str, float], ...]


@dataclass(frozen=True)
class Score:
    """How well a name fits a style, in nats a character, the end counted as one: less is better.

    `percentile`: of 100 samples of the corpus, so many are no better than this one.
    """

    name: str
    nats: float
    percentile: float
    characters: tuple[ScoredCharacter, ...]


def score(artifact: Artifact, name: str) -> StepGenerator[Score]:
    """Return the score of `name`, in the form that the style gives it.

    Where the artifact does not tell how its corpus scores, the name is compared with 500 that the
    style draws itself, the same at every call. Raises `RequestError` for a character that the style
    lacks.
    """
    spelt = yield from form(artifact, name)
    if not spelt:
        raise RequestError("There is nothing to score. Say a name.")
    start = yield from begin(artifact, "")
    fed = yield from feed(artifact, spelt)
    follow = np.concatenate([chances(logits) for logits, _ in (start, *fed[1:])])
    tokens = [*artifact.vocabulary.encode(spelt), END]
    places = tuple(_place(artifact, *at) for at in zip(tokens, follow, strict=True))
    nats = sum(place.nats for place in places) / len(places)
    quantiles = artifact.corpus_quantiles
    if not quantiles.size:
        drawn = yield from _reference(artifact, start)
        quantiles = np.quantile(drawn, np.linspace(0, 1, 101))
    better = float(np.interp(nats, quantiles, np.arange(101), left=0, right=100))
    return Score(spelt, nats, 100 - better, places)


def _place(artifact: Artifact, token: int, follow: Chances) -> ScoredCharacter:
    """Return the place where `token` stands and `follow` [V] was expected."""

    def character(i: int) -> str:
        return "" if i == END else artifact.vocabulary.entries[i]

    likeliest = np.argsort(-follow, kind="stable")[:_SHOWN].tolist()
    expected = tuple((character(i), float(follow[i])) for i in likeliest)
    return ScoredCharacter(character(token), float(_nats(follow[token])), expected)


def _reference(artifact: Artifact, start: tuple[Floats, Floats]) -> StepGenerator[Chances]:
    """Return the nats a character of names drawn on from `start`, float64 [up to `_REFERENCE`]."""
    rng, rows = np.random.default_rng(0), min(_REFERENCE, 1 + _CHARACTERS // artifact.max_length)
    logits, state = (np.repeat(array, rows, axis=0) for array in start)
    nats, ended = np.zeros(rows), []
    for length in range(1, artifact.max_length + 2):
        follow = chances(logits)
        tokens = draw(logits, 1, 1, rng.random(nats.size))
        nats += _nats(follow[np.arange(nats.size), tokens])
        ended.append(nats[tokens == END] / length)
        going = tokens != END
        nats = nats[going]
        if not nats.size:
            break
        logits, state = yield tokens[going], state[going]
    return np.concatenate(ended)


def _nats(probability: Chances) -> Chances:
    """Return the surprise at what had `probability`; even at what has none it is a number."""
    surprise: Chances = -np.log(probability.clip(min=np.finfo(np.float64).tiny))
    return surprise
