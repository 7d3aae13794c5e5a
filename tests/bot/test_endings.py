"""Names drawn to their ends in one batch are those that the model's own probabilities give."""

import math
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from bot.sampling import Artifact, Request, Steps, alone
from bot.sampling.endings import endings, texts
from bot.sampling.spelling import feed

from .artifacts import write_artifact

ROWS = 2000


@pytest.fixture
def artifact(tmp_path: Path) -> Artifact:
    return Artifact.open(write_artifact(tmp_path / "test.onnx", ["a", "ab", "abb", "b"]))


def drawn(artifact: Artifact, room: int, seed: int) -> list[str]:
    def steps() -> Steps[list[str]]:
        *_, (logits, state) = yield from feed(artifact, "")
        rng = np.random.default_rng(seed)
        return (yield from texts(artifact.vocabulary, logits, state, ROWS, room, Request(), rng))

    return alone(artifact, steps())


def test_endings_are_as_frequent_as_they_are_likely(artifact: Artifact) -> None:
    counts = Counter(name for seed in range(5) for name in drawn(artifact, 20, seed))
    # a and b begin 3 and 1 of 4 samples; a is followed by the end once in 3, b three times in 4.
    exact = {"a": 3 / 4 / 3, "b": 1 / 4 * 3 / 4}
    exact |= {"ab": 3 / 4 * 2 / 3 * 3 / 4, "bb": 1 / 4 * 1 / 4 * 3 / 4}
    exact |= {"abb": 3 / 4 * 2 / 3 * 1 / 4 * 3 / 4}
    for name, p in exact.items():
        assert abs(counts[name] - 5 * ROWS * p) < 5 * math.sqrt(5 * ROWS * p * (1 - p)), name


def test_those_without_an_end_in_the_room_are_left_out(artifact: Artifact) -> None:
    names = drawn(artifact, 2, 1)
    assert max(map(len, names)) == 2
    assert len(names) < ROWS
    assert set(drawn(artifact, 0, 1)) <= {""}


def test_rows_keep_their_order_while_others_drop_out(artifact: Artifact) -> None:
    """Whatever the first half of the rows has drawn by its end, names of all lengths are there."""
    names = drawn(artifact, 20, 1)
    first, last = names[: ROWS // 2], names[ROWS // 2 :]
    assert abs(np.mean([*map(len, first)]) - np.mean([*map(len, last)])) < 0.2


def test_ids_and_texts_are_the_same_names(artifact: Artifact) -> None:
    def steps() -> Steps[list[list[int]]]:
        *_, (logits, state) = yield from feed(artifact, "")
        rng = np.random.default_rng(3)
        return (yield from endings(logits, state, ROWS, 20, Request(), rng))

    ids = alone(artifact, steps())
    assert [artifact.vocabulary.decode(row) for row in ids] == drawn(artifact, 20, 3)
