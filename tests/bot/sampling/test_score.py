"""Score: nats per character, the expected characters, and the percentile among the corpus."""

import json
import math
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.library import SHIPPED as STYLES
from bot.sampling import Artifact, Request, RequestError
from tests.sampler import Sampler

from ..artifacts import all_names, metadata_of, write_artifact, write_free_artifact

SHIPPED = Sampler(Artifact.open(STYLES / "names.onnx"))
SAMPLES = ("Ann", "Anna", "Tann", "Nat")


@pytest.fixture(scope="module")
def sampler(tmp_path_factory: pytest.TempPathFactory) -> Sampler:
    path = tmp_path_factory.mktemp("score") / "test.onnx"
    return Sampler(Artifact.open(write_free_artifact(path, SAMPLES, 0.02, 4)))


def test_score_is_the_exact_probability(sampler: Sampler) -> None:
    for name, probability in list(all_names(SAMPLES, 0.02, max_length=4).items())[::50]:
        score = sampler.score(name)
        if score.name == name:  # the style spells some names in another way
            assert sum(character.nats for character in score.characters) == pytest.approx(
                -math.log(probability), abs=1e-5
            )
            assert score.nats == pytest.approx(-math.log(probability) / (len(name) + 1), abs=1e-5)


@settings(max_examples=10)
@given(st.text("abcdefghijklmnopqrstuvwxyz", min_size=1, max_size=12))
def test_each_character_has_three_expected(name: str) -> None:
    score = SHIPPED.score(name)
    assert "".join(each.character for each in score.characters) == score.name
    assert len(score.characters) == len(score.name) + 1
    assert score.characters[-1].character == ""
    assert 0 <= score.percentile <= 100
    for each in score.characters:
        shares = [share for _, share in each.expected]
        assert len(shares) == 3
        assert shares == sorted(shares, reverse=True)
        assert sum(shares) <= 1 + 1e-9
        if each.character == each.expected[0][0]:
            assert each.nats == pytest.approx(-math.log(shares[0]))
        else:
            assert each.nats >= -math.log(shares[0])


def test_common_names_beat_noise() -> None:
    common, noise = SHIPPED.score("Jennifer"), SHIPPED.score("Xqzzt")
    assert common.nats < 2 < 5 < noise.nats
    assert common.percentile > 70
    assert noise.percentile == 0


def test_percentile_uses_the_corpus_quantiles(tmp_path: Path) -> None:
    quantiles = [i / 100 for i in range(101)]  # evenly from 0 to 1 nat
    style = json.loads(metadata_of(SAMPLES)["namesmith.style"])
    style["report"] = {"corpus_quantiles": quantiles}
    path = write_artifact(tmp_path / "quantiles.onnx", SAMPLES, style=json.dumps(style))
    score = Sampler(Artifact.open(path)).score("Ann")
    assert 0 < score.nats < 1
    assert score.percentile == pytest.approx(100 * (1 - score.nats))
    assert Sampler(Artifact.open(path)).score("nnnn").percentile == 0


def test_drawn_names_are_below_the_best_samples() -> None:
    names = SHIPPED.names(Request(count=25, seed=5))
    percentiles = [SHIPPED.score(name).percentile for name in names]
    assert 15 < sum(percentiles) / len(percentiles) < 60
    assert max(percentiles) > 70


def test_name_is_spelled_by_the_style() -> None:
    assert SHIPPED.score("trina") == SHIPPED.score("Trina")


def test_unknown_character_is_refused() -> None:
    with pytest.raises(RequestError, match="“5”"):
        SHIPPED.score("T5")
    with pytest.raises(RequestError, match="There is no name to rate"):
        SHIPPED.score("")


def test_long_samples_have_a_score(tmp_path: Path) -> None:
    path = write_artifact(tmp_path / "long.onnx", ["ab" * 500, "ba" * 500])
    assert Sampler(Artifact.open(path)).score("abab").percentile >= 0
