"""Guided sampling: names with a rare suffix, text or length are as frequent as the model means."""

import contextlib
from collections import Counter
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from bot.library import SHIPPED as STYLES
from bot.sampling import Artifact, Request, RequestError, run_steps
from bot.sampling.character_model import CharacterModel
from bot.sampling.draw import start_after
from bot.sampling.guided import MAX_NUMBERS, MAX_STEP_ROWS, GuidedSampler, WeightedSample, thin
from bot.sampling.names import names
from bot.sampling.request import Constraints
from bot.sampling.rollouts import draw_texts
from tests.sampler import Sampler

from ..artifacts import all_names, write_free_artifact

SHIPPED = Artifact.open(STYLES / "names.onnx")
SAMPLES = ("Ann", "Anna", "Tann", "Nat", "Tanta", "Atta")
FLOOR, MAX_LENGTH = 0.02, 5


@pytest.fixture
def artifact(tmp_path: Path) -> Artifact:
    """A style in which every letter can follow every other."""
    path = write_free_artifact(tmp_path / "test.onnx", SAMPLES, FLOOR, MAX_LENGTH)
    return Artifact.open(path)


def constraints_of(artifact: CharacterModel, **conditions: Any) -> Constraints:
    defaults: dict[str, Any] = {
        "prefix": "",
        "contains": "",
        "suffix": "",
        "min_length": 0,
        "max_length": artifact.max_length,
        "new_only": False,
    }
    return Constraints(**defaults | conditions, are_in_corpus=artifact.are_in_corpus)


def sampler_of(
    artifact: CharacterModel, constraints: Constraints, request: Request
) -> GuidedSampler:
    text = constraints.suffix or constraints.contains
    is_inserted = bool(constraints.contains and not constraints.suffix)
    rng = np.random.default_rng(request.seed)
    return GuidedSampler(artifact, constraints, text, is_inserted, request, rng)


def guided_names(artifact: CharacterModel, constraints: Constraints, request: Request) -> list[str]:
    """Return names of the guided sampler, whether or not the constraints are rare."""
    start = run_steps(artifact, start_after(artifact, constraints.prefix))
    names, _ = run_steps(artifact, sampler_of(artifact, constraints, request).names(start))
    return names


def chi_square(observed: Counter[str], expected: dict[str, float]) -> tuple[float, int]:
    """Return Pearson's chi-square and its degrees of freedom; bins of under 5 are merged."""
    small = {name for name, e in expected.items() if e < 5}
    pairs = [(observed[name], e) for name, e in expected.items() if name not in small]
    pairs.append((sum(observed[n] for n in small), sum(expected[n] for n in small)))
    pairs = [(o, e) for o, e in pairs if e]
    return sum((o - e) ** 2 / e for o, e in pairs), len(pairs) - 1


def critical_value(degrees: int) -> float:
    """Return the 99.9 % point of chi-square (Wilson and Hilferty 1931)."""
    return float(degrees * (1 - 2 / (9 * degrees) + 3.09 * np.sqrt(2 / (9 * degrees))) ** 3)


@pytest.mark.parametrize(
    ("conditions", "options"),
    [
        ({"suffix": "tn"}, {}),
        ({"suffix": "nta"}, {"temperature": 1.3}),
        ({"suffix": "ta"}, {"top_p": 0.9}),
        ({"contains": "nn", "min_length": 4}, {}),
        ({"min_length": 5}, {}),
        ({"prefix": "An", "suffix": "nn"}, {}),
        ({"prefix": "T", "suffix": "t", "contains": "an"}, {"temperature": 1.2}),
        ({"suffix": "a", "min_length": 4, "new_only": True}, {}),
    ],
)
def test_names_follow_the_exact_distribution(
    artifact: Artifact, conditions: dict[str, str | int], options: dict[str, float]
) -> None:
    """Chi-square of 400 answers against all names of a small style, computed letter by letter."""
    constraints = constraints_of(artifact, **conditions)
    every = all_names(SAMPLES, FLOOR, MAX_LENGTH, prefix=constraints.prefix, **options)
    exact = {name: p for name, p in every.items() if constraints.fit([name])[0]}
    draws = 400
    drawn = Counter(
        guided_names(artifact, constraints, Request(count=1, seed=seed, **options))[0]  # type: ignore[arg-type]
        for seed in range(draws)
    )
    assert set(drawn) <= set(exact)
    total = sum(exact.values())
    expected = {name: draws * p / total for name, p in exact.items()}
    statistic, degrees = chi_square(drawn, expected)
    assert degrees >= 2
    assert statistic < critical_value(degrees)


def test_names_follow_plain_rejection() -> None:
    """Two-sample chi-square: one name in a hundred of the style ends with “lla”."""
    constraints, rng = constraints_of(SHIPPED, suffix="lla"), np.random.default_rng(1)
    start = run_steps(SHIPPED, start_after(SHIPPED, ""))
    steps = draw_texts(SHIPPED.vocabulary, *start, 40_000, SHIPPED.max_length, Request(), rng)
    names = run_steps(SHIPPED, steps)
    plain = Counter(name[:-3][-2:] for name in names if name.endswith("lla"))
    requests = (Request(count=1, seed=seed) for seed in range(120))
    answers = (guided_names(SHIPPED, constraints, request)[0] for request in requests)
    guided = Counter(name[:-3][-2:] for name in answers)
    share = guided.total() / (guided.total() + plain.total())
    expected = {key: share * n for key, n in (guided + plain).items()}
    statistic, degrees = chi_square(guided, expected)
    assert plain.total() > 300
    assert degrees > 3
    assert statistic / (1 - share) < critical_value(degrees)


