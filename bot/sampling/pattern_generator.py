"""Pattern generator: names of a pattern, drawn from the engines of its styles."""

import asyncio
import heapq
from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import chain, takewhile
from weakref import WeakKeyDictionary

from .folding import clean
from .generator import NameGenerator
from .pattern_names import draw_names, gather_answers
from .pattern_plans import Draw, Plan, start_plans
from .pattern_splits import MAX_TEXT, Element, Piece, Splits, is_known, split_text
from .phrase import Phrase
from .prefix_probabilities import PrefixProbability
from .request import Request, RequestError, hide_blocked, long_prefix_error
from .score import Score, ScoredCharacter, ScoredPart

_MAX_CHOICES = 25
"""Most likely names of each part that `top_names` combines."""

_most_likely: WeakKeyDictionary[NameGenerator, list[tuple[str, float]]] = WeakKeyDictionary()
"""The most likely names of parts without a prefix, which every completion needs again."""


class PatternGenerator:
    """Answers requests for the names of a pattern through the generators of its parts.

    It has no network of its own, so it is cheap to make. `text` is the pattern, for messages;
    `elements` has the generators of each part's styles in its place.
    """

    def __init__(self, title: str, text: str, elements: Sequence[Element]) -> None:
        self._title, self._text, self._elements = title, text, tuple(elements)

    @property
    def title(self) -> str:
        """The pattern's title."""
        return self._title

    @property
    def max_length(self) -> int:
        """The length of the longest names, in characters."""
        return sum(
            len(each) if isinstance(each, str) else max(part.max_length for part in each)
            for each in self._elements
        )

    def in_corpus(self, name: str) -> bool:
        """Whether each part of `name` is in the list of its style."""
        return is_known(self._elements, name)

    async def names(self, request: Request) -> list[str]:
        """Return names that meet `request`; raises `RequestError`.

        Each part is drawn in a batch of its own, so the cost is about that of the parts alone.
        """
        try:
            splits = await self._split_prefix(request.prefix)
            plans = start_plans(self._elements, splits)
            start = max(splits.starts, key=lambda each: each.probability) if splits else None
            request = replace(request, prefix=start.text if start else "")
            return await draw_names(plans, request, self.max_length, self.in_corpus)
        except RequestError as error:
            raise hide_blocked(error, request.is_allowed) from None

    async def prefix_probabilities(self, text: str) -> list[PrefixProbability]:
        """Return how likely each beginning of `text` (clean) begins a name, or is one."""
        return (await split_text(self._elements, text[:MAX_TEXT])).prefixes

    async def score(self, name: str) -> Score:
        """Return how well `name` fits the pattern, by its most likely split.

        The percentile is that of its least typical part. Raises `RequestError` if it can't be
        split.
        """
        text = clean(name).strip()
        if not text:
            raise RequestError("There is no name to rate. Enter one.")
        splits = await split_text(self._elements, text[:MAX_TEXT])
        limit = min(MAX_TEXT, self.max_length)
        if len(text) > (limit if splits.whole is None else MAX_TEXT):
            raise RequestError(
                "{} has {} characters, but a name to rate in this style can have at most {}. "
                "Enter a shorter one.",
                text,
                len(text),
                limit,
            )
        if splits.whole is None:
            raise RequestError("{} doesn't fit the pattern {}.", text, self._text)
        pieces = splits.whole.pieces
        scores = await asyncio.gather(*map(_score_piece, pieces))
        parts = tuple(
            ScoredPart(piece.generator.title, score)
            for piece, score in zip(pieces, scores, strict=True)
            if piece.generator and score
        )
        characters = _join_characters(pieces, scores)
        nats = sum(character.nats for character in characters) / len(characters)
        percentile = min(part.score.percentile for part in parts)
        return Score(splits.whole.text, nats, percentile, characters, parts)

    async def top_names(self, prefix: str, count: int = 5) -> list[tuple[str, float]]:
        """Return the most likely names that begin with `prefix`, with their probabilities.

        They are combined from the most likely names of each part; raises `RequestError`.
        """
        if count < 1:
            raise ValueError(f"count is {count}; it must be at least 1")
        plans = start_plans(self._elements, await self._split_prefix(prefix))
        answers = await gather_answers([_top_names(plan, count) for _, plan in plans])
        total: dict[str, float] = {}
        for (share, _), names in zip(plans, answers, strict=True):
            for name, probability in names or ():
                total[name] = total.get(name, 0.0) + share * probability
        return sorted(total.items(), key=lambda item: (-item[1], item[0]))[:count]

    async def top_beginnings(self, prefix: str, count: int = 8) -> list[tuple[str, float]]:
        """Return the beginnings of the most likely names, as long as it takes to tell them apart.

        Their probabilities are those of these names together; raises `RequestError`.
        """
        names = await self.top_names(prefix, _MAX_CHOICES)
        columns = zip(*(name for name, _ in names), strict=False)
        size = sum(1 for _ in takewhile(lambda column: len(set(column)) == 1, columns))
        total: dict[str, float] = {}
        for name, probability in names:
            if len(name) > size and not name[size].isspace():
                total[name[: size + 1]] = total.get(name[: size + 1], 0.0) + probability
        return sorted(total.items(), key=lambda item: (-item[1], item[0]))[:count]

    async def blend(
        self,
        names: Sequence[str],
        count: int = 5,
        seed: int | None = None,
        is_allowed: Callable[[str], bool] | None = None,
        exclude: frozenset[str] = frozenset(),
        *,
        new_only: bool = False,
    ) -> list[str]:
        """Raise `RequestError`: a pattern has no states to blend."""
        del names, count, seed, is_allowed, exclude, new_only
        raise RequestError(
            "{} is a pattern, and names of a pattern can't be blended. Choose another style.",
            self._title,
        )

    def close(self) -> None:
        """Do nothing: the library closes the generators of the parts."""

    async def _split_prefix(self, typed: str) -> Splits | None:
        """Return the splits of a prefix, None if it is empty; raises `RequestError`."""
        prefix = clean(typed).lstrip()
        if not prefix:
            return None
        splits = await split_text(self._elements, prefix[:MAX_TEXT])
        is_possible = any(start.probability for start in splits.starts)
        limit = min(MAX_TEXT, self.max_length)
        if len(prefix) > (MAX_TEXT if is_possible else limit):
            raise long_prefix_error(
                prefix, Phrase("a prefix in this style can have at most {}", limit)
            )
        if not is_possible:
            fitting = splits.prefixes[-1].text
            first = self._elements[0]
            if not fitting and isinstance(first, str):
                raise RequestError(
                    "Names in this style begin with {}. Begin your prefix with it.", first.strip()
                )
            raise RequestError(
                "No name in this style begins with {}. Its pattern is {}. Try a shorter prefix.",
                prefix,
                self._text,
            )
        return splits


