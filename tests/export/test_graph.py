"""The artifact follows the contract: signature, metadata, inline weights, no machine paths."""

import base64
import hashlib
import json
import math
import unicodedata
from collections import Counter
from dataclasses import replace
from pathlib import Path

import onnx
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from export.graph import build_artifact, build_graph
from export.metadata import Label, artifact_metadata, draw_examples, loss_history
from model import checkpoint
from model.batches import END
from model.network import CharRNN
from model.recipes import RECIPES, Cell
from model.trials import Losses
from tests.export.conftest import NAMES, step_operators

LABEL = Label("Elves", 'names of "elves", Éa too', "CC0 1.0", "Fantasy", ("elf", "fey"))


@pytest.fixture(scope="module")
def artifact(run: Path) -> onnx.ModelProto:
    return build_artifact(checkpoint.load(run), LABEL)


@pytest.fixture(scope="module")
def metadata(artifact: onnx.ModelProto) -> dict[str, str]:
    return {entry.key: entry.value for entry in artifact.metadata_props}


def signature(model: onnx.ModelProto) -> dict[str, tuple[int, list[int | str]]]:
    """Element type and shape of every input and output. A free dimension is its name."""
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
def test_signature(cell: Cell, layers: int, size: int) -> None:
    recipe = replace(RECIPES["seed"], cell=cell, layers=layers, hidden_size=6)
    model = build_graph(CharRNN(9, recipe).eval())
    int64, float32 = onnx.TensorProto.INT64, onnx.TensorProto.FLOAT
    assert signature(model) == {
        "token": (int64, ["batch"]),
        "state": (float32, ["batch", size]),
        "logits": (float32, ["batch", 9]),
        "next_state": (float32, ["batch", size]),
    }


def test_constants_are_folded() -> None:
    model = build_graph(CharRNN(9, RECIPES["seed"]).eval())
    assert step_operators(model) == ["Gather", "Gemm", "Tanh", "Gemm"]


def test_gru_step_has_three_products() -> None:
    model = build_graph(CharRNN(9, replace(RECIPES["seed"], cell="gru")).eval())
    operators = step_operators(model)
    assert operators.count("Gemm") == 3
    assert len(operators) <= 13


def test_matrices_are_stored_as_bytes(artifact: onnx.ModelProto) -> None:
    sizes: Counter[int] = Counter()
    for tensor in artifact.graph.initializer:
        sizes[tensor.data_type] += math.prod(tensor.dims)
    vocabulary_size = 2 + len(set("".join(NAMES)))
    assert (
        sizes[onnx.TensorProto.INT8] == 8 * vocabulary_size + 64 * (8 + 16) + 16 * vocabulary_size
    )


def test_metadata_keys(metadata: dict[str, str]) -> None:
    assert set(metadata) == {
        f"namesmith.{key}" for key in ("format", "style", "vocabulary", "max_length", "known")
    }
    assert metadata["namesmith.format"] == "1"


def test_vocabulary(metadata: dict[str, str], artifact: onnx.ModelProto) -> None:
    entries = json.loads(metadata["namesmith.vocabulary"])
    assert entries[:2] == ["<start>", "<end>"]
    assert entries[2:] == sorted(set("".join(NAMES)))
    assert signature(artifact)["logits"][1] == ["batch", len(entries)]


def test_max_length(metadata: dict[str, str]) -> None:
    assert metadata["namesmith.max_length"] == str(max(map(len, NAMES)))


def test_known_has_digests_of_samples(metadata: dict[str, str], artifact: onnx.ModelProto) -> None:
    content = base64.b64decode(metadata["namesmith.known"], validate=True)
    digests = [content[i : i + 8] for i in range(0, len(content), 8)]
    expected = [hashlib.blake2b(name.encode(), digest_size=8).digest() for name in NAMES]
    assert digests == sorted(expected)
    assert not any(name.encode() in artifact.SerializeToString() for name in NAMES if len(name) > 3)


def test_style_metadata(metadata: dict[str, str], run: Path) -> None:
    style = json.loads(metadata["namesmith.style"])
    saved = checkpoint.load(run).metadata
    assert (style["title"], style["description"]) == ("Elves", 'names of "elves", Éa too')
    assert (style["group"], style["tags"]) == ("Fantasy", ["elf", "fey"])
    assert style["created"] == saved.created
    assert style["created"].endswith("+00:00")
    assert style["network"] == {"cell": "lstm", "layers": 1, "embedding": 8, "hidden": 16}
    assert style["report"]["nats_per_character"] == saved.report.nats_per_character
    assert style["report"]["held_out_samples"] == 1
    samples = "\n".join(unicodedata.normalize("NFC", name) for name in NAMES)
    assert style["corpus"] == {
        "digest": hashlib.blake2b(samples.encode()).hexdigest(),
        "samples": 25,
        "licence": "CC0 1.0",
        "lengths": [[2, 3], [3, 5], [4, 8], [5, 7], [6, 2]],
    }


