"""Names: distinct, with the prefix, in the model's own distribution, and repeatable by seed."""

import asyncio
import math
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.library import SHIPPED as STYLES
from bot.sampling import Artifact, Engine, Request, RequestError
from bot.sampling.draw import draw
from bot.sampling.names import longest_part
from tests.sampler import Sampler

from ..artifacts import NAMES, write_artifact

SHIPPED = Sampler(Artifact.open(STYLES / "names.onnx"))


@pytest.fixture
def sampler(tmp_path: Path) -> Sampler:
    return Sampler(Artifact.open(write_artifact(tmp_path / "test.onnx")))


def sampler_of(tmp_path: Path, *samples: str) -> Sampler:
    return Sampler(Artifact.open(write_artifact(tmp_path / "test.onnx", samples)))


@given(
    prefix=st.text("TrinaBeloMcZ", max_size=6),
    count=st.integers(1, 25),
    temperature=st.floats(0.1, 2.0),
    top_p=st.floats(0.05, 1.0),
    seed=st.integers(0, 2**32),
)
def test_names_have_the_prefix_and_are_distinct(
    prefix: str, count: int, temperature: float, top_p: float, seed: int
) -> None:
    request = Request(prefix, count, temperature, top_p, seed=seed)
    try:
        names = SHIPPED.names(request)
    except RequestError:
        return
    spelled = SHIPPED.match_prefix(prefix)
    assert spelled.casefold() == prefix.casefold()
    assert 1 <= len(names) <= count
    assert len(set(names)) == len(names)
    for name in names:
        assert name.startswith(spelled)
        assert 1 <= len(name) <= SHIPPED.artifact.max_length


def test_25_names_for_each_letter() -> None:
    for letter in "ABCDEFGHIJKLMNOPQRSTUVWYZ":
        names = SHIPPED.names(Request(letter, 25, temperature=1.0, seed=1))
        assert len(names) == 25, letter


def test_most_names_are_new() -> None:
    names = {name for seed in range(20) for name in SHIPPED.names(Request(count=25, seed=seed))}
    new = [name for name in names if not SHIPPED.artifact.in_corpus(name)]
    assert len(new) > len(names) / 2


def test_seed_repeats_the_names() -> None:
    first, again, other = (SHIPPED.names(Request("Tr", 10, seed=seed)) for seed in (7, 7, 8))
    assert first == again != other


def test_names_follow_the_model(tmp_path: Path) -> None:
    """Chi-square of 4,000 first draws against the exact probabilities of the bigram table."""
    sampler = sampler_of(tmp_path, "a", "ab", "abb", "b")
    drawn = Counter(sampler.names(Request(count=1, seed=seed))[0] for seed in range(4000))
    # a and b begin 3 and 1 of 4 samples; a is followed by the end once in 3, b twice in ... 4.
    start, after_a, after_b = (
        {"a": 3 / 4, "b": 1 / 4},
        {"": 1 / 3, "b": 2 / 3},
        {"": 3 / 4, "b": 1 / 4},
    )
    exact = {
        "a": start["a"] * after_a[""],
        "ab": start["a"] * after_a["b"] * after_b[""],
        "abb": start["a"] * after_a["b"] * after_b["b"] * after_b[""],
        "b": start["b"] * after_b[""],
        "bb": start["b"] * after_b["b"] * after_b[""],
        "bbb": start["b"] * after_b["b"] ** 2 * after_b[""],
    }
    assert set(drawn) == set(exact)  # none is longer than the longest sample
    total = sum(exact.values())
    expected = {name: 4000 * p / total for name, p in exact.items()}
    statistic = sum((drawn[n] - e) ** 2 / e for n, e in expected.items())
    assert statistic < 20.5  # the 99.9 % point at 5 degrees of freedom


def test_rows_are_used_in_order(tmp_path: Path) -> None:
    """To use the first finished ones would make short names too frequent."""
    sampler = sampler_of(tmp_path, "a", "bbbbbbbb")
    first = Counter(sampler.names(Request(count=2, seed=seed))[0][0] for seed in range(400))
    assert 140 < first["a"] < 260


def test_prefix_can_be_a_whole_name(sampler: Sampler) -> None:
    assert "Ann" in sampler.names(Request("Ann", 25))
    assert all(sampler.names(Request(count=25, temperature=2.0, seed=s)) for s in range(50))
    assert "" not in sampler.names(Request(count=25, temperature=2.0))


@pytest.mark.parametrize("options", [{}, {"suffix": "beth"}, {"new_only": True}])
def test_excluded_names_are_not_in_the_answer(options: dict[str, Any]) -> None:
    first = SHIPPED.names(Request("El", 5, seed=1, **options))
    exclude = frozenset(map(str.upper, first))
    others = SHIPPED.names(Request("El", 5, seed=1, exclude=exclude, **options))
    assert len(others) == 5
    assert not set(first) & set(others)


def test_rare_names_remain_where_likely_ones_are_excluded() -> None:
    likely = SHIPPED.names(Request("Trist", 25, temperature=0.3, seed=1))
    request = Request("Trist", 5, temperature=0.3, seed=1, exclude=frozenset(likely))
    assert len(SHIPPED.names(request)) == 5


def test_all_names_excluded(tmp_path: Path) -> None:
    sampler = sampler_of(tmp_path, "ab", "cd")
    with pytest.raises(RequestError, match="no name that isn't shown already"):
        sampler.names(Request(exclude=frozenset({"Ab", "CD"})))
    with pytest.raises(ValueError, match="101 names are excluded"):
        Request(exclude=frozenset(map(str, range(101))))


