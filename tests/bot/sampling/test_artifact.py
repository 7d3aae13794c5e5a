"""Artifact: a file that breaks the contract is refused with one line that says where."""

import contextlib
import json
import re
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import onnx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from onnx import TensorProto, helper
from onnx.external_data_helper import convert_model_to_external_data

from bot.sampling import Artifact, ArtifactError, onnx_check
from bot.sampling.artifact import MAX_BYTES
from bot.sampling.onnx_check import MAX_FIELDS, OPERATORS, check_operators

from ..artifacts import NAMES, bigrams, metadata_of, model_of, vocabulary_of, write_artifact


def style_with(**fields: object) -> str:
    """Return a valid `namesmith.style` with other `fields`."""
    return json.dumps(json.loads(metadata_of(NAMES)["namesmith.style"]) | fields)


def test_open_reads_the_metadata(tmp_path: Path) -> None:
    artifact = Artifact.open(write_artifact(tmp_path / "test.onnx"))
    assert artifact.vocabulary.entries == tuple(vocabulary_of(NAMES))
    assert artifact.max_length == len("Trevor")
    assert artifact.state_size == 1
    assert artifact.style.title == "Test"
    assert artifact.style.corpus["samples"] == len(NAMES)
    assert (artifact.style.group, artifact.style.tags, artifact.style.examples) == ("", (), ())


def test_style_has_group_tags_and_examples(tmp_path: Path) -> None:
    style = style_with(group="Fantasy", tags=["elf", "fey"], examples=["Abi", "A" * 100])
    found = Artifact.open(write_artifact(tmp_path / "test.onnx", NAMES, style=style)).style
    assert (found.group, found.tags) == ("Fantasy", ("elf", "fey"))
    assert found.examples == ("Abi", "A" * 100)


def test_step_returns_logits_and_state(tmp_path: Path) -> None:
    artifact = Artifact.open(write_artifact(tmp_path / "test.onnx"))
    logits, state = artifact.step(np.array([0, 2, 3]), np.ones((3, 1), np.float32))
    np.testing.assert_allclose(logits, bigrams(NAMES)[[0, 2, 3]])
    assert state.shape == (3, 1)


def test_in_corpus_knows_the_samples(tmp_path: Path) -> None:
    artifact = Artifact.open(write_artifact(tmp_path / "test.onnx"))
    assert all(artifact.in_corpus(name) for name in NAMES)
    assert not any(artifact.in_corpus(name) for name in ("Anne", "Tr", "", "ann", "Zo\u00eb"))


def refusal(path: Path, max_bytes: int = MAX_BYTES) -> str:
    with pytest.raises(ArtifactError) as caught:
        Artifact.open(path, max_bytes=max_bytes)
    line = str(caught.value)
    assert line.startswith(f"{path}: ")
    assert "\n" not in line
    return line


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"format": None}, "no namesmith.format"),
        ({"format": "2"}, "format '2', this bot reads '1'"),
        ({"style": None}, "no namesmith.style"),
        ({"style": "{"}, "namesmith.style that is not JSON"),
        ({"style": "[]"}, "not a JSON dict"),
        ({"style": "{}"}, "namesmith.style without 'title'"),
        ({"style": style_with(group=["Fantasy"])}, "whose group is not text"),
        ({"style": style_with(tags="elf")}, "whose tags are not a list of at most 10 texts"),
        ({"style": style_with(tags=["elf"] * 11)}, "whose tags are not a list"),
        ({"style": style_with(tags=[7])}, "whose tags are not a list"),
        ({"style": style_with(examples=["A" * 101])}, "whose examples are not a list"),
        ({"vocabulary": None}, "no namesmith.vocabulary"),
        ({"vocabulary": '["a"]'}, "unusable namesmith.vocabulary"),
        ({"vocabulary": '["<start>", "<end>"]'}, "it has no characters"),
        ({"vocabulary": '["<start>", "<end>", "ab"]'}, "'ab' is not one character"),
        ({"vocabulary": '["<start>", "<end>", "a", "a"]'}, "lists a character twice"),
        ({"vocabulary": '["<start>", "<end>", 7]'}, "unusable namesmith.vocabulary"),
        ({"vocabulary": '["<start>", "<end>", "a"]'}, "logits of 14 numbers, not 3"),
        ({"max_length": None}, "no namesmith.max_length"),
        ({"max_length": "-1"}, "namesmith.max_length of '-1'"),
        ({"max_length": "0"}, "namesmith.max_length of '0'"),
        ({"max_length": "2001"}, "namesmith.max_length of '2001', not a number of characters from"),
        ({"max_length": "9" * 5000}, "namesmith.max_length of over 16 bytes"),
        ({"style": style_with(title="T" * 201)}, "whose title has over 200 characters"),
        ({"known": None}, "no namesmith.known"),
        ({"known": "?"}, "not base64"),
        ({"known": "AAAA"}, "8-byte digests"),
        ({"known": "/////////////////////wAAAAAAAAAA"[:32]}, "not sorted"),
    ],
)
def test_invalid_metadata_is_refused(
    tmp_path: Path, changed: dict[str, str | None], reason: str
) -> None:
    assert reason in refusal(write_artifact(tmp_path / "test.onnx", NAMES, **changed))


