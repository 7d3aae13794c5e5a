"""A score as a picture: letters coloured by their surprise, and what the style expected there."""

import unicodedata
from collections.abc import Sequence
from math import ceil, exp

from PIL import Image, ImageDraw

from ..sampling import Score, ScoredCharacter
from .canvas import (
    BACKGROUND,
    FOREGROUND,
    MARGIN,
    MUTED,
    Colour,
    encode_png,
    luminance,
    new_canvas,
    rounded_mask,
)
from .glyphs import draw_expected, draw_letter, draw_text

MOST_PLACES = 36
"""Places shown of a name, four lines; the rest of a longer one is told by their number."""

_LINE = 9
_CELL, _GAP, _LEAST_WIDTH = 104, 8, 640
_CHANCE, _RISE, _TILE, _EXPECTED, _BELOW, _LEGEND = 32, 110, 88, 31, 42, 40
"""Pixels: a column is a tile, which rises with surprise; its chance is above, what was expected
below."""

_SCALE = ((58, 88, 146), (96, 118, 156), (158, 150, 138), (224, 184, 96), (255, 216, 92))
"""From expected to surprising: lighter at each step, and blue to yellow, which the colour-blind
tell apart."""

_SURPRISING = 7.0
"""Nats at which the scale ends: one chance in about a thousand."""


def draw_rating(score: Score) -> bytes:
    """Return `score` as a PNG, 640 to 1,008 pixels wide and at most four lines of places high.

    A name written from right to left is shown so.
    """
    places = shown_characters(score)
    count = ceil(len(places) / ceil(len(places) / _LINE))
    lines = [places[i : i + count] for i in range(0, len(places), count)]
    width = max(_LEAST_WIDTH, 2 * MARGIN + count * _CELL - _GAP)
    image = new_canvas(width, 2 * MARGIN + _LEGEND + sum(map(_height, lines)))
    lefts = [(width - count * _CELL + _GAP) // 2 + i * _CELL for i in range(count)]
    if _from_the_right(score.name):
        lefts.reverse()
    bottom = MARGIN
    for line in lines:
        bottom += _height(line)
        for left, place in zip(lefts, line, strict=False):
            _draw_place(image, left, bottom, place)
    _draw_legend(image, len(score.characters) - len(places))
    return encode_png(image)


def shown_characters(score: Score) -> Sequence[ScoredCharacter]:
    """Return the places that the picture of `score` has room for."""
    return score.characters[:MOST_PLACES]


def surprise_colour(nats: float) -> Colour:
    """Return the colour of a surprise, lighter the greater it is."""
    whole, part = divmod(min(max(nats / _SURPRISING, 0.0), 1.0) * (len(_SCALE) - 1), 1)
    low, high = _SCALE[int(whole)], _SCALE[min(int(whole) + 1, len(_SCALE) - 1)]
    red, green, blue = (round(a + (b - a) * part) for a, b in zip(low, high, strict=True))
    return red, green, blue


def format_probability(probability: float) -> str:
    """Return a probability in a few characters, such as 42% or <1%."""
    return f"{100 * probability:.0f}%" if probability >= 0.01 else "<1%"


def _height(line: Sequence[ScoredCharacter]) -> int:
    """Return how much room a line of places takes."""
    return _CHANCE + max(_tall(place) for place in line) + 3 * _EXPECTED + _BELOW


def _tall(place: ScoredCharacter) -> int:
    return _TILE + round(_RISE * min(place.nats / _SURPRISING, 1.0))


def _draw_place(image: Image.Image, left: int, bottom: int, place: ScoredCharacter) -> None:
    """Draw `place` with its left edge and the lower one of its line at `left` and `bottom`."""
    pen, colour = ImageDraw.Draw(image), surprise_colour(place.nats)
    floor = bottom - 3 * _EXPECTED - _BELOW
    right, top = left + _CELL - _GAP, floor - _tall(place)
    image.paste(colour, (left, top), rounded_mask(right - left, floor - top, 14))
    draw_letter(pen, (left, floor - _TILE, right, floor), place.character, _on(colour))
    told = format_probability(exp(-place.nats))
    draw_text(pen, ((left + right) // 2, top - 10), told, MUTED, anchor="ms")
    for row, (character, probability) in enumerate(place.expected, 1):
        shown = FOREGROUND if character == place.character else MUTED
        at = left + 4, floor + 4 + row * _EXPECTED
        draw_expected(
            pen, at, right - left - 8, (character, format_probability(probability)), shown
        )


def _draw_legend(image: Image.Image, hidden: int) -> None:
    """Say what the colours mean, and how many places of the name are not shown."""
    pen = ImageDraw.Draw(image)
    right, y = image.width - MARGIN, image.height - MARGIN
    draw_text(pen, (right, y), "surprising", MUTED, anchor="rs")
    right -= 118
    for i in range(ramp := 120):
        colour = surprise_colour(_SURPRISING * i / ramp)
        pen.line((right - ramp + i, y - 15, right - ramp + i, y - 1), colour)
    draw_text(pen, (right - ramp - 10, y), "expected", MUTED, anchor="rs")
    if hidden:
        draw_text(pen, (MARGIN, y), f"and {hidden:,} more", FOREGROUND, anchor="ls")


def _on(tile: Colour) -> Colour:
    """Return the colour of a letter that reads best on `tile`: dark or light."""
    return BACKGROUND if luminance(tile) > 0.18 else FOREGROUND


def _from_the_right(name: str) -> bool:
    """Whether the first letter that has a direction goes from right to left (UAX 9, P2 and P3)."""
    directions = (unicodedata.bidirectional(character) for character in name)
    return next((way in ("R", "AL") for way in directions if way in ("L", "R", "AL")), False)