def test_total_weight_is_the_share_of_names_that_fit(artifact: Artifact) -> None:
    for conditions in (
        {"suffix": "tn"},
        {"contains": "tat"},
        {"min_length": 5},
        {"suffix": "aa", "contains": "tt"},
    ):
        constraints = constraints_of(artifact, **conditions)
        every = all_names(SAMPLES, FLOOR, MAX_LENGTH)
        exact = sum(p for name, p in every.items() if constraints.fit([name])[0])
        start = run_steps(artifact, start_after(artifact, ""))
        sample = WeightedSample(1, np.random.default_rng(0))
        for seed in range(40):
            sampler = sampler_of(artifact, constraints, Request(seed=seed))
            run_steps(artifact, sampler.add_names(sample, start, 16))
        assert sample.total / 640 == pytest.approx(exact, rel=0.1)


def test_many_rare_names_are_distinct() -> None:
    sampler = Sampler(SHIPPED)
    requests = (Request(suffix="beth"), Request(contains="zz"), Request(min_length=13))
    for request in requests:
        names = sampler.names(replace(request, count=25, seed=2))
        assert len(set(names)) == len(names) == 25


@settings(max_examples=15, deadline=None)
@given(
    st.sampled_from([0.3, 0.9, 1.4]),
    st.integers(8, 15),
    st.sampled_from(["", "a", "beth"]),
    st.sampled_from(["", "r", "xi"]),
    st.integers(0, 3),
    st.sampled_from([25, 100]),
)
@example(0.9, 15, "", "", 1, 25)
@example(1.4, 8, "beth", "r", 0, 100)
def test_rows_of_a_request_are_bounded(
    temperature: float, length: int, suffix: str, contains: str, seed: int, count: int
) -> None:
    """Also those of the first draws and of the error's examples."""
    counted = CountedModel(SHIPPED)
    request = Request(
        count=count,
        temperature=temperature,
        min_length=length,
        max_length=length,
        suffix=suffix,
        contains=contains,
        seed=seed,
    )
    with contextlib.suppress(RequestError):
        run_steps(counted, names(counted, request))
    assert counted.rows <= 2 * MAX_STEP_ROWS


class CountedModel:
    """A model that counts the rows of its steps."""

    def __init__(self, model: Artifact) -> None:
        self.model, self.rows = model, 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self.model, name)

    def step(self, token: Any, state: Any) -> Any:
        self.rows += len(token)
        return self.model.step(token, state)


@settings(max_examples=30)
@given(st.lists(st.floats(0, 1), min_size=1, max_size=50), st.floats(0.01, 0.5))
def test_thin_keeps_the_mean_of_each_mass(values: list[float], level: float) -> None:
    mass, total = np.array(values), np.zeros(len(values))
    draws = 200
    for seed in range(draws):
        rows, thinned = thin(mass, level, np.random.default_rng(seed))
        assert (thinned >= level).all()
        total[rows] += thinned
    assert total / draws == pytest.approx(mass, abs=5 * level / draws**0.5)


def test_sample_is_weighted_without_replacement() -> None:
    weights = {"a": 0.6, "b": 0.3, "c": 0.1}
    pairs: Counter[str] = Counter()
    draws = 3_000
    for seed in range(draws):
        sample = WeightedSample(2, np.random.default_rng(seed))
        for name, weight in weights.items():
            sample.add(name, weight / 2, is_exact=False)
            sample.add(name, weight / 2, is_exact=False)
        pairs["".join(sample.choose())] += 1
    expected = {
        first + second: draws * p * q / (1 - p)
        for first, p in weights.items()
        for second, q in weights.items()
        if first != second
    }
    statistic, degrees = chi_square(pairs, expected)
    assert degrees == 5
    assert statistic < critical_value(degrees)


@settings(max_examples=20)
@example(style=STYLES / "names.onnx", prefix="", length=15, temperature=0.1, text={})
@example(style=STYLES / "names.onnx", prefix="A", length=14, temperature=0.15, text={})
@given(
    style=st.sampled_from(sorted(STYLES.glob("*.onnx"))),
    prefix=st.sampled_from(["", "A", "Tr"]),
    length=st.integers(1, 40),
    temperature=st.sampled_from([0.1, 0.15, 0.3, 0.9, 2.0]),
    text=st.sampled_from([{}, {"suffix": "ns"}, {"contains": "th"}]),
)
def test_batches_are_bounded(
    style: Path, prefix: str, length: int, temperature: float, text: dict[str, str]
) -> None:
    artifact = open_shipped(style)
    assume(artifact.vocabulary.can_spell("".join([prefix, *text.values()])))
    constraints = Constraints(
        prefix=prefix,
        contains=text.get("contains", ""),
        suffix=text.get("suffix", ""),
        min_length=min(length, artifact.max_length),
        max_length=artifact.max_length,
        new_only=True,
        are_in_corpus=artifact.are_in_corpus,
    )
    request = Request(prefix=prefix, temperature=temperature, seed=1)
    start = run_steps(artifact, start_after(artifact, prefix))
    steps = sampler_of(artifact, constraints, request).names(start)
    max_numbers = 0
    with contextlib.suppress(StopIteration, RequestError):
        token, state = next(steps)
        while True:
            max_numbers = max(max_numbers, state.size)
            token, state = steps.send(artifact.step(token, state))
    assert max_numbers <= 2 * MAX_NUMBERS


@lru_cache(maxsize=4)
def open_shipped(style: Path) -> Artifact:
    return Artifact.open(style)
