"""Canvas: background, colours, margin and PNG encoding that all images share.

Images have their own background, so they are readable in Discord's dark and light themes. They are
twice as large as Discord displays them, so they stay sharp on high-density screens.
"""

import io
from functools import lru_cache

from PIL import Image, ImageDraw

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
