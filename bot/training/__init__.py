"""Lists become styles, as jobs on a Dask cluster: one on this machine, or one in the settings."""

from ..store import State, Training
from .trainer import Trainer
from .updates import (
    Cancelled,
    Done,
    Failed,
    Progress,
    Running,
    TrainingFailed,
    TrainingRefused,
    Update,
    Waiting,
)

__all__ = [
    "Cancelled",
    "Done",
    "Failed",
    "Progress",
    "Running",
    "State",
    "Trainer",
    "Training",
    "TrainingFailed",
    "TrainingRefused",
    "Update",
    "Waiting",
]
