"""Names made to order: every condition is met by every name, or the answer says what is wrong."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.library import SHIPPED as STYLES
from bot.sampling import Artifact, Request, RequestError
from bot.sampling.order import completions, ends, holds

from ..sampler import Sampler
from .artifacts import write_artifact, write_free_artifact

SHIPPED = Sampler(Artifact.open(STYLES / "names.onnx"))
SAMPLES = ("Ann", "Anna", "Tann", "Nat", "Tanta", "Atta")


@pytest.fixture(scope="module")
def sampler(tmp_path_factory: pytest.TempPathFactory) -> Sampler:
    """A style of few letters and short names, each of which can follow every other."""
    path = tmp_path_factory.mktemp("orders") / "test.onnx"
    return Sampler(Artifact.open(write_free_artifact(path, SAMPLES, 0.02, 7)))


texts = st.text("ATNatn", max_size=3)


@given(
    prefix=texts,
    suffix=texts,
    contains=texts,
    lengths=st.tuples(st.integers(0, 8), st.one_of(st.none(), st.integers(1, 8))),
    new_only=st.booleans(),
    count=st.integers(1, 12),
    temperature=st.floats(0.3, 2.0),
    top_p=st.floats(0.5, 1.0),
    seed=st.integers(0, 2**32),
)
def test_every_name_meets_every_condition(
    sampler: Sampler,
    prefix: str,
    suffix: str,
    contains: str,
    lengths: tuple[int, int | None],
    new_only: bool,
    count: int,
    temperature: float,
    top_p: float,
    seed: int,
) -> None:
    least, most = lengths
    request = Request(
        prefix, count, temperature, top_p, most, seed, suffix, contains, least, new_only
    )
    try:
        names = sampler.names(request)
    except RequestError:
        return
    assert 1 <= len(names) <= count
    assert len(set(names)) == len(names)
    for name in names:
        assert name.startswith(sampler.form(prefix))
        assert name.casefold().endswith(suffix.casefold())
        assert contains.casefold() in name.casefold()
        assert max(1, least) <= len(name) <= (most or 7)
        assert not (new_only and sampler.artifact.in_corpus(name))
    assert names == sampler.names(request)


@pytest.mark.parametrize("suffix", ["n", "ton", "beth", "wyn"])
def test_names_end_as_asked(suffix: str) -> None:
    names = SHIPPED.names(Request(suffix=suffix, seed=1))
    assert len(set(names)) == 5
    assert all(name.endswith(suffix) or name == suffix.capitalize() for name in names)


def test_names_have_the_part_that_was_asked_for_also_with_a_capital_first() -> None:
    names = SHIPPED.names(Request(contains="ann", count=25, seed=1))
    assert all("ann" in name or name.startswith("Ann") for name in names)
    assert any(name.startswith("Ann") for name in names)
    assert any("ann" in name for name in names)


def test_an_ending_is_met_in_the_letter_case_and_accents_of_the_style() -> None:
    for typed in ("TON", "Ton", "t\u00f4n", "ton "):
        names = SHIPPED.names(Request(suffix=typed, seed=3))
        assert names == SHIPPED.names(Request(suffix="ton", seed=3))


def test_a_style_that_writes_capitals_within_names_is_asked_for_them(tmp_path: Path) -> None:
    path = write_artifact(tmp_path / "test.onnx", ["c1Cl", "CCl", "CCN", "cc1Cl"])
    sampler = Sampler(Artifact.open(path))
    assert all(name.endswith("Cl") for name in sampler.names(Request(suffix="Cl", seed=1)))
    assert all(name.endswith("N") for name in sampler.names(Request(suffix="N", seed=1)))


def test_beginning_and_ending_may_overlap() -> None:
    assert SHIPPED.names(Request("An", suffix="nn", max_length=3)) == ["Ann"]
    assert SHIPPED.names(Request("Ann", suffix="ann", max_length=3)) == ["Ann"]


def test_new_names_are_none_of_the_corpus() -> None:
    names = SHIPPED.names(Request("Mar", 25, new_only=True, seed=1))
    assert len(names) == 25
    assert not any(map(SHIPPED.artifact.in_corpus, names))


def test_lengths_are_kept_without_half_names() -> None:
    names = SHIPPED.names(Request(count=25, min_length=11, max_length=12, seed=1))
    assert {len(name) for name in names} == {11, 12}


def test_the_same_seed_gives_the_same_order_and_another_gives_another() -> None:
    def names(seed: int) -> list[str]:
        return SHIPPED.names(Request(suffix="wyn", seed=seed))

    assert names(7) == names(7) != names(8)


@pytest.mark.parametrize(
    ("request_", "told"),
    [
        (Request(suffix="xq"), r"No name ends in “xq” in 50,000 tries; the likeliest that come"),
        (Request(contains="xqz"), "No name has “xqz” in it in 50,000 tries"),
        (Request("T", suffix="xq", min_length=9), "begins with “T”, ends in “xq” and has at least"),
        (Request(min_length=20), "at least 20 characters were asked for, but names of this style"),
        (Request(min_length=9, max_length=5), "at least 9 characters.*you allowed at most 5"),
        (Request("Trev", max_length=3), "“Trev” has 4 characters, but you allowed at most 3"),
        (Request("Trev", suffix="xa", max_length=5), "“Trev” and ends in “xa” has at least 6"),
        (Request(suffix="beth", max_length=3), "that ends in “beth” has at least 4 characters"),
        (Request(contains="beth", max_length=3), "has “beth” in it has at least 4 characters"),
        (Request(contains="zz", suffix="beth", max_length=5), "“zz” in it and ends in “beth” has"),
        (Request(suffix="t5"), r"no “5” \(U\+0035\)"),
        (Request(contains="Ж"), "no “Ж”"),
    ],
)
def test_what_cannot_be_is_refused_and_the_answer_says_why(request_: Request, told: str) -> None:
    with pytest.raises(RequestError, match=told):
        SHIPPED.names(request_)


def test_a_refusal_offers_real_names_that_come_near() -> None:
    with pytest.raises(RequestError) as caught:
        SHIPPED.names(Request(suffix="xq", seed=1))
    asked, *near = caught.value.values
    assert asked == "xq"
    assert len(near) == 3
    assert near[0].endswith(("x", "q"))


def test_fewer_names_than_asked_for_are_all_that_there_are(tmp_path: Path) -> None:
    path = write_artifact(tmp_path / "test.onnx", ["ab", "cb", "cd"])
    assert sorted(Sampler(Artifact.open(path)).names(Request(suffix="b", count=25)))[:2] == [
        "ab",
        "cb",
    ]


@given(texts, texts, texts)
def test_the_completions_are_all_ways_to_end_at_once(name: str, text: str, more: str) -> None:
    for rest in completions(name, text):
        assert ends(name + rest, text)
        assert len(rest) <= len(text)
    if text and len(more) < len(text) and ends(name + more, text):
        assert more in completions(name, text)
    assert holds(name + text + more, text)


@pytest.mark.parametrize("options", [{"min_length": -1}, {"max_length": 0}])
def test_lengths_without_meaning_cannot_be_asked_for(options: dict[str, int]) -> None:
    with pytest.raises(ValueError, match=next(iter(options))):
        Request(**options)  # type: ignore[arg-type]
