"""Reports: training progress in a terminal or to a callback, tables, and charts as PNG files."""

import unicodedata
from collections import Counter, deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from time import monotonic
from typing import Any

from matplotlib.figure import Figure
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
from rich.table import Table

from model.budget import Schedule
from model.cancellation import CheckCancelled
from model.checkpoint import Checkpoint, write_atomically
from model.corpus import Corpus
from model.evaluation import Report, generate
from model.trials import Losses, TrialProgress, best_evaluation

_MAX_BARS = 20
_BAR_WIDTH = 40  # characters
_MAX_ALPHABET = 400  # characters

_METRICS = (
    ("nats per character", "nats_per_character", "{:.4f}"),
    ("  standard error", "standard_error", "{:.4f}"),
    ("  excluding training samples", "unseen_nats_per_character", "{:.4f}"),
    ("  of character frequencies", "unigram_nats", "{:.4f}"),
    ("bits per character", "bits_per_character", "{:.4f}"),
    ("perplexity", "perplexity", "{:.3f}"),
    ("names generated", "drawn", "{:,}"),
    ("not in the corpus", "share_new", "{:.1%}"),
    ("distinct", "share_unique", "{:.1%}"),
    ("length distance, characters", "length_distance", "{:.2f}"),
)


def report_table(reports: Mapping[str, Report], samples: str = "held-out samples") -> Table:
    """Return a table with a column per report and a row per metric that any of them has.

    The title counts the `samples`.
    """
    held_out = max(report.held_out_samples for report in reports.values())
    table = Table("metric", title=escape(f"{held_out:,} {samples}"))
    for name in reports:
        table.add_column(escape(name), justify="right")
    for label, metric, template in _METRICS:
        values = [getattr(report, metric) for report in reports.values()]
        if values != [None] * len(values):
            cells = ("" if value is None else template.format(value) for value in values)
            table.add_row(label, *cells)
    return table


def corpus_table(corpus: Corpus) -> Table:
    """Return a table with the counts, the alphabet and a histogram of the sample lengths."""
    alphabet = sorted(set().union(*corpus.samples))
    lengths = sorted(map(len, corpus.samples))
    table = Table(title=escape(str(corpus.path)), show_header=False)
    table.add_row("samples", f"{len(corpus.samples):,}")
    table.add_row("duplicates dropped", f"{corpus.duplicates:,}")
    table.add_row("blank lines dropped", f"{corpus.blank_lines:,}")
    table.add_row("characters", f"{sum(lengths):,}, {len(alphabet):,} distinct")
    table.add_row("alphabet", escape(_format_alphabet(alphabet)))
    table.add_row("length", f"{lengths[0]} to {lengths[-1]}, median {lengths[len(lengths) // 2]}")
    for span, count, bar in _histogram_rows(lengths):
        table.add_row(span, f"{count:>7,} {bar}")
    return table


def _format_alphabet(characters: list[str]) -> str:
    """Join the characters with spaces; a dotted circle marks combining marks and spaces."""
    shown = ("◌" * (unicodedata.category(c)[0] in "MZC") + c for c in characters[:_MAX_ALPHABET])
    return " ".join(shown) + " …" * (len(characters) > _MAX_ALPHABET)


