"""A character is drawn by softmax(logits / temperature) cut to its nucleus, whatever the logits."""

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.sampling.drawing import draw

FEW, MANY = 8, 2048
"""Rows that are drawn by running sums, and rows that are drawn by blocks."""

LAST = 1 - 2**-53
"""The largest uniform there is; as a float32 it would be 1."""

logits_of_a_row = st.lists(
    st.floats(allow_nan=False, allow_infinity=False, width=32), min_size=3, max_size=70
)
temperatures = st.floats(0.01, 100)
uniforms = st.floats(0, LAST)


def probabilities(
    logits: npt.NDArray[np.float32], temperature: float, top_p: float
) -> npt.NDArray[np.float64]:
    """Return [V], from the definition and in double precision."""
    scores = logits.astype(np.float64)
    scores[0] = -np.inf
    weights = np.exp((scores - scores.max()) / temperature)
    weights /= weights.sum()
    if top_p == 1:
        return np.asarray(weights)
    order = np.argsort(-weights, kind="stable")
    before = weights[order].cumsum() - weights[order]
    least = weights[order][before < top_p].min()
    weights[weights < least] = 0
    return np.asarray(weights / weights.sum())


def chi_square(drawn: npt.NDArray[np.int64], exact: npt.NDArray[np.float64]) -> tuple[float, float]:
    """Return the statistic over the tokens expected five times or more, and its 99.99 % point.

    The point is Wilson & Hilferty's (1931).
    """
    expected = exact * drawn.size
    counts = np.bincount(drawn, minlength=exact.size)
    often = expected >= 5
    rest_expected, rest = expected[~often].sum(), counts[~often].sum()
    statistic = float((((counts - expected) ** 2)[often] / expected[often]).sum())
    if rest_expected > 0:
        statistic += float((rest - rest_expected) ** 2 / rest_expected)
    freedom = max(1, int(often.sum()))
    return statistic, freedom * (1 - 2 / (9 * freedom) + 3.72 * (2 / (9 * freedom)) ** 0.5) ** 3


@pytest.mark.parametrize("rows", [FEW, MANY])
@pytest.mark.parametrize("size", [3, 29, 55, 56, 300])
@pytest.mark.parametrize(("temperature", "top_p"), [(1, 1), (0.8, 1), (0.3, 0.9), (2, 0.5)])
def test_draws_follow_the_tempered_nucleus(
    rows: int, size: int, temperature: float, top_p: float
) -> None:
    rng = np.random.default_rng(size)
    logits = (2 * rng.standard_normal((1, size))).astype(np.float32)
    several = np.repeat(logits, rows, axis=0)
    drawn = [draw(several, temperature, top_p, rng.random(rows)) for _ in range(16_384 // rows)]
    exact = probabilities(logits[0], temperature, top_p)
    statistic, limit = chi_square(np.concatenate(drawn), exact)
    assert statistic < limit
    assert set(np.unique(drawn)) <= set(np.flatnonzero(exact))


def test_one_row_of_logits_serves_many_uniforms() -> None:
    rng = np.random.default_rng(1)
    logits = rng.standard_normal((1, 55)).astype(np.float32)
    at_random = rng.random(MANY, np.float32)
    together = draw(logits, 0.8, 1, at_random)
    assert np.mean(together == draw(np.repeat(logits, MANY, axis=0), 0.8, 1, at_random)) > 0.999


@pytest.mark.parametrize("rows", [FEW, MANY])
@pytest.mark.parametrize("size", [3, 53, 55])
@pytest.mark.parametrize("top_p", [1, 0.7])
@pytest.mark.parametrize("offset", [0, 1000])
def test_uniforms_draw_each_from_the_row_of_logits_that_they_name(
    rows: int, size: int, top_p: float, offset: float
) -> None:
    """Also where a row's weights are beyond float32 until its largest logit is taken off."""
    rng = np.random.default_rng(size)
    logits = rng.standard_normal((7, size)).astype(np.float32)
    logits[3] += offset
    at, at_random = rng.integers(0, 7, rows), rng.random(rows, np.float32)
    together = draw(logits, 0.8, top_p, at_random, at)
    assert np.mean(together == draw(logits[at], 0.8, top_p, at_random)) > 0.999


def shapes(row: list[float]) -> Iterator[npt.NDArray[np.float32]]:
    """Yield `row` among others, in few rows and in many."""
    rng = np.random.default_rng(len(row))
    for rows in (1, FEW, MANY):
        logits = rng.standard_normal((rows, len(row))).astype(np.float32)
        logits[rows // 2] = row
        yield logits


@given(row=logits_of_a_row, temperature=temperatures, uniform=uniforms)
@example(row=[50, 0, 0, -1], temperature=0.01, uniform=LAST)
@example(row=[-1e38, 1e38, -1e38], temperature=0.01, uniform=0)
@example(row=[0, -1e38, -1e38], temperature=1, uniform=0.5)
@example(row=[0.0] * 55, temperature=1, uniform=LAST)
def test_any_finite_logits_give_a_token_that_has_weight(
    row: list[float], temperature: float, uniform: float
) -> None:
    exact = probabilities(np.array(row, np.float32), temperature, 1)
    for logits in shapes(row):
        token = int(draw(logits, temperature, 1, np.full(len(logits), uniform))[len(logits) // 2])
        assert 0 < token < len(row)
        assert exact[token] > 0


@given(row=logits_of_a_row, temperature=temperatures, uniform=uniforms)
def test_the_token_is_the_one_at_that_place_of_the_cumulative_distribution(
    row: list[float], temperature: float, uniform: float
) -> None:
    """Up to the rounding of float32, which moves an edge of the distribution by that much."""
    row = [max(-50 * temperature, min(50 * temperature, x)) for x in row]
    cumulative = probabilities(np.array(row, np.float32), temperature, 1).cumsum()
    for logits in shapes(row):
        token = int(draw(logits, temperature, 1, np.full(len(logits), uniform))[len(logits) // 2])
        assert cumulative[token - 1] - 1e-4 <= uniform <= cumulative[token] + 1e-4


@pytest.mark.parametrize("uniform", [0.0, np.nextafter(1, 0, dtype=np.float32), LAST])
@pytest.mark.parametrize("size", [29, 55, 56])
def test_the_ends_of_the_distribution_are_its_first_and_last_token_with_weight(
    uniform: float, size: int
) -> None:
    """Also where the vocabulary's first and last blocks have no weight at all."""
    logits = np.full((MANY, size), -np.inf, np.float32)
    logits[:, [size // 2, size // 2 + 1]] = 0
    tokens = draw(logits, 1, 1, np.full(MANY, uniform))
    assert np.all(tokens == size // 2 + (uniform > 0))


def test_logits_are_left_as_they_are() -> None:
    logits = np.random.default_rng(1).standard_normal((MANY, 55)).astype(np.float32)
    before = logits.copy()
    draw(logits, 0.01, 0.5, np.zeros(MANY))
    assert np.array_equal(logits, before)
