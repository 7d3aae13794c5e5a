"""Time budgets: the schedule of every kind of list ends within the budget."""

import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from model.batches import EncodedSamples, Vocabulary
from model.budget import Schedule, follow_schedule, plan_schedule, validation_part
from model.checkpoint import load
from model.corpus import Corpus, split_samples
from model.recipes import RECIPES, Recipe, adjust_recipe, learning_rate_at, resolve
from model.training import train
from tests.corpora import admins, generated


def plan(samples: Sequence[str], recipe: Recipe) -> Schedule:
    split = split_samples(samples, recipe.held_out_fraction, recipe.seed, recipe.split)
    vocabulary = Vocabulary.from_samples(samples)
    encoded = EncodedSamples.from_samples(split.train, vocabulary)
    validation = EncodedSamples.from_samples(validation_part(split.validation), vocabulary)
    adjusted = adjust_recipe(recipe, len(encoded), encoded.target_count)
    corpus = Corpus(Path("list.txt"), tuple(samples))
    return plan_schedule(adjusted, corpus, split, encoded, validation, len(vocabulary))


def names(count: int) -> list[str]:
    """Short names, as long as makemore's."""
    return [town[: 3 + i % 8] for i, town in enumerate(admins.towns(count))]


@pytest.fixture(scope="module")
def lists() -> dict[str, list[str]]:
    code = [f"{line} # {i}" for i in range(60) for line in _code()]
    many_characters = [
        "".join(chr(0x4E00 + (i * k) % 4000) for k in (1, 7, 31)) for i in range(9000)
    ]
    return {
        "names": names(20_000),
        "molecules": generated.molecules(2000) * 10,
        "melodies": generated.melodies(8000),
        "code": code,
        "long lines": generated.chants(100) * 2,
        "a line of a thousand": [*names(4000), "x" * 1000],
        "four thousand characters": many_characters,
        "twenty": names(20),
    }


def _code() -> list[str]:
    lines = Path(re.__file__).read_text(encoding="utf-8").splitlines()
    return [line.strip() for line in lines if line.strip()]


@pytest.mark.parametrize("recipe", ["fast", "best"])
def test_every_schedule_is_within_the_budget(lists: dict[str, list[str]], recipe: str) -> None:
    schedules = {kind: plan(samples, RECIPES[recipe]) for kind, samples in lists.items()}
    budget = RECIPES[recipe].time_budget
    assert {kind: s.total for kind, s in schedules.items() if s.total > budget} == {}
    assert schedules["names"].max_steps == RECIPES[recipe].max_steps
    assert schedules["twenty"].max_steps == RECIPES[recipe].max_steps
    # Long lines take almost as many steps as names, and use the whole budget.
    for kind in ("molecules", "melodies", "code", "long lines"):
        assert schedules[kind].max_steps > 0.65 * RECIPES[recipe].max_steps
        assert schedules[kind].total > 0.85 * budget
    assert schedules["four thousand characters"].max_steps < 0.6 * RECIPES[recipe].max_steps


def test_no_budget_takes_all_steps(lists: dict[str, list[str]]) -> None:
    recipe = replace(RECIPES["fast"], time_budget=0.0)
    assert plan(lists["four thousand characters"], recipe).max_steps == recipe.max_steps


def test_steps_remain_however_large_the_corpus() -> None:
    samples = names(3000)
    recipe = replace(RECIPES["fast"], time_budget=1.0)
    assert plan(samples, recipe).max_steps > 10
    assert plan(samples, replace(recipe, time_budget=1e-6)).max_steps == 1


def test_learning_rate_ends_with_the_budget() -> None:
    schedule = Schedule(500, eval_interval=100, step=0.1, evaluation=1.0, report=5.0)
    recipe = follow_schedule(RECIPES["fast"], schedule.max_steps)
    assert (recipe.max_steps, recipe.warmup_steps) == (500, 50)
    assert learning_rate_at(recipe, 49) == recipe.learning_rate
    assert learning_rate_at(recipe, 500) == 0
    assert schedule.cost(250) == pytest.approx(25.0 + 2.0)
    assert schedule.total == pytest.approx(50.0 + 5.0 + 5.0)


def test_last_evaluation_of_a_part_of_an_interval() -> None:
    schedule = Schedule(250, eval_interval=100, step=0.1, evaluation=1.0, report=0.0)
    assert schedule.total == pytest.approx(25.0 + 3.0)


def test_resumed_training_keeps_the_schedule(corpus: Corpus, tiny: Recipe, tmp_path: Path) -> None:
    recipe = replace(tiny, max_steps=10_000, patience=0, time_budget=0.6)
    *_, whole = train(corpus, recipe, tmp_path / "whole")
    assert whole.metadata.finished
    assert 20 < whole.metadata.step < 1000
    run = train(corpus, recipe, tmp_path / "parts")
    for _ in range(2):
        next(run)
    run.close()
    *_, resumed = train(corpus, recipe, tmp_path / "parts", resume=True)
    assert (
        resumed.metadata.schedule
        == whole.metadata.schedule
        == load(tmp_path / "whole").metadata.schedule
    )
    assert resumed.metadata.step == whole.metadata.step
    assert all(resumed.tensors[name].equal(t) for name, t in whole.tensors.items())


def test_validation_part_is_limited() -> None:
    assert len(validation_part(["abc"] * 10_000)) == 4096
    assert validation_part(["abc"] * 10) == ["abc"] * 10
    assert len(validation_part(["x" * 10**5] * 3)) == 1


def test_own_steps_remove_the_budget() -> None:
    assert resolve({})[1].time_budget == 60
    assert resolve({"max_steps": 9000})[1].time_budget == 0
    assert resolve({"max_steps": 9000, "time_budget": 30.0})[1].time_budget == 30
