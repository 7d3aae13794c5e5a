"""Who is elsewhere is told once a second how far a training is and how long it still takes."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from model import telling, unheeding
from model.checkpoint import Checkpoint
from model.corpus import Corpus
from model.recipes import Recipe
from model.stopping import StoppedError, stopping
from model.telling import Teller
from model.training import train
from tests.corpora import admins

TOWNS = Corpus(Path("towns.txt"), tuple(admins.towns(2000)))


class Clock:
    """Time that passes when a test says so."""

    now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(telling, "monotonic", clock)
    return clock


@pytest.fixture
def made(tiny: Recipe, tmp_path: Path) -> Checkpoint:
    """What stands before the first step."""
    return next(train(TOWNS, tiny, tmp_path))


def at(made: Checkpoint, step: int, *, finished: bool = False) -> Checkpoint:
    """`made`, but at `step`."""
    history = (replace(made.facts.history[0], step=step),)
    return replace(made, facts=replace(made.facts, history=history, finished=finished))


def stepped(teller: Teller, clock: Clock, steps: range, seconds: float) -> None:
    for step in steps:
        teller.watch(step, step / 20)
        clock.now += seconds


def test_it_tells_once_a_second_from_the_fifth_step_on(clock: Clock, made: Checkpoint) -> None:
    told: list[dict[str, Any]] = []
    teller = Teller(TOWNS, 200, told.append, unheeding)
    teller.watch(0, 0.0)
    assert told == []  # nothing is measured yet
    teller.measured(made)
    stepped(teller, clock, range(200), 0.25)
    assert [one["step"] for one in told] == [*range(5, 200, 4)]
    assert [one["epoch"] for one in told[:2]] == [0.25, 0.45]
    assert {one["steps"] for one in told} == {200}
    assert {one["held_out"] for one in told} == {round(made.facts.history[0].held_out, 4)}
    assert all(len(one["names"]) == 12 for one in told)


def test_the_time_left_is_that_of_the_steps_and_of_what_comes_after(
    clock: Clock, made: Checkpoint
) -> None:
    told: list[dict[str, Any]] = []
    teller = Teller(TOWNS, 200, told.append, unheeding)
    teller.measured(made)
    stepped(teller, clock, range(201), 0.25)
    lefts = [one["seconds_left"] for one in told]
    after = [one["seconds_left"] - 0.25 * (200 - one["step"]) for one in told[:-1]]
    assert min(after) == pytest.approx(max(after))
    assert after[0] > 3  # more than the export alone
    assert lefts == sorted(lefts, reverse=True)
    clock.now += 2
    teller.again()
    assert told[-1]["seconds_left"] == pytest.approx(after[0] - 2.25, abs=0.3)
    clock.now += 1000
    teller.again()
    assert told[-1]["seconds_left"] == 0


def test_a_machine_that_slows_down_is_believed_after_four_measurements(
    clock: Clock, made: Checkpoint
) -> None:
    told: list[dict[str, Any]] = []
    teller = Teller(TOWNS, 10_000, told.append, unheeding)
    measures = iter(range(0, 1000, 100))
    for seconds in (0.1, 1.0):
        for _ in range(5):
            begin = next(measures)
            teller.measured(at(made, begin))
            stepped(teller, clock, range(begin, begin + 100), seconds)
    quick = [
        one["seconds_left"] / (10_000 - one["step"]) for one in told if 400 < one["step"] < 500
    ]
    slow = [one["seconds_left"] / (10_000 - one["step"]) for one in told if one["step"] > 900]
    assert all(pace == pytest.approx(0.1, rel=0.05) for pace in quick)
    assert all(pace == pytest.approx(1.0, rel=0.05) for pace in slow)


def test_a_training_that_ends_by_patience_has_no_steps_left(clock: Clock, made: Checkpoint) -> None:
    told: list[dict[str, Any]] = []
    teller = Teller(TOWNS, 10_000, told.append, unheeding)
    teller.measured(made)
    stepped(teller, clock, range(100), 0.25)
    assert told[-1]["seconds_left"] > 2000
    teller.measured(at(made, 100, finished=True))
    clock.now += 1
    teller.again()
    assert told[-1]["seconds_left"] < 20


def test_names_are_cut_at_forty_characters(tiny: Recipe, tmp_path: Path) -> None:
    corpus = Corpus(Path("chants.txt"), tuple(f"{'la ' * 30}{i}" for i in range(30)))
    first = next(train(corpus, tiny, tmp_path))
    assert 30 < max(map(len, telling.sampled(first, 50))) <= 40


def test_it_breaks_off_once_it_is_told_to_stop(made: Checkpoint) -> None:
    answers = iter([False, False, True])
    teller = Teller(TOWNS, 200, print, stopping(lambda: next(answers)))
    teller.watch(0, 0.0)
    teller.again()
    with pytest.raises(StoppedError):
        teller.watch(1, 0.1)
