"""The picture of a rating: every letter, of any script, coloured by how surprising it is."""

import io
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from bot.rendering.canvas import luminance
from bot.rendering.rating_image import (
    MOST_PLACES,
    draw_rating,
    format_probability,
    shown_characters,
    surprise_colour,
)
from bot.sampling import Score, ScoredCharacter

SCRIPTS = ["Trina", "Шарлотта", "نورة", "नदी", "かぜ", "Ὀδυσσεύς", "አበበ", "ゴジラ", "Ærøskøbing"]
ODD = ["\u0301", "\u200d", " ", "\n", "\ue000", "🐙", "\U0010fffd", "字"]


def score_of(name: str, nats: float = 2.0) -> Score:
    """A score in which each letter is as surprising, and was expected beside an end and an x."""
    places = tuple(
        ScoredCharacter(character, nats, (("", 0.5), ("x", 0.3), (character, 0.1)))
        for character in [*name, ""]
    )
    return Score(name, nats, 50.0, places)


def drawn(score: Score) -> Image.Image:
    return Image.open(io.BytesIO(draw_rating(score)))


@pytest.mark.parametrize("name", [*SCRIPTS, *ODD])
def test_a_name_of_any_script_is_drawn(name: str) -> None:
    image = drawn(score_of(name))
    assert image.format == "PNG"
    assert image.width >= 640


@settings(max_examples=40)
@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=60), st.floats(0, 800))
def test_every_name_has_a_picture_that_discord_shows(name: str, nats: float) -> None:
    data = draw_rating(score_of(name, nats))
    image = Image.open(io.BytesIO(data))
    assert 640 <= image.width <= 1008
    assert image.height < 1600
    assert len(data) < 250_000


def test_letters_differ_from_each_other_and_from_an_end() -> None:
    letters = ["a", "b", "д", "ن", "न", "か", " ", "\u0301", "\ue000", "\ue001", ""]
    pictures = {
        letter: draw_rating(Score("?", 2, 50, (ScoredCharacter(letter, 2, ()),)))
        for letter in letters
    }
    assert len(set(pictures.values())) == len(letters)


def test_what_is_more_surprising_is_higher_and_lighter() -> None:
    heights = [drawn(score_of("aaa", nats)).height for nats in (0, 2, 4, 7)]
    assert heights == sorted(set(heights))
    lights = [luminance(surprise_colour(nats / 10)) for nats in range(0, 71, 5)]
    assert all(a < b for a, b in pairwise(lights))
    assert surprise_colour(7) == surprise_colour(1e9)


def test_letters_stand_out_from_their_ground_as_wcag_asks_of_large_text() -> None:
    for step in range(141):
        ground = luminance(surprise_colour(step / 20))
        ink = luminance((24, 26, 32) if ground > 0.18 else (242, 243, 245))
        light, dark = max(ground, ink), min(ground, ink)
        assert (light + 0.05) / (dark + 0.05) >= 3


def test_a_name_that_is_read_from_the_right_stands_so() -> None:
    places = (ScoredCharacter("\u05d0", 3.5, ()), ScoredCharacter("\u05d1", 9, ()))
    image = drawn(Score("\u05d0\u05d1", 1, 50, places)).convert("RGB")
    tiles = np.asarray(image)[: image.height // 2, :, 0]  # their red, above the legend
    _, columns = np.nonzero(tiles > 220)
    assert columns.size
    assert columns.max() < image.width / 2


def test_of_a_long_name_the_beginning_is_shown_and_the_rest_is_told() -> None:
    long = score_of("a" * 500)
    assert len(shown_characters(long)) == MOST_PLACES
    assert draw_rating(long) != draw_rating(score_of("a" * (MOST_PLACES - 1)))


@pytest.mark.parametrize(("p", "told"), [(1.0, "100%"), (0.42, "42%"), (0.009, "<1%"), (0, "<1%")])
def test_a_chance_is_told_in_a_few_characters(p: float, told: str) -> None:
    assert format_probability(p) == told
