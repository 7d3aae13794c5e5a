"""From a request to an order: spelled as the style spells, and free of contradictions."""

from dataclasses import replace
from functools import cache

import numpy as np

from .artifact import Artifact
from .beginnings import begin
from .guide import Guide
from .order import Order, completions, holds
from .pool import Pool
from .refusing import wish
from .request import Request, RequestError
from .spelling import TOLERANCE, form, forms
from .steps import StepGenerator

_GLANCE = 32
"""Names drawn to see in which letter case a style writes a text within names."""


def ordered(artifact: Artifact, request: Request) -> StepGenerator[Order]:
    """Return the order that `request` makes in this style.

    Raises `RequestError` where the style lacks a character, or no name could meet all of it.
    """
    beginning = yield from form(artifact, request.prefix)
    order = Order(
        beginning=beginning,
        part="",
        ending="",
        least=request.min_length,
        most=request.max_length or artifact.max_length,
        new_only=request.new_only,
        knows=artifact.in_corpus,
        is_allowed=request.is_allowed and cache(request.is_allowed),
    )
    part = yield from _within(artifact, order, request.contains, by_ending=False)
    ending = yield from _within(artifact, order, request.suffix.rstrip(), by_ending=True)
    order = replace(order, part=part, ending=ending)
    allowed = "you allowed at most" if request.max_length else "names of this style have at most"
    _check(order, f"{allowed} {order.most}")
    return order


def _within(artifact: Artifact, order: Order, text: str, *, by_ending: bool) -> StepGenerator[str]:
    """Return `text` as the style spells it within its names.

    As typed, if in small letters; else in the first form, as typed, in small letters or another
    case, that its names do not have far less often than another.
    """
    spellings = forms(artifact, text)
    if len(spellings) == 1 or text == text.lower():
        return spellings[0]
    small = forms(artifact, text.lower())[0]
    shares: dict[str, float] = {}
    for spelt in dict.fromkeys((spellings[0], small, *spellings)):
        wanted = replace(order, beginning="", least=0, new_only=False, part=spelt, ending="")
        if by_ending:
            wanted = replace(wanted, part="", ending=spelt)
        shares[spelt] = yield from _share(artifact, wanted, by_ending=by_ending)
    least = max(shares.values()) * np.exp(-TOLERANCE)
    return next(spelt for spelt, share in shares.items() if share >= least)


def _share(artifact: Artifact, order: Order, *, by_ending: bool) -> StepGenerator[float]:
    """Return about what share of the style's names meets `order`; the same at every call."""
    request, rng = Request(), np.random.default_rng(0)
    start = yield from begin(artifact, "")
    pool = Pool(1, rng)
    text = order.ending if by_ending else order.part
    yield from Guide(artifact, order, text, not by_ending, request, rng).fill(pool, start, _GLANCE)
    return pool.total / _GLANCE


def _check(order: Order, allowed: str) -> None:
    """Raise `RequestError` where the lengths and the texts of `order` cannot agree."""
    if order.least > order.most:
        raise RequestError(
            f"Names of at least {order.least} characters were asked for, but {allowed}. "
            "Ask for shorter ones."
        )
    if len(order.beginning) > order.most:
        raise RequestError(
            f"{{}} has {len(order.beginning)} characters, but {allowed}. "
            "Ask for a shorter beginning.",
            order.beginning,
        )
    pairs = (
        (replace(order, ending=""), order.beginning, order.part),
        (replace(order, part=""), order.beginning, order.ending),
        (replace(order, beginning=""), order.part, order.ending),
    )
    for pair, head, tail in pairs:
        shortest = len(head) + len(completions(head, tail)[0])
        within = pair.part and holds(pair.beginning or pair.ending, pair.part)
        if shortest > order.most and not within:
            asked = wish(pair, Request())
            raise RequestError(
                f"A name that {asked.sentence} has at least {shortest} characters, "
                f"but {allowed}. Ask for less.",
                *asked.quoted,
            )
