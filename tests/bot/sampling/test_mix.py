"""Mix: names follow the fixed-share mixture of the styles, and meet every kind of request."""

import math
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.library import SHIPPED
from bot.sampling import Artifact, Engine, Request, RequestError
from bot.sampling.artifact import END, START
from bot.sampling.mix import SHARE, MixedModel, Part
from tests.sampler import Sampler

from ..artifacts import bigrams, metadata_of, model_of, vocabulary_of, write_free_artifact

NORSE, TOWNS = ("Odin", "Thor", "Tor"), ("Ton", "Thorn", "Dint")
FLOOR = 0.02
NAMES = Artifact.open(SHIPPED / "names.onnx")


@pytest.fixture
def parts(tmp_path: Path) -> list[Part]:
    """Two styles in which every letter of theirs can follow every other."""
    return [
        Part(name, Artifact.open(write_free_artifact(tmp_path / f"{name}.onnx", samples, FLOOR, 5)))
        for name, samples in (("norse", NORSE), ("towns", TOWNS))
    ]


@pytest.fixture(scope="module")
def shipped() -> MixedModel:
    styles = ("names", "dinosaurs")
    return MixedModel([Part(name, Artifact.open(SHIPPED / f"{name}.onnx")) for name in styles])


def p_next(samples: tuple[str, ...], character: str) -> dict[str, float]:
    """Return p(next | character) of a style of bigrams; "" is the start and the end of a name."""
    letters = vocabulary_of(samples)
    row = np.exp(bigrams(samples, FLOOR)[letters.index(character) if character else START])
    row[START] = 0
    row /= row.sum()
    return {letter: float(row[i]) for i, letter in enumerate(letters) if i > END} | {
        "": float(row[END])
    }


def mixed_log_probability(name: str, weights: tuple[float, float]) -> float:
    """Return ln p(name) of a mix of NORSE and TOWNS, which all know each letter of `name`."""
    first = [weight / sum(weights) for weight in weights]
    current, total = first, 0.0
    for before, letter in zip(("", *name), (*name, ""), strict=True):
        likelihoods = [p_next(samples, before)[letter] for samples in (NORSE, TOWNS)]
        joint = [w * p for w, p in zip(current, likelihoods, strict=True)]
        total += math.log(sum(joint))
        current = [
            (1 - SHARE) * j / sum(joint) + SHARE * w for j, w in zip(joint, first, strict=True)
        ]
    return total


@pytest.mark.parametrize("weights", [(1.0, 1.0), (3.0, 0.5)])
@pytest.mark.parametrize("name", ["Thor", "Ton", "Tin", "Thonorih", "o"])
def test_probability_is_that_of_the_fixed_share_mixture(
    parts: list[Part], weights: tuple[float, float], name: str
) -> None:
    """Each name has only letters that both styles use."""
    mixed = Sampler(
        MixedModel([Part(p.name, p.artifact, w) for p, w in zip(parts, weights, strict=True)])
    )
    score = mixed.score(name)
    assert score.name == name
    # The score is that of a name that isn't empty, so it leaves the empty name out at the start.
    empty = sum(
        w / sum(weights) * p_next(samples, "")[""]
        for w, samples in zip(weights, (NORSE, TOWNS), strict=True)
    )
    expected = mixed_log_probability(name, weights) - math.log(1 - empty)
    assert -score.nats * (len(name) + 1) == pytest.approx(expected, rel=1e-4)


def test_a_style_reads_the_base_letter_of_a_character_that_it_lacks(tmp_path: Path) -> None:
    plain = Artifact.open(write_free_artifact(tmp_path / "a.onnx", ["ano", "non"], 1e-9, 5))
    accented = Artifact.open(write_free_artifact(tmp_path / "b.onnx", ["año", "ñañ"], 1e-9, 5))
    mixed = MixedModel([Part("a", plain), Part("b", accented)])
    found = dict(Sampler(mixed).top_names("ñ", 25))
    assert "ñon" in found  # after ñ, the plain style goes on as after n
    with pytest.raises(RequestError, match="5"):
        Sampler(mixed).names(Request("5"))


def test_a_style_skips_a_character_that_it_can_not_read(tmp_path: Path) -> None:
    plain = Artifact.open(write_free_artifact(tmp_path / "a.onnx", ["abc"], 1e-9, 5))
    other = Artifact.open(write_free_artifact(tmp_path / "b.onnx", ["a-b", "a-"], 1e-9, 5))
    mixed = MixedModel([Part("a", plain), Part("b", other)])
    assert mixed.vocabulary.characters == "-abc"
    (_, end), *_ = [(name, p) for name, p in Sampler(mixed).top_names("a-", 25) if name == "a-"]
    assert end == pytest.approx(0.5, abs=0.01)  # the plain style has no say after the hyphen
    assert "a-bc" in dict(Sampler(mixed).top_names("a-b", 25))  # but it has one after the next


