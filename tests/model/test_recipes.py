"""A recipe says how fast it learns at every step."""

from dataclasses import replace

import pytest

from model.recipes import RECIPES, rate_at


def test_the_rate_rises_over_the_warm_up_and_falls_to_nothing_by_the_cosine() -> None:
    recipe = replace(RECIPES["fast"], rate=1.0, warm_up=10, steps=110)
    assert [rate_at(recipe, step) for step in (0, 4, 9)] == pytest.approx([0.1, 0.5, 1.0])
    assert [rate_at(recipe, step) for step in (10, 60, 110)] == pytest.approx([1.0, 0.5, 0.0])
    falling = [rate_at(recipe, step) for step in range(10, 111)]
    assert falling == sorted(falling, reverse=True)


def test_a_constant_rate_stays() -> None:
    assert {rate_at(RECIPES["seed"], step) for step in range(1000)} == {1e-3}
