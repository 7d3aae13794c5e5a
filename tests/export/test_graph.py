"""The artifact keeps the contract: signature, metadata, weights inside, nothing of this machine."""

import base64
import hashlib
import json
import unicodedata
from dataclasses import replace
from pathlib import Path

import onnx
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from export.graph import Label, build, history, step_graph
from model import checkpoint
from model.checkpoint import Measure
from model.network import CharRNN
from model.recipes import RECIPES, Cell
from tests.export.conftest import NAMES

LABEL = Label("Elves", 'names of "elves", Éa too', "CC0 1.0")


@pytest.fixture(scope="module")
def artifact(run: Path) -> onnx.ModelProto:
    return build(checkpoint.load(run), LABEL)


@pytest.fixture(scope="module")
def told(artifact: onnx.ModelProto) -> dict[str, str]:
    return {entry.key: entry.value for entry in artifact.metadata_props}


def signature(model: onnx.ModelProto) -> dict[str, tuple[int, list[int | str]]]:
    """Name → element type and shape of every input and output; a free size is its name."""
    return {
        value.name: (
            value.type.tensor_type.elem_type,
            [d.dim_param or d.dim_value for d in value.type.tensor_type.shape.dim],
        )
        for value in (*model.graph.input, *model.graph.output)
    }


@pytest.mark.parametrize(
    ("cell", "layers", "size"), [("rnn", 1, 6), ("gru", 2, 12), ("lstm", 2, 24)]
)
def test_inputs_and_outputs_are_the_contracts(cell: Cell, layers: int, size: int) -> None:
    recipe = replace(RECIPES["seed"], cell=cell, layers=layers, hidden=6)
    model = step_graph(CharRNN(9, recipe).eval())
    int64, float32 = onnx.TensorProto.INT64, onnx.TensorProto.FLOAT
    assert signature(model) == {
        "token": (int64, ["batch"]),
        "state": (float32, ["batch", size]),
        "logits": (float32, ["batch", 9]),
        "next_state": (float32, ["batch", size]),
    }


def test_all_that_does_not_depend_on_the_state_is_folded_into_the_weights() -> None:
    model = step_graph(CharRNN(9, RECIPES["seed"]).eval())
    assert [node.op_type for node in model.graph.node] == ["Gather", "Gemm", "Tanh", "Gemm"]


def test_a_gru_step_takes_three_products_and_no_more() -> None:
    model = step_graph(CharRNN(9, replace(RECIPES["seed"], cell="gru")).eval())
    operators = [node.op_type for node in model.graph.node]
    assert operators.count("Gemm") == 3
    assert len(operators) <= 13


def test_the_metadata_has_the_contracts_keys_and_no_others(told: dict[str, str]) -> None:
    assert set(told) == {
        f"namesmith.{key}" for key in ("format", "style", "vocabulary", "max_length", "known")
    }
    assert told["namesmith.format"] == "1"


def test_the_vocabulary_is_start_end_and_single_characters_in_code_point_order(
    told: dict[str, str], artifact: onnx.ModelProto
) -> None:
    entries = json.loads(told["namesmith.vocabulary"])
    assert entries[:2] == ["<start>", "<end>"]
    assert entries[2:] == sorted(set("".join(NAMES)))
    assert signature(artifact)["logits"][1] == ["batch", len(entries)]


def test_max_length_is_the_longest_sample(told: dict[str, str]) -> None:
    assert told["namesmith.max_length"] == str(max(map(len, NAMES)))


def test_known_holds_the_sorted_digests_of_the_samples_and_not_the_samples(
    told: dict[str, str], artifact: onnx.ModelProto
) -> None:
    content = base64.b64decode(told["namesmith.known"], validate=True)
    found = [content[i : i + 8] for i in range(0, len(content), 8)]
    wanted = [hashlib.blake2b(name.encode(), digest_size=8).digest() for name in NAMES]
    assert found == sorted(wanted)
    assert not any(name.encode() in artifact.SerializeToString() for name in NAMES if len(name) > 3)


def test_the_style_tells_its_label_its_network_its_report_and_its_corpus(
    told: dict[str, str], run: Path
) -> None:
    style = json.loads(told["namesmith.style"])
    facts = checkpoint.load(run).facts
    assert (style["title"], style["description"]) == ("Elves", 'names of "elves", Éa too')
    assert style["created"] == facts.created
    assert style["created"].endswith("+00:00")
    assert style["network"] == {"cell": "lstm", "layers": 1, "embedding": 8, "hidden": 16}
    assert style["report"]["nats_per_character"] == facts.report.nats_per_character
    assert style["report"]["held_out_samples"] == 1
    samples = "\n".join(unicodedata.normalize("NFC", name) for name in NAMES)
    assert style["corpus"] == {
        "digest": hashlib.blake2b(samples.encode()).hexdigest(),
        "samples": 25,
        "licence": "CC0 1.0",
        "lengths": [[2, 3], [3, 5], [4, 8], [5, 7], [6, 2]],
    }


def test_the_report_holds_the_loss_curve(told: dict[str, str], run: Path) -> None:
    curve = json.loads(told["namesmith.style"])["report"]["history"]
    measures = checkpoint.load(run).facts.history
    assert curve == [[m.step, round(m.loss, 4), round(m.held_out, 4)] for m in measures]
    assert [step for step, _, _ in curve] == [0, 10, 20, 30, 40]


@given(st.lists(st.floats(0, 9), min_size=1, max_size=1500))
def test_of_a_long_curve_a_part_is_kept_with_the_first_the_best_and_the_last(
    run: Path, losses: list[float]
) -> None:
    measures = tuple(Measure(25 * i, loss, loss) for i, loss in enumerate(losses))
    points = history(replace(checkpoint.load(run).facts, history=measures))
    steps = [step for step, _, _ in points]
    best = min(measures, key=lambda m: m.held_out)
    assert steps == sorted(set(steps))
    assert {0, best.step, measures[-1].step} <= set(steps)
    assert len(steps) <= 103
    assert len(steps) >= min(len(losses), 50)


def test_the_file_says_nothing_of_the_machine_it_was_made_on(
    artifact: onnx.ModelProto, run: Path
) -> None:
    content = artifact.SerializeToString()
    here = [Path(__file__).parents[2], Path(torch.__file__).parents[1], Path.home(), run]
    for path in here:
        assert str(path).encode() not in content
    for trace in (b".py", b"site-packages", b"File ", b"pkg.torch"):
        assert trace not in content


def test_weights_are_in_the_file(artifact: onnx.ModelProto) -> None:
    for tensor in artifact.graph.initializer:
        assert tensor.data_location == onnx.TensorProto.DEFAULT
        assert not tensor.external_data


def test_the_same_checkpoint_gives_the_same_bytes(artifact: onnx.ModelProto, run: Path) -> None:
    again = build(checkpoint.load(run), LABEL)
    assert again.SerializeToString() == artifact.SerializeToString()


def test_exporting_says_nothing(
    capfd: pytest.CaptureFixture[str], recwarn: pytest.WarningsRecorder
) -> None:
    step_graph(CharRNN(9, RECIPES["seed"]).eval())
    assert capfd.readouterr() == ("", "")
    assert not list(recwarn)