@pytest.mark.parametrize(
    ("prefix", "message"),
    [
        ("", "Every name I found is in the list already: “ab”"),
        ("c", "Every name I found that begins with “c” is in the list already: “cd”. Use new:no"),
    ],
)
def test_no_new_names(tmp_path: Path, prefix: str, message: str) -> None:
    sampler = sampler_of(tmp_path, *["ab"] * 3, "cd")
    with pytest.raises(RequestError, match=message):
        sampler.names(Request(prefix, new_only=True))


def test_temperature_varies_the_names(tmp_path: Path) -> None:
    sampler = sampler_of(tmp_path, *["ab"] * 9, "ba")
    cold = {sampler.names(Request(count=1, temperature=0.1, seed=s))[0] for s in range(50)}
    hot = {sampler.names(Request(count=1, temperature=2.0, seed=s))[0] for s in range(50)}
    assert cold == {"ab"}
    assert len(hot) > 2


@given(
    logits=st.lists(st.floats(-20, 20, width=32), min_size=3, max_size=12),
    temperature=st.floats(0.1, 2.0),
    top_p=st.floats(0.01, 1.0),
    uniform=st.floats(0, 1, exclude_max=True),
)
def test_draws_stay_in_the_nucleus(
    logits: list[float], temperature: float, top_p: float, uniform: float
) -> None:
    row = np.array([logits], np.float32)
    token = int(draw(row, temperature, top_p, np.array([uniform]))[0])
    assert 0 < token < len(logits)
    weights = [math.exp((x - max(logits[1:])) / temperature) for x in logits[1:]]
    more_likely = sum(w for w in weights if w > weights[token - 1] * (1 + 1e-9))
    assert more_likely < top_p * sum(weights) * (1 + 1e-9)


def test_prefix_is_spelled_by_the_style() -> None:
    assert SHIPPED.match_prefix("Tr") == "Tr"
    assert SHIPPED.match_prefix("tr") == "Tr"
    assert SHIPPED.match_prefix("TR") == "Tr"
    assert SHIPPED.match_prefix("  tr") == "Tr"
    assert SHIPPED.match_prefix("Zo\u00eb") == "Zoe"
    assert SHIPPED.match_prefix("e\u0301m") == "Em"
    assert SHIPPED.match_prefix("ﬁo") == "Fio"
    assert SHIPPED.match_prefix("") == ""


def test_accents_stay_if_the_style_has_them(tmp_path: Path) -> None:
    sampler = sampler_of(tmp_path, "Zo\u00e9", "Zoe", "Ren\u00e9")
    assert sampler.match_prefix("zo\u00e9") == "Zo\u00e9"
    assert sampler.match_prefix("Zoe\u0301") == "Zo\u00e9"
    assert sampler.match_prefix("Zo\u00ea") == "Zoe"


def test_lower_case_style_accepts_capitals(tmp_path: Path) -> None:
    assert sampler_of(tmp_path, "trina", "bo").match_prefix("Tr") == "tr"


def test_unknown_character_is_refused() -> None:
    with pytest.raises(RequestError, match=r"doesn't use.* “5”.*ABCDEF") as caught:
        SHIPPED.names(Request("T5r"))
    assert caught.value.phrase.values[0] == "5"
    with pytest.raises(RequestError, match="control character"):
        SHIPPED.names(Request("Tr\x07"))
    with pytest.raises(RequestError, match="“Ж”"):
        SHIPPED.names(Request("Же"))


def test_long_prefix_is_refused() -> None:
    with pytest.raises(RequestError, match="has 16 characters, but names in this style have at"):
        SHIPPED.names(Request("A" * 16))


def test_max_length_leaves_no_half_names(tmp_path: Path) -> None:
    sampler = sampler_of(tmp_path, *NAMES)
    names = {
        n for seed in range(30) for n in sampler.names(Request(count=5, max_length=4, seed=seed))
    }
    assert "Anna" in names
    assert max(map(len, names)) <= 4
    assert "Trev" not in names  # no sample ends in v
    with pytest.raises(RequestError, match="“Trev” ended within 4 characters"):
        sampler.names(Request("Trev", max_length=4, seed=1))


def test_small_style_gives_all_its_names(tmp_path: Path) -> None:
    sampler = sampler_of(tmp_path, "ab", "cd")
    assert sorted(sampler.names(Request(count=25))) == ["ab", "cd"]


@pytest.mark.parametrize(
    "options",
    [{"count": 0}, {"temperature": 0.0}, {"temperature": math.inf}, {"top_p": 0.0}, {"top_p": 1.1}],
)
def test_invalid_options_are_refused(options: dict[str, float]) -> None:
    with pytest.raises(ValueError, match=next(iter(options))):
        Request(**options)  # type: ignore[arg-type]


async def test_engine_answers_many_at_once() -> None:
    engine = Engine(SHIPPED.artifact)
    requests = [Request("Tr", 3, seed=seed) for seed in range(40)]
    answers = await asyncio.gather(*map(engine.names, requests))
    assert answers == [SHIPPED.names(request) for request in requests]
    engine.close()


async def test_engine_raises_request_errors() -> None:
    engine = Engine(SHIPPED.artifact)
    with pytest.raises(RequestError):
        await engine.names(Request("5"))
    engine.close()


@given(st.text("abc", max_size=12), st.text("abc", max_size=12))
def test_longest_part_is_the_longest(text: str, name: str) -> None:
    parts = {text[i:j] for i in range(len(text)) for j in range(i + 1, len(text) + 1)}
    for matches in (name.endswith, name.__contains__):
        assert longest_part(text, matches) == max(map(len, filter(matches, parts)), default=0)
