"""Styles on disk: versions of each, which one answers, who changed that; and their engines.

A library is a folder or an fsspec URL: `STYLE/0001.onnx` and so on, with one `style.json` a style
that names the live version. A guild's own styles are in `@GUILD_ID/`.
"""

from .errors import LibraryError, PlaceError, StyleNotFoundError
from .library import SHIPPED, Library
from .manifest import Change, Shelved
from .naming import checked_style

__all__ = [
    "SHIPPED",
    "Change",
    "Library",
    "LibraryError",
    "PlaceError",
    "Shelved",
    "StyleNotFoundError",
    "checked_style",
]
