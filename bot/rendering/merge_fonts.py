"""Merge fonts of many scripts into letters.ttf: `python merge_fonts.py OUT FONT...`.

fonts/README.md names the fonts. Where several fonts have a character, the first font
wins. Characters are drawn one by one, so shaping tables, hinting and glyph names are left out.
Needs fontTools, which the bot does not.
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
"""Code points that names use: alphabets and syllabaries of the BMP, Gothic, common symbols."""

_NAME = "Namesmith Letters"


def main(out: Path, fonts: Sequence[Path]) -> None:
    """Merge `fonts` and write the result to `out`."""
    merged_characters: set[int] = set()
    parts, copyrights = [], []
    for file in fonts:
        font = TTFont(file, recalcTimestamp=False)
        copyrights.append(str(font["name"].getDebugName(0)))
        characters = {c for c in font.getBestCmap() if any(a <= c <= b for a, b in _BLOCKS)}
        if new_characters := characters - merged_characters:
            parts.append(_subset(font, new_characters))
            merged_characters |= new_characters
    merged = Merger().merge(parts)
    _rename(merged, " ".join(dict.fromkeys(copyrights)))
    merged.save(out)


def _subset(font: TTFont, characters: set[int]) -> io.BytesIO:
    """Return a font file with only `characters` of `font`."""
    options = Options(hinting=False, layout_features=[], notdef_outline=True, glyph_names=False)
    options.drop_tables = [*options.drop_tables, "GDEF", "GPOS", "GSUB", "MATH", "STAT", "vhea"]
    options.drop_tables += ["BASE", "VORG", "vmtx"]
    subsetter = Subsetter(options)
    subsetter.populate(unicodes=characters)
    subsetter.subset(font)
    part = io.BytesIO()
    font.save(part)
    part.seek(0)
    return part


def _rename(font: TTFont, copyrights: str) -> None:
    """Give the font its own name: the licence reserves the names of some of its sources."""
    font["name"].names = []
    texts = {0: copyrights, 1: _NAME, 2: "Regular", 3: _NAME, 4: _NAME, 6: _NAME.replace(" ", "")}
    texts[13] = "This Font Software is licensed under the SIL Open Font License, Version 1.1."
    for number, text in texts.items():
        font["name"].setName(text, number, 3, 1, 0x409)


if __name__ == "__main__":
    main(Path(sys.argv[1]), [Path(name) for name in sys.argv[2:]])
