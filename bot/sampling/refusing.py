"""What a person is told when no name meets the order: what was asked, and what comes near it."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from .artifact import Artifact, Floats
from .endings import texts
from .order import Order
from .request import ALL_BLOCKED, Request, RequestError
from .steps import StepGenerator

_NEAR = 1_000
"""Names drawn to find some that come near."""


@dataclass(frozen=True)
class Wish:
    """What was asked for as the rest of a sentence on a name, with `{}` for each of `quoted`."""

    sentence: str
    quoted: tuple[str, ...]


def wish(order: Order, request: Request) -> Wish:
    """Return what `request` asked for, in the spelling of `order`."""
    worded = (
        ("begins with {}", order.beginning),
        ("has {} in it", order.part),
        ("ends in {}", order.ending),
    )
    clauses = [clause for clause, text in worded if text]
    if request.min_length:
        clauses.append(f"has at least {order.least} characters")
    if request.max_length:
        clauses.append(f"has at most {order.most} characters")
    if request.new_only:
        clauses.append("is new")
    *most, last = clauses or ["comes to an end"]
    sentence = f"{', '.join(most)} and {last}" if most else last
    return Wish(sentence, tuple(text for _, text in worded if text))


def refusal(
    artifact: Artifact, start: tuple[Floats, Floats], order: Order, request: Request, tries: int
) -> StepGenerator[RequestError]:
    """Return the answer to an order that none of `tries` names met, which all begin at `start`."""
    room, rng = order.most - len(order.beginning), np.random.default_rng(0)
    drawn = yield from texts(artifact.vocabulary, *start, _NEAR, room, request, rng)
    names = [name for name in map(order.beginning.__add__, drawn) if order.allowed(name)]
    if not names:
        return RequestError(
            f"No name beginning with {{}} came to an end within {order.most} characters. "
            "Try a shorter beginning or a lower temperature.",
            order.beginning,
        )
    asked, near = wish(order, request), nearest(order, names)
    return RequestError(
        f"No name {asked.sentence} in {tries:,} tries; the likeliest that come near: "
        f"{', '.join('{}' for _ in near)}. Ask for less.",
        *asked.quoted,
        *near,
    )


def discreet(refused: RequestError, is_allowed: Callable[[str], bool] | None) -> RequestError:
    """Return `refused` unless it quotes a name that is not allowed."""
    if is_allowed is None or all(map(is_allowed, refused.values)):
        return refused
    return RequestError(ALL_BLOCKED)


def nearest(order: Order, names: Sequence[str], count: int = 3) -> list[str]:
    """Return those of `names` that meet most of `order`, of equals the commonest first."""
    often = Counter(names)

    def closeness(name: str) -> tuple[int, int]:
        new = len(name) if not (order.new_only and order.knows(name)) else 0
        met = _longest(order.ending, name.endswith) + _longest(order.part, name.__contains__)
        return met + min(new, order.least or 1), often[name]

    return sorted(often, key=closeness, reverse=True)[:count]


def _longest(text: str, has: Callable[[str], bool]) -> int:
    """Return the length of the longest piece of `text` that a name `has`."""
    lengths = range(len(text), 0, -1)
    pieces = ((n, text[i : i + n]) for n in lengths for i in range(len(text) - n, -1, -1))
    return next((n for n, piece in pieces if has(piece)), 0)
