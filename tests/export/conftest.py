"""A checkpoint of a tiny network, trained for a second."""

import tempfile
from dataclasses import replace
from pathlib import Path

import onnx
import onnxruntime as ort
import pytest

from model.corpus import read_corpus
from model.recipes import RECIPES
from model.training import train

NAMES = tuple(a + b for a in ("Tr", "B", "K", "Sh", "É") for b in ("ada", "im", "ora", "y#lo", "e"))


@pytest.fixture(scope="session")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a finished training of an LSTM on 25 names."""
    folder = tmp_path_factory.mktemp("run")
    corpus = folder / "names.txt"
    corpus.write_text("\n".join(NAMES), encoding="utf-8")
    recipe = replace(
        RECIPES["fast"],
        embedding_size=8,
        hidden_size=16,
        max_steps=40,
        batch_size=8,
        warmup_steps=5,
        eval_interval=10,
        base="none",
        cross_validation=False,
    )
    *_, last = train(read_corpus(corpus), recipe, folder / "checkpoint")
    assert last.metadata.finished
    return folder / "checkpoint"


def step_operators(model: onnx.ModelProto) -> list[str]:
    """Return the operators of a step: what onnxruntime leaves of the graph."""
    options = ort.SessionOptions()
    options.graph_optimization_level = ort.GraphOptimizationLevel.ORT_ENABLE_BASIC
    with tempfile.TemporaryDirectory() as folder:
        options.optimized_model_filepath = str(Path(folder, "optimized.onnx"))
        ort.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
        return [node.op_type for node in onnx.load(options.optimized_model_filepath).graph.node]
