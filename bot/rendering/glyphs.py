"""Glyphs: draw single characters legibly, also spaces, combining marks and missing glyphs."""

import unicodedata
from math import ceil

from PIL.ImageDraw import ImageDraw
from PIL.ImageFont import FreeTypeFont

from .canvas import Colour
from .fonts import font_for

Box = tuple[int, int, int, int]
"""Left, top, right and bottom, in pixels."""

_LARGE, _END_SIZE, _TEXT, _SMALL, _TINY = 54, 32, 22, 18, 15
"""Font sizes in pixels."""

_PADDING, _BASELINE = 8, 26
"""Pixels between a character and its box, and from the bottom of the box up to the baseline."""

_SPACE = "\N{OPEN BOX}"
_MARK_BASE = "\N{DOTTED CIRCLE}"
_END = "end"


def draw_character(pen: ImageDraw, box: Box, character: str, colour: Colour) -> None:
    """Draw `character` as large as `box` allows; "" is the end of a name."""
    left, top, right, bottom = box
    middle = (left + right) // 2
    if not character:
        position = (middle, bottom - _BASELINE)
        pen.text(position, _END, colour, _bundled_font(_END, _END_SIZE), anchor="ms")
        return
    text = _printable(character)
    font = font_for(text, _LARGE) if text else None
    if font is None:
        _draw_code_point(pen, box, character, colour)
        return
    width, height = right - left - 2 * _PADDING, bottom - top - 2 * _PADDING
    x0, y0, x1, y1 = font.getbbox(text)
    if (scale := min(width / max(1, x1 - x0), height / max(1, y1 - y0))) < 1:
        font = font_for(text, max(1, int(_LARGE * scale))) or font
    x0, y0, x1, y1 = font.getbbox(text, anchor="ls")
    baseline = min(max(bottom - _BASELINE, top + _PADDING - y0), bottom - _PADDING - y1)
    pen.text((middle - (x0 + x1) / 2, baseline), text, colour, font, anchor="ls")


def draw_candidate(
    pen: ImageDraw,
    start: tuple[int, int],
    width: int,
    character: str,
    probability: str,
    colour: Colour,
) -> None:
    """Draw a line of `width` pixels: `character` on the left, `probability` on the right.

    `start` is the left end of its baseline; the character "" is the end of a name.
    """
    left, baseline = start
    text = _printable(character) if character else _END
    font = font_for(text, _TEXT if character else _SMALL) if text else None
    if font is None:
        text = f"{ord(character):04X}"
        font = _bundled_font(text, _TINY)
    pen.text((left, baseline), text, colour, font, anchor="ls")
    draw_text(pen, (left + width, baseline), probability, colour, anchor="rs")


def draw_text(
    pen: ImageDraw, position: tuple[float, float], text: str, colour: Colour, *, anchor: str
) -> int:
    """Draw a label of the bot's own words at `position`; return its width in pixels.

    `anchor` is one of Pillow's text anchors.
    """
    font = _bundled_font(text, _TEXT)
    pen.text(position, text, colour, font, anchor=anchor)
    return ceil(font.getlength(text))


def _printable(character: str) -> str:
    """Return the text that represents `character`, "" if only its code point can."""
    if character == " ":
        return _SPACE
    category = unicodedata.category(character)[0]
    if category in "CZ":
        return ""
    return _MARK_BASE + character if category == "M" else character


def _draw_code_point(pen: ImageDraw, box: Box, character: str, colour: Colour) -> None:
    left, top, right, bottom = box
    middle, code = (left + right) // 2, f"{ord(character):04X}"
    pen.rectangle((left + 5, top + 14, right - 6, bottom - 15), outline=colour, width=2)
    pen.text((middle, top + 38), "U+", colour, _bundled_font("U+", _TINY), anchor="ms")
    size = _TEXT if len(code) == 4 else _TEXT - 3
    pen.text((middle, top + 60), code, colour, _bundled_font(code, size), anchor="ms")


def _bundled_font(text: str, size: int) -> FreeTypeFont:
    font = font_for(text, size)
    assert font is not None  # noqa: S101, letters.ttf has every character of the bot's own words
    return font
