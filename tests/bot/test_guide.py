"""Rare endings, parts and lengths come as often among themselves as the model means them."""

from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.library import SHIPPED as STYLES
from bot.sampling import Artifact, Request, run_steps
from bot.sampling.beginnings import begin, thinned
from bot.sampling.endings import endings
from bot.sampling.guide import Guide
from bot.sampling.order import Order
from bot.sampling.pool import Pool

from ..sampler import Sampler
from .artifacts import all_names, write_free_artifact

SHIPPED = Artifact.open(STYLES / "names.onnx")
SAMPLES = ("Ann", "Anna", "Tann", "Nat", "Tanta", "Atta")
FLOOR, LONGEST = 0.02, 5


@pytest.fixture
def artifact(tmp_path: Path) -> Artifact:
    """A style in which every letter can follow every other."""
    path = write_free_artifact(tmp_path / "test.onnx", SAMPLES, FLOOR, LONGEST)
    return Artifact.open(path)


def order_of(artifact: Artifact, **asked: str | int) -> Order:
    nothing = {"beginning": "", "part": "", "ending": "", "least": 0, "new_only": False}
    return Order(most=artifact.max_length, knows=artifact.in_corpus, **nothing | asked)  # type: ignore[arg-type]


def guide_of(artifact: Artifact, order: Order, request: Request) -> Guide:
    text, within = order.ending or order.part, bool(order.part and not order.ending)
    rng = np.random.default_rng(request.seed)
    return Guide(artifact, order, text, within, request, rng)


def guided(artifact: Artifact, order: Order, request: Request) -> list[str]:
    """Return names that the guide draws, whether or not they are rare."""
    start = run_steps(artifact, begin(artifact, order.beginning))
    names, _ = run_steps(artifact, guide_of(artifact, order, request).names(start))
    return names


def statistic(observed: Counter[str], expected: dict[str, float]) -> tuple[float, int]:
    """Return Pearson's chi-square and its degrees of freedom; bins of under 5 are one."""
    small = {name for name, e in expected.items() if e < 5}
    pairs = [(observed[name], e) for name, e in expected.items() if name not in small]
    pairs.append((sum(observed[n] for n in small), sum(expected[n] for n in small)))
    pairs = [(o, e) for o, e in pairs if e]
    return sum((o - e) ** 2 / e for o, e in pairs), len(pairs) - 1


def limit(degrees: int) -> float:
    """Return the 99.9 % point of chi-square (Wilson and Hilferty 1931)."""
    return float(degrees * (1 - 2 / (9 * degrees) + 3.09 * np.sqrt(2 / (9 * degrees))) ** 3)


@pytest.mark.parametrize(
    ("asked", "options"),
    [
        ({"ending": "tn"}, {}),
        ({"ending": "nta"}, {"temperature": 1.3}),
        ({"ending": "ta"}, {"top_p": 0.9}),
        ({"part": "nn", "least": 4}, {}),
        ({"least": 5}, {}),
        ({"beginning": "An", "ending": "nn"}, {}),
        ({"beginning": "T", "ending": "t", "part": "an"}, {"temperature": 1.2}),
        ({"ending": "a", "least": 4, "new_only": True}, {}),
    ],
)
def test_guided_names_follow_the_exact_distribution(
    artifact: Artifact, asked: dict[str, str | int], options: dict[str, float]
) -> None:
    """Chi-square of 400 answers against all names of a small style, each worked out by hand."""
    order = order_of(artifact, **asked)
    every = all_names(SAMPLES, FLOOR, LONGEST, beginning=order.beginning, **options)
    exact = {name: p for name, p in every.items() if order.met(name)}
    draws = 400
    drawn = Counter(
        guided(artifact, order, Request(count=1, seed=seed, **options))[0]  # type: ignore[arg-type]
        for seed in range(draws)
    )
    assert set(drawn) <= set(exact)
    total = sum(exact.values())
    expected = {name: draws * p / total for name, p in exact.items()}
    found, degrees = statistic(drawn, expected)
    assert degrees >= 2
    assert found < limit(degrees)


def test_guided_names_of_the_shipped_style_follow_plain_rejection() -> None:
    """Two-sample chi-square: one name in a hundred ends in “lla”, drawn either way."""
    order, rng = order_of(SHIPPED, ending="lla"), np.random.default_rng(1)
    start = run_steps(SHIPPED, begin(SHIPPED, ""))
    drawn = run_steps(SHIPPED, endings(*start, 40_000, SHIPPED.max_length, Request(), rng))
    names = map(SHIPPED.vocabulary.decode, drawn)
    plain = Counter(name[:-3][-2:] for name in names if name.endswith("lla"))
    answers = (guided(SHIPPED, order, Request(count=1, seed=seed))[0] for seed in range(120))
    guide = Counter(name[:-3][-2:] for name in answers)
    share = guide.total() / (guide.total() + plain.total())
    both = {key: share * n for key, n in (guide + plain).items()}
    found, degrees = statistic(guide, both)
    assert plain.total() > 300
    assert degrees > 3
    assert found / (1 - share) < limit(degrees)


def test_the_weights_tell_how_rare_the_order_is(artifact: Artifact) -> None:
    for asked in ({"ending": "tn"}, {"part": "tat"}, {"least": 5}, {"ending": "aa", "part": "tt"}):
        order = order_of(artifact, **asked)
        every = all_names(SAMPLES, FLOOR, LONGEST)
        exact = sum(p for name, p in every.items() if order.met(name))
        start = run_steps(artifact, begin(artifact, ""))
        pool = Pool(1, np.random.default_rng(0))
        for seed in range(40):
            guide = guide_of(artifact, order, Request(seed=seed))
            run_steps(artifact, guide.fill(pool, start, 16))
        assert pool.total / 640 == pytest.approx(exact, rel=0.1)


def test_many_rare_names_come_at_once_and_are_distinct() -> None:
    sampler = Sampler(SHIPPED)
    requests = (Request(suffix="beth"), Request(contains="zz"), Request(min_length=13))
    for request in requests:
        names = sampler.names(replace(request, count=25, seed=2))
        assert len(set(names)) == len(names) == 25


@settings(max_examples=30)
@given(st.lists(st.floats(0, 1), min_size=1, max_size=50), st.floats(0.01, 0.5))
def test_thinning_keeps_the_mean_of_every_mass(mass: list[float], level: float) -> None:
    masses, total = np.array(mass), np.zeros(len(mass))
    draws = 200
    for seed in range(draws):
        rows, kept = thinned(masses, level, np.random.default_rng(seed))
        assert (kept >= level).all()
        total[rows] += kept
    assert total / draws == pytest.approx(masses, abs=5 * level / draws**0.5)


def test_a_pool_chooses_by_weight_without_replacement() -> None:
    weights = {"a": 0.6, "b": 0.3, "c": 0.1}
    pairs: Counter[str] = Counter()
    draws = 3_000
    for seed in range(draws):
        pool = Pool(2, np.random.default_rng(seed))
        for name, weight in weights.items():
            pool.add(name, weight / 2, sure=False)
            pool.add(name, weight / 2, sure=False)
        pairs["".join(pool.chosen())] += 1
    expected = {
        one + two: draws * p * q / (1 - p)
        for one, p in weights.items()
        for two, q in weights.items()
        if one != two
    }
    found, degrees = statistic(pairs, expected)
    assert degrees == 5
    assert found < limit(degrees)