def without_a_state(model: onnx.ModelProto) -> None:
    del model.graph.input[1:]
    model.graph.node[1].input[0] = "table"


def with_a_fixed_batch(model: onnx.ModelProto) -> None:
    model.graph.input[0].type.tensor_type.shape.dim[0].dim_value = 4


def with_other_types(model: onnx.ModelProto) -> None:
    model.graph.input[0].type.tensor_type.elem_type = TensorProto.INT32


def with_swapped_outputs(model: onnx.ModelProto) -> None:
    outputs = list(model.graph.output)[::-1]
    del model.graph.output[:]
    model.graph.output.extend(outputs)


def with_a_name_of_two_lines(model: onnx.ModelProto) -> None:
    model.graph.input[0].name = model.graph.node[0].input[1] = "to\nken"


def with_a_state_of_terabytes(model: onnx.ModelProto) -> None:
    for state in (model.graph.input[1], model.graph.output[1]):
        state.type.tensor_type.shape.dim[1].dim_value = 2**40


def with_infinite_scores(model: onnx.ModelProto) -> None:
    table = np.full((14, 14), np.nan, np.float32)
    model.graph.initializer[0].CopyFrom(onnx.numpy_helper.from_array(table, "table"))


def with_a_step_that_fails(model: onnx.ModelProto) -> None:
    model.graph.initializer.append(helper.make_tensor("far", TensorProto.INT64, [], [10**6]))
    model.graph.node[0].input[1] = "beyond"
    model.graph.node.insert(0, helper.make_node("Add", ["token", "far"], ["beyond"]))


def use_large(model: onnx.ModelProto, *source: onnx.NodeProto) -> None:
    """Make the first step need `large`, float32 [N], a weight or the output of `source`."""
    nodes = list(model.graph.node)
    del model.graph.node[:]
    sum_of = helper.make_node("ReduceSum", ["large"], ["sum"], keepdims=0)
    model.graph.node.extend([*source, sum_of, helper.make_node("Add", ["state", "sum"], ["total"])])
    nodes[1].input[0] = "total"
    model.graph.node.extend(nodes)


SPARSE = onnx.SparseTensorProto(
    values=helper.make_tensor("large", TensorProto.FLOAT, [1], [0.0]),
    indices=helper.make_tensor("indices", TensorProto.INT64, [1], [5]),
    dims=[10**9],
)


def with_a_step_of_gigabytes(model: onnx.ModelProto) -> None:
    model.graph.initializer.append(helper.make_tensor("size", TensorProto.INT64, [1], [10**9]))
    use_large(model, helper.make_node("ConstantOfShape", ["size"], ["large"]))


def with_many_constants(model: onnx.ModelProto) -> None:
    count, size = 40, 4_000_000
    model.graph.initializer.append(helper.make_tensor("size", TensorProto.INT64, [1], [size]))
    parts = [f"part{number}" for number in range(count)]
    use_large(model, helper.make_node("Concat", parts, ["large"], axis=0))
    for part in parts:
        model.graph.node.insert(0, helper.make_node("ConstantOfShape", ["size"], [part]))


def with_a_sparse_weight(model: onnx.ModelProto) -> None:
    model.graph.sparse_initializer.append(SPARSE)
    use_large(model)


def with_a_sparse_constant(model: onnx.ModelProto) -> None:
    use_large(model, helper.make_node("Constant", [], ["large"], sparse_value=SPARSE))


def with_a_sparse_constant_in_a_branch(model: onnx.ModelProto) -> None:
    result = helper.make_tensor_value_info("one", TensorProto.FLOAT, [None])
    constant = helper.make_node("Constant", [], ["one"], sparse_value=SPARSE)
    branch = helper.make_graph([constant], "branch", [], [result])
    model.graph.initializer.append(helper.make_tensor("yes", TensorProto.BOOL, [], [True]))
    use_large(
        model,
        helper.make_node("If", ["yes"], ["large"], then_branch=branch, else_branch=branch),
    )


