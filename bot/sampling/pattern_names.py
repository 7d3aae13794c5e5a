"""Pattern names: draw each part of a pattern in batches, combine them, and choose those that fit.

Each part has a pool of different names, so an answer has different parts where it can. First, each
name of a pool is used once; if too few of the whole names fit, the names of the pools are combined
in other ways, which costs no step of a network. The next round draws larger pools, and passes rare
conditions to the parts.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from itertools import chain, islice
from typing import TypeVar

import numpy as np

from .folding import clean, fold
from .names import explain_no_match
from .near_duplicates import DistinctNames
from .pattern_plans import Draw, Plan, capped, draws, fixed_text, guided_plans, suffix_plans
from .request import Constraints, Request, RequestError, all_blocked_error, check_lengths

T = TypeVar("T")

_ROUNDS = 4
_GROWTH = 4
_MAX_ROWS = 256
"""Names of a pool that one round draws at most."""

_MAX_COMBINATIONS = 4_000
"""Whole names that one round tries."""

_SLICE = 100
"""Whole names after which the event loop runs again."""

_MAX_GUIDED = 2
"""Plans that have variants with the rare conditions passed to a part."""

_MAX_CLOSE = 1_000
"""Names among which an error message finds the closest ones."""

_Key = tuple[int, Draw]
"""A pool: what is drawn, and its place in the plan. Equal parts have pools of their own."""


async def gather_answers(work: Sequence[Awaitable[T]]) -> list[T | None]:
    """Return the results of `work`, None for those that raised `RequestError`.

    Raises the first error if there is no result, and any other error at once.
    """
    answers = await asyncio.gather(*work, return_exceptions=True)
    errors = [each for each in answers if isinstance(each, BaseException)]
    others = (each for each in errors if not isinstance(each, RequestError))
    error = next(others, errors[0] if len(errors) == len(answers) else None)
    try:
        if isinstance(error, RequestError):  # a fresh one: its traceback would be a cycle
            raise error.copy()
        if error:
            raise error
        return [None if isinstance(each, BaseException) else each for each in answers]
    finally:
        del answers, errors, others, error


async def draw_names(
    plans: Sequence[tuple[float, Plan]],
    request: Request,
    style_max_length: int,
    in_corpus: Callable[[str], bool],
) -> list[str]:
    """Return distinct names that meet `request`, whose prefix is in all `plans` already.

    `plans` have their shares. There can be fewer names than requested. Raises `RequestError` if
    there are none.
    """
    constraints = _constraints(request, style_max_length, in_corpus)
    check_lengths(constraints)
    suffix = constraints.suffix
    choices = [(share, await suffix_plans(plan, suffix)) for share, plan in plans]
    usable = [(share, found) for share, found in choices if found]
    if not usable:
        raise _no_ending_error(plans[0][1], suffix)
    if request.max_length is not None:
        shortest = min(_shortest(plan) for _, found in usable for plan in found)
        if shortest > request.max_length:
            raise RequestError(
                "Names like this have at least {} characters, but you allow at most {}. "
                "Allow longer ones.",
                shortest,
                request.max_length,
            )
        limit = request.max_length
        usable = [(share, [capped(each, limit) for each in found]) for share, found in usable]
    return await _Sampler(request, constraints, usable).names()


@dataclass
class _Sampler:
    """Draws pools in rounds; `plans` have shares, and alternatives for when the first one fails."""

    request: Request
    constraints: Constraints
    plans: list[tuple[float, list[Plan]]]
    pools: dict[_Key, dict[str, None]] = field(default_factory=dict)
    errors: dict[_Key, RequestError] = field(default_factory=dict)
    exhausted: set[_Key] = field(default_factory=set)
    tried: dict[str, None] = field(default_factory=dict)
    blocked: int = 0

    def __post_init__(self) -> None:
        self.rng = np.random.default_rng(self.request.seed)
        self.found = DistinctNames(self.request.count, self.constraints.excluded)

    async def names(self) -> list[str]:
        """Return the names; raises `RequestError` if there are none."""
        rows = self.request.count
        if self.constraints.has_shape:
            rows *= 2
        elif self.constraints.new_only:  # few names have only known parts
            rows += rows // 4 + 1
        drawn = await self._draw_plans(rows)
        await self._combine(drawn)
        variants = [] if self.found.is_full else self._guided_variants(drawn)
        for _ in range(_ROUNDS - 1):
            if self.found.is_full:
                break
            rows = min(rows * _GROWTH, _MAX_ROWS)
            await self._combine(await self._draw_plans(rows, variants))
        if len(self.found):
            return self.found.choose()
        if self.blocked:
            raise all_blocked_error()
        close = filter(self.constraints.allows, islice(self.tried, _MAX_CLOSE))
        raise explain_no_match(self.constraints, list(close), len(self.tried))

    def _guided_variants(self, drawn: Sequence[tuple[Plan, int]]) -> list[Plan]:
        means = {
            draw: sum(map(len, pool)) / len(pool) for (_, draw), pool in self.pools.items() if pool
        }
        likeliest = sorted(drawn, key=lambda pair: -pair[1])[:_MAX_GUIDED]
        variants = [guided_plans(plan, self.request, means) for plan, _ in likeliest]
        return [variant for each in variants for variant in each]

    async def _draw_plans(self, rows: int, variants: Sequence[Plan] = ()) -> list[tuple[Plan, int]]:
        """Add about `rows` names to the pools; return the plans that have names, with their rows.

        Raises the first `RequestError` if no plan has names.
        """
        shares = np.array([share for share, _ in self.plans])
        counts = self.rng.multinomial(rows, shares / shares.sum()).tolist()
        wanted = [(found, n) for (_, found), n in zip(self.plans, counts, strict=True) if n]
        wanted += [([variant], self.request.count) for variant in variants]
        filled: set[_Key] = set()
        while True:
            drawn = [(plan, n) for found, n in wanted if (plan := self._first_usable(found))]
            missing: dict[_Key, int] = {}
            for plan, n in drawn:
                for key in _keys(plan):
                    missing[key] = max(n, missing.get(key, 0))
            missing = {key: n for key, n in missing.items() if key not in filled}
            if not missing:
                break
            await self._fill(missing)
            filled.update(missing)
        if not drawn:
            error = next(iter(self.errors.values()))
            raise error.copy()
        return drawn

    def _first_usable(self, plans: Sequence[Plan]) -> Plan | None:
        return next((plan for plan in plans if self.errors.keys().isdisjoint(_keys(plan))), None)

    async def _fill(self, rows: Mapping[_Key, int]) -> None:
        """Add names to the pools, so many for each; remember the errors of those that stay empty.

        The pools are in the same order each time, however the draws overlap.
        """
        open_pools = {key: n for key, n in rows.items() if key not in self.exhausted}
        seeds = self.rng.integers(2**53, size=len(open_pools)).tolist()
        work = [
            _draw_pool(draw, n, self.request, seed)
            for ((_, draw), n), seed in zip(open_pools.items(), seeds, strict=True)
        ]
        answers = await asyncio.gather(*work)
        for (key, n), (names, error) in zip(open_pools.items(), answers, strict=True):
            pool = self.pools.setdefault(key, {})
            pool.update(dict.fromkeys(names))
            if len(names) < n:
                self.exhausted.add(key)
            if error and not pool:
                self.errors[key] = error

    async def _combine(self, drawn: Sequence[tuple[Plan, int]]) -> None:
        """Add the whole names that fit, until there are enough."""
        pools = [[list(self.pools[key]) for key in _keys(plan)] for plan, _ in drawn]
        plans = [(plan, each) for (plan, _), each in zip(drawn, pools, strict=True)]
        first = [
            name
            for (plan, each), (_, rows) in zip(plans, drawn, strict=True)
            for name in islice(_combinations(plan, each), rows)
        ]
        order = self.rng.permutation(len(first)).tolist()
        others = _in_turns([_combinations(plan, each) for plan, each in plans])
        names = islice(chain((first[i] for i in order), others), _MAX_COMBINATIONS)
        while not self.found.is_full and (batch := list(islice(names, _SLICE))):
            new = [name for name in dict.fromkeys(batch) if name not in self.tried]
            self.tried.update(dict.fromkeys(new))
            for name in self._fitting(new):
                if self.found.is_full:
                    break
                if self.constraints.allows(name):
                    self.found.add(name)
                else:
                    self.blocked += 1
            await asyncio.sleep(0)

    def _fitting(self, names: Sequence[str]) -> list[str]:
        """Return the `names` that meet the request, allowed or not."""
        constraints = self.constraints
        suffix, contains = fold(constraints.suffix), fold(constraints.contains)
        shaped = [
            name
            for name in names
            if constraints.min_length <= len(name) <= constraints.max_length
            and (not suffix or fold(name).endswith(suffix))
            and (not contains or contains in fold(name))
        ]
        excluded = constraints.are_excluded(shaped)
        return [name for name, is_out in zip(shaped, excluded, strict=True) if not is_out]


async def _draw_pool(
    draw: Draw, rows: int, request: Request, seed: int
) -> tuple[list[str], RequestError | None]:
    """Return `rows` names, or fewer; or the error if none of the generators has any."""
    rng = np.random.default_rng(seed)
    generators = draw.generators
    counts = rng.multinomial(rows, [1 / len(generators)] * len(generators)).tolist()
    seeds = rng.integers(2**53, size=len(generators)).tolist()
    asked = [each for each in zip(generators, counts, seeds, strict=True) if each[1]]
    work = [each.names(draw.request(each, request, n, seed)) for each, n, seed in asked]
    try:
        answers = await gather_answers(work)
    except RequestError as error:
        return [], error.copy()
    names = [name for answer in answers for name in answer or ()]
    if len(asked) > 1:
        names = [names[i] for i in rng.permutation(len(names)).tolist()]
    return names, None


def _constraints(
    request: Request, style_max_length: int, in_corpus: Callable[[str], bool]
) -> Constraints:
    return Constraints(
        prefix=request.prefix,
        contains=clean(request.contains),
        suffix=clean(request.suffix).rstrip(),
        min_length=request.min_length,
        max_length=request.max_length or style_max_length,
        new_only=request.new_only,
        are_in_corpus=lambda names: list(map(in_corpus, names)),
        is_allowed=request.is_allowed and cache(request.is_allowed),
        excluded=frozenset(map(str.casefold, request.exclude)),
        is_max_set=request.max_length is not None,
    )


def _keys(plan: Plan) -> list[_Key]:
    return [(index, step) for index, step in enumerate(plan) if isinstance(step, Draw)]


def _shortest(plan: Plan) -> int:
    return len(fixed_text(plan)) + sum(max(1, len(draw.prefix)) for draw in draws(plan))


def _combinations(plan: Plan, pools: Sequence[Sequence[str]]) -> Iterator[str]:
    """Yield whole names of `plan`: first each name of its pools once, then in other ways."""
    sizes = list(map(len, pools))
    if not sizes:
        yield fixed_text(plan)
        return
    for shift in range(max(sizes[1:], default=1)):
        for row in range(max(sizes)):
            chosen = (pool[(row + shift * i) % len(pool)] for i, pool in enumerate(pools))
            yield "".join(step if isinstance(step, str) else next(chosen) for step in plan)


def _in_turns(iterators: list[Iterator[str]]) -> Iterator[str]:
    """Yield a name of each iterator in turn, until all have ended."""
    ended = object()
    while iterators:
        names = [next(iterator, ended) for iterator in iterators]
        iterators = [each for each, name in zip(iterators, names, strict=True) if name is not ended]
        yield from (name for name in names if isinstance(name, str))


def _no_ending_error(plan: Plan, suffix: str) -> RequestError:
    last = plan[-1] if plan else ""
    if isinstance(last, str) and last:
        return RequestError("Names in this style end with {}, not with {}.", last.strip(), suffix)
    return RequestError("No name in this style ends with {}. Try a shorter ending.", suffix)
