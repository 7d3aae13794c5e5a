"""Rating image: each character of a name, coloured by surprise, with the likeliest character."""

import unicodedata
from collections.abc import Sequence
from math import ceil

from PIL import Image, ImageDraw

from ..sampling import Score, ScoredCharacter
from .canvas import (
    BACKGROUND,
    FOREGROUND,
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
_WIDTH, _EDGE = 600, 18
_MAX_COLUMN, _COLUMN_GAP = 92, 5
_TILE, _MAX_RISE, _BELOW_TILE = 68, 36, 46
_LEGEND_HEIGHT, _RAMP_WIDTH, _TEXT_SIZE = 40, 80, 32
"""Pixels. From top to bottom, a column is a tile that rises with the surprise, and below it the
character that was more likely.

Discord shows images up to 550 x 350 pixels large, or about 300 wide on a phone. So an image of 600
x 700 is shown at half its size, and its text has 16 pixels.
"""

_TILE_RADIUS = 12

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
    """Return `score` as a PNG, 600 pixels wide, up to 700 high: at most four rows of characters.

    Names in right-to-left scripts are drawn from the right.
    """
    characters = shown_characters(score)
    columns = ceil(len(characters) / ceil(len(characters) / _ROW_LENGTH))
    rows = [characters[i : i + columns] for i in range(0, len(characters), columns)]
    image = new_canvas(_WIDTH, 2 * _EDGE + _LEGEND_HEIGHT + sum(map(_row_height, rows)))
    column = min(_MAX_COLUMN, (_WIDTH - 2 * _EDGE + _COLUMN_GAP) // columns)
    start = (_WIDTH - columns * column + _COLUMN_GAP) // 2
    lefts = [start + i * column for i in range(columns)]
    if _is_right_to_left(score.name):
        lefts.reverse()
    bottom = _EDGE
    for row in rows:
        bottom += _row_height(row)
        for left, character in zip(lefts, row, strict=False):
            _draw_column(image, left, left + column - _COLUMN_GAP, bottom, character)
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
    return max(map(_tile_height, row)) + _BELOW_TILE


def _tile_height(scored: ScoredCharacter) -> int:
    return _TILE + round(_MAX_RISE * min(scored.nats / _MAX_SURPRISE, 1.0))


def _draw_column(
    image: Image.Image, left: int, right: int, row_bottom: int, scored: ScoredCharacter
) -> None:
    pen, colour = ImageDraw.Draw(image), surprise_colour(scored.nats)
    bottom = row_bottom - _BELOW_TILE
    top = bottom - _tile_height(scored)
    image.paste(colour, (left, top), rounded_mask(right - left, bottom - top, _TILE_RADIUS))
    draw_character(
        pen, (left, bottom - _TILE, right, bottom), scored.character, _letter_colour(colour)
    )
    if scored.expected and scored.expected[0][0] != scored.character:
        position = (left + right) / 2, row_bottom - 14
        draw_candidate(pen, position, scored.expected[0][0], MUTED)


def _draw_legend(image: Image.Image, hidden: int) -> None:
    """Draw the colour scale and the number of `hidden` characters."""
    pen = ImageDraw.Draw(image)
    right, y = image.width - _EDGE, image.height - _EDGE
    right -= 10 + draw_text(pen, (right, y), "surprising", MUTED, anchor="rs", size=_TEXT_SIZE)
    start = right - _RAMP_WIDTH
    for i in range(_RAMP_WIDTH):
        colour = surprise_colour(_MAX_SURPRISE * i / _RAMP_WIDTH)
        pen.line((start + i, y - 21, start + i, y - 1), colour)
    draw_text(pen, (start - 10, y), "expected", MUTED, anchor="rs", size=_TEXT_SIZE)
    if hidden:
        draw_text(pen, (_EDGE, y), f"+ {hidden:,} more", FOREGROUND, anchor="ls", size=_TEXT_SIZE)


def _letter_colour(tile: Colour) -> Colour:
    """Return dark or light, whichever contrasts more with `tile`."""
    return BACKGROUND if luminance(tile) > 0.18 else FOREGROUND


def _is_right_to_left(name: str) -> bool:
    """Whether the first character with a strong direction is right-to-left (UAX 9, P2 and P3)."""
    directions = (unicodedata.bidirectional(character) for character in name)
    first = next((strong for strong in directions if strong in ("L", "R", "AL")), "L")
    return first != "L"
