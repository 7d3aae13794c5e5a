"""Splits: the ways to divide a text among the elements of a pattern, with their probabilities.

Dynamic programming over the elements: the state after an element is how many characters of the text
the elements so far have used. States with the same number are added up, and the likeliest way to
reach each is remembered.
"""

import asyncio
import heapq
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from .folding import fold
from .generator import NameGenerator
from .prefix_probabilities import EMPTY_PREFIX, PrefixProbability

MAX_TEXT = 128
"""Characters of a text that is split."""

_MAX_STATES = 16
"""States after each element, the most likely ones."""

Element = str | tuple[NameGenerator, ...]
"""Literal text, or the generators of a part's alternatives."""


@dataclass(frozen=True)
class Piece:
    """What one element has of the text, as spelled; `generator` is None for literal text."""

    text: str
    generator: NameGenerator | None = None


@dataclass(frozen=True)
class State:
    """The elements so far have used a number of characters: with this probability in all.

    `pieces` are those of the likeliest way, which has the probability `best`.
    """

    probability: float
    best: float
    pieces: tuple[Piece, ...]

    @property
    def text(self) -> str:
        """The text so far, as spelled."""
        return "".join(piece.text for piece in self.pieces)


@dataclass(frozen=True)
class Start:
    """A way to begin a name with the whole text: it ends within the element `index`.

    The elements before it are the `pieces`. It begins with `prefix`, a name of `generator`, or the
    literal text (None).
    """

    probability: float
    index: int
    pieces: tuple[Piece, ...]
    prefix: str
    generator: NameGenerator | None

    @property
    def text(self) -> str:
        """The whole text, as spelled."""
        return "".join(piece.text for piece in self.pieces) + self.prefix


@dataclass
class Splits:
    """The splits of the first K characters of a text, for each K: as a beginning and as a whole.

    `starts` are the ways to begin with the whole text, `whole` the ways to be it (None: no way).
    """

    starts: list[Start] = field(default_factory=list)
    whole: State | None = None
    prefixes: list[PrefixProbability] = field(default_factory=list)


async def split_text(elements: Sequence[Element], text: str) -> Splits:
    """Return the splits of `text`, clean (`folding.py`) and at most `MAX_TEXT` characters long."""
    states = {0: State(1.0, 1.0, ())}
    starts: list[list[Start]] = [[] for _ in range(len(text) + 1)]
    for index, element in enumerate(elements):
        following: dict[int, State] = {}
        for used, state, generator, share, found in await _matches(element, states, text):
            for length, match in enumerate(found[1:], 1):
                p_begins, p_whole = share * match.begins, share * match.whole
                start = Start(
                    state.probability * p_begins, index, state.pieces, match.text, generator
                )
                starts[used + length].append(start)
                if p_whole:
                    _add(following, used + length, state, Piece(match.text, generator), p_whole)
        likeliest = heapq.nlargest(
            _MAX_STATES, following.items(), key=lambda item: item[1].probability
        )
        states = dict(likeliest)
    prefixes = [EMPTY_PREFIX, *map(_prefix, starts[1:])]
    for length, state in states.items():
        if length:
            prefix = prefixes[length]
            prefixes[length] = PrefixProbability(prefix.text, prefix.begins, state.probability)
    while not prefixes[-1].begins:
        prefixes.pop()
    return Splits(starts[-1], states.get(len(text)), prefixes)


_Match = tuple[int, State, NameGenerator | None, float, list[PrefixProbability]]
"""Characters used before an element, the state, what the element is, its share among the
alternatives, and the probabilities of the text's rest."""


async def _matches(element: Element, states: Mapping[int, State], text: str) -> list[_Match]:
    """Return how the rest of `text` after each of `states` can begin with `element`."""
    open_states = [(used, state) for used, state in states.items() if used < len(text)]
    if isinstance(element, str):
        return [
            (used, state, None, 1.0, _literal_prefixes(element, text[used:]))
            for used, state in open_states
        ]
    pairs = [(used, state, each) for used, state in open_states for each in element]
    answers = await asyncio.gather(
        *(each.prefix_probabilities(text[used:]) for used, _, each in pairs)
    )
    return [
        (used, state, each, 1 / len(element), found)
        for (used, state, each), found in zip(pairs, answers, strict=True)
    ]


def _literal_prefixes(literal: str, text: str) -> list[PrefixProbability]:
    """Return the probabilities of the beginnings of `text`, 0 or 1, for a literal text."""
    prefixes, rest = [EMPTY_PREFIX], literal
    for character in text:
        if folded := fold(character):
            length = next((k for k in range(1, len(rest) + 1) if fold(rest[:k]) == folded), 0)
            if not length:
                break
            rest = rest[length:]
        begun = literal[: len(literal) - len(rest)]
        prefixes.append(PrefixProbability(begun, 1.0, float(not rest)))
    return prefixes


def _add(states: dict[int, State], used: int, state: State, piece: Piece, p: float) -> None:
    """Add to `states` that `piece` follows `state` with the probability `p`."""
    probability, best = state.probability * p, state.best * p
    pieces = (*state.pieces, piece)
    if before := states.get(used):
        probability += before.probability
        if before.best >= best:
            best, pieces = before.best, before.pieces
    states[used] = State(probability, best, pieces)


def _prefix(starts: Sequence[Start]) -> PrefixProbability:
    if not starts:
        return PrefixProbability("", 0.0, 0.0)
    likeliest = max(starts, key=lambda start: start.probability)
    return PrefixProbability(likeliest.text, sum(start.probability for start in starts), 0.0)


def is_same(a: str, b: str) -> bool:
    """Whether two texts are the same but for letter case and accents."""
    return fold(a) == fold(b)


def is_known(elements: Sequence[Element], name: str) -> bool:
    """Whether `name` can be split so that each part has a name of one of its styles' lists."""
    used = {0}
    for element, following in zip(elements, [*elements[1:], None], strict=True):
        if isinstance(element, str):
            used = {i + len(element) for i in used if name.startswith(element, i)}
            continue
        longest = max(each.max_length for each in element)
        used = {
            end
            for start in used
            for end in range(start + 1, min(start + longest, len(name)) + 1)
            if _can_follow(following, name, end)
            and any(each.in_corpus(name[start:end]) for each in element)
        }
    return len(name) in used


def _can_follow(element: Element | None, name: str, start: int) -> bool:
    """Whether `element` can be at `start` in `name`: None is the end. It saves most look-ups."""
    if element is None:
        return start == len(name)
    return name.startswith(element, start) if isinstance(element, str) else start < len(name)
