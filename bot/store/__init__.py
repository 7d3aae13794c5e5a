"""What lasts: what servers set, the names that people save, and the trainings under way."""

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
from .training import UNDER_WAY, State, Training
from .trainings import KEPT, OFFERED, Trainings

__all__ = [
    "FRESH",
    "KEPT",
    "MAX_BLOCKED",
    "MAX_CHANNELS",
    "MAX_NAME",
    "MAX_PREFIX",
    "MAX_SAVED",
    "MAX_WORD",
    "OFFERED",
    "UNDER_WAY",
    "GuildSettings",
    "NotKeptError",
    "SavedName",
    "State",
    "Store",
    "StoreError",
    "Training",
    "Trainings",
]
