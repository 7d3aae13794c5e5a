"""What styles are called, and where each is kept: `STYLE`, or `@GUILD_ID/STYLE` for a guild's own.

A name is one folder on every system that there is: it begins no path, leads nowhere, and is spelled
in one way only.
"""

import re
import unicodedata

from .errors import LibraryError

_LONGEST = 32
_RESERVED = re.compile(r"con|prn|aux|nul|com[0-9]|lpt[0-9]")
"""What Windows takes for devices."""

_GUILD = re.compile(r"@([0-9]{1,20})")
_VERSION = re.compile(r"\.?([0-9]{4,6})\.(?:onnx|part)")


def checked_style(name: str) -> str:
    """Return `name` as it is kept: in NFC and in small letters; raises `LibraryError`.

    1 to 32 letters, their marks and digits of any script, "-" and "_".
    """
    folded = unicodedata.normalize("NFC", unicodedata.normalize("NFC", name.strip()).casefold())
    if not 1 <= len(folded) <= _LONGEST:
        raise LibraryError(f"A style's name has 1 to {_LONGEST} characters, not {len(folded)}.")
    for character in folded:
        kind = unicodedata.category(character)
        if kind[0] not in "LM" and kind != "Nd" and character not in "-_":
            told = unicodedata.name(character, f"U+{ord(character):04X}")
            raise LibraryError(
                f"A style's name is of letters, digits, - and _; it cannot have {told}."
            )
    if _RESERVED.fullmatch(folded):
        raise LibraryError(f"{folded} is a name that some systems keep for devices; take another.")
    return folded


def shelf_of(style: str, guild_id: int | None) -> str:
    """Return the folder of a style, relative to the library; raises `LibraryError`."""
    style = checked_style(style)
    return style if guild_id is None else f"@{guild_id:d}/{style}"


def whose(shelf: str) -> tuple[int | None, str] | None:
    """Return the guild and the style of a folder; None where it is not just `shelf_of` them."""
    guild, _, style = shelf.rpartition("/")
    match = _GUILD.fullmatch(guild)
    guild_id = int(match[1]) if match else None
    try:
        return (guild_id, style) if shelf_of(style, guild_id) == shelf else None
    except LibraryError:
        return None


def file_of(version: int) -> str:
    """Return the name of a version's file."""
    return f"{version:04}.onnx"


def part_of(version: int) -> str:
    """Return the name under which a version is written before it is whole."""
    return f".{version:04}.part"


def version_of(name: str) -> int | None:
    """Return the version that a file is, or becomes; None for any other file."""
    match = _VERSION.fullmatch(name)
    return int(match[1]) if match else None
