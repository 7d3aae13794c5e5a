"""Beginnings: the prefix as the style spells it, and the likeliest ones a character longer."""

import asyncio

import pytest

from bot.sampling import Artifact, Engine, RequestError

from ..artifacts import NAMES, all_names, write_artifact


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Engine:
    return Engine(Artifact.open(write_artifact(tmp_path_factory.mktemp("styles") / "test.onnx")))


def test_probabilities_are_exact(engine: Engine) -> None:
    names = all_names(NAMES, 1e-9, 15, prefix="T", min_probability=1e-7)
    total = sum(names.values())
    found = asyncio.run(engine.top_beginnings("t", 8))
    assert found[0] == ("T", 1.0)
    assert [text for text, _ in found[1:]] == ["Tr", "Te"]
    for text, probability in found[1:]:
        exact = sum(p for name, p in names.items() if name.startswith(text)) / total
        assert probability == pytest.approx(exact, abs=1e-2)


def test_empty_prefix_has_no_choice_of_its_own(engine: Engine) -> None:
    found = asyncio.run(engine.top_beginnings("", 2))
    assert [text for text, _ in found] == ["T", "A"]


def test_longest_name_has_nothing_longer(engine: Engine) -> None:
    assert asyncio.run(engine.top_beginnings("Trevor", 8)) == [("Trevor", 1.0)]
    with pytest.raises(RequestError):
        asyncio.run(engine.top_beginnings("T5", 8))
