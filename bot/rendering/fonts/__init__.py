"""Fonts: the bundled font, and system fonts for the characters that it lacks.

Characters are drawn one by one, so fonts need no text shaping.
"""

from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

from PIL.ImageFont import FreeTypeFont, Layout, truetype

BUNDLED_FONT = Path(__file__).parent / "letters.ttf"

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
