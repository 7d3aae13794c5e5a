"""The two axes of a chart: where a value stands, and the lines and numbers that tell it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from math import ceil, floor, log10

from PIL import Image, ImageDraw

from .canvas import FOREGROUND, MARGIN, MUTED, Colour, encode_png, new_canvas
from .glyphs import draw_text

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

    def draw(self, pen: ImageDraw.ImageDraw, *, whole_up: bool) -> None:
        """Draw a line at each round value upwards, and the numbers of both axes."""
        left, _, right, bottom = self.box
        for value in ticks(*self.up, whole=whole_up):
            y = round(self.y(value))
            pen.line((left, y, right, y), _LINE, 2)
            words = number(value, self.up[1])
            draw_text(pen, (left - 12, y + _DOWN), words, MUTED, anchor="rm")
        for value in ticks(*self.across, whole=True):
            words = number(value, self.across[1])
            draw_text(pen, (self.x(value), bottom + 14), words, MUTED, anchor="mt")


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


WIDTH = 1008
_HEIGHT, _TITLE, _LEFT, _BELOW = 460, 56, 74, 40
"""Pixels: a chart's height, the line of its title, the numbers left of it and those below."""

_LEARNED, _HELD_OUT = (96, 156, 224), (255, 216, 92)
_THIN, _THICK, _RING = 4, 6, 11
_NEAR, _APART, _SHOWN = 10, 36, 32
"""Pixels in the legend: from a sign to its words, to the next sign, and of a curve shown there."""

_FINER = 3
"""Curves are drawn so many times larger and then made smaller: so they are smooth."""

History = Sequence[Sequence[float]]
"""Steps with the loss on what is learned from and on what is held out, in nats a character."""

Lengths = Sequence[Sequence[int]]
"""Lengths, ascending, with how many samples have each; or where groups of lengths begin."""


def loss_chart(history: History) -> bytes:
    """Return the curve of `history`, at least one point, as a PNG of 1,008 x 532 pixels."""
    return _picture(history, ())


def lengths_chart(lengths: Lengths) -> bytes:
    """Return the histogram of `lengths`, at least one, as a PNG of 1,008 x 532 pixels."""
    return _picture((), lengths)


def charts(history: History, lengths: Lengths) -> bytes | None:
    """Return both, one below the other; None where there is neither."""
    return _picture(history, lengths) if history or lengths else None


def describe_charts(history: History, lengths: Lengths) -> str:
    """Say what is on the picture of both, for those who do not see it."""
    sentences = []
    if history:
        step, loss, held_out = best(history)
        sentences.append(
            f"Loss curve to step {history[-1][0]:,.0f}: at its best, at step {step:,.0f}, "
            f"{held_out:.2f} nats a character held out and {loss:.2f} learned from."
        )
    if lengths:
        common = max(lengths, key=lambda bar: bar[1])[0]
        sentences.append(
            f"Lengths of the samples: {lengths[0][0]:,} to {lengths[-1][0]:,} characters, "
            f"most often {common:,}."
        )
    return " ".join(sentences)


def best(history: History) -> Sequence[float]:
    """Return the point whose held-out loss is least."""
    return min(history, key=lambda point: point[2])


def _picture(history: History, lengths: Lengths) -> bytes:
    drawn = [partial(_draw_loss, history)] if history else []
    drawn += [partial(_draw_lengths, lengths)] if lengths else []
    image = new_canvas(WIDTH, len(drawn) * (_HEIGHT + MARGIN) + MARGIN)
    for i, draw in enumerate(drawn):
        draw(image, MARGIN + i * (_HEIGHT + MARGIN))
    return encode_png(image)


def _draw_loss(history: History, image: Image.Image, top: int) -> None:
    pen = ImageDraw.Draw(image)
    step, _, least = best(history)
    if step and history[0][0] == 0 and len(history) > 2:
        history = history[1:]  # how far off it is before it learns would flatten all the rest
    draw_text(pen, (MARGIN, top), "Loss, nats a character", FOREGROUND, anchor="lt")
    _legend(image, top, f"best {least:.2f}, step {number(step)}")
    losses = [value for point in history for value in point[1:]]
    axes = _axes(top, (history[0][0], history[-1][0]), (min(losses), max(losses)))
    axes.draw(pen, whole_up=False)
    for place, colour, wide in ((1, _LEARNED, _THIN), (2, _HELD_OUT, _THICK)):
        spots = [(axes.x(point[0]), axes.y(point[place])) for point in history]
        _draw_curve(image, top, spots, colour, wide)
    _draw_ring(image, axes.x(step), axes.y(least))


def _legend(image: Image.Image, top: int, marked: str) -> None:
    """Say from the right what is marked and what each curve is."""
    pen, right, middle = ImageDraw.Draw(image), WIDTH - MARGIN, top + 9
    right -= draw_text(pen, (right, top), marked, FOREGROUND, anchor="rt") + _NEAR + _RING
    _draw_ring(image, right, middle)
    right -= _RING
    for words, colour, wide in (("held out", _HELD_OUT, _THICK), ("learned from", _LEARNED, _THIN)):
        right -= _APART
        right -= draw_text(pen, (right, top), words, MUTED, anchor="rt") + _NEAR
        pen.line((right - _SHOWN, middle, right, middle), colour, wide)
        right -= _SHOWN


def _draw_lengths(lengths: Lengths, image: Image.Image, top: int) -> None:
    pen = ImageDraw.Draw(image)
    draw_text(pen, (MARGIN, top), "Samples by length, characters", FOREGROUND, anchor="lt")
    draw_text(
        pen, (WIDTH - MARGIN, top), f"{sum(n for _, n in lengths):,} samples", MUTED, anchor="rt"
    )
    wide = min((b - a for (a, _), (b, _) in pairwise(lengths)), default=1)
    across = lengths[0][0] - wide / 2, lengths[-1][0] + wide / 2
    axes = _axes(top, across, (0, max(n for _, n in lengths)))
    axes.draw(pen, whole_up=True)
    half = max(0.5, min(24.0, (axes.x(wide) - axes.x(0)) / 2 - 2))
    for length, count in lengths:
        x, floor = axes.x(length), axes.y(0)
        pen.rectangle((x - half, min(axes.y(count), floor - 2), x + half, floor), _LEARNED)


def _axes(top: int, across: tuple[float, float], up: tuple[float, float]) -> Axes:
    box = (MARGIN + _LEFT, top + _TITLE, WIDTH - MARGIN - 16, top + _HEIGHT - _BELOW)
    return Axes(box, across, up)


def _draw_curve(
    image: Image.Image, top: int, spots: Sequence[tuple[float, float]], colour: Colour, wide: int
) -> None:
    mask = Image.new("L", (WIDTH * _FINER, _HEIGHT * _FINER), 0)
    finer = [(x * _FINER, (y - top) * _FINER) for x, y in spots]
    ImageDraw.Draw(mask).line(finer, 255, wide * _FINER, joint="curve")
    image.paste(colour, (0, top), mask.reduce(_FINER))


def _draw_ring(image: Image.Image, x: float, y: float) -> None:
    size = 2 * (_RING + 1) * _FINER
    mask = Image.new("L", (size, size), 0)
    ImageDraw.Draw(mask).ellipse((_FINER, _FINER, size - _FINER, size - _FINER), 0, 255, 4 * _FINER)
    corner = round(x) - _RING - 1, round(y) - _RING - 1
    image.paste(FOREGROUND, corner, mask.reduce(_FINER))
