"""Plans: what each element of a pattern draws, so that the whole names meet a request.

A plan is fixed texts and draws. A prefix gives a plan for each way to split it; a suffix is passed
to the elements at the end; rare conditions are passed to one part or shared out among the parts.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from .folding import fold
from .generator import NameGenerator
from .pattern_splits import MAX_TEXT, Element, Splits, is_same, split_text
from .request import Request

MAX_PLANS = 8
"""Ways to split a prefix that names are drawn from, the most likely ones."""


@dataclass(frozen=True)
class Draw:
    """What one part draws: names of one of `generators` that meet these conditions."""

    generators: tuple[NameGenerator, ...]
    prefix: str = ""
    suffix: str = ""
    contains: str = ""
    min_length: int = 0
    max_length: int | None = None
    new_only: bool = False

    @property
    def longest(self) -> int:
        """The length of the longest names."""
        longest = max(generator.max_length for generator in self.generators)
        return min(longest, self.max_length or longest)

    def request(self, generator: NameGenerator, request: Request, count: int, seed: int) -> Request:
        """Return the request to one of the generators, for a whole `request`."""
        max_length = self.max_length
        if max_length is not None and max_length >= generator.max_length:
            max_length = None
        return Request(
            prefix=self.prefix,
            suffix=self.suffix,
            contains=self.contains,
            min_length=min(self.min_length, self.max_length or generator.max_length),
            max_length=max_length,
            new_only=self.new_only,
            count=count,
            temperature=request.temperature,
            top_p=request.top_p,
            seed=seed,
        )


Plan = tuple[str | Draw, ...]
"""Fixed texts and draws, in the order of the name."""


def fixed_text(plan: Plan) -> str:
    """Return the fixed texts of `plan`, joined."""
    return "".join(step for step in plan if isinstance(step, str))


def draws(plan: Plan) -> list[Draw]:
    """Return the draws of `plan`."""
    return [step for step in plan if isinstance(step, Draw)]


def start_plans(elements: Sequence[Element], splits: Splits | None) -> list[tuple[float, Plan]]:
    """Return a plan for each way to begin with a prefix, with its share, most likely first.

    `splits` are those of the prefix; None if there is none.
    """
    if splits is None:
        return [(1.0, _plan(elements))]
    starts = sorted(splits.starts, key=lambda start: -start.probability)[:MAX_PLANS]
    total = sum(start.probability for start in starts)
    plans = []
    for start in starts:
        fixed = "".join(piece.text for piece in start.pieces)
        element = elements[start.index]
        if isinstance(element, str) or start.generator is None:
            begun: str | Draw = str(element)
        else:
            begun = Draw((start.generator,), prefix=start.prefix)
        rest = _plan(elements[start.index + 1 :])
        plans.append((start.probability / total, _joined((fixed, begun, *rest))))
    return plans


def _plan(elements: Sequence[Element]) -> Plan:
    return tuple(each if isinstance(each, str) else Draw(each) for each in elements)


def _joined(steps: Sequence[str | Draw]) -> Plan:
    """Return `steps` with adjacent fixed texts joined."""
    plan: list[str | Draw] = []
    for step in steps:
        if isinstance(step, str) and plan and isinstance(plan[-1], str):
            plan[-1] += step
        elif step != "":
            plan.append(step)
    return tuple(plan)


async def suffix_plans(plan: Plan, suffix: str) -> list[Plan]:
    """Return the plans whose names end with `suffix`, the best one first; none if there are none.

    The last draw gets as much of the suffix as isn't fixed text. If the fixed text before that draw
    is in the suffix, too, the best plan has the rest of it as the whole name of the draw.
    """
    if not suffix:
        return [plan]
    if not plan:
        return []
    *before, last = plan
    if isinstance(last, str):
        if len(suffix) <= len(last):
            return [plan] if is_same(last[-len(suffix) :], suffix) else []
        if not is_same(suffix[-len(last) :], last):
            return []
        rest = await suffix_plans(tuple(before), suffix[: -len(last)])
        return [_joined((*each, last)) for each in rest]
    split = await _split_suffix(tuple(before), last, suffix)
    return [*split, (*before, replace(last, suffix=suffix))]


async def _split_suffix(before: Plan, last: Draw, suffix: str) -> list[Plan]:
    """Return the plans in which the end of `suffix` is the whole name of the draw `last`."""
    literal = before[-1] if before else None
    if not isinstance(literal, str) or last.prefix or len(suffix) > MAX_TEXT:
        return []
    at = fold(suffix).rfind(fold(literal)) if len(fold(suffix)) == len(suffix) else -1
    end = suffix[at + len(literal) :]
    if at < 0 or not end:
        return []
    whole = (await split_text((last.generators,), end)).whole
    if whole is None:
        return []
    plans = await suffix_plans(before, suffix[: at + len(literal)])
    return [_joined((*plan, whole.text)) for plan in plans]


def capped(plan: Plan, max_length: int) -> Plan:
    """Return `plan` with draws that can't exceed `max_length` by themselves."""
    room = max_length - len(fixed_text(plan)) - len(draws(plan)) + 1
    return tuple(
        replace(step, max_length=max(1, room))
        if isinstance(step, Draw) and step.longest > room
        else step
        for step in plan
    )


def guided_plans(plan: Plan, request: Request, mean_lengths: Mapping[Draw, float]) -> list[Plan]:
    """Return variants of `plan` whose names meet rare conditions more often.

    Each passes the contained text, and that the name is new, to another draw. The lengths are
    shared out among the draws by their `mean_lengths`, in characters.
    """
    contains = "" if fold(request.contains) in fold(fixed_text(plan)) else request.contains
    plan = _with_shared_lengths(plan, request, mean_lengths)
    if not (contains or request.new_only):
        return [plan]
    spanning = _spanning_plans(plan, contains) if contains else []
    return spanning + [
        (
            *plan[:index],
            replace(step, contains=contains, new_only=request.new_only),
            *plan[index + 1 :],
        )
        for index, step in enumerate(plan)
        if isinstance(step, Draw)
    ]


def _spanning_plans(plan: Plan, contains: str) -> list[Plan]:
    """Return the variants of `plan` in which the contained text spans two draws.

    That is, it has the fixed text between them: one draw ends with what is before it, the next one
    begins with the rest.
    """
    plans = []
    for index in range(1, len(plan) - 1):
        before, literal, after = plan[index - 1 : index + 2]
        if not (isinstance(before, Draw) and isinstance(literal, str) and isinstance(after, Draw)):
            continue
        left, found, right = contains.partition(literal)
        if found and left and right and not (before.suffix or after.prefix):
            spanning = (replace(before, suffix=left), literal, replace(after, prefix=right))
            plans.append((*plan[: index - 1], *spanning, *plan[index + 2 :]))
    return plans


def _with_shared_lengths(plan: Plan, request: Request, mean_lengths: Mapping[Draw, float]) -> Plan:
    means = [mean_lengths.get(draw, draw.longest / 2) for draw in draws(plan)]
    fixed, total = len(fixed_text(plan)), sum(means) or 1
    least, most = request.min_length - fixed, (request.max_length or math.inf) - fixed

    def shared(draw: Draw) -> Draw:
        share = mean_lengths.get(draw, draw.longest / 2) / total
        if least > total:
            draw = replace(draw, min_length=min(draw.longest, math.ceil(least * share)))
        if most < total:
            draw = replace(draw, max_length=max(1, min(draw.longest, int(most * share))))
        return draw

    return tuple(shared(step) if isinstance(step, Draw) else step for step in plan)
