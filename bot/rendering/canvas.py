"""Canvas: what all images share, and characters of any script drawn on it.

Images have their own background, so they are readable in Discord's dark and light themes. They are
twice as large as Discord displays them, so they stay sharp on high-density screens.

Characters are drawn one by one, also spaces, combining marks and missing glyphs, so fonts need no
text shaping. System fonts serve the characters that the bundled font lacks.
"""

import io
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from math import ceil
from pathlib import Path

from PIL import Image, ImageDraw
from PIL.ImageFont import FreeTypeFont, Layout, truetype

Colour = tuple[int, int, int]

BACKGROUND, MUTED, FOREGROUND = (24, 26, 32), (164, 170, 182), (242, 243, 245)
MARGIN = 36
"""Pixels between the content and the edges."""

_CORNER_RADIUS = 28
_PALETTE_SIZE = 128


def new_canvas(width: int, height: int) -> Image.Image:
    """Return an empty image of `width` x `height` pixels."""
    return Image.new("RGB", (width, height), BACKGROUND)


def encode_png(image: Image.Image) -> bytes:
    """Round the corners of `image` and return it as a PNG with a small palette."""
    image.putalpha(rounded_mask(*image.size, _CORNER_RADIUS))
    file = io.BytesIO()
    reduced = image.quantize(_PALETTE_SIZE, Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE)
    reduced.save(file, "PNG")
    return file.getvalue()


@lru_cache(maxsize=256)
def rounded_mask(width: int, height: int, radius: int) -> Image.Image:
    """Return the antialiased mask of a rounded rectangle. Do not change it: it is cached."""
    mask = Image.new("L", (width, height), 255)
    circle = Image.new("L", (8 * radius, 8 * radius), 0)
    ImageDraw.Draw(circle).ellipse((0, 0, 8 * radius - 1, 8 * radius - 1), 255)
    corners = circle.reduce(4)
    for x, y in ((0, 0), (0, 1), (1, 0), (1, 1)):
        corner = corners.crop((x * radius, y * radius, (x + 1) * radius, (y + 1) * radius))
        mask.paste(corner, (x * (width - radius), y * (height - radius)))
    return mask


def luminance(colour: Colour) -> float:
    """Return the relative luminance of an sRGB colour, 0 to 1 (WCAG 2.2)."""
    channels = (channel / 255 for channel in colour)
    linear = [x / 12.92 if x <= 0.04045 else ((x + 0.055) / 1.055) ** 2.4 for x in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


BUNDLED_FONT = Path(__file__).parent / "fonts" / "letters.ttf"

_FONT_FOLDERS = (
    "/usr/share/fonts",
    "/usr/local/share/fonts",
    "~/.local/share/fonts",
    "~/.fonts",
    "/System/Library/Fonts",
    "/Library/Fonts",
    "C:/Windows/Fonts",
)
_FONT_NAMES = (
    *("notosanscjk-regular", "notosanskr-regular", "notosansjp-regular", "notosanssc-regular"),
    *("droidsansfallback", "wqy-microhei", "wqy-zenhei", "nanumgothic.", "unfonts", "ipaexg"),
    *("hiragino sans gb", "applesdgothicneo", "pingfang", "malgun.", "msyh.", "msgothic."),
    *("arial unicode", "seguisym", "symbola", "notosanssymbols2-regular", "notoemoji", "unifont"),
)
"""Prefixes of the file names of fonts with many characters, the best first."""

_UNASSIGNED = "\U0010ffff"
_TEST_SIZE = 24


def font_for(text: str, size: int) -> FreeTypeFont | None:
    """Return a font of `size` pixels that has all characters of `text`, None if there is none."""
    file = _file_for(text)
    return _load_font(file, size) if file else None


@lru_cache(maxsize=4096)
def _file_for(text: str) -> Path | None:
    return next(
        (file for file in (BUNDLED_FONT, *_system_fonts()) if _has_glyphs(file, text)), None
    )


def _has_glyphs(file: Path, text: str) -> bool:
    """Whether the font in `file` has a glyph for each character of `text`."""
    try:
        font = _load_font(file, _TEST_SIZE)
        missing = bytes(font.getmask(_UNASSIGNED))
        return all(bytes(font.getmask(character)) != missing for character in text)
    except (OSError, ValueError):  # no font, or one of bitmaps in fixed sizes
        return False


@lru_cache(maxsize=64)
def _load_font(file: Path, size: int) -> FreeTypeFont:
    return truetype(file, size, layout_engine=Layout.BASIC)


@lru_cache(maxsize=1)
def _system_fonts() -> tuple[Path, ...]:
    """Return the files of installed fonts with many characters, the best first."""
    files = {
        file.name.lower(): file for folder in _FONT_FOLDERS for file in _font_files(Path(folder))
    }
    return tuple(
        files[name] for prefix in _FONT_NAMES for name in sorted(files) if name.startswith(prefix)
    )


def _font_files(folder: Path) -> Iterator[Path]:
    try:
        yield from folder.expanduser().rglob("*.[ot]t[fc]")
    except (OSError, RuntimeError):  # unreadable, or there is no home folder
        return


Box = tuple[int, int, int, int]
"""Left, top, right and bottom, in pixels."""

_LARGE, _MEDIUM, _TEXT = 54, 32, 22
"""Font sizes in pixels."""

_PADDING, _BASELINE = 6, 20
"""Pixels between a character and its box, and from the bottom of the box up to the baseline."""

_SPACE = "\N{OPEN BOX}"
_MARK_BASE = "\N{DOTTED CIRCLE}"
_END = "end"


def draw_character(pen: ImageDraw.ImageDraw, box: Box, character: str, colour: Colour) -> None:
    """Draw `character` as large as `box` allows; "" is the end of a name."""
    left, top, right, bottom = box
    middle = (left + right) // 2
    if not character:
        position = (middle, bottom - _BASELINE)
        pen.text(position, _END, colour, _bundled_font(_END, _MEDIUM), anchor="ms")
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
    pen: ImageDraw.ImageDraw, position: tuple[float, float], character: str, colour: Colour
) -> None:
    """Draw `character` in the middle of a baseline, if a font has it; "" is the end of a name."""
    text = _printable(character) if character else _END
    if font := font_for(text, _MEDIUM) if text else None:
        pen.text(position, text, colour, font, anchor="ms")


def draw_text(
    pen: ImageDraw.ImageDraw,
    position: tuple[float, float],
    text: str,
    colour: Colour,
    *,
    anchor: str,
    size: int = _TEXT,
) -> int:
    """Draw a label of the bot's own words at `position`; return its width in pixels.

    `anchor` is one of Pillow's text anchors.
    """
    font = _bundled_font(text, size)
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


def _draw_code_point(pen: ImageDraw.ImageDraw, box: Box, character: str, colour: Colour) -> None:
    """Draw the digits of a character that no font has, in two lines."""
    left, top, right, bottom = box
    code = f"{ord(character):04X}"
    half, middle = (len(code) + 1) // 2, (top + bottom) // 2
    for text, baseline in ((code[:half], middle - 3), (code[half:], middle + 26)):
        font = _bundled_font(text, _MEDIUM)
        pen.text(((left + right) // 2, baseline), text, colour, font, anchor="ms")


def _bundled_font(text: str, size: int) -> FreeTypeFont:
    font = font_for(text, size)
    assert font is not None  # noqa: S101, letters.ttf has every character of the bot's own words
    return font
