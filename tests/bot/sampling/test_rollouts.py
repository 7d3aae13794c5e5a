"""Rollouts: names drawn in one batch have the model's own probabilities and their own states."""

import math
import string
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.sampling import Artifact, Request, StepGenerator, Vocabulary, draw, run_steps
from bot.sampling.artifact import Floats, Ids
from bot.sampling.draw import prefill, start_after
from bot.sampling.rollouts import draw_texts

from ..artifacts import write_artifact

ROWS = 2000


@pytest.fixture
def artifact(tmp_path: Path) -> Artifact:
    return Artifact.open(write_artifact(tmp_path / "test.onnx", ["a", "ab", "abb", "b"]))


def drawn(artifact: Artifact, max_length: int, seed: int) -> list[str]:
    def steps() -> StepGenerator[list[str]]:
        *_, (logits, state) = yield from prefill(artifact, "")
        rng = np.random.default_rng(seed)
        return (
            yield from draw_texts(
                artifact.vocabulary, logits, state, ROWS, max_length, Request(), rng
            )
        )

    return run_steps(artifact, steps())


def test_names_have_the_exact_frequency(artifact: Artifact) -> None:
    counts = Counter(name for seed in range(5) for name in drawn(artifact, 20, seed))
    # a and b begin 3 and 1 of 4 samples; a is followed by the end once in 3, b three times in 4.
    exact = {"a": 3 / 4 / 3, "b": 1 / 4 * 3 / 4}
    exact |= {"ab": 3 / 4 * 2 / 3 * 3 / 4, "bb": 1 / 4 * 1 / 4 * 3 / 4}
    exact |= {"abb": 3 / 4 * 2 / 3 * 1 / 4 * 3 / 4}
    for name, p in exact.items():
        assert abs(counts[name] - 5 * ROWS * p) < 5 * math.sqrt(5 * ROWS * p * (1 - p)), name


def test_unfinished_names_are_left_out(artifact: Artifact) -> None:
    names = drawn(artifact, 2, 1)
    assert max(map(len, names)) == 2
    assert len(names) < ROWS
    assert set(drawn(artifact, 0, 1)) <= {""}


def test_rows_stay_in_order(artifact: Artifact) -> None:
    """Both halves of the rows have names of all lengths."""
    names = drawn(artifact, 20, 1)
    first, last = names[: ROWS // 2], names[ROWS // 2 :]
    assert abs(np.mean([*map(len, first)]) - np.mean([*map(len, last)])) < 0.2


def test_equal_prefixes_share_a_row(artifact: Artifact) -> None:
    *_, (logits, state) = run_steps(artifact, prefill(artifact, ""))
    rng = np.random.default_rng(1)
    steps = draw_texts(artifact.vocabulary, logits, state, ROWS, 50, Request(), rng)
    sizes = []
    inputs = next(steps)
    try:
        while True:
            sizes.append(len(inputs[0]))
            inputs = steps.send(artifact.step(*inputs))
    except StopIteration as stop:
        names: list[str] = stop.value
    prefixes = [{name[:n] for name in names if len(name) >= n} for n in range(1, 6)]
    assert sizes[:5] == [len(each) for each in prefixes]


@pytest.mark.parametrize("rows", [10, 200])
def test_logits_of_any_size(artifact: Artifact, rows: int) -> None:
    """A number added to all logits of a row changes nothing, also beyond the range of float32."""

    def names(offset: float) -> list[str]:
        *_, (logits, state) = run_steps(artifact, prefill(artifact, ""))
        rng = np.random.default_rng(1)
        steps = draw_texts(artifact.vocabulary, logits, state, rows, 20, Request(), rng)
        inputs = next(steps)
        try:
            while True:
                logits, state = artifact.step(*inputs)
                inputs = steps.send((logits + offset * (inputs[0][:, None] - 2), state))
        except StopIteration as stop:
            texts: list[str] = stop.value
            return texts

    assert names(0) == names(20) == names(500) == names(-500)


def count_steps(artifact: Artifact, prefix: str) -> tuple[int, tuple[Floats, Floats]]:
    count, steps = 0, start_after(artifact, prefix)
    try:
        inputs = next(steps)
        while True:
            count += 1
            inputs = steps.send(artifact.step(*inputs))
    except StopIteration as stop:
        return count, stop.value


def test_outputs_after_a_prefix_are_cached(artifact: Artifact) -> None:
    assert count_steps(artifact, "ab")[0] == 3
    count, (logits, state) = count_steps(artifact, "ab")
    assert count == 0
    logits[:], state[:] = 0, 0
    assert count_steps(artifact, "a")[0] == 0
    count, longer = count_steps(artifact, "abb")
    assert count == 1
    exact = run_steps(artifact, prefill(artifact, "abb"))[-1]
    assert all(np.allclose(a, b) for a, b in zip(longer, exact, strict=True))


def test_cached_outputs_are_bounded(artifact: Artifact) -> None:
    for number in range(2 * draw._starts.max_size):
        count_steps(artifact, f"{number:09b}".translate({48: "a", 49: "b"}))
    assert 0 < draw._starts.count(artifact) <= draw._starts.max_size


LETTERS = string.ascii_letters


def next_letter(first: int, second: int, length: int) -> int:
    """Return the letter that follows in the network below."""
    return (first + 2 * second + length) % len(LETTERS)


def network(token: Ids, state: Floats) -> tuple[Floats, Floats]:
    """Two random letters determine all the others, until an end that can come at any time.

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
            logits[row, 2 + next_letter(first, second, length)] = 1
    return logits, state


@given(rows=st.integers(1, 2000), seed=st.integers(0, 2**32))
def test_each_name_has_its_own_state(rows: int, seed: int) -> None:
    """While rows are shared, after that, and when other names end."""
    vocabulary = Vocabulary(("<start>", "<end>", *LETTERS))
    logits, state = np.zeros((1, 2 + len(LETTERS)), np.float32), np.zeros((1, 3), np.float32)
    logits[:, 1] = -np.inf
    rng = np.random.default_rng(seed)
    steps = draw_texts(vocabulary, logits, state, rows, 20, Request(), rng)
    inputs = next(steps)
    try:
        while True:
            inputs = steps.send(network(*inputs))
    except StopIteration as stop:
        names: list[str] = stop.value
    assert len(names) > 0.9 * rows - 3
    for name in names:
        letters = [LETTERS.index(letter) for letter in name]
        for length in range(2, len(letters)):
            assert letters[length] == next_letter(letters[0], letters[1], length), name