def test_rows_do_not_affect_each_other(shipped: MixedModel) -> None:
    text = shipped.vocabulary.encode("Tri-o")
    states = [np.zeros((1, shipped.state_size), np.float32)]
    outputs = []
    for token in (START, *text):
        logits, state = shipped.step(np.array([token]), states[-1])
        outputs.append(logits[0])
        states.append(state)
    tokens, before = np.array([START, *text]), np.concatenate(states[:-1])
    logits, after = shipped.step(tokens, before.copy())
    np.testing.assert_allclose(np.exp(logits), np.exp(outputs), atol=1e-5)
    np.testing.assert_allclose(after, np.concatenate(states[1:]), atol=1e-4)
    assert shipped.step(tokens[:0], before[:0])[0].shape == (0, len(shipped.vocabulary))


def test_logits_of_any_size_are_mixed(tmp_path: Path) -> None:
    def artifact(offset: float) -> Artifact:
        model = model_of(bigrams(NORSE, FLOOR) + np.float32(offset), metadata_of(NORSE))
        onnx.save(model, tmp_path / "offset.onnx")
        return Artifact.open(tmp_path / "offset.onnx")

    small, large, usual = (
        Sampler(MixedModel([Part("a", artifact(offset)), Part("b", artifact(0))])).top_names("T", 5)
        for offset in (-200, 200, 0)
    )
    assert [name for name, _ in small] == [name for name, _ in usual]
    assert dict(large) == pytest.approx(dict(usual), rel=1e-3)


CONDITIONS: list[dict[str, Any]] = [
    {},
    {"prefix": "Tr"},
    {"suffix": "us"},
    {"contains": "nn"},
    {"min_length": 9, "max_length": 11},
    {"prefix": "A", "suffix": "saurus"},
    {"new_only": True},
]


@pytest.mark.parametrize("conditions", CONDITIONS, ids=str)
def test_names_meet_the_request(shipped: MixedModel, conditions: dict[str, Any]) -> None:
    request = Request(count=5, seed=1, **conditions)
    names = Sampler(shipped).names(request)
    assert len(names) == 5
    assert names == Sampler(shipped).names(request)
    for name in names:
        assert name.startswith(request.prefix)
        assert name.endswith(request.suffix)
        assert request.contains in name
        assert request.min_length <= len(name) <= (request.max_length or 99)
        assert not (request.new_only and shipped.in_corpus(name))


def test_names_of_both_lists_are_known(shipped: MixedModel) -> None:
    names = ["Mary", "Stegosaurus", "Marysaurus"]
    assert shipped.are_in_corpus(names) == [True, True, False]
    assert [shipped.in_corpus(name) for name in names] == [True, True, False]


def test_weights_pull_to_their_style(parts: list[Part]) -> None:
    def share(weight: float) -> float:
        norse, towns = parts
        mixed = MixedModel([Part("norse", norse.artifact, weight), towns])
        drawn = Sampler(mixed).names(Request(count=200, seed=1))
        return Counter(name[0] for name in drawn)["O"] / len(drawn)

    assert share(0.1) < share(1) < share(10)


async def test_every_kind_of_query_works(shipped: MixedModel) -> None:
    engine = Engine(shipped)
    assert engine.title == "First names + Dinosaurs"
    assert engine.max_length == shipped.max_length
    assert (await engine.score("Mary")).percentile > (await engine.score("Xqzwk")).percentile
    assert all(name.startswith("Tr") for name, _ in await engine.top_names("Tr", 10))
    assert len(await engine.blend(["Mary", "Stegosaurus"], 5, seed=1)) == 5
    assert len(await engine.blend(["Mary", "Stegosaurus", "Anna"], 5, seed=1)) == 5
    engine.close()


@settings(max_examples=20)
@given(st.lists(st.floats(0.01, 100), min_size=2, max_size=4), st.integers(0, 2**32))
def test_any_weights_give_names(weights: list[float], seed: int) -> None:
    mixed = MixedModel([Part(str(i), NAMES, weight) for i, weight in enumerate(weights)])
    assert len(Sampler(mixed).names(Request("Tr", 3, seed=seed))) == 3


def test_styles_without_common_letters_are_refused(tmp_path: Path, parts: list[Part]) -> None:
    russian = Artifact.open(write_free_artifact(tmp_path / "c.onnx", ["я-ж"], FLOOR, 5))
    with pytest.raises(RequestError, match=r"^“russian” has no letter in common with “norse"):
        MixedModel([*parts, Part("russian", russian)])
    upper = Artifact.open(write_free_artifact(tmp_path / "d.onnx", ["ÓD-"], FLOOR, 5))
    assert MixedModel([*parts, Part("upper", upper)]).max_length == 5