def with_a_sparse_constant_in_a_function(model: onnx.ModelProto) -> None:
    opset = [helper.make_opsetid("", 18)]
    constant = helper.make_node("Constant", [], ["one"], sparse_value=SPARSE)
    function = helper.make_function("custom", "Large", [], ["one"], [constant], opset)
    model.functions.append(function)
    model.opset_import.append(helper.make_opsetid("custom", 1))
    use_large(model, helper.make_node("Large", [], ["large"], domain="custom"))


def with_a_wrongly_declared_size(model: onnx.ModelProto) -> None:
    """Declare one number for a tensor of gigabytes."""
    with_a_step_of_gigabytes(model)
    declared = helper.make_tensor_value_info("large", TensorProto.FLOAT, [1])
    model.graph.value_info.append(declared)


def with_a_size_that_depends_on_the_token(model: onnx.ModelProto) -> None:
    model.graph.initializer.append(helper.make_tensor("offset", TensorProto.INT64, [], [10**9]))
    declared = helper.make_tensor_value_info("large", TensorProto.FLOAT, [1])
    model.graph.value_info.append(declared)
    use_large(
        model,
        helper.make_node("Add", ["token", "offset"], ["size"]),
        helper.make_node("ConstantOfShape", ["size"], ["large"]),
    )


def with_a_slow_constant(model: onnx.ModelProto) -> None:
    """Multiply large weights, which depend on no input."""
    size = 1500
    weights = np.full((size, size), 1e-3, np.float32)
    model.graph.initializer.append(onnx.numpy_helper.from_array(weights, "weights"))
    use_large(model, helper.make_node("MatMul", ["weights", "weights"], ["large"]))


def with_a_branch(model: onnx.ModelProto) -> None:
    result = helper.make_tensor_value_info("one", TensorProto.FLOAT, [1])
    constant = helper.make_node("Constant", [], ["one"], value_floats=[1.0])
    branch = helper.make_graph([constant], "branch", [], [result])
    model.graph.initializer.append(helper.make_tensor("yes", TensorProto.BOOL, [], [True]))
    use_large(
        model,
        helper.make_node("If", ["yes"], ["large"], then_branch=branch, else_branch=branch),
    )


def with_a_function(model: onnx.ModelProto) -> None:
    opset = [helper.make_opsetid("", 18)]
    constant = helper.make_node("Constant", [], ["one"], value_floats=[1.0])
    model.functions.append(helper.make_function("", "Tanh", [], ["one"], [constant], opset))
    use_large(model, helper.make_node("Constant", [], ["large"], value_floats=[1.0]))


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (with_a_wrongly_declared_size, "steps take over 512 MiB"),
        (with_a_size_that_depends_on_the_token, "in which the size of large is unknown"),
        (with_a_branch, "has a graph with the operator If, which a style may not use"),
        (with_a_function, "has a graph with the operator FunctionProto"),
        (with_a_step_of_gigabytes, "steps take over 512 MiB"),
        (with_many_constants, "steps take over 512 MiB"),
        (with_a_sparse_weight, "has a sparse tensor in its graph"),
        (with_a_sparse_constant, "has a sparse tensor in its graph"),
        (with_a_sparse_constant_in_a_branch, "has a sparse tensor in its graph"),
        (with_a_sparse_constant_in_a_function, "has a sparse tensor in its graph"),
        (without_a_state, "has a graph with token instead of token, state"),
        (with_a_fixed_batch, "whose token is tensor(int64) [4]"),
        (with_other_types, "whose token is tensor(int32)"),
        (with_a_name_of_two_lines, "has a graph with to ken, state instead"),
        (with_a_state_of_terabytes, "has a state of 1099511627776 numbers; the maximum is 16384"),
        (with_swapped_outputs, "next_state, logits instead of logits, next_state"),
        (with_infinite_scores, "not finite"),
        (with_a_step_that_fails, "fails at its first step"),
    ],
)
def test_invalid_graph_is_refused(
    tmp_path: Path, change: Callable[[onnx.ModelProto], None], reason: str
) -> None:
    model = model_of(bigrams(NAMES), metadata_of(NAMES))
    change(model)
    path = tmp_path / "test.onnx"
    onnx.save(model, path)
    assert reason in refusal(path)


