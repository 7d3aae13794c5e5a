"""What is told of a training as it goes."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from ..store import Training


class TrainingRefused(Exception):  # noqa: N818 - it is the list's fault, no error of ours
    """A list cannot be learned; the message is one line for whoever brought it."""


class TrainingFailed(Exception):  # noqa: N818 - as above
    """No training can be done, by no fault of the list; the message is one line on why."""


@dataclass(frozen=True)
class Progress:
    """How far a training is, as of its last measurement; losses in nats a character."""

    step: int
    steps: int
    """How many there will be at most."""
    epoch: float
    loss: float
    held_out: float
    seconds_left: float
    names: tuple[str, ...]
    """Up to twelve names as they come by now."""

    @classmethod
    def of(cls, told: Mapping[str, Any]) -> Self:
        """Return what the job told; its keys are the fields' names."""
        found = {name: told[name] for name in cls.__dataclass_fields__}
        return cls(**{**found, "names": tuple(told["names"])})


@dataclass(frozen=True)
class Waiting:
    """It has not begun: `place` 1 is the next one, of `of` that wait."""

    place: int
    of: int


@dataclass(frozen=True)
class Running:
    """A worker is at it; None: and has measured nothing yet."""

    progress: Progress | None


@dataclass(frozen=True)
class Done:
    """It is a style: `store.trainings.get_candidate(training.id)` has the artifact."""

    training: Training


@dataclass(frozen=True)
class Failed:
    """It is none, for this reason, in one line."""

    reason: str


@dataclass(frozen=True)
class Cancelled:
    """Somebody gave it up."""


Update = Waiting | Running | Done | Failed | Cancelled
