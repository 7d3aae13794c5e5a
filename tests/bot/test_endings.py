"""Names drawn to their ends in one batch are those that the model's own probabilities give."""

import math
import string
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.sampling import Artifact, Request, StepGenerator, Vocabulary, run_steps
from bot.sampling.artifact import Floats, Ids
from bot.sampling.endings import endings, texts
from bot.sampling.spelling import feed

from .artifacts import write_artifact

ROWS = 2000


@pytest.fixture
def artifact(tmp_path: Path) -> Artifact:
    return Artifact.open(write_artifact(tmp_path / "test.onnx", ["a", "ab", "abb", "b"]))


def drawn(artifact: Artifact, room: int, seed: int) -> list[str]:
    def steps() -> StepGenerator[list[str]]:
        *_, (logits, state) = yield from feed(artifact, "")
        rng = np.random.default_rng(seed)
        return (yield from texts(artifact.vocabulary, logits, state, ROWS, room, Request(), rng))

    return run_steps(artifact, steps())


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
    def steps() -> StepGenerator[list[list[int]]]:
        *_, (logits, state) = yield from feed(artifact, "")
        rng = np.random.default_rng(3)
        return (yield from endings(logits, state, ROWS, 20, Request(), rng))

    ids = run_steps(artifact, steps())
    assert [artifact.vocabulary.decode(row) for row in ids] == drawn(artifact, 20, 3)


def test_names_that_begin_alike_share_a_row(artifact: Artifact) -> None:
    *_, (logits, state) = run_steps(artifact, feed(artifact, ""))
    rng = np.random.default_rng(1)
    steps, sizes = texts(artifact.vocabulary, logits, state, ROWS, 50, Request(), rng), []
    asked = next(steps)
    try:
        while True:
            sizes.append(len(asked[0]))
            asked = steps.send(artifact.step(*asked))
    except StopIteration as done:
        names: list[str] = done.value
    beginnings = [{name[:n] for name in names if len(name) >= n} for n in range(1, 6)]
    assert sizes[:5] == [len(each) for each in beginnings]


LETTERS = string.ascii_letters


def follow_up(first: int, second: int, length: int) -> int:
    """Return the letter that the network below lets follow."""
    return (first + 2 * second + length) % len(LETTERS)


def network(token: Ids, state: Floats) -> tuple[Floats, Floats]:
    """Two letters as they come, then all by those two, until an end that may come at any time.

    The state [B, 3] is the length and the first two letters.
    """
    state = state.copy()
    logits = np.zeros((len(token), 2 + len(LETTERS)), np.float32)
    for row, letter in enumerate(token - 2):
        state[row, 0] += 1
        length = int(state[row, 0])
        if length <= 2:
            state[row, length] = letter
        if length >= 2:
            logits[row, 2:] = -np.inf
            first, second = state[row, 1:].astype(int).tolist()
            logits[row, 2 + follow_up(first, second, length)] = 1
    return logits, state


@given(rows=st.integers(1, 2000), seed=st.integers(0, 2**32))
def test_every_name_keeps_its_own_state(rows: int, seed: int) -> None:
    """While rows are shared, when they no longer are, and when others drop out."""
    vocabulary = Vocabulary(("<start>", "<end>", *LETTERS))
    logits, state = np.zeros((1, 2 + len(LETTERS)), np.float32), np.zeros((1, 3), np.float32)
    logits[:, 1] = -np.inf
    steps = texts(vocabulary, logits, state, rows, 20, Request(), np.random.default_rng(seed))
    asked = next(steps)
    try:
        while True:
            asked = steps.send(network(*asked))
    except StopIteration as done:
        names: list[str] = done.value
    assert len(names) > 0.9 * rows - 3
    for name in names:
        said = [LETTERS.index(letter) for letter in name]
        for length in range(2, len(said)):
            assert said[length] == follow_up(said[0], said[1], length), name
