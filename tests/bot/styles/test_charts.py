"""The charts of a style: how it learned, and how long its samples are."""

import io
from math import ulp

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from PIL import Image

from bot.rendering.canvas import BACKGROUND, luminance
from bot.rendering.charts import (
    _HELD_OUT,
    _LEARNED,
    WIDTH,
    charts,
    describe_charts,
    lengths_chart,
    loss_chart,
    number,
    ticks,
)

HISTORY = [[100, 2.9, 3.0], [200, 2.0, 2.2], [300, 1.5, 1.9], [400, 1.2, 2.1]]
LENGTHS = [[3, 10], [4, 30], [5, 20], [9, 1]]

whole = st.integers(0, 10**9)
losses = st.floats(0, 1000)
histories = st.lists(st.tuples(whole, losses, losses), min_size=1, max_size=100).map(sorted)
histograms = st.dictionaries(whole, whole, min_size=1, max_size=60).map(
    lambda bars: sorted(bars.items())
)


def opened(png: bytes | None) -> Image.Image:
    assert png is not None
    image = Image.open(io.BytesIO(png))
    assert image.format == "PNG"
    return image


def pixels(png: bytes, colour: tuple[int, int, int]) -> npt.NDArray[np.bool_]:
    """Return where the picture has that colour, or nearly so: it has but few."""
    image = np.asarray(opened(png).convert("RGBA"))[:, :, :3].astype(int)
    return np.asarray(np.abs(image - colour).max(axis=2) < 24)


def contrast(one: tuple[int, int, int], other: tuple[int, int, int]) -> float:
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def test_a_chart_is_as_wide_as_our_other_pictures_and_both_stand_one_below_the_other() -> None:
    loss, lengths = opened(loss_chart(HISTORY)), opened(lengths_chart(LENGTHS))
    both = opened(charts(HISTORY, LENGTHS))
    assert {loss.width, lengths.width, both.width} == {WIDTH}
    assert both.height > max(loss.height, lengths.height)


def test_what_is_not_told_is_not_drawn() -> None:
    assert charts(HISTORY, ()) == loss_chart(HISTORY)
    assert charts((), LENGTHS) == lengths_chart(LENGTHS)
    assert charts((), ()) is None
    assert describe_charts((), ()) == ""


def test_a_loss_that_falls_falls_in_the_picture() -> None:
    rows, columns = np.nonzero(pixels(loss_chart(HISTORY), _LEARNED)[80:])  # below the legend
    left, right = rows[columns < columns.min() + 20], rows[columns > columns.max() - 20]
    assert left.max() < right.min()


def test_what_it_was_before_it_learned_does_not_flatten_the_curve() -> None:
    assert loss_chart([[0, 4.0, 4.0], *HISTORY]) == loss_chart(HISTORY)
    assert loss_chart([[0, 1.0, 1.0], *HISTORY]) != loss_chart(HISTORY)  # it was best then


def test_the_longest_bar_is_that_of_the_commonest_length() -> None:
    bars = pixels(lengths_chart(LENGTHS), _LEARNED)
    heights = bars.sum(axis=0)
    starts = np.flatnonzero(np.diff((heights > 0).astype(int)) == 1) + 1
    tall = [int(heights[start + 5]) for start in starts]
    assert len(tall) == len(LENGTHS)
    assert tall.index(max(tall)) == 1
    assert tall[1] == pytest.approx(3 * tall[0], abs=4)


def test_the_colours_stand_out_from_the_ground_and_differ_in_lightness_too() -> None:
    for colour in (_LEARNED, _HELD_OUT):
        assert contrast(colour, BACKGROUND) >= 3
    assert contrast(_LEARNED, _HELD_OUT) >= 1.8


def test_a_picture_is_told_in_words_for_who_does_not_see_it() -> None:
    assert describe_charts(HISTORY, LENGTHS) == (
        "Loss curve to step 400: at its best, at step 300, 1.90 nats a character held out and 1.50 "
        "learned from. Lengths of the samples: 3 to 9 characters, most often 4."
    )


@settings(max_examples=12)
@example([(5, 1.0, 1.0)], [(2000, 1)])
@example([(0, 0.0, 0.0), (10**9, 1000.0, 1000.0)], [(0, 0), (10**9, 10**9)])
@given(histories, histograms)
def test_every_history_and_every_histogram_can_be_drawn(
    history: list[tuple[int, float, float]], lengths: list[tuple[int, int]]
) -> None:
    image = charts(history, lengths)
    assert opened(image).width == WIDTH
    assert len(image or b"") < 250_000
    assert len(describe_charts(history, lengths)) <= 1024


@example(900719925.9628906, 1e-06)  # as near as two such numbers can be
@given(st.floats(-1e6, 1e9), st.floats(1e-6, 1e9))
def test_the_numbers_at_an_axis_are_few_and_within_it(low: float, span: float) -> None:
    high = low + span
    near = span / 1e6 + 2 * ulp(high)
    found = list(ticks(low, high))
    assert len(found) <= 11
    assert all(low - near <= value <= high + near for value in found)


@pytest.mark.parametrize(
    ("value", "text"),
    [(0, "0"), (0.25, "0.25"), (1200, "1,200"), (15_000, "15k"), (2e6, "2M"), (1e9, "1G")],
)
def test_a_number_takes_few_characters(value: float, text: str) -> None:
    assert number(value) == text


def test_the_numbers_of_an_axis_are_all_of_one_unit() -> None:
    assert [number(value, 17_000) for value in (0, 5000, 10_000, 15_000)] == [
        "0",
        "5k",
        "10k",
        "15k",
    ]
