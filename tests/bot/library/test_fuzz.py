"""Arbitrary files, manifests and style names are valid, or are refused in one line."""

import json
import tempfile
from itertools import pairwise
from pathlib import Path

import numpy as np
import onnx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace
from onnx import TensorProto, helper, numpy_helper

from bot.library import LibraryError, operations, validate_style_name
from bot.library.index import StyleIndex
from bot.library.manifest import Manifest, parse_style_folder, style_folder
from bot.library.storage import LocalStorage, read_manifest
from bot.sampling import Artifact, ArtifactError, onnx_check

from ..artifacts import NAMES, bigrams, metadata_of, model_of
from ..artifacts import artifact_of_version as version

VALID = version(1)


def check_one_line(error: Exception) -> str:
    assert "\n" not in str(error)
    return str(error)


def endless_model(path: Path) -> bytes:
    """Return a model that follows the contract, except that its step loops forever."""
    body = helper.make_graph(
        [
            helper.make_node("Identity", ["going"], ["goes_on"]),
            helper.make_node("Add", ["before", "before"], ["after"]),
        ],
        "body",
        [
            helper.make_tensor_value_info("turn", TensorProto.INT64, []),
            helper.make_tensor_value_info("going", TensorProto.BOOL, []),
            helper.make_tensor_value_info("before", TensorProto.FLOAT, ["batch", 1]),
        ],
        [
            helper.make_tensor_value_info("goes_on", TensorProto.BOOL, []),
            helper.make_tensor_value_info("after", TensorProto.FLOAT, ["batch", 1]),
        ],
    )
    model = model_of(bigrams(NAMES), metadata_of(NAMES))
    model.graph.initializer.append(numpy_helper.from_array(np.array(True), "yes"))
    model.graph.initializer.append(numpy_helper.from_array(np.array(2**62), "turns"))
    loop = helper.make_node("Loop", ["turns", "yes", "state"], ["next_state"], body=body)
    model.graph.node[1].CopyFrom(loop)
    onnx.save(model, path)
    return path.read_bytes()


def slow_model(path: Path) -> bytes:
    """Return a model that follows the contract, but whose step takes some seconds."""
    size, count = 1000, 400
    model = model_of(bigrams(NAMES), metadata_of(NAMES))
    table = np.eye(size, dtype=np.float32)
    model.graph.initializer.append(numpy_helper.from_array(table, "matrix0"))
    model.graph.initializer.append(numpy_helper.from_array(np.array([0, 1]), "axes"))
    names = [f"matrix{number}" for number in range(count + 1)]
    for source, product in pairwise(names):
        model.graph.node.append(helper.make_node("MatMul", ["matrix0", source], [product]))
    model.graph.node.append(
        helper.make_node("ReduceMean", [names[-1], "axes"], ["mean"], keepdims=0)
    )
    model.graph.node.append(helper.make_node("Add", ["state", "mean"], ["next_state"]))
    del model.graph.node[1]
    onnx.save(model, path)
    return path.read_bytes()


def test_loop_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ArtifactError, match="has a graph with the operator Loop"):
        Artifact.read(endless_model(tmp_path / "loop.onnx"), "loop.onnx")


def test_slow_step_is_cancelled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(onnx_check, "_MAX_STEP_BYTES", 2**40)
    monkeypatch.setattr(onnx_check, "_MAX_TRIAL_SECONDS", 0.2)
    with pytest.raises(ArtifactError, match=r"all tried steps take over 0\.2 s"):
        Artifact.read(slow_model(tmp_path / "slow.onnx"), "slow.onnx")


@given(st.binary(max_size=2000))
def test_random_bytes_are_refused(content: bytes) -> None:
    with pytest.raises(ArtifactError) as error:
        Artifact.read(content, "any.onnx")
    assert str(error.value).startswith("any.onnx: ")
    check_one_line(error.value)


