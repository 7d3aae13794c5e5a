"""Blend: distinct names that look like all of the two or three names."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.library import SHIPPED as STYLES
from bot.sampling import Artifact, Request, RequestError
from bot.sampling.blend import similarity
from tests.sampler import Sampler

from ..artifacts import write_artifact

SHIPPED = Sampler(Artifact.open(STYLES / "names.onnx"))
PAIRS = (("Margaret", "Elizabeth"), ("Jack", "Sebastian"), ("Olivia", "Thor"))
names = st.text("abcdefghijklmnopqrstuvwxyz", min_size=1, max_size=10)


@pytest.mark.parametrize(("first", "second"), PAIRS)
def test_blends_look_like_both_names(first: str, second: str) -> None:
    blends = SHIPPED.blend((first, second), 5, seed=1)
    others = SHIPPED.names(Request(first[0], 25, seed=1))

    def similarity_to_both(name: str) -> float:
        return min(similarity(name, first), similarity(name, second))

    mean = sum(map(similarity_to_both, others)) / len(others)
    assert min(map(similarity_to_both, blends)) > mean


def test_blends_look_like_three_names() -> None:
    for three in (("Margaret", "Elizabeth", "Victoria"), ("Jack", "Sebastian", "Olivia")):
        blends = SHIPPED.blend(three, 5, seed=1)
        assert len(blends) == 5
        assert all(similarity(name, each) > 0 for name in blends for each in three)
        assert blends != SHIPPED.blend(three[:2], 5, seed=1)


@settings(max_examples=15)
@given(st.lists(names, min_size=2, max_size=3), st.integers(1, 25), st.integers(0, 2**32))
def test_blends_are_new_and_distinct(mixed: list[str], count: int, seed: int) -> None:
    blends = SHIPPED.blend(mixed, count, seed)
    assert 1 <= len(blends) <= count
    assert len(set(blends)) == len(blends)
    assert not set(map(SHIPPED.match_prefix, mixed)) & set(blends)
    assert all(len(name) <= SHIPPED.artifact.max_length for name in blends)
    assert all(name.startswith(SHIPPED.match_prefix(mixed[0])[0]) for name in blends)
    assert blends == SHIPPED.blend(mixed, count, seed)


def test_order_and_seed_change_the_blends() -> None:
    assert SHIPPED.blend(("Jack", "Thor"), seed=1) != SHIPPED.blend(("Thor", "Jack"), seed=1)
    assert SHIPPED.blend(("Jack", "Thor"), seed=1) != SHIPPED.blend(("Jack", "Thor"), seed=2)


def test_impossible_blend_is_refused() -> None:
    with pytest.raises(RequestError, match="“5”"):
        SHIPPED.blend(("Ann", "T5"))
    with pytest.raises(RequestError, match="A blend needs two names"):
        SHIPPED.blend(("Ann", " "))
    with pytest.raises(RequestError, match=r"A blend needs three names\. Enter all three\."):
        SHIPPED.blend(("Ann", "Bo", ""))
    with pytest.raises(ValueError, match="a blend takes two or three"):
        SHIPPED.blend(("Ann", "Bo", "Cy", "Di"))
    with pytest.raises(ValueError, match="count is 0"):
        SHIPPED.blend(("Ann", "Bo"), 0)


def test_excluded_blends_are_not_in_the_answer() -> None:
    first = SHIPPED.blend(("Jack", "Sebastian"), 5, seed=1)
    others = SHIPPED.blend(
        ("Jack", "Sebastian"), 5, seed=1, exclude=frozenset(map(str.upper, first))
    )
    assert len(others) == 5
    assert not set(first) & set(others)


def test_new_blends_are_not_in_the_corpus(tmp_path: Path) -> None:
    known = SHIPPED.artifact.in_corpus
    assert any(map(known, SHIPPED.blend(("Marina", "Isabella"), 25, seed=1)))
    assert not any(map(known, SHIPPED.blend(("Marina", "Isabella"), 25, seed=1, new_only=True)))
    style = Sampler(Artifact.open(write_artifact(tmp_path / "few.onnx", ["abc", "xbd"])))
    assert style.blend(("abd", "xbc"), seed=1) == ["abc"]
    with pytest.raises(RequestError, match=r"^No new name found .* Try other names, or `new:no`"):
        style.blend(("abd", "xbc"), seed=1, new_only=True)


@given(names, names)
def test_similarity_is_symmetric(a: str, b: str) -> None:
    assert 0 <= similarity(a, b) <= 1
    assert similarity(a, b) == similarity(b, a)
    assert similarity(a, a) == 1
