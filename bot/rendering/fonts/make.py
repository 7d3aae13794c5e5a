"""Merge letters of many scripts into the font that ships: `python make.py OUT FONT...`.

The bot draws letters one by one, so what shapes words is left out: layout tables and the glyphs
that only they reach, hinting, glyph names. Of characters that several fonts have, the first font's
stay. README.md beside this file says which fonts `letters.ttf` is made of. Needs fontTools, which
the bot does not.
"""

import io
import sys
from collections.abc import Sequence
from pathlib import Path

from fontTools.merge import Merger
from fontTools.subset import Options, Subsetter
from fontTools.ttLib import TTFont

_BLOCKS = (
    *((0x0000, 0x1FFF), (0x2000, 0x22FF), (0x2400, 0x243F), (0x25A0, 0x27BF), (0x2C00, 0x2DFF)),
    *((0x3000, 0x30FF), (0xA640, 0xA69F), (0xA720, 0xA7FF), (0xAB30, 0xABBF), (0xFF00, 0xFFEF)),
    *((0x10330, 0x1034F),),
)
"""What may be in a name: the alphabets and syllabaries of the BMP, Gothic, common symbols."""

_NAME = "Namesmith Letters"


def main(out: Path, fonts: Sequence[Path]) -> None:
    """Write the font made of `fonts` to `out`."""
    taken: set[int] = set()
    parts, copyrights = [], []
    for file in fonts:
        font = TTFont(file, recalcTimestamp=False)
        copyrights.append(str(font["name"].getDebugName(0)))
        wanted = {c for c in font.getBestCmap() if any(a <= c <= b for a, b in _BLOCKS)} - taken
        if wanted:
            parts.append(_part(font, wanted))
            taken |= wanted
    merged = Merger().merge(parts)
    _name(merged, " ".join(dict.fromkeys(copyrights)))
    merged.save(out)


def _part(font: TTFont, wanted: set[int]) -> io.BytesIO:
    """Return the characters `wanted` of `font` as a font's file."""
    options = Options(hinting=False, layout_features=[], notdef_outline=True, glyph_names=False)
    options.drop_tables = [*options.drop_tables, "GDEF", "GPOS", "GSUB", "MATH", "STAT", "vhea"]
    options.drop_tables += ["BASE", "VORG", "vmtx"]
    subsetter = Subsetter(options)
    subsetter.populate(unicodes=wanted)
    subsetter.subset(font)
    part = io.BytesIO()
    font.save(part)
    part.seek(0)
    return part


def _name(font: TTFont, copyrights: str) -> None:
    """Call the font by a name of its own: the licence reserves those of some it was made of."""
    font["name"].names = []
    texts = {0: copyrights, 1: _NAME, 2: "Regular", 3: _NAME, 4: _NAME, 6: _NAME.replace(" ", "")}
    texts[13] = "This Font Software is licensed under the SIL Open Font License, Version 1.1."
    for number, text in texts.items():
        font["name"].setName(text, number, 3, 1, 0x409)


if __name__ == "__main__":
    main(Path(sys.argv[1]), [Path(name) for name in sys.argv[2:]])