@given(st.integers(0, len(VALID) - 1), st.binary(max_size=8))
def test_damaged_file(at: int, other: bytes) -> None:
    for content in (VALID[:at], VALID[:at] + other + VALID[at + len(other) :]):
        try:
            artifact = Artifact.read(content, "cut.onnx")
        except ArtifactError as error:
            check_one_line(error)
        else:
            artifact.step(np.zeros(1, np.int64), np.zeros((1, artifact.state_size), np.float32))


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)
_MANIFESTS = st.fixed_dictionaries(
    {},
    optional={
        "format": st.just(1) | _JSON,
        "live": st.sampled_from([1, 2, "../../1", -1, 10**30, 1.5]) | _JSON,
        "versions": st.lists(
            st.fixed_dictionaries(
                {
                    "version": st.integers(-1, 5) | st.text(max_size=5),
                    "digest": st.just("0" * 64) | st.text(max_size=64),
                    "size": st.integers(),
                }
            )
        )
        | _JSON,
        "changes": _JSON,
    },
)


@given((_MANIFESTS | _JSON).map(json.dumps).map(str.encode) | st.binary())
def test_random_manifest(
    content: bytes,
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder, "styles")
        (root / "fauns").mkdir(parents=True)
        (root / "fauns" / "style.json").write_bytes(content)
        (root.parent / "0001.onnx").write_bytes(VALID)
        index = StyleIndex(LocalStorage(root))
        index.refresh()
        manifest = index.manifest("fauns")
        assert manifest is None or (manifest.live is None or manifest.find(manifest.live))
        try:
            operations.publish(
                LocalStorage(root), "fauns", VALID, author="7", keep_versions=2, max_bytes=2**20
            )
        except LibraryError as error:
            check_one_line(error)
        assert sorted(path.name for path in root.parent.iterdir()) == ["0001.onnx", "styles"]
        assert [path.name for path in root.iterdir()] == ["fauns"]


def test_too_many_versions_or_changes() -> None:
    stored = {"digest": "0" * 64, "size": 1}
    many = [stored | {"version": number} for number in range(1, 1002)]
    with pytest.raises(ValueError, match="versions: must be a list of length at most 1000"):
        Manifest.parse(json.dumps({"versions": many}).encode())
    when = {"what": "publish", "who": "7", "when": "2026-01-01T00:00:00Z"}
    with pytest.raises(ValueError, match="changes: must be a list of length at most 1000"):
        Manifest.parse(json.dumps({"changes": [line | when for line in many]}).encode())


def test_too_large_manifest(tmp_path: Path) -> None:
    (tmp_path / "fauns").mkdir()
    (tmp_path / "fauns" / "style.json").write_bytes(b" " * (5 * 2**20))
    with pytest.raises(LibraryError, match="larger than"):
        read_manifest(LocalStorage(tmp_path), "fauns")


@given(st.text(max_size=40))
def test_style_has_one_name_and_folder(name: str) -> None:
    try:
        style = validate_style_name(name)
    except LibraryError as error:
        check_one_line(error)
        return
    assert validate_style_name(style) == style
    assert style == Path(style).name
    assert parse_style_folder(style_folder(name, None)) == (None, style)
    assert parse_style_folder(style_folder(name, 42)) == (42, style)


@given(st.text(max_size=40))
def test_random_folder_name(folder: str) -> None:
    found = parse_style_folder(folder)
    if found is not None:
        assert parse_style_folder(style_folder(found[1], found[0])) == found


def test_last_1000_changes_are_stored(tmp_path: Path) -> None:
    storage = LocalStorage(tmp_path)
    kinds = [version(1), version(2)]
    for content in kinds:
        operations.publish(storage, "fauns", content, author="7", keep_versions=10, max_bytes=2**20)
    manifest = read_manifest(storage, "fauns")
    assert manifest is not None
    line = replace(manifest.changes[-1], operation="rollback")
    for turn in range(1100):
        one = replace(line, version=turn % 2 + 1, author=str(turn))
        manifest = manifest.with_change(one, turn % 2 + 1, manifest.versions)
    assert isinstance(manifest, Manifest)
    assert [each.author for each in manifest.changes] == [str(turn) for turn in range(100, 1100)]
    assert manifest.live_history()[-1] == manifest.live == 2
    assert Manifest.parse(manifest.to_bytes()) == manifest
