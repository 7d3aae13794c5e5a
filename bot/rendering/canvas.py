"""What every picture of ours stands on: a ground of its own, round corners, few colours.

With a ground of its own a picture reads on Discord's dark and on its light; each is drawn for twice
the pixels that Discord shows it at.
"""

import io
from functools import lru_cache

from PIL import Image, ImageDraw

Colour = tuple[int, int, int]

BACKGROUND, MUTED, FOREGROUND = (24, 26, 32), (164, 170, 182), (242, 243, 245)
MARGIN = 36
"""Pixels between what is drawn and the edges."""

_COLOURS = 128


def new_canvas(width: int, height: int) -> Image.Image:
    """Return an empty picture, `width` and `height` in pixels."""
    return Image.new("RGB", (width, height), BACKGROUND)


def encode_png(image: Image.Image) -> bytes:
    """Return `image` with round corners, in as few colours as it takes to look the same."""
    image.putalpha(rounded_mask(*image.size, 28))
    file = io.BytesIO()
    image.quantize(_COLOURS, Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE).save(file, "PNG")
    return file.getvalue()


@lru_cache(maxsize=256)
def rounded_mask(width: int, height: int, radius: int) -> Image.Image:
    """Return the mask of a rectangle with smooth round corners; not to be changed."""
    mask = Image.new("L", (width, height), 255)
    round_ = Image.new("L", (8 * radius, 8 * radius), 0)
    ImageDraw.Draw(round_).ellipse((0, 0, 8 * radius - 1, 8 * radius - 1), 255)
    corners = round_.reduce(4)
    for x, y in ((0, 0), (0, 1), (1, 0), (1, 1)):
        part = corners.crop((x * radius, y * radius, (x + 1) * radius, (y + 1) * radius))
        mask.paste(part, (x * (width - radius), y * (height - radius)))
    return mask


def luminance(colour: Colour) -> float:
    """Return the relative luminance of an sRGB colour, 0 to 1 (WCAG 2.2)."""
    shares = (part / 255 for part in colour)
    linear = [x / 12.92 if x <= 0.04045 else ((x + 0.055) / 1.055) ** 2.4 for x in shares]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
