"""Benchmark: one measurement with its target, and how to time code."""

import sys
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from statistics import median

from rich.console import Console

from model import ModelError


class NotMeasuredError(Exception):
    """A benchmark needs something that is missing; the message says what."""


@dataclass(frozen=True)
class Benchmark:
    """A row of the table: `measure` returns a number of `unit`.

    `target` is "≤ 2" or "≥ 100", or empty. One that `is_alone` takes long: it is only measured if
    it is asked for by its name.
    """

    name: str
    description: str
    target: str
    unit: str
    measure: Callable[[], float]
    is_alone: bool = False

    def is_met(self, result: float) -> bool | None:
        """Whether `result` meets the target; None without a target."""
        if not self.target:
            return None
        sign, number = self.target.split()
        return result <= float(number) if sign == "≤" else result >= float(number)


def print_rows(rows: Iterable[object]) -> int:
    """Print each row as soon as it is measured. Return 0, or 2 after the line of a `ModelError`."""
    console = Console(soft_wrap=True, highlight=False, markup=False)
    try:
        for row in rows:
            console.print(row)
    except ModelError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    return 0


def min_seconds(work: Callable[[], object], repeats: int = 3) -> float:
    """Return the shortest CPU time of this thread for `work`, so that other load doesn't count."""
    shortest = float("inf")
    for _ in range(repeats):
        started = time.thread_time()
        work()
        shortest = min(shortest, time.thread_time() - started)
    return shortest


def time_ratio(a: Callable[[], object], b: Callable[[], object], repeats: int = 15) -> float:
    """Return how many times as long `a` takes as `b`: the median of alternating runs."""
    return median(min_seconds(a) / min_seconds(b) for _ in range(repeats))
