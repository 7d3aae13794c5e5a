"""Learning rate schedules, and recipes adjusted to the size of the corpus."""

from dataclasses import replace

import pytest

from model.recipes import RECIPES, adjust_recipe, fine_tuning_recipe, learning_rate_at


def test_cosine_schedule_after_warmup() -> None:
    recipe = replace(
        RECIPES["fast"], learning_rate=1.0, warmup_steps=10, max_steps=110, schedule="cosine"
    )
    assert [learning_rate_at(recipe, step) for step in (0, 4, 9)] == pytest.approx([0.1, 0.5, 1.0])
    assert [learning_rate_at(recipe, step) for step in (10, 60, 110)] == pytest.approx(
        [1.0, 0.5, 0.0]
    )
    falling = [learning_rate_at(recipe, step) for step in range(10, 111)]
    assert falling == sorted(falling, reverse=True)


def test_linear_schedule() -> None:
    recipe = replace(
        RECIPES["fast"], learning_rate=1.0, warmup_steps=10, max_steps=110, schedule="linear"
    )
    rates = [learning_rate_at(recipe, step) for step in (10, 35, 60, 110)]
    assert rates == [1.0, 0.75, 0.5, 0.0]


def test_constant_schedule() -> None:
    assert {learning_rate_at(RECIPES["seed"], step) for step in range(1000)} == {1e-3}


def test_dropout_depends_on_corpus_size() -> None:
    recipe = replace(RECIPES["seed"], dropout=0.3, recurrent_dropout=0.2, tuned_for_characters=1000)
    assert adjust_recipe(recipe, 100, 1000).dropout == pytest.approx(0.3)
    assert adjust_recipe(recipe, 100, 250).dropout == pytest.approx(1 - 0.7**2)
    assert adjust_recipe(recipe, 100, 250).recurrent_dropout == pytest.approx(1 - 0.8**2)
    assert adjust_recipe(recipe, 100, 4000).dropout == pytest.approx(1 - 0.7**0.25)
    assert adjust_recipe(recipe, 100, 1).dropout == pytest.approx(1 - 0.7**2.5)
    assert adjust_recipe(recipe, 100, 10**9).dropout == pytest.approx(0, abs=1e-5)
    assert adjust_recipe(recipe, 100, 250).embedding_dropout == 0
    untuned = replace(recipe, tuned_for_characters=0)
    assert adjust_recipe(untuned, 100, 250) == untuned


def test_small_corpus_gets_small_batches() -> None:
    recipe = replace(RECIPES["seed"], batch_size=128, eval_interval=100, tuned_for_characters=1000)
    adjusted = [(n, adjust_recipe(recipe, n, 1000)) for n in (20, 400, 1600, 4000)]
    assert [(n, each.batch_size, each.eval_interval) for n, each in adjusted] == [
        (20, 16, 25),
        (400, 25, 100),
        (1600, 100, 100),
        (4000, 128, 100),
    ]
    rare = replace(recipe, eval_interval=1000)
    assert adjust_recipe(rare, 4000, 1000).eval_interval == 250


def test_long_lists_are_fine_tuned_for_few_epochs() -> None:
    recipe = replace(RECIPES["fast"], fine_tuning_epochs=15)
    assert fine_tuning_recipe(recipe, 2560, 20_000).max_steps == 15 * 20
    assert fine_tuning_recipe(recipe, 2560, 20_000).eval_interval == 30
    assert fine_tuning_recipe(recipe, 10**6, 10**7).max_steps == recipe.max_steps
    unlimited = replace(recipe, fine_tuning_epochs=0)
    assert fine_tuning_recipe(unlimited, 2560, 20_000).max_steps == recipe.max_steps
