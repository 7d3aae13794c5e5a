"""Training progress: a bar or plain lines in a terminal, or messages to a callback."""

from collections import deque
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from functools import cached_property
from time import monotonic
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

from model.cancellation import CheckCancelled
from model.checkpoint import Checkpoint
from model.corpus import MAX_HELD_OUT, Corpus
from model.evaluation import QUANTILE_SAMPLES, generate, generated_count

OnProgress = Callable[[dict[str, Any]], None]
"""Called with the progress of a training as plain data."""

TERMINAL_NAMES = 6
MESSAGE_NAMES = 12
_MAX_NAME_LENGTH = 40  # a sample may be a whole paragraph
_LINES = 10  # printed over a whole run if the output is not a terminal
_INTERVAL = 1.0  # seconds between two messages
_FIRST_STEP = 5  # the first message; earlier steps are slow and give a bad estimate
_SPEED_WINDOW = 4  # evaluations that the speed is averaged over
_EXPORT_SECONDS = 3.0  # an estimate


def example_names(checkpoint: Checkpoint, count: int) -> list[str]:
    """Generate up to `count` names of up to 40 characters with the best weights."""
    max_length = min(checkpoint.metadata.corpus.max_length, _MAX_NAME_LENGTH)
    ids = generate(checkpoint.network(), count, max_length, seed=checkpoint.metadata.step)
    return [name for name in map(checkpoint.vocabulary().decode, ids) if name.strip()]


def show_progress(run: Iterator[Checkpoint], console: Console) -> Checkpoint:
    """Run a training to its end, show its progress on `console`, return the last checkpoint.

    Ten times per run, it prints a line with step, losses and a few names.
    """
    checkpoint = next(run)
    max_steps = checkpoint.metadata.recipe.max_steps
    start = checkpoint.metadata.step
    printed = start * _LINES // max_steps
    bar = _progress_bar(console)
    display: AbstractContextManager[object] = bar if console.is_terminal else nullcontext()
    with display:
        task = bar.add_task("", total=max_steps, completed=start, **_bar_fields(checkpoint))
        for checkpoint in run:
            step = checkpoint.metadata.step
            bar.update(task, completed=step, **_bar_fields(checkpoint))
            tenth = step * _LINES // max_steps
            if tenth > printed or checkpoint.metadata.finished:
                printed = tenth
                line = escape(_progress_line(checkpoint))
                console.print(line, soft_wrap=True, highlight=False)
    return checkpoint


def _progress_bar(console: Console) -> Progress:
    return Progress(
        TextColumn("loss {task.fields[train]:.3f}, validation {task.fields[validation]:.3f}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[speed]:.0f} steps/s"),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
        console=console,
        transient=True,
    )


def _bar_fields(checkpoint: Checkpoint) -> dict[str, Any]:
    metadata, last = checkpoint.metadata, checkpoint.metadata.history[-1]
    speed = metadata.step / metadata.seconds if metadata.seconds else 0.0
    return {"train": last.train_loss, "validation": last.validation_loss, "speed": speed}


def _progress_line(checkpoint: Checkpoint) -> str:
    last = checkpoint.metadata.history[-1]
    names = " ".join(example_names(checkpoint, TERMINAL_NAMES))
    return (
        f"step {last.step:>5}  loss {last.train_loss:.3f}  "
        f"validation {last.validation_loss:.3f}  {checkpoint.metadata.seconds:4.0f} s  {names}"
    )


@dataclass
class ProgressReporter:
    """Calls `on_progress` about once a second during the training of `corpus`.

    Pass `on_step` to `train`, and each checkpoint that it yields to `on_checkpoint`.
    """

    corpus: Corpus
    max_steps: int
    on_progress: OnProgress
    check_cancelled: CheckCancelled
    _evaluations: deque[tuple[float, int]] = field(
        default_factory=lambda: deque(maxlen=_SPEED_WINDOW)
    )
    _latest: dict[str, Any] = field(default_factory=dict)
    _step: int = 0
    _epochs: float = 0.0
    _finished_at: float | None = None
    _remaining: float = _EXPORT_SECONDS
    _next_message: float = 0.0

    def on_step(self, step: int, epochs: float) -> None:
        """Send a message if it is time. Raises what `check_cancelled` raises."""
        self.check_cancelled()
        self._step, self._epochs = step, epochs
        now = monotonic()
        if step == self.max_steps and self._finished_at is None:
            self._finished_at = now
        if self._latest and step >= _FIRST_STEP and now >= self._next_message:
            self._send(now)

    def on_checkpoint(self, checkpoint: Checkpoint) -> None:
        """Take losses and names from `checkpoint`."""
        last = checkpoint.metadata.history[-1]
        self._latest = {
            "loss": round(last.train_loss, 4),
            "validation_loss": round(last.validation_loss, 4),
            "names": example_names(checkpoint, MESSAGE_NAMES),
        }
        now = monotonic()
        self._evaluations.append((now, last.step))
        if checkpoint.metadata.finished and self._finished_at is None:
            self._finished_at = now  # stopped early

    def on_export(self) -> None:
        """Send the latest position again, if it is time, while the export runs."""
        self.on_step(self._step, self._epochs)

    def _send(self, now: float) -> None:
        self._next_message = now + _INTERVAL
        self.on_progress(
            {
                "step": self._step,
                "max_steps": self.max_steps,
                "epoch": round(self._epochs, 2),
                "seconds_left": round(self._seconds_left(now), 1),
                **self._latest,
            }
        )

    def _seconds_left(self, now: float) -> float:
        """Estimate the time left at the recent speed. Ignores a possible early stop."""
        if self._finished_at is not None:
            return max(0.0, self._remaining - (now - self._finished_at))
        started, step = self._evaluations[0]
        seconds_per_step = (now - started) / max(1, self._step - step)
        characters_per_step = self._epochs * self._characters / self._step
        seconds_per_character = seconds_per_step / characters_per_step
        self._remaining = _EXPORT_SECONDS + seconds_per_character * self._evaluation_cost
        return seconds_per_step * (self.max_steps - self._step) + self._remaining

    @cached_property
    def _characters(self) -> int:
        return sum(len(sample) + 1 for sample in self.corpus.samples)

    @cached_property
    def _evaluation_cost(self) -> float:
        """The final evaluation's duration, as a number of characters that training processes.

        Generating a character takes as long as training on it, scoring it a third of that.
        """
        samples = len(self.corpus.samples)
        scored = min(samples, QUANTILE_SAMPLES) + min(samples // 20, MAX_HELD_OUT)
        generated = generated_count(self.corpus.max_length)
        return self._characters / samples * (generated + scored / 3)
