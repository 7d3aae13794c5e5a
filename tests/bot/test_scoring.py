"""A score tells how well a name fits its style, letter by letter."""

import json
import math
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.library import SHIPPED as STYLES
from bot.sampling import Artifact, Request, RequestError

from ..sampler import Sampler
from .artifacts import all_names, metadata_of, write_artifact, write_free_artifact

SHIPPED = Sampler(Artifact.open(STYLES / "names.onnx"))
SAMPLES = ("Ann", "Anna", "Tann", "Nat")


@pytest.fixture(scope="module")
def sampler(tmp_path_factory: pytest.TempPathFactory) -> Sampler:
    path = tmp_path_factory.mktemp("scoring") / "test.onnx"
    return Sampler(Artifact.open(write_free_artifact(path, SAMPLES, 0.02, 4)))


def test_a_score_is_the_exact_probability_of_the_name(sampler: Sampler) -> None:
    for name, probability in list(all_names(SAMPLES, 0.02, longest=4).items())[::50]:
        score = sampler.score(name)
        if score.name == name:  # others are spelled as the style would
            assert sum(place.nats for place in score.characters) == pytest.approx(
                -math.log(probability), abs=1e-5
            )
            assert score.nats == pytest.approx(-math.log(probability) / (len(name) + 1), abs=1e-5)


@settings(max_examples=10)
@given(st.text("abcdefghijklmnopqrstuvwxyz", min_size=1, max_size=12))
def test_every_place_is_told_with_the_three_characters_expected_most(name: str) -> None:
    score = SHIPPED.score(name)
    assert "".join(place.character for place in score.characters) == score.name
    assert len(score.characters) == len(score.name) + 1
    assert score.characters[-1].character == ""
    assert 0 <= score.percentile <= 100
    for place in score.characters:
        shares = [share for _, share in place.expected]
        assert len(shares) == 3
        assert shares == sorted(shares, reverse=True)
        assert sum(shares) <= 1 + 1e-9
        if place.character == place.expected[0][0]:
            assert place.nats == pytest.approx(-math.log(shares[0]))
        else:
            assert place.nats >= -math.log(shares[0])


def test_common_names_score_better_than_noise() -> None:
    common, noise = SHIPPED.score("Jennifer"), SHIPPED.score("Xqzzt")
    assert common.nats < 2 < 5 < noise.nats
    assert common.percentile > 70
    assert noise.percentile == 0


def test_the_percentile_is_among_the_corpus_where_the_artifact_tells_of_it(tmp_path: Path) -> None:
    told = [i / 100 for i in range(101)]  # evenly from 0 to 1 nat
    style = json.loads(metadata_of(SAMPLES)["namesmith.style"])
    style["report"] = {"corpus_quantiles": told}
    path = write_artifact(tmp_path / "told.onnx", SAMPLES, style=json.dumps(style))
    score = Sampler(Artifact.open(path)).score("Ann")
    assert 0 < score.nats < 1
    assert score.percentile == pytest.approx(100 * (1 - score.nats))
    assert Sampler(Artifact.open(path)).score("nnnn").percentile == 0


def test_drawn_names_stand_among_the_corpus_though_not_at_its_head() -> None:
    names = SHIPPED.names(Request(count=25, seed=5))
    percentiles = [SHIPPED.score(name).percentile for name in names]
    assert 15 < sum(percentiles) / len(percentiles) < 60
    assert max(percentiles) > 70


def test_a_name_is_scored_as_the_style_spells_it_and_the_same_each_time() -> None:
    assert SHIPPED.score("trina") == SHIPPED.score("Trina")


def test_what_cannot_be_spelled_cannot_be_scored() -> None:
    with pytest.raises(RequestError, match="“5”"):
        SHIPPED.score("T5")
    with pytest.raises(RequestError, match="nothing to score"):
        SHIPPED.score("")


def test_long_samples_are_scored_as_well(tmp_path: Path) -> None:
    path = write_artifact(tmp_path / "long.onnx", ["ab" * 500, "ba" * 500])
    assert Sampler(Artifact.open(path)).score("abab").percentile >= 0
