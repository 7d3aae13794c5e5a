"""Hostile artifacts: a file is refused quickly, or each of its steps ends soon with numbers."""

import asyncio
import base64
import contextlib
import json
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import numpy as np
import onnx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from onnx import TensorProto, helper, numpy_helper

from bot.sampling import Artifact, ArtifactError, Engine, Request, RequestError, onnx_check
from bot.sampling.artifact import BIDI_MARKS, MAX_VOCABULARY
from bot.sampling.deadline import run_within
from bot.sampling.draw import run_steps
from bot.sampling.names import names
from bot.sampling.onnx_check import OUTPUTS

from ..artifacts import NAMES, bigrams, metadata_of, model_of, vocabulary_of, write_counter


def refusal(model: onnx.ModelProto) -> str:
    with pytest.raises(ArtifactError) as caught:
        Artifact.read(model.SerializeToString(), "test")
    assert "\n" not in str(caught.value)
    return str(caught.value)


def with_state(*nodes: onnx.NodeProto, **weights: list[float]) -> onnx.ModelProto:
    """Return a model whose next state is the output of `nodes`."""
    model = model_of(bigrams(NAMES), metadata_of(NAMES))
    del model.graph.node[1]
    model.graph.node.extend(nodes)
    for name, values in weights.items():
        tensor = numpy_helper.from_array(np.array(values, np.float32), name)
        model.graph.initializer.append(tensor)
    return model


@pytest.mark.parametrize("token", range(len(vocabulary_of(NAMES))))
def test_every_token_is_tried(token: int) -> None:
    table = bigrams(NAMES)
    table[token] = np.nan
    model = model_of(table, metadata_of(NAMES))
    assert "step returns numbers that are not finite" in refusal(model)


def test_a_second_step_is_tried(tmp_path: Path) -> None:
    model = onnx.load(write_counter(tmp_path / "test.onnx", last_step=1))
    assert "second step returns numbers that are not finite" in refusal(model)


async def test_later_numbers_that_are_not_finite_end_the_request(tmp_path: Path) -> None:
    engine = Engine(Artifact.open(write_counter(tmp_path / "test.onnx", last_step=3)))
    requests = (Request(), Request("Tr", 25), Request(suffix="a", min_length=9))
    work = [*map(engine.names, requests), engine.score("Trevor"), engine.blend(["Anna", "Tess"])]
    for answer in await asyncio.gather(*work, return_exceptions=True):
        assert isinstance(answer, ArtifactError)
        assert "'Test' fails at a step: it returns numbers that are not" in str(answer)


def test_memory_of_a_large_batch_is_bounded() -> None:
    """Rows to the power of eight: 256 numbers in a batch of two rows."""
    nodes = [
        helper.make_node("Transpose", ["state"], ["row"], perm=[1, 0]),
        helper.make_node("MatMul", ["state", "row"], ["power0"]),
    ]
    for i in range(6):
        nodes.append(helper.make_node("Unsqueeze", [f"power{i}", "last"], [f"column{i}"]))
        nodes.append(helper.make_node("Mul", [f"column{i}", "row"], [f"power{i + 1}"]))
    nodes.append(helper.make_node("ReduceMax", ["power6"], ["largest"], keepdims=0))
    nodes.append(helper.make_node("Add", ["state", "largest"], ["next_state"]))
    model = with_state(*nodes)
    model.graph.initializer.append(helper.make_tensor("last", TensorProto.INT64, [1], [-1]))
    assert "steps take over 512 MiB" in refusal(model)


def test_long_graphs_are_refused() -> None:
    values = ["state", *(f"state{i}" for i in range(5_000)), "next_state"]
    nodes = [helper.make_node("Neg", [a], [b]) for a, b in pairwise(values)]
    assert "is not an ONNX model" in refusal(with_state(*nodes))


@pytest.mark.parametrize("character", ["\ud800", "\n", "\0", "\x9f", "\u2028", *BIDI_MARKS])
def test_vocabulary_has_only_characters_of_names(character: str) -> None:
    entries = vocabulary_of(NAMES)
    entries[-1] = character
    model = model_of(bigrams(NAMES), metadata_of(NAMES, vocabulary=json.dumps(entries)))
    assert f"U+{ord(character):04X} is not a character of names" in refusal(model)


def test_vocabulary_is_bounded() -> None:
    entries = ["<start>", "<end>", *map(chr, range(0x3400, 0x3400 + MAX_VOCABULARY - 1))]
    model = model_of(bigrams(NAMES), metadata_of(NAMES, vocabulary=json.dumps(entries)))
    assert "unusable namesmith.vocabulary: it has over 16,384 entries" in refusal(model)


