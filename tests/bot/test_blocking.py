"""Names that are not allowed: another is drawn instead, as often as the model means it."""

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
from bot.sampling.request import ALL_BLOCKED

from ..sampler import Sampler
from .artifacts import all_names, write_artifact, write_free_artifact
from .test_guide import guided, limit, order_of, statistic

SHIPPED = Sampler(Artifact.open(STYLES / "names.onnx"))
SAMPLES = ("Ann", "Anna", "Tann", "Nat", "Tanta", "Atta")
FLOOR, LONGEST = 0.02, 5


@pytest.fixture(scope="module")
def sampler(tmp_path_factory: pytest.TempPathFactory) -> Sampler:
    """A style in which every letter can follow every other."""
    path = tmp_path_factory.mktemp("blocking") / "test.onnx"
    return Sampler(Artifact.open(write_free_artifact(path, SAMPLES, FLOOR, LONGEST)))


def without(text: str) -> Callable[[str], bool]:
    return lambda name: text not in name.lower()


@pytest.mark.parametrize(
    ("asked", "barred"),
    [({}, "nn"), ({"prefix": "T"}, "at"), ({"min_length": 3}, "ann"), ({"new_only": True}, "tt")],
)
def test_allowed_names_follow_the_exact_distribution(
    sampler: Sampler, asked: dict[str, object], barred: str
) -> None:
    """Chi-square of single answers against all names that are allowed, worked out by hand."""
    order = order_of(sampler.artifact, least=int(str(asked.get("min_length", 0))))
    order = replace(order, new_only=bool(asked.get("new_only")))
    every = all_names(SAMPLES, FLOOR, LONGEST, beginning=str(asked.get("prefix", "")))
    exact = {n: p for n, p in every.items() if order.met(n) and without(barred)(n)}
    draws, total = 1_500, sum(exact.values())
    request = Request(count=1, is_allowed=without(barred), **asked)  # type: ignore[arg-type]
    drawn = Counter(sampler.names(replace(request, seed=seed))[0] for seed in range(draws))
    assert set(drawn) <= set(exact)
    expected = {name: draws * p / total for name, p in exact.items()}
    found, degrees = statistic(drawn, expected)
    assert degrees >= 2
    assert found < limit(degrees)


@pytest.mark.parametrize(
    ("asked", "barred"),
    [({"ending": "tn"}, "at"), ({"part": "nn", "least": 4}, "ta"), ({"least": 5}, "tt")],
)
def test_allowed_names_of_rare_orders_follow_the_exact_distribution(
    sampler: Sampler, asked: dict[str, str | int], barred: str
) -> None:
    order = replace(order_of(sampler.artifact, **asked), is_allowed=without(barred))
    every = all_names(SAMPLES, FLOOR, LONGEST)
    exact = {n: p for n, p in every.items() if order.met(n) and order.allowed(n)}
    assert sum(exact.values()) < 0.9 * sum(p for n, p in every.items() if order.met(n))
    draws, total = 400, sum(exact.values())
    drawn = Counter(
        guided(sampler.artifact, order, Request(count=1, seed=seed))[0] for seed in range(draws)
    )
    assert set(drawn) <= set(exact)
    found, degrees = statistic(drawn, {n: draws * p / total for n, p in exact.items()})
    assert degrees >= 2
    assert found < limit(degrees)


texts = st.text("atn", max_size=2)


@given(
    prefix=texts,
    suffix=texts,
    contains=texts,
    least=st.integers(0, 5),
    new_only=st.booleans(),
    count=st.integers(1, 12),
    barred=st.text("atn", min_size=1, max_size=2),
    seed=st.integers(0, 2**32),
)
def test_nothing_that_is_not_allowed_is_said(
    sampler: Sampler,
    prefix: str,
    suffix: str,
    contains: str,
    least: int,
    new_only: bool,
    count: int,
    barred: str,
    seed: int,
) -> None:
    request = Request(
        prefix,
        count,
        seed=seed,
        suffix=suffix,
        contains=contains,
        min_length=least,
        new_only=new_only,
        is_allowed=without(barred),
    )
    try:
        said = sampler.names(request)
    except RequestError as refused:
        said = list(refused.values)
    assert all(barred not in text.lower() for text in said)