def test_examples_are_three_new_names(metadata: dict[str, str]) -> None:
    examples = json.loads(metadata["namesmith.style"])["examples"]
    assert len(set(examples)) == len({name[0] for name in examples}) == 3
    for name in examples:
        assert name not in NAMES
        assert set("".join(NAMES)).issuperset(name)
        assert 1 <= len(name) <= max(map(len, NAMES))


def test_examples_end_within_the_length(run: Path) -> None:
    loaded = checkpoint.load(run)
    corpus = replace(loaded.metadata.corpus, max_length=2)
    short = replace(loaded, metadata=replace(loaded.metadata, corpus=corpus))
    never_ends = loaded.mixture()
    never_ends.case_bias = torch.zeros(never_ends.vocabulary_size, never_ends.vocabulary_size)
    never_ends.case_bias[:, END] = -100
    assert draw_examples(never_ends, loaded) == []
    assert all(1 <= len(name) <= 2 for name in draw_examples(loaded.mixture(), short))


@pytest.mark.parametrize("in_base", [True, False])
def test_report_says_if_the_base_network_knows_the_corpus(run: Path, in_base: bool) -> None:
    label = replace(LABEL, in_base=in_base)
    entries = artifact_metadata(checkpoint.load(run), label, [])
    assert json.loads(entries["namesmith.style"])["report"]["in_base"] is in_base


def test_report_metadata_keys(metadata: dict[str, str]) -> None:
    style = json.loads(metadata["namesmith.style"])
    assert set(style["report"]) == {
        "nats_per_character",
        "bits_per_character",
        "perplexity",
        "held_out_samples",
        "drawn",
        "share_new",
        "share_unique",
        "length_distance",
        "unseen_nats_per_character",
        "unigram_nats",
        "standard_error",
        "folds",
        "base",
        "ngram_weight",
        "poor",
        "in_base",
        "corpus_quantiles",
        "history",
    }


def test_report_has_the_loss_curve(metadata: dict[str, str], run: Path) -> None:
    curve = json.loads(metadata["namesmith.style"])["report"]["history"]
    losses = checkpoint.load(run).metadata.history
    assert curve == [[m.step, round(m.train_loss, 4), round(m.validation_loss, 4)] for m in losses]
    assert [step for step, _, _ in curve] == [0, 10, 20, 30, 40]


@given(st.lists(st.floats(0, 9), min_size=1, max_size=1500))
def test_long_loss_curve_is_thinned(run: Path, values: list[float]) -> None:
    losses = tuple(Losses(25 * i, value, value) for i, value in enumerate(values))
    points = loss_history(replace(checkpoint.load(run).metadata, history=losses))
    steps = [step for step, _, _ in points]
    best = min(losses, key=lambda m: m.validation_loss)
    assert steps == sorted(set(steps))
    assert {0, best.step, losses[-1].step} <= set(steps)
    assert len(steps) <= 103
    assert len(steps) >= min(len(values), 50)


def test_file_has_no_trace_of_the_machine(artifact: onnx.ModelProto, run: Path) -> None:
    content = artifact.SerializeToString()
    paths = [Path(__file__).parents[2], Path(torch.__file__).parents[1], Path.home(), run]
    for path in paths:
        assert str(path).encode() not in content
    for trace in (b".py", b"site-packages", b"File ", b"pkg.torch"):
        assert trace not in content


def test_weights_are_inline(artifact: onnx.ModelProto) -> None:
    for tensor in artifact.graph.initializer:
        assert tensor.data_location == onnx.TensorProto.DEFAULT
        assert not tensor.external_data


def test_export_is_reproducible(artifact: onnx.ModelProto, run: Path) -> None:
    again = build_artifact(checkpoint.load(run), LABEL)
    assert again.SerializeToString() == artifact.SerializeToString()


def test_export_prints_nothing(
    capfd: pytest.CaptureFixture[str], recwarn: pytest.WarningsRecorder
) -> None:
    build_graph(CharRNN(9, RECIPES["seed"]).eval())
    assert capfd.readouterr() == ("", "")
    assert not list(recwarn)
