"""Settings that last: what servers set, and the names that people save."""

from .address import StoreError
from .kept import (
    MAX_BLOCKED,
    MAX_CHANNELS,
    MAX_NAME,
    MAX_PREFIX,
    MAX_SAVED,
    MAX_WORD,
    GuildSettings,
    NotKeptError,
    SavedName,
)
from .store import FRESH, Store

__all__ = [
    "FRESH",
    "MAX_BLOCKED",
    "MAX_CHANNELS",
    "MAX_NAME",
    "MAX_PREFIX",
    "MAX_SAVED",
    "MAX_WORD",
    "GuildSettings",
    "NotKeptError",
    "SavedName",
    "Store",
    "StoreError",
]
