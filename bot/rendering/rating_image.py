"""Rating image: each character of a name, coloured by surprise, with the likelier characters."""

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
    draw_candidate,
    draw_character,
    draw_text,
    encode_png,
    luminance,
    new_canvas,
    rounded_mask,
)

MAX_CHARACTERS = 36
"""Characters drawn of a name, in four rows; the legend counts the others."""

_ROW_LENGTH = 9
_MIN_WIDTH = 640
_COLUMN_WIDTH, _COLUMN_GAP = 104, 8
_PROBABILITY_HEIGHT, _MIN_TILE, _MAX_RISE, _CANDIDATE_HEIGHT, _ROW_GAP = 32, 88, 110, 31, 42
_LEGEND_HEIGHT, _RAMP_WIDTH = 40, 120
"""Pixels. From top to bottom, a column is a probability, a tile that rises with the surprise, and
three candidates."""

_CANDIDATES = 3
_TILE_RADIUS = 14

_COLOUR_SCALE = (
    (58, 88, 146),
    (96, 118, 156),
    (158, 150, 138),
    (224, 184, 96),
    (255, 216, 92),
)
"""From expected to surprising: each is lighter than the last. Blue to yellow is safe for colour
blindness."""

_MAX_SURPRISE = 7.0
"""Nats at which the scale ends: a probability of about 1 in 1,000."""


def draw_rating(score: Score) -> bytes:
    """Return `score` as a PNG, 640 to 1,008 pixels wide, with at most four rows of characters.

    Names in right-to-left scripts are drawn from the right.
    """
    characters = shown_characters(score)
    columns = ceil(len(characters) / ceil(len(characters) / _ROW_LENGTH))
    rows = [characters[i : i + columns] for i in range(0, len(characters), columns)]
    width = max(_MIN_WIDTH, 2 * MARGIN + columns * _COLUMN_WIDTH - _COLUMN_GAP)
    image = new_canvas(width, 2 * MARGIN + _LEGEND_HEIGHT + sum(map(_row_height, rows)))
    start = (width - columns * _COLUMN_WIDTH + _COLUMN_GAP) // 2
    lefts = [start + i * _COLUMN_WIDTH for i in range(columns)]
    if _is_right_to_left(score.name):
        lefts.reverse()
    bottom = MARGIN
    for row in rows:
        bottom += _row_height(row)
        for left, character in zip(lefts, row, strict=False):
            _draw_column(image, left, bottom, character)
    _draw_legend(image, len(score.characters) - len(characters))
    return encode_png(image)


def shown_characters(score: Score) -> Sequence[ScoredCharacter]:
    """Return the characters of `score` that fit in its image."""
    return score.characters[:MAX_CHARACTERS]


def surprise_colour(nats: float) -> Colour:
    """Return the colour of a surprise; greater surprise is lighter."""
    position = min(max(nats / _MAX_SURPRISE, 0.0), 1.0) * (len(_COLOUR_SCALE) - 1)
    index = int(position)
    low, high = _COLOUR_SCALE[index], _COLOUR_SCALE[min(index + 1, len(_COLOUR_SCALE) - 1)]
    red, green, blue = (
        round(a + (b - a) * (position - index)) for a, b in zip(low, high, strict=True)
    )
    return red, green, blue


def format_probability(probability: float) -> str:
    """Return a probability as a percentage, such as 42% or <1%."""
    return f"{100 * probability:.0f}%" if probability >= 0.01 else "<1%"


def _row_height(row: Sequence[ScoredCharacter]) -> int:
    below_tile = _CANDIDATES * _CANDIDATE_HEIGHT + _ROW_GAP
    return _PROBABILITY_HEIGHT + max(map(_tile_height, row)) + below_tile


def _tile_height(scored: ScoredCharacter) -> int:
    return _MIN_TILE + round(_MAX_RISE * min(scored.nats / _MAX_SURPRISE, 1.0))


def _draw_column(image: Image.Image, left: int, row_bottom: int, scored: ScoredCharacter) -> None:
    pen, colour = ImageDraw.Draw(image), surprise_colour(scored.nats)
    bottom = row_bottom - _CANDIDATES * _CANDIDATE_HEIGHT - _ROW_GAP
    right, top = left + _COLUMN_WIDTH - _COLUMN_GAP, bottom - _tile_height(scored)
    image.paste(colour, (left, top), rounded_mask(right - left, bottom - top, _TILE_RADIUS))
    box = (left, bottom - _MIN_TILE, right, bottom)
    draw_character(pen, box, scored.character, _letter_colour(colour))
    probability = format_probability(exp(-scored.nats))
    draw_text(pen, ((left + right) // 2, top - 10), probability, MUTED, anchor="ms")
    for row, (character, candidate) in enumerate(scored.expected, 1):
        shade = FOREGROUND if character == scored.character else MUTED
        start = left + 4, bottom + 4 + row * _CANDIDATE_HEIGHT
        draw_candidate(
            pen, start, right - left - 8, character, format_probability(candidate), shade
        )


def _draw_legend(image: Image.Image, hidden: int) -> None:
    """Draw the colour scale and the number of `hidden` characters."""
    pen = ImageDraw.Draw(image)
    right, y = image.width - MARGIN, image.height - MARGIN
    draw_text(pen, (right, y), "surprising", MUTED, anchor="rs")
    start = right - 118 - _RAMP_WIDTH
    for i in range(_RAMP_WIDTH):
        colour = surprise_colour(_MAX_SURPRISE * i / _RAMP_WIDTH)
        pen.line((start + i, y - 15, start + i, y - 1), colour)
    draw_text(pen, (start - 10, y), "expected", MUTED, anchor="rs")
    if hidden:
        draw_text(pen, (MARGIN, y), f"and {hidden:,} more", FOREGROUND, anchor="ls")


def _letter_colour(tile: Colour) -> Colour:
    """Return dark or light, whichever contrasts more with `tile`."""
    return BACKGROUND if luminance(tile) > 0.18 else FOREGROUND


def _is_right_to_left(name: str) -> bool:
    """Whether the first character with a strong direction is right-to-left (UAX 9, P2 and P3)."""
    directions = (unicodedata.bidirectional(character) for character in name)
    first = next((strong for strong in directions if strong in ("L", "R", "AL")), "L")
    return first != "L"
