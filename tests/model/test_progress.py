"""Progress in a terminal, as plain lines, and as messages to a callback."""

from dataclasses import replace
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from model import reports
from model.budget import Schedule
from model.cancellation import CancelledError, cancellation_check, never_cancelled
from model.checkpoint import Checkpoint
from model.corpus import Corpus
from model.recipes import Recipe
from model.reports import TERMINAL_NAMES, ProgressReporter, example_names, show_progress
from model.training import train
from tests.corpora import admins

TOWNS = Corpus(Path("towns.txt"), tuple(admins.towns(2000)))


def shown(corpus: Corpus, recipe: Recipe, folder: Path, *, terminal: bool) -> str:
    out = StringIO()
    console = Console(file=out, force_terminal=terminal, width=120)
    assert show_progress(train(corpus, recipe, folder), console).metadata.finished
    return out.getvalue()


def test_plain_output_has_ten_lines(corpus: Corpus, tiny: Recipe, tmp_path: Path) -> None:
    recipe = replace(tiny, max_steps=80, eval_interval=2, patience=0)
    lines = shown(corpus, recipe, tmp_path, terminal=False).splitlines()
    assert [int(line.split()[1]) for line in lines] == list(range(8, 81, 8))
    assert "\x1b" not in "".join(lines)


def test_line_has_losses_and_names(corpus: Corpus, tiny: Recipe, tmp_path: Path) -> None:
    line = shown(corpus, tiny, tmp_path, terminal=False).splitlines()[-1]
    assert line.startswith("step    40  loss ")
    assert "  validation " in line
    assert len(line.split(" s  ", 1)[1].split(" ")) >= TERMINAL_NAMES


def test_terminal_shows_speed(corpus: Corpus, tiny: Recipe, tmp_path: Path) -> None:
    out = shown(corpus, tiny, tmp_path, terminal=True)
    assert "steps/s" in out
    assert "40/40" in out
    assert out.endswith("\x1b[2K")


def test_brackets_in_names_are_not_markup(tiny: Recipe, tmp_path: Path) -> None:
    samples = tuple(f"[{c}]" * 3 for c in "abcdefghijklmnopqrstuvwxyz")
    corpus = Corpus(tmp_path / "names.txt", samples)
    recipe = replace(
        tiny, max_steps=300, eval_interval=100, learning_rate=2e-2, dropout=0.0, patience=0
    )
    line = shown(corpus, recipe, tmp_path / "run", terminal=False).splitlines()[-1]
    assert "][" in line


class Clock:
    """A clock that a test moves forward."""

    now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(reports, "monotonic", clock)
    return clock


@pytest.fixture
def start(tiny: Recipe, tmp_path: Path) -> Checkpoint:
    """The checkpoint before the first step of 200. An evaluation costs as much as four steps."""
    return with_steps(next(train(TOWNS, tiny, tmp_path)), 200)


def with_steps(start: Checkpoint, max_steps: int) -> Checkpoint:
    schedule = Schedule(max_steps, eval_interval=100, step=0.5, evaluation=2.0, report=15.0)
    return replace(start, metadata=replace(start.metadata, schedule=schedule))


def at_step(start: Checkpoint, step: int, *, finished: bool = False) -> Checkpoint:
    history = (replace(start.metadata.history[0], step=step),)
    metadata = replace(start.metadata, history=history, finished=finished)
    return replace(start, metadata=metadata)


def take_steps(
    reporter: ProgressReporter, clock: Clock, steps: range, seconds_per_step: float
) -> None:
    for step in steps:
        reporter.on_step(step, step / 20)
        clock.now += seconds_per_step


def test_one_message_per_second(clock: Clock, start: Checkpoint) -> None:
    messages: list[dict[str, Any]] = []
    reporter = ProgressReporter(messages.append, never_cancelled)
    reporter.on_step(0, 0.0)
    assert messages == []  # nothing is evaluated yet
    reporter.on_checkpoint(start)
    take_steps(reporter, clock, range(200), 0.25)
    assert [message["step"] for message in messages] == [*range(20, 200, 4)]
    assert [message["epoch"] for message in messages[:2]] == [1.0, 1.2]
    assert {message["max_steps"] for message in messages} == {200}
    loss = round(start.metadata.history[0].validation_loss, 4)
    assert {message["validation_loss"] for message in messages} == {loss}
    assert all(len(message["names"]) == 12 for message in messages)