def _histogram_rows(lengths: list[int]) -> list[tuple[str, int, str]]:
    width = (lengths[-1] - lengths[0]) // _MAX_BARS + 1
    counts = Counter((length - lengths[0]) // width for length in lengths)
    highest = max(counts.values())
    rows = []
    for i in range(max(counts) + 1):
        low = lengths[0] + i * width
        span = str(low) if width == 1 else f"{low} to {low + width - 1}"
        rows.append((span, counts[i], "█" * round(_BAR_WIDTH * counts[i] / highest)))
    return rows


def plot_lengths(samples: Sequence[str], path: Path) -> None:
    """Write a histogram of the sample lengths. Raises `OSError`."""
    lengths = [len(sample) for sample in samples]
    figure = Figure(figsize=(7, 4), layout="constrained")
    axes = figure.add_subplot()
    low, high = min(lengths), max(lengths)
    axes.hist(lengths, bins=min(100, high - low + 1), range=(low - 0.5, high + 0.5), rwidth=0.9)
    axes.set(xlabel="length in characters", ylabel="samples", title=f"{len(samples):,} samples")
    _write_png(figure, path)


def plot_losses(history: Sequence[Losses], path: Path) -> None:
    """Write a chart of both losses over the steps, with the best marked. Raises `OSError`."""
    figure = Figure(figsize=(7, 4), layout="constrained")
    axes = figure.add_subplot()
    steps = [m.step for m in history]
    axes.plot(steps, [m.train_loss for m in history], label="training")
    axes.plot(steps, [m.validation_loss for m in history], label="validation")
    best = min(history, key=lambda m: m.validation_loss)
    axes.plot(best.step, best.validation_loss, "o", label=f"best: {best.validation_loss:.3f}")
    axes.set(xlabel="step", ylabel="nats per character")
    axes.legend()
    _write_png(figure, path)


def _write_png(figure: Figure, path: Path) -> None:
    image = BytesIO()
    figure.savefig(image, format="png", dpi=120)
    write_atomically(path, image.getvalue())


OnProgress = Callable[[dict[str, Any]], None]
"""Called with the progress of a training as plain data."""

TERMINAL_NAMES = 6
MESSAGE_NAMES = 12
_MAX_NAME_LENGTH = 40  # a sample may be a whole paragraph
_LINES = 10  # printed over a whole run if the output is not a terminal
_INTERVAL = 1.0  # seconds between two messages
_FIRST_STEP = 20  # the first message; fewer steps give a bad estimate
_SPEED_WINDOW = 4  # evaluations that the speed is averaged over
_WARM_UP_STEPS = 10  # slow ones, which the speed leaves out
_EXPORT_COST = 2.4  # seconds of a reference core, an estimate


def example_names(checkpoint: Checkpoint, count: int) -> list[str]:
    """Generate up to `count` names of up to 40 characters with the best weights."""
    max_length = min(checkpoint.metadata.corpus.max_length, _MAX_NAME_LENGTH)
    ids = generate(checkpoint.mixture(), count, max_length, seed=checkpoint.metadata.step)
    return [name for name in map(checkpoint.vocabulary().decode, ids) if name.strip()]


def show_progress(run: Iterator[Checkpoint], console: Console) -> Checkpoint:
    """Run a training to its end, show its progress on `console`, return the last checkpoint.

    Ten times per run, it prints a line with step, losses and a few names.
    """
    with console.status("Comparing ways to learn this list"):
        checkpoint = next(run)
    max_steps = planned_steps(checkpoint)
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


def planned_steps(checkpoint: Checkpoint) -> int:
    """Return the number of steps that the training takes unless it stops early."""
    metadata = checkpoint.metadata
    return metadata.schedule.max_steps if metadata.schedule else metadata.recipe.max_steps


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
    """Calls `on_progress` about once a second during a training.

    Pass `on_trial` and `on_step` to `train`, and each checkpoint that it yields to `on_checkpoint`.
    The steps that it reports include those of the trials.
    """

    on_progress: OnProgress
    check_cancelled: CheckCancelled
    _schedule: Schedule | None = None
    _trial_steps: int = 0
    _trials_began: float | None = None
    _slowness: float | None = None
    _evaluations: deque[tuple[float, int]] = field(
        default_factory=lambda: deque(maxlen=_SPEED_WINDOW)
    )
    _latest: dict[str, Any] = field(default_factory=dict)
    _step: int = 0
    _epochs: float = 0.0
    _finished_at: float | None = None
    _remaining: float = 0.0
    _may_end_sooner: bool = False
    _end: int = 0
    _next_message: float = 0.0

    def on_trial(self, progress: TrialProgress) -> None:
        """Send a message if it is time. Raises what `check_cancelled` raises."""
        self.check_cancelled()
        now = monotonic()
        self._trial_steps = progress.steps
        if self._trials_began is None:
            self._trials_began = now
            self._next_message = now + _INTERVAL
        elif progress.steps >= _FIRST_STEP and now >= self._next_message:
            self._next_message = now + _INTERVAL
            self._slowness = (now - self._trials_began) / progress.cost
            left = self._slowness * (progress.cost_left + _EXPORT_COST)
            self.on_progress(
                {
                    "step": progress.steps,
                    "max_steps": progress.max_steps,
                    "epoch": 0.0,
                    "seconds_left": round(left, 1),
                    "names": [],
                }
            )

    def on_step(self, step: int, epochs: float) -> None:
        """Send a message if it is time. Raises what `check_cancelled` raises."""
        self.check_cancelled()
        self._step, self._epochs = step, epochs
        if self._schedule is None:
            return
        now = monotonic()
        if step == _WARM_UP_STEPS and len(self._evaluations) == 1:
            self._evaluations[0] = (now, step)
        if step == self._schedule.max_steps and self._finished_at is None:
            self._finished_at = now
        first = min(_FIRST_STEP, self._schedule.max_steps) if self._slowness is None else 0
        if step >= first and now >= self._next_message:
            self._send(now, self._schedule)

    def on_checkpoint(self, checkpoint: Checkpoint) -> None:
        """Take the schedule, the losses and names from `checkpoint`."""
        last = checkpoint.metadata.history[-1]
        self._latest = {
            "loss": round(last.train_loss, 4),
            "validation_loss": round(last.validation_loss, 4),
            "names": example_names(checkpoint, MESSAGE_NAMES),
        }
        self._schedule = checkpoint.metadata.schedule
        if self._schedule:
            self._expect_end(checkpoint, self._schedule)
        now = monotonic()
        self._evaluations.append((now, last.step))
        if checkpoint.metadata.finished and self._finished_at is None:
            self._finished_at = now  # stopped early

    def _expect_end(self, checkpoint: Checkpoint, schedule: Schedule) -> None:
        """Expect an early stop once half of the patience has passed without an improvement."""
        history, patience = checkpoint.metadata.history, checkpoint.metadata.recipe.patience
        waited = len(history) - 1 - best_evaluation(history)
        stop = history[-1].step + (patience - waited) * schedule.eval_interval
        is_stopping = 0 < patience <= 2 * waited
        self._end = min(stop, schedule.max_steps) if is_stopping else schedule.max_steps
        self._may_end_sooner = patience > 0 and stop < self._end

    def on_export(self) -> None:
        """Send the latest position again, if it is time, while the export runs."""
        self.on_step(self._step, self._epochs)

    def _send(self, now: float, schedule: Schedule) -> None:
        self._next_message = now + _INTERVAL
        self.on_progress(
            {
                "step": self._trial_steps + self._step,
                "max_steps": self._trial_steps + schedule.max_steps,
                "epoch": round(self._epochs, 2),
                "seconds_left": round(self._seconds_left(now, schedule), 1),
                "may_end_sooner": self._may_end_sooner and self._finished_at is None,
                **self._latest,
            }
        )

    def _seconds_left(self, now: float, schedule: Schedule) -> float:
        """Return the cost left up to the expected end, in seconds of this machine."""
        if self._finished_at is not None:
            return max(0.0, self._remaining - (now - self._finished_at))
        started, step = self._evaluations[0]
        done = schedule.cost(self._step)
        if self._slowness is None or self._step >= _FIRST_STEP:
            self._slowness = (now - started) / max(schedule.step, done - schedule.cost(step))
        self._remaining = self._slowness * (schedule.report + _EXPORT_COST)
        return self._slowness * max(0.0, schedule.cost(self._end) - done) + self._remaining
