"""Blocked names are replaced by others, which follow the model's exact distribution."""

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.library import SHIPPED as STYLES
from bot.profanity import ProfanityFilter
from bot.sampling import Artifact, Engine, Request, RequestError
from bot.sampling.request import all_blocked_error
from tests.sampler import Sampler

from ..artifacts import all_names, write_artifact, write_free_artifact
from .test_guided import chi_square, constraints_of, critical_value, guided_names

SHIPPED = Sampler(Artifact.open(STYLES / "names.onnx"))
SAMPLES = ("Ann", "Anna", "Tann", "Nat", "Tanta", "Atta")
FLOOR, MAX_LENGTH = 0.02, 5


@pytest.fixture(scope="module")
def sampler(tmp_path_factory: pytest.TempPathFactory) -> Sampler:
    """A style in which any letter can follow any other."""
    path = tmp_path_factory.mktemp("blocking") / "test.onnx"
    return Sampler(Artifact.open(write_free_artifact(path, SAMPLES, FLOOR, MAX_LENGTH)))


def without(text: str) -> Callable[[str], bool]:
    return lambda name: text not in name.lower()


@pytest.mark.parametrize(
    ("options", "blocked"),
    [({}, "nn"), ({"prefix": "T"}, "at"), ({"min_length": 3}, "ann"), ({"new_only": True}, "tt")],
)
def test_allowed_names_keep_their_odds(
    sampler: Sampler, options: dict[str, object], blocked: str
) -> None:
    """Chi-square of single answers against the exact odds of all allowed names."""
    conditions = {key: value for key, value in options.items() if key != "prefix"}
    constraints = constraints_of(sampler.artifact, **conditions)
    every = all_names(SAMPLES, FLOOR, MAX_LENGTH, prefix=str(options.get("prefix", "")))
    exact = {n: p for n, p in every.items() if constraints.fit([n])[0] and without(blocked)(n)}
    draws, total = 1_500, sum(exact.values())
    request = Request(count=1, is_allowed=without(blocked), **options)  # type: ignore[arg-type]
    drawn = Counter(sampler.names(replace(request, seed=seed))[0] for seed in range(draws))
    assert set(drawn) <= set(exact)
    expected = {name: draws * p / total for name, p in exact.items()}
    statistic, degrees = chi_square(drawn, expected)
    assert degrees >= 2
    assert statistic < critical_value(degrees)


@pytest.mark.parametrize(
    ("options", "blocked"),
    [
        ({"suffix": "tn"}, "at"),
        ({"contains": "nn", "min_length": 4}, "ta"),
        ({"min_length": 5}, "tt"),
    ],
)
def test_rare_names_keep_their_odds(
    sampler: Sampler, options: dict[str, str | int], blocked: str
) -> None:
    constraints = constraints_of(sampler.artifact, **options)
    constraints = replace(constraints, is_allowed=without(blocked))
    every = all_names(SAMPLES, FLOOR, MAX_LENGTH)
    exact = {n: p for n, p in every.items() if constraints.fit([n])[0] and constraints.allows(n)}
    assert sum(exact.values()) < 0.9 * sum(p for n, p in every.items() if constraints.fit([n])[0])
    draws, total = 400, sum(exact.values())
    drawn = Counter(
        guided_names(sampler.artifact, constraints, Request(count=1, seed=seed))[0]
        for seed in range(draws)
    )
    assert set(drawn) <= set(exact)
    statistic, degrees = chi_square(drawn, {n: draws * p / total for n, p in exact.items()})
    assert degrees >= 2
    assert statistic < critical_value(degrees)


texts = st.text("atn", max_size=2)


@given(
    prefix=texts,
    suffix=texts,
    contains=texts,
    min_length=st.integers(0, 5),
    new_only=st.booleans(),
    count=st.integers(1, 12),
    blocked=st.text("atn", min_size=1, max_size=2),
    seed=st.integers(0, 2**32),
)
def test_blocked_text_is_never_shown(
    sampler: Sampler,
    prefix: str,
    suffix: str,
    contains: str,
    min_length: int,
    new_only: bool,
    count: int,
    blocked: str,
    seed: int,
) -> None:
    request = Request(
        prefix,
        count,
        seed=seed,
        suffix=suffix,
        contains=contains,
        min_length=min_length,
        new_only=new_only,
        is_allowed=without(blocked),
    )
    try:
        shown = sampler.names(request)
    except RequestError as error:
        shown = list(error.phrase.quoted())
    assert all(blocked not in text.lower() for text in shown)


