"""Which font shows a character: the one that ships, else one of the system's.

Letters are shown one by one, as the model reads them, so nothing here shapes words.
"""

from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

from PIL.ImageFont import FreeTypeFont, Layout, truetype

LETTERS = Path(__file__).parent / "letters.ttf"

_FOLDERS = (
    "/usr/share/fonts",
    "/usr/local/share/fonts",
    "~/.local/share/fonts",
    "~/.fonts",
    "/System/Library/Fonts",
    "/Library/Fonts",
    "C:/Windows/Fonts",
)
_WIDE = (
    *("notosanscjk-regular", "notosanskr-regular", "notosansjp-regular", "notosanssc-regular"),
    *("droidsansfallback", "wqy-microhei", "wqy-zenhei", "nanumgothic.", "unfonts", "ipaexg"),
    *("hiragino sans gb", "applesdgothicneo", "pingfang", "malgun.", "msyh.", "msgothic."),
    *("arial unicode", "seguisym", "symbola", "notosanssymbols2-regular", "notoemoji", "unifont"),
)
"""How the files of fonts begin that have what the shipped one lacks, the best first."""

_NO_CHARACTER = "\U0010ffff"
_ANY_SIZE = 24


def font_for(text: str, size: int) -> FreeTypeFont | None:
    """Return a font that has all characters of `text`, `size` pixels high, or None."""
    file = _file_for(text)
    return _font(file, size) if file else None


@lru_cache(maxsize=4096)
def _file_for(text: str) -> Path | None:
    return next((file for file in (LETTERS, *_system_fonts()) if _has(file, text)), None)


def _has(file: Path, text: str) -> bool:
    """Whether the font in `file` draws each character of `text` otherwise than one it lacks."""
    try:
        font = _font(file, _ANY_SIZE)
        lacking = bytes(font.getmask(_NO_CHARACTER))
        return all(bytes(font.getmask(character)) != lacking for character in text)
    except (OSError, ValueError):  # no font, or one of pictures that have a size of their own
        return False


@lru_cache(maxsize=64)
def _font(file: Path, size: int) -> FreeTypeFont:
    return truetype(file, size, layout_engine=Layout.BASIC)


@lru_cache(maxsize=1)
def _system_fonts() -> tuple[Path, ...]:
    """Return the files of the system's fonts that have many characters, the best first."""
    found = {file.name.lower(): file for folder in _FOLDERS for file in _files(Path(folder))}
    return tuple(found[name] for start in _WIDE for name in sorted(found) if name.startswith(start))


def _files(folder: Path) -> Iterator[Path]:
    try:
        yield from folder.expanduser().rglob("*.[ot]t[fc]")
    except (OSError, RuntimeError):  # not to be read, or nobody's home
        return
