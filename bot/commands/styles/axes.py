"""The two axes of a chart: where a value stands, and the lines and numbers that tell it."""

from collections.abc import Iterator
from dataclasses import dataclass
from math import ceil, floor, log10

from PIL.ImageDraw import ImageDraw

from ..canvas import QUIET
from ..glyphs import draw_words

_LINE = (52, 56, 66)
_TICKS = 5
_DOWN = 5
"""Pixels from the middle of a line of text down to that of its digits."""


@dataclass(frozen=True)
class Axes:
    """A plot's box in pixels (`left`, `top`, `right`, `bottom`) and what its edges stand for."""

    box: tuple[int, int, int, int]
    across: tuple[float, float]
    up: tuple[float, float]

    def x(self, value: float) -> float:
        """Return how far from the left edge of the picture `value` stands, in pixels."""
        left, _, right, _ = self.box
        return left + (right - left) * _share(value, *self.across)

    def y(self, value: float) -> float:
        """Return how far from the upper edge of the picture `value` stands, in pixels."""
        _, top, _, bottom = self.box
        return bottom - (bottom - top) * _share(value, *self.up)

    def draw(self, pen: ImageDraw, *, whole_up: bool) -> None:
        """Draw a line at each round value upwards, and the numbers of both axes."""
        left, _, right, bottom = self.box
        for value in ticks(*self.up, whole=whole_up):
            y = round(self.y(value))
            pen.line((left, y, right, y), _LINE, 2)
            words = number(value, self.up[1])
            draw_words(pen, (left - 12, y + _DOWN), words, QUIET, anchor="rm")
        for value in ticks(*self.across, whole=True):
            words = number(value, self.across[1])
            draw_words(pen, (self.x(value), bottom + 14), words, QUIET, anchor="mt")


def ticks(low: float, high: float, *, whole: bool = False) -> Iterator[float]:
    """Yield about five round values from `low` to `high`, in steps of 1, 2 or 5 times a ten."""
    if not high > low:
        yield low
        return
    rough = (high - low) / _TICKS
    ten = 10.0 ** floor(log10(rough))
    step = next(ten * part for part in (1, 2, 5, 10) if ten * part >= rough * (1 - 1e-9))
    step = max(step, 1.0) if whole else step
    for i in range(ceil(low / step - 1e-9), floor(high / step + 1e-9) + 1):
        yield round(i * step, 12)


def number(value: float, most: float = 0) -> str:
    """Return `value` in a few characters, 0.25, 1,200, 15k, 2M, and in the unit of `most`: 5k."""
    large = max(value, most)
    for unit, size in (("G", 1e9), ("M", 1e6), ("k", 1e3)):
        if value and (large >= 10 * size or (large >= size and size > 1e3)):
            return f"{value / size:.4g}{unit}"
    return f"{value:,.0f}" if value >= 1000 else f"{value:.4g}"


def _share(value: float, low: float, high: float) -> float:
    return (value - low) / (high - low) if high > low else 0.5
