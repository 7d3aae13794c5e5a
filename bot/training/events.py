"""Training events, and the feed that delivers them to followers."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextvars import copy_context
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Self

from ..store import Training


class InvalidCorpusError(Exception):
    """A list cannot be used; the message is one line for the person who uploaded it.

    `reason` is the same without words: a kind and its values, see `model.corpus.CorpusError`.
    """

    def __init__(self, message: str, reason: Sequence[Any] = ()) -> None:
        super().__init__(message)
        self.reason = tuple(reason)


class TrainingError(Exception):
    """A training cannot run, or stopped, for another reason; the message is one line."""


@dataclass(frozen=True)
class Progress:
    """The state of a running training at its latest report; losses in nats per character."""

    step: int
    max_steps: int
    epoch: float
    finishes_at: datetime
    """The estimated end, to the second."""
    may_end_sooner: bool
    """Whether the training ends before that if its held-out loss stops improving."""
    names: tuple[str, ...]
    """Up to 12 generated names."""
    loss: float | None = None
    validation_loss: float | None = None
    """None during the trials before the training."""

    @classmethod
    def from_job(cls, report: Mapping[str, Any]) -> Self:
        """Return the progress that a job has just reported.

        The report has `seconds_left` instead of `finishes_at`; the other keys are the field names.
        """
        finishes_at = datetime.now(UTC) + timedelta(seconds=report["seconds_left"])
        values = {name: report[name] for name in cls.__dataclass_fields__ if name in report}
        values |= {
            "names": tuple(report["names"]),
            "may_end_sooner": report.get("may_end_sooner", False),
        }
        return cls(**values, finishes_at=finishes_at.replace(microsecond=0))


@dataclass(frozen=True)
class Queued:
    """It waits for a worker; the training at `position` 1 of `total` is next."""

    position: int
    total: int


@dataclass(frozen=True)
class Running:
    """A worker runs it; `progress` is None until the job's first report."""

    progress: Progress | None


@dataclass(frozen=True)
class Done:
    """It has finished; `store.trainings.get_candidate(training.id)` returns the artifact."""

    training: Training


@dataclass(frozen=True)
class Failed:
    """It has failed; `reason` is one line."""

    reason: str


@dataclass(frozen=True)
class Cancelled:
    """Someone cancelled it."""


TrainingEvent = Queued | Running | Done | Failed | Cancelled
FinalEvent = Done | Failed | Cancelled


class ProgressFeed:
    """The events of one training; the last is `Done`, `Failed` or `Cancelled`."""

    def __init__(self, training_id: int, guild_id: int | None) -> None:
        self.training_id = training_id
        self.guild_id = guild_id
        self.latest: TrainingEvent = Queued(1, 1)
        self.context = copy_context()
        """The context of the request that queued the training, with its id."""
        self.started_at: float | None = None
        """When a worker could begin it, as a value of `time.monotonic`."""
        self._is_closed = False
        self._changed = asyncio.Event()

    def publish(self, event: TrainingEvent) -> None:
        """Deliver `event`, unless it repeats the latest one or the training has ended."""
        if not isinstance(self.latest, FinalEvent) and event != self.latest:
            self.latest = event
            self._wake()

    def close(self) -> None:
        """End the feed without a final event: another process continues the training."""
        self._is_closed = True
        self._wake()

    async def follow(self) -> AsyncIterator[TrainingEvent]:
        """Yield the latest event, then each new one; a slow reader misses outdated events."""
        seen: TrainingEvent | None = None
        while True:
            changed = self._changed
            if self.latest is not seen:
                seen = self.latest
                yield seen
            elif self._is_closed or isinstance(seen, FinalEvent):
                return
            else:
                await changed.wait()

    def _wake(self) -> None:
        changed, self._changed = self._changed, asyncio.Event()
        changed.set()


def final_event(training: Training | None) -> TrainingEvent:
    """Return the final event of a stored training; raises `TrainingError` if it has none."""
    if training and training.state in ("done", "published"):
        return Done(training)
    if training and training.state == "failed":
        return Failed(training.failure or "the reason is unknown")
    if training and training.state in ("cancelled", "discarded"):
        return Cancelled()
    raise TrainingError("this training is not running here")
