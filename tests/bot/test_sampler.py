"""Names begin as asked, are distinct, follow the model's own distribution, and repeat by seed."""

import math
import unicodedata
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.library import SHIPPED as STYLES
from bot.sampling import Artifact, Engine, Request, RequestError, Vocabulary
from bot.sampling.drawing import draw

from ..sampler import Sampler
from .artifacts import NAMES, write_artifact

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
def test_names_begin_with_the_form_of_the_prefix_and_are_distinct(
    prefix: str, count: int, temperature: float, top_p: float, seed: int
) -> None:
    request = Request(prefix, count, temperature, top_p, seed=seed)
    try:
        names = SHIPPED.names(request)
    except RequestError:
        return
    form = SHIPPED.form(prefix)
    assert form.casefold() == prefix.casefold()
    assert 1 <= len(names) <= count
    assert len(set(names)) == len(names)
    for name in names:
        assert name.startswith(form)
        assert 1 <= len(name) <= SHIPPED.artifact.max_length


def test_the_shipped_style_has_25_names_for_each_letter() -> None:
    for letter in "ABCDEFGHIJKLMNOPQRSTUVWYZ":
        names = SHIPPED.names(Request(letter, 25, temperature=1.0, seed=1))
        assert len(names) == 25, letter


def test_most_names_of_the_shipped_style_are_new() -> None:
    names = {name for seed in range(20) for name in SHIPPED.names(Request(count=25, seed=seed))}
    new = [name for name in names if not SHIPPED.artifact.in_corpus(name)]
    assert len(new) > len(names) / 2


def test_the_same_seed_gives_the_same_names_and_another_gives_others() -> None:
    first, again, other = (SHIPPED.names(Request("Tr", 10, seed=seed)) for seed in (7, 7, 8))
    assert first == again != other


def test_names_follow_the_distribution_of_the_model(tmp_path: Path) -> None:
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


def test_a_batch_is_answered_in_the_order_of_its_rows_not_of_finishing(tmp_path: Path) -> None:
    """Taking the first finished would make short names too frequent."""
    sampler = sampler_of(tmp_path, "a", "bbbbbbbb")
    first = Counter(sampler.names(Request(count=2, seed=seed))[0][0] for seed in range(400))
    assert 140 < first["a"] < 260


def test_the_prefix_alone_can_be_a_name_but_nothing_is_not(sampler: Sampler) -> None:
    assert "Ann" in sampler.names(Request("Ann", 25))
    assert all(sampler.names(Request(count=25, temperature=2.0, seed=s)) for s in range(50))
    assert "" not in sampler.names(Request(count=25, temperature=2.0))


def test_low_temperature_takes_the_likeliest_and_high_temperature_strays(tmp_path: Path) -> None:
    sampler = sampler_of(tmp_path, *["ab"] * 9, "ba")
    cold = {sampler.names(Request(count=1, temperature=0.1, seed=s))[0] for s in range(50)}
    wild = {sampler.names(Request(count=1, temperature=2.0, seed=s))[0] for s in range(50)}
    assert cold == {"ab"}
    assert len(wild) > 2


@given(
    logits=st.lists(st.floats(-20, 20, width=32), min_size=3, max_size=12),
    temperature=st.floats(0.1, 2.0),
    top_p=st.floats(0.01, 1.0),
    uniform=st.floats(0, 1, exclude_max=True),
)
def test_a_draw_stays_in_the_nucleus_and_never_gives_the_start_token(
    logits: list[float], temperature: float, top_p: float, uniform: float
) -> None:
    row = np.array([logits], np.float32)
    token = int(draw(row, temperature, top_p, np.array([uniform]))[0])
    assert 0 < token < len(logits)
    weights = [math.exp((x - max(logits[1:])) / temperature) for x in logits[1:]]
    likelier = sum(w for w in weights if w > weights[token - 1] * (1 + 1e-9))
    assert likelier < top_p * sum(weights) * (1 + 1e-9)


