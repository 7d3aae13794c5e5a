"""Draw: tokens follow softmax(logits / temperature) cut to its nucleus, for any logits."""

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.sampling.draw import draw

FEW, MANY = 8, 2048
"""Rows drawn with running sums, and rows drawn by blocks."""

LAST = 1 - 2**-53
"""The largest uniform; as a float32 it would be 1."""

row_logits = st.lists(
    st.floats(allow_nan=False, allow_infinity=False, width=32), min_size=3, max_size=70
)
temperatures = st.floats(0.01, 100)
uniforms = st.floats(0, LAST)


def probabilities(
    logits: npt.NDArray[np.float32], temperature: float, top_p: float
) -> npt.NDArray[np.float64]:
    """Return p [V] by the definition, in double precision."""
    scores = logits.astype(np.float64)
    scores[0] = -np.inf
    weights = np.exp((scores - scores.max()) / temperature)
    weights /= weights.sum()
    if top_p == 1:
        return np.asarray(weights)
    order = np.argsort(-weights, kind="stable")
    before = weights[order].cumsum() - weights[order]
    smallest = weights[order][before < top_p].min()
    weights[weights < smallest] = 0
    return np.asarray(weights / weights.sum())


def chi_square(drawn: npt.NDArray[np.int64], exact: npt.NDArray[np.float64]) -> tuple[float, float]:
    """Return Pearson's statistic and its 99.99 % point (Wilson and Hilferty 1931).

    Tokens that are expected less than five times are merged.
    """
    expected = exact * drawn.size
    counts = np.bincount(drawn, minlength=exact.size)
    is_frequent = expected >= 5
    rest_expected, rest = expected[~is_frequent].sum(), counts[~is_frequent].sum()
    statistic = float((((counts - expected) ** 2)[is_frequent] / expected[is_frequent]).sum())
    if rest_expected > 0:
        statistic += float((rest - rest_expected) ** 2 / rest_expected)
    degrees = max(1, int(is_frequent.sum()))
    return statistic, degrees * (1 - 2 / (9 * degrees) + 3.72 * (2 / (9 * degrees)) ** 0.5) ** 3


@pytest.mark.parametrize("rows", [FEW, MANY])
@pytest.mark.parametrize("size", [3, 29, 55, 56, 300])
@pytest.mark.parametrize(("temperature", "top_p"), [(1, 1), (0.8, 1), (0.3, 0.9), (2, 0.5)])
def test_follows_the_tempered_nucleus(
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


def test_many_uniforms_from_one_row() -> None:
    rng = np.random.default_rng(1)
    logits = rng.standard_normal((1, 55)).astype(np.float32)
    values = rng.random(MANY, np.float32)
    together = draw(logits, 0.8, 1, values)
    assert np.mean(together == draw(np.repeat(logits, MANY, axis=0), 0.8, 1, values)) > 0.999


@pytest.mark.parametrize("rows", [FEW, MANY])
@pytest.mark.parametrize("size", [3, 53, 55])
@pytest.mark.parametrize("top_p", [1, 0.7])
@pytest.mark.parametrize("offset", [0, 1000])
def test_uniforms_choose_their_rows(rows: int, size: int, top_p: float, offset: float) -> None:
    """Also if a row's weights overflow float32 until its largest logit is subtracted."""
    rng = np.random.default_rng(size)
    logits = rng.standard_normal((7, size)).astype(np.float32)
    logits[3] += offset
    chosen, values = rng.integers(0, 7, rows), rng.random(rows, np.float32)
    together = draw(logits, 0.8, top_p, values, chosen)
    assert np.mean(together == draw(logits[chosen], 0.8, top_p, values)) > 0.999


def batches_with(row: list[float]) -> Iterator[npt.NDArray[np.float32]]:
    """Yield batches with `row` in the middle: one row, few and many."""
    rng = np.random.default_rng(len(row))
    for rows in (1, FEW, MANY):
        logits = rng.standard_normal((rows, len(row))).astype(np.float32)
        logits[rows // 2] = row
        yield logits


@given(row=row_logits, temperature=temperatures, uniform=uniforms)
@example(row=[50, 0, 0, -1], temperature=0.01, uniform=LAST)
@example(row=[-1e38, 1e38, -1e38], temperature=0.01, uniform=0)
@example(row=[0, -1e38, -1e38], temperature=1, uniform=0.5)
@example(row=[0.0] * 55, temperature=1, uniform=LAST)
def test_token_has_a_probability(row: list[float], temperature: float, uniform: float) -> None:
    exact = probabilities(np.array(row, np.float32), temperature, 1)
    for logits in batches_with(row):
        token = int(draw(logits, temperature, 1, np.full(len(logits), uniform))[len(logits) // 2])
        assert 0 < token < len(row)
        assert exact[token] > 0


@given(row=row_logits, temperature=temperatures, uniform=uniforms)
def test_inverse_of_the_cumulative(row: list[float], temperature: float, uniform: float) -> None:
    """Up to the rounding of float32 at the edges."""
    row = [max(-50 * temperature, min(50 * temperature, x)) for x in row]
    cumulative = probabilities(np.array(row, np.float32), temperature, 1).cumsum()
    for logits in batches_with(row):
        token = int(draw(logits, temperature, 1, np.full(len(logits), uniform))[len(logits) // 2])
        assert cumulative[token - 1] - 1e-4 <= uniform <= cumulative[token] + 1e-4


@pytest.mark.parametrize("uniform", [0.0, np.nextafter(1, 0, dtype=np.float32), LAST])
@pytest.mark.parametrize("size", [29, 55, 56])
def test_extreme_uniforms(uniform: float, size: int) -> None:
    """They give the first and last possible token, also if whole blocks have probability 0."""
    logits = np.full((MANY, size), -np.inf, np.float32)
    logits[:, [size // 2, size // 2 + 1]] = 0
    tokens = draw(logits, 1, 1, np.full(MANY, uniform))
    assert np.all(tokens == size // 2 + (uniform > 0))


def test_logits_stay_unchanged() -> None:
    logits = np.random.default_rng(1).standard_normal((MANY, 55)).astype(np.float32)
    before = logits.copy()
    draw(logits, 0.01, 0.5, np.zeros(MANY))
    assert np.array_equal(logits, before)
