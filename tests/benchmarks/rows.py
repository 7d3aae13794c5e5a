"""A row of the table: one thing measured, against its target."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from statistics import median


class NotMeasured(Exception):  # noqa: N818, nothing is wrong
    """A row wants something that is not here; the message says what."""


@dataclass(frozen=True)
class Row:
    """`figure` measures it, in `unit`; `target` reads "≤ 2" or "≥ 100", or is empty."""

    name: str
    told: str
    target: str
    unit: str
    figure: Callable[[], float]

    def met(self, figure: float) -> bool | None:
        """Whether `figure` meets the target; None without one."""
        if not self.target:
            return None
        sign, number = self.target.split()
        return figure <= float(number) if sign == "≤" else figure >= float(number)


def seconds(work: Callable[[], object], repeats: int = 3) -> float:
    """Return the least time of a few that this thread spent on `work`.

    The thread's own time, not the clock's: what else the machine does is not to be measured.
    """
    least = float("inf")
    for _ in range(repeats):
        began = time.thread_time()
        work()
        least = min(least, time.thread_time() - began)
    return least


def ratio(one: Callable[[], object], other: Callable[[], object], repeats: int = 15) -> float:
    """Return how many times as long `one` takes as `other`: the median of takes by turns."""
    return median(seconds(one) / seconds(other) for _ in range(repeats))
