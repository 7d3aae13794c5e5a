"""Search: the most likely names, in order and with their exact probability."""

import pytest

from bot.library import SHIPPED as STYLES
from bot.sampling import Artifact, Request, RequestError
from tests.sampler import Sampler

from ..artifacts import all_names, write_free_artifact

SHIPPED = Sampler(Artifact.open(STYLES / "names.onnx"))
SAMPLES = ("Ann", "Anna", "Tann", "Nat", "Tanta", "Atta")


@pytest.fixture(scope="module")
def sampler(tmp_path_factory: pytest.TempPathFactory) -> Sampler:
    path = tmp_path_factory.mktemp("search") / "test.onnx"
    return Sampler(Artifact.open(write_free_artifact(path, SAMPLES, 0.02, 5)))


@pytest.mark.parametrize("prefix", ["", "A", "Ta", "n", "Tanta"])
@pytest.mark.parametrize("count", [1, 5, 40])
def test_finds_the_top_of_all_names(sampler: Sampler, prefix: str, count: int) -> None:
    every = all_names(SAMPLES, 0.02, max_length=5, prefix=sampler.match_prefix(prefix))
    top = sorted(every.values(), reverse=True)[:count]
    found = sampler.top_names(prefix, count)
    assert [p for _, p in found] == pytest.approx(top, rel=1e-5)
    for name, p in found:
        assert every[name] == pytest.approx(p, rel=1e-5)
    assert len({name for name, _ in found}) == len(found)


@pytest.mark.parametrize("letter", ["T", "A", "t"])
def test_shipped_style_completes_a_letter(letter: str) -> None:
    found = SHIPPED.top_names(letter, 25)
    shares = [share for _, share in found]
    assert len(found) == 25
    assert shares == sorted(shares, reverse=True)
    assert 0 < sum(shares) < 1
    assert all(name.startswith(letter.upper()) for name, _ in found)
    drawn = SHIPPED.names(Request(letter, 25, temperature=0.3, seed=1))
    assert {name for name, _ in found} & set(drawn)


def test_few_names_are_all_found(sampler: Sampler) -> None:
    assert len(sampler.top_names("Tanta", 25)) == 1
    assert sum(p for _, p in sampler.top_names("Tant", 25)) <= 1


def test_impossible_prefix_is_refused() -> None:
    with pytest.raises(RequestError, match="“5”"):
        SHIPPED.top_names("T5")
    with pytest.raises(RequestError, match="has 16 characters"):
        SHIPPED.top_names("A" * 16)
    with pytest.raises(ValueError, match="count is 0"):
        SHIPPED.top_names("A", 0)
