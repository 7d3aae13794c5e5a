"""Near-duplicates: an answer has names one letter apart only where there are no others."""

from collections import Counter
from dataclasses import replace
from itertools import combinations
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.library import SHIPPED as STYLES
from bot.sampling import Artifact, Request
from bot.sampling.near_duplicates import DistinctNames
from tests.sampler import Sampler

from ..artifacts import all_names, write_artifact, write_free_artifact
from .test_guided import chi_square, constraints_of, critical_value, guided_names

SHIPPED = Sampler(Artifact.open(STYLES / "names.onnx"))
SAMPLES, FLOOR, MAX_LENGTH = ("ab", "ba", "abab", "bbaa", "aabb"), 0.2, 6
MIN_LENGTH = 5


def are_near(a: str, b: str) -> bool:
    """Whether `a` and `b` are equal once at most one letter is removed from each."""
    a, b = a.lower(), b.lower()
    texts_a, texts_b = ({t, *(t[:i] + t[i + 1 :] for i in range(len(t)))} for t in (a, b))
    return any(len(text) >= 3 for text in texts_a & texts_b)


def near_pairs(names: list[str]) -> list[tuple[str, str]]:
    return [pair for pair in combinations(names, 2) if are_near(*pair)]


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("Trixi", "Trixie"),
        ("Trixi", "Trixy"),
        ("Ann", "Anna"),
        ("Brain", "Brian"),
        ("Mila", "Mia"),
        ("trixi", "TRIXI"),
    ],
)
def test_near_duplicate_comes_last(first: str, second: str) -> None:
    names = DistinctNames(3)
    for name in (first, second, "Walter"):
        names.add(name)
    assert names.choose() == [first, "Walter", second]


@pytest.mark.parametrize(
    ("first", "second"), [("Mia", "Tia"), ("Bo", "Jo"), ("Trixi", "Trina"), ("Anna", "Annabel")]
)
def test_other_names_keep_their_order(first: str, second: str) -> None:
    names = DistinctNames(3)
    for name in (first, second, "Walter"):
        names.add(name)
    assert names.choose() == [first, second, "Walter"]


def test_names_near_excluded_ones_come_last() -> None:
    names = DistinctNames(2, ["trixi"])
    for name in ("Trixy", "Walter"):
        names.add(name)
    assert names.choose() == ["Walter", "Trixy"]


@given(st.lists(st.text("abB", max_size=6), max_size=30), st.integers(1, 12))
def test_distinct_names_are_chosen_in_their_order(added: list[str], count: int) -> None:
    names = DistinctNames(count)
    expected: list[str] = []
    for name in added:
        names.add(name)
        if name not in expected and not any(are_near(name, other) for other in expected):
            expected.append(name)
    chosen = names.choose()
    assert chosen[: len(expected)] == expected[:count]
    assert len(chosen) == min(count, len(set(added)))


@pytest.mark.parametrize("prefix", ["Tr", "", "Mar"])
@pytest.mark.parametrize("options", [{}, {"new_only": True}, {"suffix": "a"}])
def test_answers_have_no_near_duplicates(prefix: str, options: dict[str, object]) -> None:
    request = Request(prefix, 10, temperature=0.9, **options)  # type: ignore[arg-type]
    for seed in range(10):
        names = SHIPPED.names(replace(request, seed=seed))
        assert len(names) == 10
        assert not near_pairs(names)


def test_rare_names_have_no_near_duplicates() -> None:
    names = SHIPPED.names(Request(suffix="beth", seed=1))
    assert len(names) == 5
    assert not near_pairs(names)


def test_blends_have_no_near_duplicates() -> None:
    for seed in range(5):
        blends = SHIPPED.blend(("Margaret", "Elizabeth"), 5, seed)
        assert len(blends) == 5
        assert not near_pairs(blends)


def test_near_duplicates_fill_an_answer(tmp_path: Path) -> None:
    path = write_artifact(tmp_path / "few.onnx", ["Xylop", "Xyloq", "Xylos", "Walter"])
    names = Sampler(Artifact.open(path)).names(Request("Xylo", 3, seed=1))
    assert sorted(names) == ["Xylop", "Xyloq", "Xylos"]


@pytest.mark.parametrize("is_guided", [False, True])
def test_second_name_follows_the_model(tmp_path: Path, *, is_guided: bool) -> None:
    """Chi-square of the second name: it has the odds of all names that differ from the first."""
    path = write_free_artifact(tmp_path / "test.onnx", SAMPLES, FLOOR, MAX_LENGTH)
    sampler = Sampler(Artifact.open(path))
    constraints = constraints_of(sampler.artifact, min_length=MIN_LENGTH)
    every = all_names(SAMPLES, FLOOR, MAX_LENGTH)
    exact = {name: p for name, p in every.items() if len(name) >= MIN_LENGTH}
    draws = 400 if is_guided else 1_500
    drawn: Counter[str] = Counter()
    for seed in range(draws):
        request = Request(count=2, seed=seed, min_length=MIN_LENGTH)
        guided = guided_names(sampler.artifact, constraints, request) if is_guided else None
        first, second = guided or sampler.names(request)
        assert not are_near(first, second)
        drawn[second] += 1
    expected = dict.fromkeys(exact, 0.0)
    for first, p in exact.items():
        others = [name for name in exact if not are_near(name, first)]
        rest = sum(exact[name] for name in others)
        for name in others:
            expected[name] += draws * p / sum(exact.values()) * exact[name] / rest
    statistic, degrees = chi_square(drawn, expected)
    assert degrees >= 5
    assert statistic < critical_value(degrees)
