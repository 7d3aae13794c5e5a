"""Constraints: every name meets every condition, or the error says which one can't be met."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.library import SHIPPED as STYLES
from bot.sampling import Artifact, Request, RequestError
from bot.sampling.request import continuations, has_suffix, has_text
from tests.sampler import Sampler

from ..artifacts import write_artifact, write_free_artifact

SHIPPED = Sampler(Artifact.open(STYLES / "names.onnx"))
SAMPLES = ("Ann", "Anna", "Tann", "Nat", "Tanta", "Atta")


@pytest.fixture(scope="module")
def sampler(tmp_path_factory: pytest.TempPathFactory) -> Sampler:
    """A style of few letters and short names, in which every letter can follow every other."""
    path = tmp_path_factory.mktemp("constraints") / "test.onnx"
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
def test_names_meet_every_condition(
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
    min_length, max_length = lengths
    request = Request(
        prefix,
        count,
        temperature,
        top_p,
        max_length,
        seed,
        suffix,
        contains,
        min_length,
        new_only,
    )
    try:
        names = sampler.names(request)
    except RequestError:
        return
    assert 1 <= len(names) <= count
    assert len(set(names)) == len(names)
    for name in names:
        assert name.startswith(sampler.match_prefix(prefix))
        assert name.casefold().endswith(suffix.casefold())
        assert contains.casefold() in name.casefold()
        assert max(1, min_length) <= len(name) <= (max_length or 7)
        assert not (new_only and sampler.artifact.in_corpus(name))
    assert names == sampler.names(request)


@pytest.mark.parametrize("suffix", ["n", "ton", "beth", "wyn"])
def test_names_have_the_suffix(suffix: str) -> None:
    names = SHIPPED.names(Request(suffix=suffix, seed=1))
    assert len(set(names)) == 5
    assert all(name.endswith(suffix) or name == suffix.capitalize() for name in names)


def test_names_contain_the_text() -> None:
    names = SHIPPED.names(Request(contains="ann", count=25, seed=1))
    assert all("ann" in name or name.startswith("Ann") for name in names)
    assert any(name.startswith("Ann") for name in names)
    assert any("ann" in name for name in names)


def test_suffix_is_spelled_by_the_style() -> None:
    for typed in ("TON", "Ton", "t\u00f4n", "ton "):
        names = SHIPPED.names(Request(suffix=typed, seed=3))
        assert names == SHIPPED.names(Request(suffix="ton", seed=3))


def test_capitals_inside_names(tmp_path: Path) -> None:
    path = write_artifact(tmp_path / "test.onnx", ["c1Cl", "CCl", "CCN", "cc1Cl"])
    sampler = Sampler(Artifact.open(path))
    assert all(name.endswith("Cl") for name in sampler.names(Request(suffix="Cl", seed=1)))
    assert all(name.endswith("N") for name in sampler.names(Request(suffix="N", seed=1)))


def test_prefix_and_suffix_may_overlap() -> None:
    assert SHIPPED.names(Request("An", suffix="nn", max_length=3)) == ["Ann"]
    assert SHIPPED.names(Request("Ann", suffix="ann", max_length=3)) == ["Ann"]


def test_new_names_are_not_in_the_corpus() -> None:
    names = SHIPPED.names(Request("Mar", 25, new_only=True, seed=1))
    assert len(names) == 25
    assert not any(map(SHIPPED.artifact.in_corpus, names))


def test_lengths_leave_no_half_names() -> None:
    names = SHIPPED.names(Request(count=25, min_length=11, max_length=12, seed=1))
    assert {len(name) for name in names} == {11, 12}


def test_seed_repeats_rare_names() -> None:
    def names(seed: int) -> list[str]:
        return SHIPPED.names(Request(suffix="wyn", seed=seed))

    assert names(7) == names(7) != names(8)


@pytest.mark.parametrize(
    ("request_", "message"),
    [
        (
            Request(suffix="xq"),
            r"I found no name that ends with “xq” in 50,000 tries\. The closest: “",
        ),
        (Request(contains="xqz"), r"I found no name that contains “xqz” in [0-9,]+ tries"),
        (
            Request("T", suffix="xq", min_length=9),
            "begins with “T”, ends with “xq” and has at least",
        ),
        (Request(min_length=20), "names of at least 20 characters, but names in this style have"),
        (Request(min_length=9, max_length=5), "at least 9 characters, but you allow at most 5"),
        (Request("Trev", max_length=3), "“Trev” has 4 characters, but you allow at most 3"),
        (Request("Trev", suffix="xa", max_length=5), "“Trev” and ends with “xa” has at least 6"),
        (Request(suffix="beth", max_length=3), "that ends with “beth” has at least 4 characters"),
        (Request(contains="beth", max_length=3), "contains “beth” has at least 4 characters"),
        (Request(contains="zz", suffix="beth", max_length=5), "“zz” and ends with “beth” has"),
        (Request(suffix="t5"), r"doesn't use the character “5”"),
        (Request(contains="Ж"), "doesn't use the character “Ж”"),
    ],
)
def test_error_says_what_is_impossible(request_: Request, message: str) -> None:
    with pytest.raises(RequestError, match=message):
        SHIPPED.names(request_)


def test_error_offers_close_names() -> None:
    with pytest.raises(RequestError) as caught:
        SHIPPED.names(Request(suffix="xq", seed=1))
    suffix, *close = caught.value.phrase.quoted()
    assert suffix == "xq"
    assert len(close) == 3
    assert close[0].endswith(("x", "q"))


def test_all_names_that_fit_are_found(tmp_path: Path) -> None:
    path = write_artifact(tmp_path / "test.onnx", ["ab", "cb", "cd"])
    assert sorted(Sampler(Artifact.open(path)).names(Request(suffix="b", count=25)))[:2] == [
        "ab",
        "cb",
    ]


@given(texts, texts, texts)
def test_continuations_are_complete(name: str, text: str, more: str) -> None:
    for rest in continuations(name, text):
        assert has_suffix(name + rest, text)
        assert len(rest) <= len(text)
    if text and len(more) < len(text) and has_suffix(name + more, text):
        assert more in continuations(name, text)
    assert has_text(name + text + more, text)


@pytest.mark.parametrize("options", [{"min_length": -1}, {"max_length": 0}])
def test_invalid_lengths_are_refused(options: dict[str, int]) -> None:
    with pytest.raises(ValueError, match=next(iter(options))):
        Request(**options)  # type: ignore[arg-type]
