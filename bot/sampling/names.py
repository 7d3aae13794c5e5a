"""Names: spell a request as the style does, and draw names that meet it, in growing batches.

The prefix goes through the network once, and its state is repeated for every row. Names that don't
fit are rejected. If a suffix or a contained text is too rare for that, guided sampling sets it.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from itertools import compress

import numpy as np

from ..observer import observer
from .artifact import Floats
from .character_model import CharacterModel
from .draw import StepGenerator, start_after
from .guided import MAX_CHARACTERS, MAX_TRIES, GuidedSampler
from .near_duplicates import MAX_CANDIDATES, DistinctNames
from .request import (
    Constraints,
    Request,
    RequestError,
    all_blocked_error,
    check_lengths,
    describe,
    has_suffix,
    has_text,
    hide_blocked,
)
from .rollouts import draw_texts
from .spelling import match_contains, match_prefix, match_suffix

_MAX_REPEATS = 1_000
"""Repeated names after which the names found so far are the answer. After as many blocked names,
the request is refused if no other name was found."""

_MAX_ROWS = 256
_PILOT_ROWS = 64
"""Names drawn to estimate how often the conditions are met."""

_MAX_RARITY = 20
"""If one name in this many fits, rejection is exact and cheap enough."""

_CLOSE_ROWS = 1_000
"""Names drawn to find close ones for an error message."""

_CLOSE_COUNT = 3


def names(model: CharacterModel, request: Request) -> StepGenerator[list[str]]:
    """Return distinct names that meet all of `request`, in the spelling of the style.

    Each follows the model's own distribution under that condition, among the names that are not
    near-duplicates of those before it (`near_duplicates.py`). Near-duplicates fill the answer if
    there are too few others. There can be fewer names than requested if the style has no more.
    Raises `RequestError` if none is found in `MAX_TRIES` draws, if the request contradicts itself,
    or if the style doesn't use one of its characters. The error never quotes a name that is not
    allowed.
    """
    try:
        return (yield from _names(model, request))
    except RequestError as error:
        raise hide_blocked(error, request.is_allowed) from None


def _names(model: CharacterModel, request: Request) -> StepGenerator[list[str]]:
    constraints = yield from build_constraints(model, request)
    start = yield from start_after(model, constraints.prefix)
    rng = np.random.default_rng(request.seed)
    sampler = RejectionSampler(model, constraints, request, rng)
    rows, drawn = sampler.first_rows, list[str]()
    while not (sampler.is_done or sampler.is_inefficient):
        drawn = yield from sampler.draw(start, rows)
        rows = max(rows // 2, sampler.next_rows)
    sampler.report()
    tries = sampler.tries
    found = sampler.names.choose()
    if sampler.is_inefficient:
        text = _rarest_text(constraints, drawn)
        is_inserted = bool(text) and text != constraints.suffix
        guided = GuidedSampler(model, constraints, text, is_inserted, request, rng)
        rare, tries = yield from guided.names(start)
        found = rare or found
        observer().count_names({"used": len(rare)})
    elif sampler.blocked and not found:
        raise all_blocked_error()
    if not found:
        raise (yield from _no_match_error(model, start, constraints, request, tries))
    return found


def build_constraints(model: CharacterModel, request: Request) -> StepGenerator[Constraints]:
    """Return the constraints of `request` in the spelling of the style.

    Raises `RequestError` if the style doesn't use a character, or no name could meet everything.
    """
    constraints = Constraints(
        prefix=(yield from match_prefix(model, request.prefix)),
        contains="",
        suffix="",
        min_length=request.min_length,
        max_length=request.max_length or model.max_length,
        new_only=request.new_only,
        are_in_corpus=model.are_in_corpus,
        is_allowed=request.is_allowed and cache(request.is_allowed),
        is_max_set=bool(request.max_length),
    )
    contains = yield from match_contains(model, constraints, request.contains)
    suffix = yield from match_suffix(model, constraints, request.suffix)
    excluded = frozenset(map(str.casefold, request.exclude))
    if contains or suffix or excluded:
        constraints = replace(constraints, contains=contains, suffix=suffix, excluded=excluded)
    check_lengths(constraints)
    return constraints


@dataclass
class RejectionSampler:
    """Draws names, and collects the distinct ones that fit and are allowed; counts its work."""

    model: CharacterModel
    constraints: Constraints
    request: Request
    rng: "np.random.Generator"
    names: DistinctNames = field(init=False)
    tries: int = 0
    characters: int = 0
    accepted: int = 0
    blocked: int = 0
    known: int = 0
    unfit: int = 0
    unfinished: int = 0

    def __post_init__(self) -> None:
        self.names = DistinctNames(self.request.count, self.constraints.excluded)

    @property
    def first_rows(self) -> int:
        """Names to draw first: so many that a second batch is seldom needed."""
        rows = self.request.count
        if self.constraints.prefix:  # names that begin alike are often near-duplicates
            rows += rows // 4 + 1
        if self.constraints.new_only:
            rows *= 2
        return max(rows, _PILOT_ROWS) if self.constraints.has_shape else rows

    @property
    def next_rows(self) -> int:
        """Names to draw next: twice as many as should give the missing ones."""
        distinct = len(self.names.distinct)
        missing = self.request.count - distinct
        return min(2 * missing * self.tries // max(1, distinct), _MAX_ROWS)

    def draw(self, start: tuple[Floats, Floats], rows: int) -> StepGenerator[list[str]]:
        """Draw `rows` names from `start`, the output after the prefix; return those that ended."""
        prefix = self.constraints.prefix
        max_length = self.constraints.max_length - len(prefix)
        texts = yield from draw_texts(
            self.model.vocabulary, *start, rows, max_length, self.request, self.rng
        )
        names = [prefix + text for text in texts]
        known = self.constraints.are_excluded(names)
        new = [name for name, is_out in zip(names, known, strict=True) if not is_out]
        fitting = list(filter(self.constraints.has_form, new))
        for name in fitting:
            self._add(name)
        self.tries += rows
        self.unfinished += rows - len(names)
        self.known += len(names) - len(new)
        self.unfit += len(new) - len(fitting)
        self.characters += sum(map(len, texts)) + (rows - len(texts)) * max_length
        return names

    def _add(self, name: str) -> None:
        """Add `name`, which fits, if it is allowed and more names are needed."""
        if self.names.is_full:
            return
        if self.constraints.allows(name):
            self.names.add(name)
            self.accepted += 1
        else:
            self.blocked += 1

    def report(self) -> None:
        """Report what became of the names that were drawn."""
        used = len(self.names.choose())
        rejected = self.known + self.unfit + self.unfinished + self.blocked
        observer().count_names(
            {
                "used": used,
                "duplicate": self.accepted - used,
                "blocked": self.blocked,
                "known": self.known,
                "unfit": self.unfit,
                "unfinished": self.unfinished,
                "surplus": self.tries - self.accepted - rejected,
            }
        )

    @property
    def is_done(self) -> bool:
        """Whether enough names are found, or a limit is reached."""
        count = self.request.count
        return (
            self.names.is_full
            or self.tries >= MAX_TRIES
            or self.characters >= MAX_CHARACTERS
            or self.accepted - len(self.names) >= _MAX_REPEATS
            or (self.accepted >= MAX_CANDIDATES * count and len(self.names) >= count)
            or (self.blocked >= _MAX_REPEATS and not len(self.names))
        )

    @property
    def is_inefficient(self) -> bool:
        """Whether names that fit are so rare that guided sampling should find them."""
        constraints = self.constraints
        can_be_rare = constraints.has_shape or constraints.new_only or constraints.excluded
        is_rare = self.accepted * _MAX_RARITY < self.tries
        return bool(can_be_rare) and is_rare and self.tries >= _PILOT_ROWS and not self.is_done


def _rarest_text(constraints: Constraints, drawn: Sequence[str]) -> str:
    """Return the text that guided sampling should set; fewer of the names `drawn` have it.

    The text is empty if only the length, the corpus or the excluded names make names rare.
    """
    contains, suffix = constraints.contains, constraints.suffix
    if not contains or has_text(constraints.prefix, contains):
        return suffix
    with_suffix = sum(has_suffix(name, suffix) for name in drawn)
    with_text = sum(has_text(name, contains) for name in drawn)
    return suffix if suffix and with_suffix <= with_text else contains


def _no_match_error(
    model: CharacterModel,
    start: tuple[Floats, Floats],
    constraints: Constraints,
    request: Request,
    tries: int,
) -> StepGenerator[RequestError]:
    """Return the error if none of `tries` names fits; it quotes the closest allowed names."""
    prefix = constraints.prefix
    max_length, rng = constraints.max_length - len(prefix), np.random.default_rng(0)
    texts = yield from draw_texts(model.vocabulary, *start, _CLOSE_ROWS, max_length, request, rng)
    drawn = [name for name in map(prefix.__add__, texts) if constraints.allows(name)]
    if not drawn:
        limit = constraints.max_length
        if not prefix:
            return RequestError(
                "No name ended within {} characters. Try a lower temperature.", limit
            )
        return RequestError(
            "No name that begins with {} ended within {} characters. "
            "Try a shorter prefix or a lower temperature.",
            prefix,
            limit,
        )
    return explain_no_match(constraints, drawn, tries)


def explain_no_match(constraints: Constraints, drawn: Sequence[str], tries: int) -> RequestError:
    """Return the error if none of `tries` names fits; it quotes the closest of those `drawn`."""
    any_name = replace(constraints, new_only=False, excluded=frozenset())
    fitting = [name for name, fits in zip(drawn, any_name.fit(drawn), strict=True) if fits]
    if fitting and constraints.new_only:
        return _all_known_error(any_name, fitting)
    return RequestError(
        "I found no name that {} in {} tries. The closest: {}. Try fewer conditions.",
        describe(constraints),
        tries,
        tuple(closest_names(constraints, drawn)),
    )


def _all_known_error(constraints: Constraints, names: Sequence[str]) -> RequestError:
    """Return the error if all names that fit, such as `names`, are in the corpus."""
    common = tuple(name for name, _ in Counter(names).most_common(_CLOSE_COUNT))
    if not (conditions := describe(constraints)):
        return RequestError(
            "Every name I found is in the list already: {}. Use new:no to get such names.", common
        )
    return RequestError(
        "Every name I found that {} is in the list already: {}. Use new:no to get such names.",
        conditions,
        common,
    )


def closest_names(
    constraints: Constraints, names: Sequence[str], count: int = _CLOSE_COUNT
) -> list[str]:
    """Return the `count` names that meet most of `constraints`; on a tie, the most frequent."""
    frequency = Counter(names)
    excluded = set(compress(frequency, constraints.are_excluded(list(frequency))))

    def closeness(name: str) -> tuple[int, int]:
        length = 0 if name in excluded else len(name)
        matched = longest_part(constraints.suffix, name.endswith)
        matched += longest_part(constraints.contains, name.__contains__)
        return matched + min(length, constraints.min_length or 1), frequency[name]

    return sorted(frequency, key=closeness, reverse=True)[:count]


def longest_part(text: str, matches: Callable[[str], bool]) -> int:
    """Return the length of the longest part of `text` that `matches`.

    If a part matches, so does the rest of it after any character.
    """
    longest = 0
    for end in range(1, len(text) + 1):
        while longest < end and matches(text[end - longest - 1 : end]):
            longest += 1
    return longest
