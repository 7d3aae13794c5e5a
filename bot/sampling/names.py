"""Names as they were asked for: drawn in growing batches, kept if they meet the order.

The prefix goes through the network once; its state is then repeated for every row. Where an ending
or a part is too rare to be waited for, the guide sets it.
"""

from dataclasses import dataclass, field

import numpy as np

from .artifact import Artifact, Floats
from .beginnings import begin
from .endings import texts
from .guide import MAX_CHARACTERS, MAX_TRIES, Guide
from .order import Order, ends, holds
from .ordering import ordered
from .refusing import discreet, refusal
from .request import ALL_BLOCKED, Request, RequestError
from .steps import StepGenerator

_MAX_REPEATS = 1_000
"""Names found again after which a request is answered with what has been found; and names that
are not allowed after which it is refused, if none else was found."""

_BATCH = 256
_TRIAL = 64
"""Names drawn to see how often the texts asked for come by themselves."""

_OFTEN = 20
"""One name in so many meets them: to wait for more of those is exact, and cheap enough."""


def names(artifact: Artifact, request: Request) -> StepGenerator[list[str]]:
    """Return distinct names that meet all of `request`, in the spelling of the style.

    They follow the model's own distribution under that condition. They may be fewer than asked for
    where the style has no more of them; raises `RequestError` where none comes in `MAX_TRIES`
    draws, where the request contradicts itself, or where the style lacks a character of it. What
    the request does not allow is in no refusal either.
    """
    try:
        return (yield from _names(artifact, request))
    except RequestError as refused:
        raise discreet(refused, request.is_allowed) from None


def _names(artifact: Artifact, request: Request) -> StepGenerator[list[str]]:
    order = yield from ordered(artifact, request)
    start = yield from begin(artifact, order.beginning)
    sieve = Sieve(artifact, order, request, np.random.default_rng(request.seed))
    text = yield from _rare(sieve, start)
    if text is None:
        rows = request.count
        while not sieve.done:
            yield from sieve.draw(start, rows)
            rows = min(2 * rows, _BATCH)
        found, tries = list(sieve.found), sieve.tries
        if sieve.barred and not found:
            raise RequestError(ALL_BLOCKED)
    else:
        within = bool(text) and text != order.ending
        guide = Guide(artifact, order, text, within, request, sieve.rng)
        found, tries = yield from guide.names(start)
    if not found:
        raise (yield from refusal(artifact, start, order, request, tries))
    return found


@dataclass
class Sieve:
    """Lets through the distinct names that meet an order and are allowed; counts what it took."""

    artifact: Artifact
    order: Order
    request: Request
    rng: np.random.Generator
    found: dict[str, None] = field(default_factory=dict)
    tries: int = 0
    characters: int = 0
    met: int = 0
    barred: int = 0

    def draw(self, start: tuple[Floats, Floats], rows: int) -> StepGenerator[list[str]]:
        """Draw `rows` names on from `start`; return all that came to an end."""
        beginning = self.order.beginning
        room = self.order.most - len(beginning)
        vocabulary = self.artifact.vocabulary
        drawn = yield from texts(vocabulary, *start, rows, room, self.request, self.rng)
        names = [beginning + text for text in drawn]
        for name in filter(self.order.met, names):
            self._take(name)
        self.tries += rows
        self.characters += sum(map(len, drawn)) + (rows - len(drawn)) * room
        return names

    def _take(self, name: str) -> None:
        """Keep `name`, which meets the order, if it is allowed; more than enough are not asked."""
        if len(self.found) >= self.request.count:
            return
        if self.order.allowed(name):
            self.found[name] = None
            self.met += 1
        else:
            self.barred += 1

    @property
    def done(self) -> bool:
        """Whether enough is found, or it is not worth going on."""
        return (
            len(self.found) >= self.request.count
            or self.tries >= MAX_TRIES
            or self.characters >= MAX_CHARACTERS
            or self.met - len(self.found) >= _MAX_REPEATS
            or (self.barred >= _MAX_REPEATS and not self.found)
        )


def _rare(sieve: Sieve, start: tuple[Floats, Floats]) -> StepGenerator[str | None]:
    """Return the text to be set if names meet the order too rarely, None if often enough."""
    order = sieve.order
    if not (order.ending or order.part or order.least or order.new_only):
        return None
    drawn = yield from sieve.draw(start, _TRIAL)
    if sieve.done or sieve.met * _OFTEN >= _TRIAL:
        return None
    if not order.part or holds(order.beginning, order.part):
        return order.ending
    ending, part = (
        sum(ends(n, order.ending) for n in drawn),
        sum(holds(n, order.part) for n in drawn),
    )
    return order.ending if order.ending and ending <= part else order.part