async def _score_piece(piece: Piece) -> Score | None:
    return await piece.generator.score(piece.text) if piece.generator else None


def _join_characters(
    pieces: Sequence[Piece], scores: Sequence[Score | None]
) -> tuple[ScoredCharacter, ...]:
    """Return the characters of all parts as those of one name.

    The surprise of a part's end is that of the character after it; literal text has no other.
    """
    joined: list[ScoredCharacter] = []
    end: ScoredCharacter | None = None  # of the part before
    for piece, score in zip(pieces, scores, strict=True):
        if score:
            characters = list(score.characters)
        else:
            characters = [ScoredCharacter(c, 0.0, ((c, 1.0),)) for c in piece.text]
            characters.append(ScoredCharacter("", 0.0, (("", 1.0),)))
        if end:
            characters[0] = _after_end(end, characters[0], is_literal=score is None)
        *most, end = characters
        joined += most
    return (*joined, end) if end else tuple(joined)


def _after_end(
    end: ScoredCharacter, character: ScoredCharacter, *, is_literal: bool
) -> ScoredCharacter:
    """Return `character` with the surprise of the `end` before it."""
    nats = end.nats + character.nats
    if not is_literal:
        return replace(character, nats=nats)
    expected = tuple((each or character.character, p) for each, p in end.expected)
    return ScoredCharacter(character.character, nats, expected)


async def _top_names(plan: Plan, count: int) -> list[tuple[str, float]]:
    """Return the most likely names of `plan`, with their probabilities among its names."""
    steps = await gather_answers([_top_texts(step, min(count, _MAX_CHOICES)) for step in plan])
    names = [("", 1.0)]
    for step in steps:
        pairs = ((name + text, p * q) for name, p in names for text, q in step or ())
        names = heapq.nlargest(count, pairs, key=lambda pair: pair[1])
    return names


async def _top_texts(step: str | Draw, count: int) -> list[tuple[str, float]]:
    if isinstance(step, str):
        return [(step, 1.0)]
    answers = await gather_answers([_top_part(each, step.prefix) for each in step.generators])
    total: dict[str, float] = {}
    for text, probability in chain.from_iterable(answer or () for answer in answers):
        total[text] = total.get(text, 0.0) + probability / len(step.generators)
    return heapq.nlargest(count, total.items(), key=lambda item: item[1])


async def _top_part(generator: NameGenerator, prefix: str) -> list[tuple[str, float]]:
    if prefix:
        return await generator.top_names(prefix, _MAX_CHOICES)
    if generator not in _most_likely:
        _most_likely[generator] = await generator.top_names("", _MAX_CHOICES)
    return _most_likely[generator]
