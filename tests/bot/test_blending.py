"""A blend lies between its two names."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.library import SHIPPED as STYLES
from bot.sampling import Artifact, Request, RequestError
from bot.sampling.blending import likeness

from ..sampler import Sampler

SHIPPED = Sampler(Artifact.open(STYLES / "names.onnx"))
PAIRS = (("Margaret", "Elizabeth"), ("Jack", "Sebastian"), ("Olivia", "Thor"))
names = st.text("abcdefghijklmnopqrstuvwxyz", min_size=1, max_size=10)


@pytest.mark.parametrize(("first", "second"), PAIRS)
def test_blends_look_like_both_names(first: str, second: str) -> None:
    blends = SHIPPED.blend(first, second, 5, seed=1)
    others = SHIPPED.names(Request(first[0], 25, seed=1))

    def between(name: str) -> float:
        return min(likeness(name, first), likeness(name, second))

    assert min(map(between, blends)) > sum(map(between, others)) / len(others)


@settings(max_examples=15)
@given(names, names, st.integers(1, 25), st.integers(0, 2**32))
def test_blends_are_distinct_and_neither_of_the_two(
    first: str, second: str, count: int, seed: int
) -> None:
    blends = SHIPPED.blend(first, second, count, seed)
    assert 1 <= len(blends) <= count
    assert len(set(blends)) == len(blends)
    assert not {SHIPPED.form(first), SHIPPED.form(second)} & set(blends)
    assert all(len(name) <= SHIPPED.artifact.max_length for name in blends)
    assert all(name.startswith(SHIPPED.form(first)[0]) for name in blends)
    assert blends == SHIPPED.blend(first, second, count, seed)


def test_the_order_of_the_two_names_and_the_seed_make_other_blends() -> None:
    assert SHIPPED.blend("Jack", "Thor", seed=1) != SHIPPED.blend("Thor", "Jack", seed=1)
    assert SHIPPED.blend("Jack", "Thor", seed=1) != SHIPPED.blend("Jack", "Thor", seed=2)


def test_names_that_cannot_be_blended_are_refused() -> None:
    with pytest.raises(RequestError, match="“5”"):
        SHIPPED.blend("Ann", "T5")
    with pytest.raises(RequestError, match="It takes two names"):
        SHIPPED.blend("Ann", " ")
    with pytest.raises(ValueError, match="count is 0"):
        SHIPPED.blend("Ann", "Bo", 0)


@given(names, names)
def test_likeness_is_a_share_and_the_same_both_ways(one: str, other: str) -> None:
    assert 0 <= likeness(one, other) <= 1
    assert likeness(one, other) == likeness(other, one)
    assert likeness(one, one) == 1
