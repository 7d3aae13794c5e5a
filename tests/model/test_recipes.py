"""A recipe says how fast it learns at every step."""

from dataclasses import replace

import pytest

from model.recipes import RECIPES, fitted, rate_at


def test_the_rate_rises_over_the_warm_up_and_falls_to_nothing_by_the_cosine() -> None:
    recipe = replace(RECIPES["fast"], rate=1.0, warm_up=10, steps=110, schedule="cosine")
    assert [rate_at(recipe, step) for step in (0, 4, 9)] == pytest.approx([0.1, 0.5, 1.0])
    assert [rate_at(recipe, step) for step in (10, 60, 110)] == pytest.approx([1.0, 0.5, 0.0])
    falling = [rate_at(recipe, step) for step in range(10, 111)]
    assert falling == sorted(falling, reverse=True)


def test_a_linear_rate_falls_evenly() -> None:
    recipe = replace(RECIPES["fast"], rate=1.0, warm_up=10, steps=110, schedule="linear")
    assert [rate_at(recipe, step) for step in (10, 35, 60, 110)] == [1.0, 0.75, 0.5, 0.0]


def test_a_small_corpus_drops_more_and_a_large_one_less() -> None:
    recipe = replace(RECIPES["seed"], dropout=0.3, dropout_recurrent=0.2, fitted_to=1000)
    assert fitted(recipe, 100, 1000).dropout == pytest.approx(0.3)
    assert fitted(recipe, 100, 250).dropout == pytest.approx(1 - 0.7**2)
    assert fitted(recipe, 100, 250).dropout_recurrent == pytest.approx(1 - 0.8**2)
    assert fitted(recipe, 100, 4000).dropout == pytest.approx(1 - 0.7**0.5)
    assert fitted(recipe, 100, 1).dropout == pytest.approx(1 - 0.7**2.5)
    assert fitted(recipe, 100, 10**9).dropout == pytest.approx(1 - 0.7**0.25)
    assert fitted(recipe, 100, 250).dropout_input == 0
    assert fitted(replace(recipe, fitted_to=0), 100, 250) == replace(recipe, fitted_to=0)


def test_a_small_corpus_comes_in_smaller_batches_and_is_measured_more_often() -> None:
    recipe = replace(RECIPES["seed"], batch=128, measure_every=100, fitted_to=1000)
    sizes = [(n, fitted(recipe, n, 1000)) for n in (20, 400, 1600, 4000)]
    assert [(n, fit.batch, fit.measure_every) for n, fit in sizes] == [
        (20, 16, 25),
        (400, 25, 100),
        (1600, 100, 100),
        (4000, 128, 100),
    ]
    assert fitted(replace(recipe, measure_every=1000), 4000, 1000).measure_every == 250


def test_a_constant_rate_stays() -> None:
    assert {rate_at(RECIPES["seed"], step) for step in range(1000)} == {1e-3}