@pytest.mark.parametrize("options", [{}, {"suffix": "lla"}, {"contains": "zz"}, {"min_length": 12}])
def test_each_candidate_is_checked_once(options: dict[str, object]) -> None:
    checked: Counter[str] = Counter()

    def allows(name: str) -> bool:
        checked[name] += 1
        return name[0] not in "AEIOU"

    request = Request(count=25, seed=3, is_allowed=allows, **options)  # type: ignore[arg-type]
    names = SHIPPED.names(request)
    assert len(names) == 25
    assert set(names) <= set(checked)
    assert set(checked.values()) == {1}
    assert all(name.lower().endswith(str(options.get("suffix", ""))) for name in checked)
    assert all(str(options.get("contains", "")) in name.lower() for name in checked)
    assert all(len(name) >= int(str(options.get("min_length", 0))) for name in checked)


@pytest.mark.parametrize("options", [{}, {"suffix": "lla"}, {"contains": "zz"}])
def test_filter_keeps_the_seed(options: dict[str, object]) -> None:
    request = Request(count=10, seed=5, **options)  # type: ignore[arg-type]
    names = SHIPPED.names(request)
    assert SHIPPED.names(replace(request, is_allowed=lambda name: True)) == names
    others = SHIPPED.names(replace(request, is_allowed=lambda name: name != names[0]))
    assert names[0] not in others
    assert len(others) == 10


@pytest.mark.parametrize(
    "request_",
    [
        Request("Bo"),
        Request("Bo", suffix="ozo"),
        Request(contains="oz", min_length=3),
        Request("Bozo", max_length=3),
        Request("Bozo", suffix="nna", max_length=4),
    ],
)
def test_error_hides_blocked_text(tmp_path: Path, request_: Request) -> None:
    style = write_artifact(tmp_path / "few.onnx", ["Anna", "Bozo", "Carl"])
    profanity = ProfanityFilter().with_words(("oz", "bo"))
    request = replace(
        request_, temperature=0.1, is_allowed=lambda name: not profanity.matches(name)
    )
    with pytest.raises(RequestError) as refused:
        Sampler(Artifact.open(style)).names(request)
    assert str(refused.value) == str(all_blocked_error())


def test_suggestions_hide_blocked_names() -> None:
    request = Request("Ma", suffix="qqzx", seed=1)
    with pytest.raises(RequestError, match="The closest") as refused:
        SHIPPED.names(request)
    _, _, *near = refused.value.phrase.quoted()
    assert near
    with pytest.raises(RequestError, match="The closest") as refused:
        SHIPPED.names(replace(request, is_allowed=lambda name: name not in near))
    assert not set(near) & set(refused.value.phrase.quoted())


def test_all_blocked_fails_fast() -> None:
    """If every draw is blocked, drawing stops early."""
    checked: Counter[str] = Counter()

    def allows(name: str) -> bool:
        checked[name] += 1
        return False

    for request in (Request("Ma"), Request(suffix="lla")):
        checked.clear()
        with pytest.raises(RequestError, match="contains a blocked word"):
            SHIPPED.names(replace(request, is_allowed=allows))
        assert 0 < checked.total() < 20_000


async def test_blends_skip_blocked_names() -> None:
    engine = Engine(SHIPPED.artifact)
    blends = await engine.blend(("Jack", "Thor"), count=5, seed=1)
    others = await engine.blend(
        ("Jack", "Thor"), count=5, seed=1, is_allowed=lambda name: name not in blends
    )
    assert len(others) == 5
    assert not set(others) & set(blends)
    with pytest.raises(RequestError) as refused:
        await engine.blend(("Jack", "Thor"), is_allowed=lambda name: False)
    assert str(refused.value) == str(all_blocked_error())
    engine.close()


def test_2000_names_have_no_profanity() -> None:
    profanity = ProfanityFilter()
    surnames = Sampler(Artifact.open(STYLES / "surnames.onnx"))
    request = Request(count=2_000, seed=4, temperature=1.3)
    drawn = surnames.names(request)
    shown = surnames.names(replace(request, is_allowed=lambda name: not profanity.matches(name)))
    assert any(map(profanity.matches, drawn))
    assert not any(map(profanity.matches, shown))
    assert len(shown) == 2_000
    assert np.mean([name in set(drawn) for name in shown]) > 0.98