def test_a_prefix_is_met_as_typed_in_the_corpus_case_or_without_accents() -> None:
    assert SHIPPED.form("Tr") == "Tr"
    assert SHIPPED.form("tr") == "Tr"
    assert SHIPPED.form("TR") == "Tr"
    assert SHIPPED.form("  tr") == "Tr"
    assert SHIPPED.form("Zo\u00eb") == "Zoe"
    assert SHIPPED.form("e\u0301m") == "Em"
    assert SHIPPED.form("ﬁo") == "Fio"
    assert SHIPPED.form("") == ""


def test_a_prefix_keeps_its_accents_where_the_style_has_them(tmp_path: Path) -> None:
    sampler = sampler_of(tmp_path, "Zo\u00e9", "Zoe", "Ren\u00e9")
    assert sampler.form("zo\u00e9") == "Zo\u00e9"
    assert sampler.form("Zoe\u0301") == "Zo\u00e9"
    assert sampler.form("Zo\u00ea") == "Zoe"


def test_a_lower_case_style_meets_a_capital_prefix(tmp_path: Path) -> None:
    assert sampler_of(tmp_path, "trina", "bo").form("Tr") == "tr"


def test_an_unknown_character_is_refused_by_name_with_those_that_are_known() -> None:
    with pytest.raises(RequestError, match=r"has no “5” \(U\+0035\).*ABCDEF") as caught:
        SHIPPED.names(Request("T5r"))
    assert caught.value.values[0] == "5"
    with pytest.raises(RequestError, match="U\\+0007"):
        SHIPPED.names(Request("Tr\x07"))
    with pytest.raises(RequestError, match="“Ж”"):
        SHIPPED.names(Request("Же"))


def test_a_prefix_longer_than_any_name_is_refused() -> None:
    with pytest.raises(RequestError, match="has 16 characters, but names of this style have at"):
        SHIPPED.names(Request("A" * 16))


def test_max_length_bounds_the_name_and_leaves_no_half_names(tmp_path: Path) -> None:
    sampler = sampler_of(tmp_path, *NAMES)
    names = {
        n for seed in range(30) for n in sampler.names(Request(count=5, max_length=4, seed=seed))
    }
    assert "Anna" in names
    assert max(map(len, names)) <= 4
    assert "Trev" not in names  # no sample ends in v
    with pytest.raises(RequestError, match="came to an end within 4 characters"):
        sampler.names(Request("Trev", max_length=4))


def test_a_style_with_fewer_names_than_asked_for_gives_those_it_has(tmp_path: Path) -> None:
    sampler = sampler_of(tmp_path, "ab", "cd")
    assert sorted(sampler.names(Request(count=25))) == ["ab", "cd"]


@pytest.mark.parametrize(
    "options",
    [{"count": 0}, {"temperature": 0.0}, {"temperature": math.inf}, {"top_p": 0.0}, {"top_p": 1.1}],
)
def test_a_request_without_meaning_cannot_be_made(options: dict[str, float]) -> None:
    with pytest.raises(ValueError, match=next(iter(options))):
        Request(**options)  # type: ignore[arg-type]


@given(st.text())
def test_every_form_of_a_prefix_can_be_spelled(prefix: str) -> None:
    vocabulary = Vocabulary(("<start>", "<end>", *"abcABC\u00e9 #="))
    try:
        forms = vocabulary.forms(prefix)
    except ValueError:
        return
    for form in forms:
        assert vocabulary.decode(vocabulary.encode(form)) == form
    typed = unicodedata.normalize("NFC", prefix)
    if all(c in vocabulary.characters for c in typed):
        assert forms[0] == typed


async def test_the_engine_answers_many_requests_at_once() -> None:
    import asyncio

    engine = Engine(SHIPPED.artifact)
    requests = [Request("Tr", 3, seed=seed) for seed in range(40)]
    answers = await asyncio.gather(*map(engine.names, requests))
    assert answers == [SHIPPED.names(request) for request in requests]
    engine.close()


async def test_the_engine_passes_refusals_on() -> None:
    engine = Engine(SHIPPED.artifact)
    with pytest.raises(RequestError):
        await engine.names(Request("5"))
    engine.close()