def test_time_left_has_the_evaluation(clock: Clock, start: Checkpoint) -> None:
    messages: list[dict[str, Any]] = []
    reporter = ProgressReporter(messages.append, never_cancelled)
    reporter.on_checkpoint(start)
    take_steps(reporter, clock, range(100), 0.25)
    # The machine takes half of each cost: 100 steps, 2 evaluations, the report, the export.
    assert messages[0]["seconds_left"] == pytest.approx(180 * 0.25 + 2.0 + 7.5 + 1.2)
    clock.now += 1.0
    reporter.on_checkpoint(at_step(start, 100))
    take_steps(reporter, clock, range(100, 200), 0.25)
    clock.now += 1.0
    reporter.on_step(200, 10.0)
    left = [message["seconds_left"] for message in messages]
    assert left[-1] == pytest.approx(7.5 + 1.2, abs=0.1)
    assert left == sorted(left, reverse=True)
    clock.now += 2
    reporter.on_export()
    assert messages[-1]["seconds_left"] == pytest.approx(6.7, abs=0.1)
    clock.now += 1000
    reporter.on_export()
    assert messages[-1]["seconds_left"] == 0


def test_time_left_uses_recent_speed(clock: Clock, start: Checkpoint) -> None:
    messages: list[dict[str, Any]] = []
    reporter = ProgressReporter(messages.append, never_cancelled)
    start = with_steps(start, 10_000)
    evaluations = iter(range(0, 1000, 100))
    for seconds_per_step in (0.1, 1.0):
        for _ in range(5):
            step = next(evaluations)
            reporter.on_checkpoint(at_step(start, step))
            take_steps(reporter, clock, range(step, step + 100), seconds_per_step)
            clock.now += 4 * seconds_per_step
    fast = [m["seconds_left"] / (10_000 - m["step"]) for m in messages if 400 < m["step"] < 500]
    slow = [m["seconds_left"] / (10_000 - m["step"]) for m in messages if m["step"] > 900]
    assert all(pace == pytest.approx(0.1, rel=0.06) for pace in fast)
    assert all(pace == pytest.approx(1.0, rel=0.06) for pace in slow)


def test_time_left_after_an_early_stop(clock: Clock, start: Checkpoint) -> None:
    messages: list[dict[str, Any]] = []
    reporter = ProgressReporter(messages.append, never_cancelled)
    start = with_steps(start, 10_000)
    reporter.on_checkpoint(start)
    take_steps(reporter, clock, range(100), 0.25)
    assert messages[-1]["seconds_left"] > 2000
    assert messages[-1]["may_end_sooner"]
    reporter.on_checkpoint(at_step(start, 100, finished=True))
    clock.now += 1
    reporter.on_export()
    assert messages[-1]["seconds_left"] < 20
    assert not messages[-1]["may_end_sooner"]


def test_time_left_until_an_expected_stop(clock: Clock, start: Checkpoint) -> None:
    messages: list[dict[str, Any]] = []
    reporter = ProgressReporter(messages.append, never_cancelled)
    start = with_steps(start, 10_000)
    first = start.metadata.history[0]
    recipe = replace(start.metadata.recipe, patience=4)
    reporter.on_checkpoint(replace(start, metadata=replace(start.metadata, recipe=recipe)))
    for waited in range(3):  # evaluations without an improvement
        take_steps(reporter, clock, range(100 * waited, 100 * waited + 100), 0.25)
        clock.now += 1.0
        losses = [replace(first, step=100 * i) for i in range(waited + 2)]
        metadata = replace(start.metadata, recipe=recipe, history=tuple(losses))
        reporter.on_checkpoint(replace(start, metadata=metadata))
    before = messages[10]
    reporter.on_step(300, 15.0)
    assert before["may_end_sooner"]
    assert before["seconds_left"] > 2000
    assert not messages[-1]["may_end_sooner"]
    # Half of each cost: the 100 steps and the evaluation until the stop, the report, the export.
    assert messages[-1]["seconds_left"] == pytest.approx(25 + 1.0 + 7.5 + 1.2, abs=0.5)


def test_long_names_are_cut(tiny: Recipe, tmp_path: Path) -> None:
    corpus = Corpus(Path("chants.txt"), tuple(f"{'la ' * 30}{i}" for i in range(30)))
    first = next(train(corpus, tiny, tmp_path))
    assert 30 < max(map(len, example_names(first, 50))) <= 40


def test_cancel_ends_the_training() -> None:
    answers = iter([False, False, True])
    reporter = ProgressReporter(print, cancellation_check(lambda: next(answers)))
    reporter.on_step(0, 0.0)
    reporter.on_export()
    with pytest.raises(CancelledError):
        reporter.on_step(1, 0.1)
