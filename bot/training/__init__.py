"""Training: lists become styles on Dask workers, on this machine or on a remote cluster."""

from ..store import CorpusSummary, NewTraining, State, Training
from .events import (
    Cancelled,
    Done,
    Failed,
    InvalidCorpusError,
    Progress,
    Queued,
    Running,
    TrainingError,
    TrainingEvent,
)
from .manager import CandidateCache, TrainingManager

__all__ = [
    "Cancelled",
    "CandidateCache",
    "CorpusSummary",
    "Done",
    "Failed",
    "InvalidCorpusError",
    "NewTraining",
    "Progress",
    "Queued",
    "Running",
    "State",
    "Training",
    "TrainingError",
    "TrainingEvent",
    "TrainingManager",
]