def large_style() -> str:
    style = json.loads(metadata_of(NAMES)["namesmith.style"])
    return json.dumps(style | {"more": {f"{i:x}": 0 for i in range(10_000)}})


LARGE_ENTRIES: dict[str, Callable[[], str]] = {
    "style": large_style,
    "vocabulary": lambda: json.dumps([*vocabulary_of(NAMES), *["a"] * 100_000]),
    "known": lambda: base64.b64encode(np.arange(2**21, dtype=">u8").tobytes()).decode(),
    "other": lambda: "a" * 100_000,
}


@pytest.mark.parametrize("key", LARGE_ENTRIES)
def test_metadata_is_bounded_before_it_is_parsed(key: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Parsing would take seconds."""
    model = model_of(bigrams(NAMES), metadata_of(NAMES, **{key: LARGE_ENTRIES[key]()}))
    content = model.SerializeToString()
    monkeypatch.setattr("json.loads", pytest.fail)
    monkeypatch.setattr("base64.b64decode", pytest.fail)
    with pytest.raises(ArtifactError, match=f"namesmith.{key} of over|65,536 bytes beside"):
        Artifact.read(content, "test")


def test_deadline_ends_a_run() -> None:
    size, count = 256, 4_000
    values = ["square", *(f"square{i}" for i in range(count))]
    nodes = [helper.make_node("MatMul", [a, a], [b]) for a, b in pairwise(values)]
    model = with_state(
        *nodes,
        helper.make_node("ReduceMax", [values[-1]], ["largest"], keepdims=0),
        helper.make_node("Add", ["state", "largest"], ["next_state"]),
    )
    model.graph.initializer.append(
        numpy_helper.from_array(np.zeros((size, size), np.float32), "square")
    )
    options = onnx_check._options(optimized=False)
    session = onnx_check._create_session(model.SerializeToString(), options)
    token, state = np.zeros(1, np.int64), np.zeros((1, 1), np.float32)
    with pytest.raises(TimeoutError, match=r"it takes over 0.1 s"):
        run_within(0.1, session, OUTPUTS, token, state)


UNARY = ("Abs", "Exp", "Log", "Sqrt", "Reciprocal", "Neg", "Erf", "Sigmoid", "Softplus", "Tanh")
BINARY = ("Add", "Mul", "Div", "Pow", "Sub", "Max", "Min")


@st.composite
def mutations(draw: st.DrawFn) -> onnx.ModelProto:
    """A model whose state and scores go through random operators and weights."""
    numbers = st.floats(width=32, allow_nan=True) | st.sampled_from([0.0, 1.0, -1.0, 2.0, 1e30])
    nodes, weights, last = [], {}, "state"
    for i in range(draw(st.integers(1, 6))):
        operator, out = draw(st.sampled_from(UNARY + BINARY)), f"value{i}"
        inputs = [last]
        if operator in BINARY:
            weights[f"weight{i}"] = draw(st.lists(numbers, min_size=1, max_size=2))
            inputs.append(f"weight{i}")
        nodes.append(helper.make_node(operator, inputs, [out]))
        last = out
    model = with_state(*nodes, helper.make_node("Add", [last, "one"], ["next_state"]), one=[1.0])
    for name, values in weights.items():
        tensor = numpy_helper.from_array(np.array(values, np.float32), name)
        model.graph.initializer.append(tensor)
    if draw(st.booleans()):
        model.graph.node[0].output[0] = "scores"
        model.graph.node.append(helper.make_node("Add", ["scores", "next_state"], ["logits"]))
    return model


@settings(max_examples=60, deadline=None)
@given(mutations(), st.binary(max_size=3), st.integers(0, 10**6))
def test_mutated_models_are_refused_or_answer(
    model: onnx.ModelProto, replaced: bytes, position: int
) -> None:
    content = bytearray(model.SerializeToString())
    position %= len(content)
    content[position : position + len(replaced)] = replaced
    with contextlib.suppress(ArtifactError):
        artifact = Artifact.read(bytes(content), "test")
        for request in (Request(seed=1), Request("T", min_length=4, suffix="a", seed=1)):
            with contextlib.suppress(RequestError, ArtifactError):
                found = run_steps(artifact, names(artifact, request))
                assert found
                assert all(len(name) <= artifact.max_length for name in found)


def test_slow_steps_of_one_row_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(onnx_check, "_MAX_ROW_SECONDS", 1e-9)
    model = model_of(bigrams(["Kim", "Kai"]), metadata_of(["Kim", "Kai"]))
    assert "steps of one row take over 1e-09 s" in refusal(model)