def test_slow_constants_are_not_computed_in_advance(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = model_of(bigrams(NAMES), metadata_of(NAMES))
    with_a_slow_constant(model)
    onnx.save(model, tmp_path / "test.onnx")
    optimized: list[bytes] = []
    monkeypatch.setattr("bot.sampling.artifact.load_model", optimized.append)
    monkeypatch.setattr(onnx_check, "_MAX_TRIAL_SECONDS", 0.001)
    assert "all tried steps take over 0.001 s" in refusal(tmp_path / "test.onnx")
    assert optimized == []


def test_documented_operators_are_allowed() -> None:
    page = (Path(__file__).parents[3] / "docs" / "artifact.md").read_text(encoding="utf-8")
    paragraph = page.split("only these ONNX operators: ")[1].split(".")[0]
    assert set(re.findall(r"`(\w+)`", paragraph)) == OPERATORS


def test_hostile_files_block_no_others(tmp_path: Path) -> None:
    model = model_of(bigrams(NAMES), metadata_of(NAMES))
    with_a_step_of_gigabytes(model)
    onnx.save(model, tmp_path / "large.onnx")
    valid = write_artifact(tmp_path / "test.onnx")
    with ThreadPoolExecutor() as pool:
        opened = [pool.submit(Artifact.open, valid) for _ in range(8)]
        refused = [pool.submit(refusal, tmp_path / "large.onnx") for _ in range(8)]
    assert {artifact.result().state_size for artifact in opened} == {1}
    assert all("over 512 MiB" in line.result() for line in refused)


def test_open_changes_nothing_global(tmp_path: Path) -> None:
    """In a process of its own: the host can still register an allocator for onnxruntime."""
    valid = write_artifact(tmp_path / "test.onnx")
    model = model_of(bigrams(NAMES), metadata_of(NAMES))
    with_a_step_of_gigabytes(model)
    onnx.save(model, tmp_path / "large.onnx")
    code = f"""
from pathlib import Path
import numpy, onnxruntime as ort
from bot.sampling import Artifact, ArtifactError
artifact = Artifact.open(Path({str(valid)!r}))
try:
    Artifact.open(Path({str(tmp_path / "large.onnx")!r}))
    raise SystemExit("the large file was not refused")
except ArtifactError:
    pass
info = ort.OrtMemoryInfo(
    "Cpu", ort.OrtAllocatorType.ORT_ARENA_ALLOCATOR, 0, ort.OrtMemType.DEFAULT
)
ort.create_and_register_allocator(info, ort.OrtArenaCfg({{"max_mem": 2**20}}))
artifact.step(numpy.zeros(200_000, numpy.int64), numpy.zeros((200_000, 1), numpy.float32))
Artifact.open(Path({str(valid)!r}))
"""
    subprocess.run([sys.executable, "-c", code], check=True)


def test_too_many_fields_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "test.onnx"
    path.write_bytes(write_artifact(path).read_bytes() + b"\x3a\x00" * MAX_FIELDS)
    assert "is not an ONNX model" in refusal(path)


@given(st.binary(max_size=200))
def test_any_bytes_are_checked_safely(content: bytes) -> None:
    with contextlib.suppress(ArtifactError):
        check_operators(content)


def test_external_data_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    model = model_of(bigrams(NAMES), metadata_of(NAMES))
    convert_model_to_external_data(model, location="weights.bin", size_threshold=0)
    onnx.save(model, tmp_path / "test.onnx")
    assert (tmp_path / "weights.bin").is_file()
    monkeypatch.chdir(tmp_path)  # where onnxruntime would search for it
    assert "external data" in refusal(tmp_path / "test.onnx")


def test_large_file_is_refused(tmp_path: Path) -> None:
    path = write_artifact(tmp_path / "test.onnx")
    assert "larger than the limit of 1,024 bytes" in refusal(path, max_bytes=1024)


def test_other_files_are_refused(tmp_path: Path) -> None:
    assert "cannot be read (No such file or directory)" in refusal(tmp_path / "none.onnx")
    assert "cannot be read (Is a directory)" in refusal(tmp_path)
    valid = write_artifact(tmp_path / "test.onnx").read_bytes()
    for content in (b"", b"Anna\nBea\n", valid[: len(valid) // 2], json.dumps([1]).encode()):
        (tmp_path / "bad.onnx").write_bytes(content)
        assert "is not an ONNX model" in refusal(tmp_path / "bad.onnx")
