"""Rating image: every character of any script, coloured by its surprise."""

import io
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageDraw

from bot.rendering.canvas import luminance
from bot.rendering.rating_image import (
    MAX_CHARACTERS,
    draw_rating,
    format_probability,
    shown_characters,
    surprise_colour,
)
from bot.sampling import Score, ScoredCharacter

SCRIPTS = ["Trina", "Шарлотта", "نورة", "नदी", "かぜ", "Ὀδυσσεύς", "አበበ", "ゴジラ", "Ærøskøbing"]
UNUSUAL = ["\u0301", "\u200d", " ", "\n", "\ue000", "🐙", "\U0010fffd", "字"]


def score_of(name: str, nats: float = 2.0) -> Score:
    """Return a score in which all characters are equally surprising."""
    characters = tuple(
        ScoredCharacter(character, nats, (("", 0.5), ("x", 0.3), (character, 0.1)))
        for character in [*name, ""]
    )
    return Score(name, nats, 50.0, characters)


def draw(score: Score) -> Image.Image:
    return Image.open(io.BytesIO(draw_rating(score)))


@pytest.mark.parametrize("name", [*SCRIPTS, *UNUSUAL])
def test_any_script_is_drawn(name: str) -> None:
    image = draw(score_of(name))
    assert image.format == "PNG"
    assert image.width == 600


@pytest.mark.parametrize("name", [*SCRIPTS, "W" * 9, "Trina" * 20, "字", "\ue000\U0010fffd", "m w"])
@pytest.mark.parametrize("nats", [0, 9])
def test_text_is_legible_at_the_size_that_discord_shows(
    name: str, nats: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    sizes: list[int] = []

    def record(self: ImageDraw.ImageDraw, *args: Any, **options: Any) -> None:
        sizes.append(args[3].size)
        write(self, *args, **options)

    write = ImageDraw.ImageDraw.text
    monkeypatch.setattr(ImageDraw.ImageDraw, "text", record)
    image = draw(score_of(name, nats))
    for width, height in ((300, 10_000), (550, 350)):  # a phone, a desktop
        scale = min(width / image.width, height / image.height, 1)
        assert min(sizes) * scale >= 16


@settings(max_examples=40)
@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=60), st.floats(0, 800))
def test_image_size_is_limited(name: str, nats: float) -> None:
    data = draw_rating(score_of(name, nats))
    image = Image.open(io.BytesIO(data))
    assert image.width == 600
    assert image.height <= 700
    assert len(data) < 250_000


def test_characters_look_different() -> None:
    characters = ["a", "b", "д", "ن", "न", "か", " ", "\u0301", "\ue000", "\ue001", ""]
    images = {
        character: draw_rating(Score("?", 2, 50, (ScoredCharacter(character, 2, ()),)))
        for character in characters
    }
    assert len(set(images.values())) == len(characters)


def test_surprise_is_higher_and_lighter() -> None:
    heights = [draw(score_of("aaa", nats)).height for nats in (0, 2, 4, 7)]
    assert heights == sorted(set(heights))
    luminances = [luminance(surprise_colour(nats / 10)) for nats in range(0, 71, 5)]
    assert all(a < b for a, b in pairwise(luminances))
    assert surprise_colour(7) == surprise_colour(1e9)


def test_letters_meet_wcag_contrast() -> None:
    for step in range(141):
        tile = luminance(surprise_colour(step / 20))
        letter = luminance((24, 26, 32) if tile > 0.18 else (242, 243, 245))
        light, dark = max(tile, letter), min(tile, letter)
        assert (light + 0.05) / (dark + 0.05) >= 3


def test_hebrew_is_drawn_right_to_left() -> None:
    characters = (ScoredCharacter("\u05d0", 3.5, ()), ScoredCharacter("\u05d1", 9, ()))
    image = draw(Score("\u05d0\u05d1", 1, 50, characters)).convert("RGB")
    red = np.asarray(image)[: image.height // 2, :, 0]  # of the tiles, above the legend
    _, columns = np.nonzero(red > 220)
    assert columns.size
    assert columns.max() < image.width / 2


def test_long_names_are_cut() -> None:
    score = score_of("a" * 500)
    assert len(shown_characters(score)) == MAX_CHARACTERS
    assert draw_rating(score) != draw_rating(score_of("a" * (MAX_CHARACTERS - 1)))


@pytest.mark.parametrize(("p", "text"), [(1.0, "100%"), (0.42, "42%"), (0.009, "<1%"), (0, "<1%")])
def test_probability_is_short(p: float, text: str) -> None:
    assert format_probability(p) == text