@pytest.mark.parametrize("asked", [{}, {"suffix": "lla"}, {"contains": "zz"}, {"min_length": 12}])
def test_only_names_that_meet_all_else_are_asked_about_and_once(asked: dict[str, object]) -> None:
    heard: Counter[str] = Counter()

    def allows(name: str) -> bool:
        heard[name] += 1
        return name[0] not in "AEIOU"

    request = Request(count=25, seed=3, is_allowed=allows, **asked)  # type: ignore[arg-type]
    names = SHIPPED.names(request)
    assert len(names) == 25
    assert set(names) <= set(heard)
    assert set(heard.values()) == {1}
    assert all(name.lower().endswith(str(asked.get("suffix", ""))) for name in heard)
    assert all(str(asked.get("contains", "")) in name.lower() for name in heard)
    assert all(len(name) >= int(str(asked.get("min_length", 0))) for name in heard)


@pytest.mark.parametrize("asked", [{}, {"suffix": "lla"}, {"contains": "zz"}])
def test_what_is_allowed_alike_gives_the_same_names_for_the_same_seed(
    asked: dict[str, object],
) -> None:
    request = Request(count=10, seed=5, **asked)  # type: ignore[arg-type]
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
def test_a_refusal_does_not_repeat_what_is_not_allowed(tmp_path: Path, request_: Request) -> None:
    style = write_artifact(tmp_path / "few.onnx", ["Anna", "Bozo", "Carl"])
    profanity = ProfanityFilter().with_words(("oz", "bo"))
    request = replace(
        request_, temperature=0.1, is_allowed=lambda name: not profanity.matches(name)
    )
    with pytest.raises(RequestError) as refused:
        Sampler(Artifact.open(style)).names(request)
    assert str(refused.value) == ALL_BLOCKED


def test_what_comes_near_is_told_without_what_is_not_allowed() -> None:
    request = Request("Ma", suffix="qqzx", seed=1)
    with pytest.raises(RequestError, match="come near") as refused:
        SHIPPED.names(request)
    near = refused.value.values[2:]
    assert near
    with pytest.raises(RequestError, match="come near") as refused:
        SHIPPED.names(replace(request, is_allowed=lambda name: name not in near))
    assert not set(near) & set(refused.value.values)


def test_to_refuse_a_word_costs_no_more_than_a_glance() -> None:
    """Where all that is drawn is barred, it is not gone on with to the end."""
    heard: Counter[str] = Counter()

    def allows(name: str) -> bool:
        heard[name] += 1
        return False

    for request in (Request("Ma"), Request(suffix="lla")):
        heard.clear()
        with pytest.raises(RequestError, match="blocked here"):
            SHIPPED.names(replace(request, is_allowed=allows))
        assert 0 < heard.total() < 20_000


async def test_blends_are_others_where_some_are_not_allowed() -> None:
    engine = Engine(SHIPPED.artifact)
    blends = await engine.blend("Jack", "Thor", count=5, seed=1)
    others = await engine.blend(
        "Jack", "Thor", count=5, seed=1, is_allowed=lambda name: name not in blends
    )
    assert len(others) == 5
    assert not set(others) & set(blends)
    with pytest.raises(RequestError) as refused:
        await engine.blend("Jack", "Thor", is_allowed=lambda name: False)
    assert str(refused.value) == ALL_BLOCKED
    engine.close()


def test_no_listed_word_comes_of_many_names() -> None:
    profanity = ProfanityFilter()
    surnames = Sampler(Artifact.open(STYLES / "surnames.onnx"))
    request = Request(count=2_000, seed=1, temperature=1.3)
    drawn = surnames.names(request)
    said = surnames.names(replace(request, is_allowed=lambda name: not profanity.matches(name)))
    assert any(map(profanity.matches, drawn))
    assert not any(map(profanity.matches, said))
    assert len(said) == 2_000
    assert np.mean([name in set(drawn) for name in said]) > 0.98
