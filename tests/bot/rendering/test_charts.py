"""Charts: the loss curve and the histogram of sample lengths."""

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
    HELD_OUT_COLOUR,
    TRAINING_COLOUR,
    WIDTH,
    axis_ticks,
    describe_charts,
    draw_charts,
    format_number,
)

HISTORY = [[100, 2.9, 3.0], [200, 2.0, 2.2], [300, 1.5, 1.9], [400, 1.2, 2.1]]
LENGTHS = [[3, 10], [4, 30], [5, 20], [9, 1]]

integers = st.integers(0, 10**9)
losses = st.floats(0, 1000)
histories = st.lists(st.tuples(integers, losses, losses), min_size=1, max_size=100).map(sorted)
histograms = st.dictionaries(integers, integers, min_size=1, max_size=60).map(
    lambda counts: sorted(counts.items())
)


def open_image(png: bytes | None) -> Image.Image:
    assert png is not None
    image = Image.open(io.BytesIO(png))
    assert image.format == "PNG"
    return image


def find_pixels(png: bytes, colour: tuple[int, int, int]) -> npt.NDArray[np.bool_]:
    """Return which pixels have nearly that colour: the palette has few."""
    image = np.asarray(open_image(png).convert("RGBA"))[:, :, :3].astype(int)
    return np.asarray(np.abs(image - colour).max(axis=2) < 24)


def contrast(one: tuple[int, int, int], other: tuple[int, int, int]) -> float:
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def test_both_charts_are_stacked() -> None:
    loss, lengths = open_image(draw_charts(HISTORY, ())), open_image(draw_charts((), LENGTHS))
    both = open_image(draw_charts(HISTORY, LENGTHS))
    assert {loss.width, lengths.width, both.width} == {WIDTH}
    assert both.height > max(loss.height, lengths.height)


def test_missing_data_is_not_described() -> None:
    assert describe_charts((), ()) == ""


def test_curve_falls_with_the_loss() -> None:
    chart = find_pixels(draw_charts(HISTORY, ()), TRAINING_COLOUR)[80:]  # below the legend
    rows, columns = np.nonzero(chart)
    left, right = rows[columns < columns.min() + 20], rows[columns > columns.max() - 20]
    assert left.max() < right.min()


def test_initial_loss_is_left_out() -> None:
    assert draw_charts([[0, 4.0, 4.0], *HISTORY], ()) == draw_charts(HISTORY, ())
    assert draw_charts([[0, 1.0, 1.0], *HISTORY], ()) != draw_charts(HISTORY, ())  # the best one


def test_bars_are_as_high_as_counts() -> None:
    bars = find_pixels(draw_charts((), LENGTHS), TRAINING_COLOUR)
    heights = bars.sum(axis=0)
    starts = np.flatnonzero(np.diff((heights > 0).astype(int)) == 1) + 1
    bar_heights = [int(heights[start + 5]) for start in starts]
    assert len(bar_heights) == len(LENGTHS)
    assert bar_heights.index(max(bar_heights)) == 1
    assert bar_heights[1] == pytest.approx(3 * bar_heights[0], abs=4)


def test_colours_have_enough_contrast() -> None:
    for colour in (TRAINING_COLOUR, HELD_OUT_COLOUR):
        assert contrast(colour, BACKGROUND) >= 3
    assert contrast(TRAINING_COLOUR, HELD_OUT_COLOUR) >= 1.8


def test_alternative_text() -> None:
    assert describe_charts(HISTORY, LENGTHS) == (
        "Loss curve to step 400. Best at step 300: held-out loss 1.90, training loss 1.50 nats per "
        "character. Sample lengths: 3 to 9 characters, most often 4."
    )


@settings(max_examples=12)
@example([(5, 1.0, 1.0)], [(2000, 1)])
@example([(0, 0.0, 0.0), (10**9, 1000.0, 1000.0)], [(0, 0), (10**9, 10**9)])
@given(histories, histograms)
def test_any_data_can_be_drawn(
    history: list[tuple[int, float, float]], lengths: list[tuple[int, int]]
) -> None:
    image = draw_charts(history, lengths)
    assert open_image(image).width == WIDTH
    assert len(image or b"") < 250_000
    assert len(describe_charts(history, lengths)) <= 1024


@example(900719925.9628906, 1e-06)  # as near as two such numbers can be
@given(st.floats(-1e6, 1e9), st.floats(1e-6, 1e9))
def test_ticks_are_few_and_in_range(low: float, span: float) -> None:
    high = low + span
    tolerance = span / 1e6 + 2 * ulp(high)
    ticks = list(axis_ticks(low, high))
    assert len(ticks) <= 11
    assert all(low - tolerance <= value <= high + tolerance for value in ticks)


@pytest.mark.parametrize(
    ("value", "text"),
    [(0, "0"), (0.25, "0.25"), (1200, "1,200"), (15_000, "15k"), (2e6, "2M"), (1e9, "1G")],
)
def test_numbers_are_short(value: float, text: str) -> None:
    assert format_number(value) == text


def test_labels_of_an_axis_share_a_unit() -> None:
    values = (0, 5000, 10_000, 15_000)
    assert [format_number(value, 17_000) for value in values] == ["0", "5k", "10k", "15k"]
