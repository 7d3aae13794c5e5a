"""Characters one by one, drawn so that each can be told: blanks, marks, those no font has."""

import unicodedata
from math import ceil

from PIL.ImageDraw import ImageDraw
from PIL.ImageFont import FreeTypeFont

from .fonts import font_for

_LETTER, _WORD, _CODE, _SMALL, _TINY = 54, 22, 22, 18, 15
"""Sizes in pixels: of a letter in its box, of what is written small, of a code point in a box, and
of an end and a code point among what is written small."""

_EDGE, _RISE = 8, 26
"""How far a letter stays from the edges of its box, and its baseline above the lower one."""

_SPACE = "\N{OPEN BOX}"
_MARKED = "\N{DOTTED CIRCLE}"
_END = "end"

Colour = tuple[int, int, int]
Box = tuple[int, int, int, int]


def draw_letter(pen: ImageDraw, box: Box, character: str, colour: Colour) -> None:
    """Draw `character` as large as `box` (left, top, right, bottom) allows; "" is the end."""
    left, top, right, bottom = box
    middle = (left + right) // 2
    if not character:
        pen.text((middle, bottom - _RISE), _END, colour, _font(_END, _WORD + 10), anchor="ms")
        return
    sign = _sign(character)
    font = font_for(sign, _LETTER) if sign else None
    if font is None:
        _draw_code(pen, box, character, colour)
        return
    width, height = right - left - 2 * _EDGE, bottom - top - 2 * _EDGE
    x0, y0, x1, y1 = font.getbbox(sign)
    if (scale := min(width / max(1, x1 - x0), height / max(1, y1 - y0))) < 1:
        font = _font(sign, max(1, int(_LETTER * scale)))
    x0, y0, x1, y1 = font.getbbox(sign, anchor="ls")
    baseline = min(max(bottom - _RISE, top + _EDGE - y0), bottom - _EDGE - y1)
    pen.text((middle - (x0 + x1) / 2, baseline), sign, colour, font, anchor="ls")


def draw_expected(
    pen: ImageDraw, corner: tuple[int, int], width: int, expected: tuple[str, str], colour: Colour
) -> None:
    """Draw a character and its chance in a line `width` wide; `corner` is its left and baseline."""
    (character, chance), (left, baseline) = expected, corner
    sign = _sign(character) if character else _END
    font = font_for(sign, _WORD) if sign and character else _font(_END, _SMALL)
    if font is None or not sign:
        sign = f"{ord(character):04X}"
        font = _font(sign, _TINY)
    pen.text((left, baseline), sign, colour, font, anchor="ls")
    draw_text(pen, (left + width, baseline), chance, colour, anchor="rs")


def draw_text(
    pen: ImageDraw, at: tuple[float, float], words: str, colour: Colour, *, anchor: str
) -> int:
    """Write `words` small, standing as `anchor` says (Pillow's text anchors) to `at`.

    Returns how many pixels wide they are.
    """
    font = _font(words, _WORD)
    pen.text(at, words, colour, font, anchor=anchor)
    return ceil(font.getlength(words))


def _sign(character: str) -> str:
    """Return what is drawn for `character`, "" where that is its code point."""
    if character == " ":
        return _SPACE
    kind = unicodedata.category(character)[0]
    if kind in "CZ":
        return ""
    return _MARKED + character if kind == "M" else character


def _draw_code(pen: ImageDraw, box: Box, character: str, colour: Colour) -> None:
    left, top, right, bottom = box
    middle, code = (left + right) // 2, f"{ord(character):04X}"
    pen.rectangle((left + 5, top + 14, right - 6, bottom - 15), outline=colour, width=2)
    pen.text((middle, top + 38), "U+", colour, _font("U+", _TINY), anchor="ms")
    size = _CODE if len(code) == 4 else _CODE - 3
    pen.text((middle, top + 60), code, colour, _font(code, size), anchor="ms")


def _font(text: str, size: int) -> FreeTypeFont:
    font = font_for(text, size)
    assert font is not None  # noqa: S101, letters.ttf has what is written here
    return font
