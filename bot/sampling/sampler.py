"""Requests → names: every row of a request takes its steps in one batch, finished rows drop out.

The prefix goes through the network once; its state is then repeated for every row. Each next
character is drawn with one uniform number a row, by the inverse of the cumulative distribution.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from .artifact import Artifact, Floats, Ids
from .vocabulary import END, START, UnknownCharacterError

MAX_TRIES = 1_000
"""Draws after which a request is answered with what has been found."""

_FORM_TOLERANCE = 4.0
"""Nats by which a spelling may fall behind a likelier one and still stand as typed."""


class NamesRefused(ValueError):  # noqa: N818, a refusal is an answer to a person, not a fault
    """The request cannot be met; the message is one line for the person who asked.

    `sentence` has a `{}` for each of `quoted`, the parts that are somebody's text: whoever shows
    the message quotes them as its medium needs.
    """

    def __init__(self, sentence: str, *quoted: str) -> None:
        super().__init__(sentence.format(*(f"“{part}”" for part in quoted)))
        self.sentence = sentence
        self.quoted = quoted


@dataclass(frozen=True)
class Request:
    """What is asked of a style.

    `temperature` divides the logits, `top_p` keeps the likeliest characters that together have
    that probability (1 keeps all), `max_length` is in characters (None: the longest sample of the
    corpus). The same `seed` gives the same names. Raises `ValueError` for what has no meaning.
    """

    prefix: str = ""
    count: int = 5
    temperature: float = 1.0
    top_p: float = 1.0
    max_length: int | None = None
    seed: int | None = None

    def __post_init__(self) -> None:
        if self.count < 1:
            raise ValueError(f"count is {self.count}; ask for at least 1 name")
        if not 0 < self.temperature < float("inf"):
            raise ValueError(f"temperature is {self.temperature}; it must be above 0")
        if not 0 < self.top_p <= 1:
            raise ValueError(f"top_p is {self.top_p}; it must be above 0 and at most 1")


class Sampler:
    """Draws names from one artifact."""

    def __init__(self, artifact: Artifact) -> None:
        self.artifact = artifact

    def names(self, request: Request) -> list[str]:
        """Return distinct names that begin with the prefix, in the form `form` gives it.

        They may be fewer than asked for where the style has no more within `MAX_TRIES` draws;
        raises `NamesRefused` where it has none, or cannot spell the prefix.
        """
        form = self.form(request.prefix)
        limit = request.max_length or self.artifact.max_length
        if len(form) > limit:
            raise NamesRefused(
                f"{{}} has {len(form)} characters, but names of this style have at most {limit}. "
                "Ask for a shorter beginning.",
                form,
            )
        names = self._distinct(form, limit, request)
        if not names:
            raise NamesRefused(
                f"No name beginning with {{}} came to an end within {limit} characters. "
                "Try a shorter beginning or a lower temperature.",
                form,
            )
        return names

    def form(self, prefix: str) -> str:
        """Return `prefix` as this style spells it.

        As typed; or, where the style all but never writes it so, in the letter case that it uses;
        or without accents. Raises `NamesRefused`, naming the first character that it lacks.
        """
        try:
            forms = self.artifact.vocabulary.forms(prefix.lstrip())
        except UnknownCharacterError as error:
            raise self._unknown(error.character) from None
        if len(forms) == 1:
            return forms[0]
        scores = [self._log_probability(form) for form in forms]
        return next(
            form
            for form, score in zip(forms, scores, strict=True)
            if score >= max(scores) - _FORM_TOLERANCE
        )

    def _unknown(self, character: str) -> NamesRefused:
        shown = character if character.isprintable() else "�"
        known = self.artifact.vocabulary.characters
        more = "" if len(known) <= 100 else f" and {len(known) - 100} more"
        sentence = (
            f"This style has no {{}} (U+{ord(character):04X}). Its characters are {{}}{more}."
        )
        return NamesRefused(sentence, shown, known[:100])

    def _feed(self, text: str) -> Iterator[tuple[Floats, Floats]]:
        """Yield logits [1, V] and state [1, S] after the start token and each character."""
        state = np.zeros((1, self.artifact.state_size), np.float32)
        for token in (START, *self.artifact.vocabulary.encode(text)):
            logits, state = self.artifact.step(np.array([token]), state)
            yield logits, state

    def _log_probability(self, text: str) -> float:
        """Return ln p(text) as the beginning of a name, in nats."""
        total = 0.0
        for token, (logits, _) in zip(
            self.artifact.vocabulary.encode(text), self._feed(text), strict=False
        ):
            row = logits[0].astype(np.float64)
            total += row[token] - row.max() - np.log(np.exp(row - row.max()).sum())
        return total

    def _distinct(self, form: str, limit: int, request: Request) -> list[str]:
        """Draw in growing batches until enough distinct names are found or tries run out."""
        *_, (logits, state) = self._feed(form)
        if not form:
            logits[:, END] = -np.inf
        rng = np.random.default_rng(request.seed)
        found: dict[str, None] = {}
        tries, rows = 0, request.count
        while len(found) < request.count and tries < max(MAX_TRIES, request.count):
            for ending in self._endings(logits, state, rows, limit - len(form), request, rng):
                found.setdefault(form + ending)
            tries += rows
            rows = min(2 * rows, 256)
        return list(found)[: request.count]

    def _endings(
        self,
        logits: Floats,
        state: Floats,
        rows: int,
        room: int,
        request: Request,
        rng: np.random.Generator,
    ) -> list[str]:
        """Draw `rows` continuations, less those that found no end in `room` characters.

        They stand in the order of their rows: in the order of finishing, short ones would lead.
        """
        text = np.zeros((rows, room), np.int64)
        lengths = np.full(rows, -1)
        alive = np.arange(rows)
        logits, state = np.repeat(logits, rows, axis=0), np.repeat(state, rows, axis=0)
        for position in range(room + 1):
            token = draw(logits, request.temperature, request.top_p, rng.random(alive.size))
            going = token != END
            lengths[alive[~going]] = position
            alive, token, state = alive[going], token[going], state[going]
            if position == room or not alive.size:
                break
            text[alive, position] = token
            logits, state = self.artifact.step(token, state)
        vocabulary = self.artifact.vocabulary
        return [
            vocabulary.decode(row[:length].tolist())
            for row, length in zip(text, lengths, strict=True)
            if length >= 0
        ]


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
