"""Database: server settings, saved names, trainings and gateway sessions."""

from .schema import (
    MAX_BLOCKED,
    MAX_CHANNELS,
    MAX_ID,
    MAX_NAME,
    MAX_PREFIX,
    MAX_SAVED,
    MAX_WORD,
    InvalidValueError,
    StoreError,
)
from .sessions import GatewaySession
from .store import GuildSettings, SavedName, Store
from .trainings import (
    ACTIVE_STATES,
    OFFER_TTL,
    RETENTION,
    CorpusSummary,
    LayoutChoice,
    NewTraining,
    State,
    Training,
    TrainingReport,
    Trainings,
)

__all__ = [
    "ACTIVE_STATES",
    "MAX_BLOCKED",
    "MAX_CHANNELS",
    "MAX_ID",
    "MAX_NAME",
    "MAX_PREFIX",
    "MAX_SAVED",
    "MAX_WORD",
    "OFFER_TTL",
    "RETENTION",
    "CorpusSummary",
    "GatewaySession",
    "GuildSettings",
    "InvalidValueError",
    "LayoutChoice",
    "NewTraining",
    "SavedName",
    "State",
    "Store",
    "StoreError",
    "Training",
    "TrainingReport",
    "Trainings",
]
