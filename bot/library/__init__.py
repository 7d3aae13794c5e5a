"""The style library: published versions of each style, and the engines that draw names from them.

The storage is a folder or an fsspec URL. It holds `STYLE/0001.onnx` and so on, and one `style.json`
per style that names the live version. A server's own styles are in `@GUILD_ID/`. A version of a
pattern has a small JSON document in place of the network.
"""

from .cards import StyleCard
from .library import SHIPPED, SHIPPED_PATTERNS, Library
from .manifest import (
    Change,
    LibraryError,
    StorageError,
    StyleError,
    StyleNotFoundError,
    StyleRecord,
    validate_style_name,
)
from .mix_text import (
    MAX_STYLES,
    WeightedStyle,
    distinct,
    format_mix,
    is_mix,
    parse_mix,
    split_last_style,
)
from .pattern_style import PatternStyle
from .storage_urls import open_storage

__all__ = [
    "MAX_STYLES",
    "SHIPPED",
    "SHIPPED_PATTERNS",
    "Change",
    "Library",
    "LibraryError",
    "PatternStyle",
    "StorageError",
    "StyleCard",
    "StyleError",
    "StyleNotFoundError",
    "StyleRecord",
    "WeightedStyle",
    "distinct",
    "format_mix",
    "is_mix",
    "open_storage",
    "parse_mix",
    "split_last_style",
    "validate_style_name",
]
