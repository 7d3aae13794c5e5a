"""Charts of a style: the loss curve of its training and the histogram of its sample lengths."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from math import ceil, floor, log10

from PIL import Image, ImageDraw

from .canvas import FOREGROUND, MARGIN, MUTED, Colour, draw_text, encode_png, new_canvas

LossHistory = Sequence[Sequence[float]]
"""Points of step, training loss and held-out loss, in nats per character."""

LengthHistogram = Sequence[Sequence[int]]
"""Pairs of a sample length and its count, ascending; or of the start of a bin and its count."""

WIDTH = 1008
_HEIGHT, _TITLE_HEIGHT, _LABEL_WIDTH, _LABEL_HEIGHT = 460, 56, 74, 40
"""Pixels: a chart's height, its title's height, and the room for the labels of its axes."""

TRAINING_COLOUR, HELD_OUT_COLOUR = (96, 156, 224), (255, 216, 92)
_GRID_COLOUR = (52, 56, 66)
_THIN, _THICK, _RING_RADIUS = 4, 6, 11
_LEGEND_PADDING, _LEGEND_GAP, _LEGEND_LINE = 10, 36, 32
"""Pixels: from a line to its label, from one entry to the next, and the length of a line."""

_SUPERSAMPLING = 3
"""Curves are drawn at this scale and then reduced, which smooths their edges."""

_TICKS = 5
_DIGIT_OFFSET = 5
"""Pixels from the middle of a text line to the middle of its digits."""


def describe_charts(history: LossHistory, lengths: LengthHistogram) -> str:
    """Return the alternative text of an image of both charts."""
    sentences = []
    if history:
        step, loss, held_out = _best_point(history)
        sentences.append(
            f"Loss curve to step {history[-1][0]:,.0f}. Best at step {step:,.0f}: "
            f"held-out loss {held_out:.2f}, training loss {loss:.2f} nats per character."
        )
    if lengths:
        most_common = max(lengths, key=lambda bar: bar[1])[0]
        sentences.append(
            f"Sample lengths: {lengths[0][0]:,} to {lengths[-1][0]:,} characters, "
            f"most often {most_common:,}."
        )
    return " ".join(sentences)


def axis_ticks(low: float, high: float, *, whole: bool = False) -> Iterator[float]:
    """Yield about five round values from `low` to `high`, in steps of 1, 2 or 5 times 10^n."""
    if not high > low:
        yield low
        return
    min_step = (high - low) / _TICKS
    power = 10.0 ** floor(log10(min_step))
    step = next(power * part for part in (1, 2, 5, 10) if power * part >= min_step * (1 - 1e-9))
    step = max(step, 1.0) if whole else step
    for i in range(ceil(low / step - 1e-9), floor(high / step + 1e-9) + 1):
        yield round(i * step, 12)


def format_number(value: float, axis_max: float = 0) -> str:
    """Return `value` in a few characters (0.25, 1,200, 15k, 2M), in the unit of `axis_max`."""
    largest = max(value, axis_max)
    for unit, size in (("G", 1e9), ("M", 1e6), ("k", 1e3)):
        if value and (largest >= 10 * size or (largest >= size and size > 1e3)):
            return f"{value / size:.4g}{unit}"
    return f"{value:,.0f}" if value >= 1000 else f"{value:.4g}"


@dataclass(frozen=True)
class _Axes:
    """A plot area in pixels (`left`, `top`, `right`, `bottom`) and the range of each axis."""

    box: tuple[int, int, int, int]
    x_range: tuple[float, float]
    y_range: tuple[float, float]

    def x(self, value: float) -> float:
        """Return the horizontal position of `value` in pixels."""
        left, _, right, _ = self.box
        return left + (right - left) * _fraction(value, *self.x_range)

    def y(self, value: float) -> float:
        """Return the vertical position of `value` in pixels."""
        _, top, _, bottom = self.box
        return bottom - (bottom - top) * _fraction(value, *self.y_range)

    def draw(self, pen: ImageDraw.ImageDraw, *, whole_y: bool) -> None:
        """Draw horizontal grid lines and the labels of both axes."""
        left, _, right, bottom = self.box
        for value in axis_ticks(*self.y_range, whole=whole_y):
            y = round(self.y(value))
            pen.line((left, y, right, y), _GRID_COLOUR, 2)
            label = format_number(value, self.y_range[1])
            draw_text(pen, (left - 12, y + _DIGIT_OFFSET), label, MUTED, anchor="rm")
        for value in axis_ticks(*self.x_range, whole=True):
            label = format_number(value, self.x_range[1])
            draw_text(pen, (self.x(value), bottom + 14), label, MUTED, anchor="mt")


def _fraction(value: float, low: float, high: float) -> float:
    return (value - low) / (high - low) if high > low else 0.5


def _best_point(history: LossHistory) -> Sequence[float]:
    """Return the point with the lowest held-out loss."""
    return min(history, key=lambda point: point[2])


def draw_charts(history: LossHistory, lengths: LengthHistogram) -> bytes:
    """Draw both charts, one below the other; return a PNG. One of them can be empty."""
    charts = [partial(_draw_loss, history)] if history else []
    charts += [partial(_draw_lengths, lengths)] if lengths else []
    image = new_canvas(WIDTH, len(charts) * (_HEIGHT + MARGIN) + MARGIN)
    for i, draw in enumerate(charts):
        draw(image, MARGIN + i * (_HEIGHT + MARGIN))
    return encode_png(image)


def _draw_loss(history: LossHistory, image: Image.Image, top: int) -> None:
    pen = ImageDraw.Draw(image)
    step, _, min_loss = _best_point(history)
    if step and history[0][0] == 0 and len(history) > 2:
        history = history[1:]  # the loss of the untrained network would flatten the curve
    draw_text(pen, (MARGIN, top), "Loss (nats per character)", FOREGROUND, anchor="lt")
    _draw_legend(image, top, f"best {min_loss:.2f} at step {format_number(step)}")
    losses = [loss for point in history for loss in point[1:]]
    axes = _make_axes(top, (history[0][0], history[-1][0]), (min(losses), max(losses)))
    axes.draw(pen, whole_y=False)
    for column, colour, width in ((1, TRAINING_COLOUR, _THIN), (2, HELD_OUT_COLOUR, _THICK)):
        points = [(axes.x(point[0]), axes.y(point[column])) for point in history]
        _draw_curve(image, top, points, colour, width)
    _draw_ring(image, axes.x(step), axes.y(min_loss))


def _draw_legend(image: Image.Image, top: int, best: str) -> None:
    """Draw the legend from right to left: the best point, then the two curves."""
    pen, right, middle = ImageDraw.Draw(image), WIDTH - MARGIN, top + 9
    right -= draw_text(pen, (right, top), best, FOREGROUND, anchor="rt")
    right -= _LEGEND_PADDING + _RING_RADIUS
    _draw_ring(image, right, middle)
    right -= _RING_RADIUS
    curves = (("held-out", HELD_OUT_COLOUR, _THICK), ("training", TRAINING_COLOUR, _THIN))
    for label, colour, width in curves:
        right -= _LEGEND_GAP
        right -= draw_text(pen, (right, top), label, MUTED, anchor="rt") + _LEGEND_PADDING
        pen.line((right - _LEGEND_LINE, middle, right, middle), colour, width)
        right -= _LEGEND_LINE


def _draw_lengths(lengths: LengthHistogram, image: Image.Image, top: int) -> None:
    pen = ImageDraw.Draw(image)
    total = sum(count for _, count in lengths)
    draw_text(pen, (MARGIN, top), "Sample length (characters)", FOREGROUND, anchor="lt")
    draw_text(pen, (WIDTH - MARGIN, top), f"{total:,} samples", MUTED, anchor="rt")
    bin_width = min((b - a for (a, _), (b, _) in pairwise(lengths)), default=1)
    x_range = lengths[0][0] - bin_width / 2, lengths[-1][0] + bin_width / 2
    axes = _make_axes(top, x_range, (0, max(count for _, count in lengths)))
    axes.draw(pen, whole_y=True)
    half_width = max(0.5, min(24.0, (axes.x(bin_width) - axes.x(0)) / 2 - 2))
    for length, count in lengths:
        x, bottom = axes.x(length), axes.y(0)
        bar_top = min(axes.y(count), bottom - 2)
        pen.rectangle((x - half_width, bar_top, x + half_width, bottom), TRAINING_COLOUR)


def _make_axes(top: int, x_range: tuple[float, float], y_range: tuple[float, float]) -> _Axes:
    left, right = MARGIN + _LABEL_WIDTH, WIDTH - MARGIN - 16
    return _Axes(
        (left, top + _TITLE_HEIGHT, right, top + _HEIGHT - _LABEL_HEIGHT), x_range, y_range
    )


def _draw_curve(
    image: Image.Image, top: int, points: Sequence[tuple[float, float]], colour: Colour, width: int
) -> None:
    mask = Image.new("L", (WIDTH * _SUPERSAMPLING, _HEIGHT * _SUPERSAMPLING), 0)
    scaled = [(x * _SUPERSAMPLING, (y - top) * _SUPERSAMPLING) for x, y in points]
    ImageDraw.Draw(mask).line(scaled, 255, width * _SUPERSAMPLING, joint="curve")
    image.paste(colour, (0, top), mask.reduce(_SUPERSAMPLING))


def _draw_ring(image: Image.Image, x: float, y: float) -> None:
    size = 2 * (_RING_RADIUS + 1) * _SUPERSAMPLING
    edge = size - _SUPERSAMPLING
    mask = Image.new("L", (size, size), 0)
    box = (_SUPERSAMPLING, _SUPERSAMPLING, edge, edge)
    ImageDraw.Draw(mask).ellipse(box, 0, 255, 4 * _SUPERSAMPLING)
    corner = round(x) - _RING_RADIUS - 1, round(y) - _RING_RADIUS - 1
    image.paste(FOREGROUND, corner, mask.reduce(_SUPERSAMPLING))
