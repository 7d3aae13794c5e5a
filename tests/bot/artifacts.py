"""Test artifacts: small models with known probabilities (a bigram table as the step)."""

import base64
import hashlib
import json
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import numpy as np
import numpy.typing as npt
import onnx
from onnx import TensorProto, helper, numpy_helper

START, END = 0, 1
NAMES = ("Ann", "Anna", "Trina", "Trevor", "Tess", "Zoe", "Bo")


def vocabulary_of(samples: Sequence[str]) -> list[str]:
    return ["<start>", "<end>", *sorted(set("".join(samples)))]


def bigrams(samples: Sequence[str], floor: float = 1e-9) -> npt.NDArray[np.float32]:
    """Return log p(next | current) [V, V], counted from `samples`."""
    ids = {character: i for i, character in enumerate(vocabulary_of(samples))}
    counts = np.full((len(ids), len(ids)), floor)
    for sample in samples:
        path = [START, *(ids[character] for character in sample), END]
        for current, following in pairwise(path):
            counts[current, following] += 1
    return np.asarray(np.log(counts / counts.sum(axis=1, keepdims=True)), np.float32)


def metadata_of(samples: Sequence[str], **changed: str | None) -> dict[str, str]:
    """Return valid metadata; `changed` replaces entries, and removes those that are None."""
    digests = sorted(hashlib.blake2b(s.encode(), digest_size=8).digest() for s in samples)
    style = {
        "title": "Test",
        "description": "A table",
        "created": "2026-01-01T00:00:00Z",
        "network": {"cell": "table", "layers": 1, "embedding": 0, "hidden": 1},
        "report": {},
        "corpus": {"digest": "", "samples": len(samples), "licence": "CC0-1.0"},
    }
    entries: dict[str, str | None] = {
        "format": "1",
        "style": json.dumps(style),
        "vocabulary": json.dumps(vocabulary_of(samples)),
        "max_length": str(max(map(len, samples))),
        "known": base64.b64encode(b"".join(digests)).decode(),
    }
    entries |= changed
    return {f"namesmith.{key}": value for key, value in entries.items() if value is not None}


def model_of(table: npt.NDArray[np.float32], metadata: dict[str, str]) -> onnx.ModelProto:
    """Return a valid model: its logits are the table's row of the current character."""
    size = table.shape[1]
    graph = helper.make_graph(
        [
            helper.make_node("Gather", ["table", "token"], ["logits"]),
            helper.make_node("Identity", ["state"], ["next_state"]),
        ],
        "step",
        [
            helper.make_tensor_value_info("token", TensorProto.INT64, ["batch"]),
            helper.make_tensor_value_info("state", TensorProto.FLOAT, ["batch", 1]),
        ],
        [
            helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["batch", size]),
            helper.make_tensor_value_info("next_state", TensorProto.FLOAT, ["batch", 1]),
        ],
        [numpy_helper.from_array(table, "table")],
    )
    opset = [helper.make_opsetid("", 18)]
    model = helper.make_model(graph, opset_imports=opset, ir_version=9)
    helper.set_model_props(model, metadata)
    return model


def write_artifact(path: Path, samples: Sequence[str] = NAMES, **changed: str | None) -> Path:
    """Write a valid artifact of `samples`, or one with some of its metadata `changed`."""
    onnx.save(model_of(bigrams(samples), metadata_of(samples, **changed)), path)
    return path


def write_free_artifact(path: Path, samples: Sequence[str], floor: float, max_length: int) -> Path:
    """Write an artifact in which every letter can follow every other, up to `max_length`."""
    metadata = metadata_of(samples, max_length=str(max_length))
    onnx.save(model_of(bigrams(samples, floor), metadata), path)
    return path


def write_counter(path: Path, last_step: int) -> Path:
    """Write an artifact that counts its steps in its state; its scores are NaN from then on."""
    model = model_of(bigrams(NAMES, 0.01), metadata_of(NAMES, max_length="50"))
    model.graph.node[0].output[0] = "scores"
    del model.graph.node[1]
    for name, value in (("one", 1.0), ("last", last_step - 0.5), ("nothing", 0.0)):
        model.graph.initializer.append(helper.make_tensor(name, TensorProto.FLOAT, [], [value]))
    model.graph.node.extend(
        [
            helper.make_node("Add", ["state", "one"], ["next_state"]),
            helper.make_node("Sub", ["last", "state"], ["left"]),
            helper.make_node("Sqrt", ["left"], ["root"]),
            helper.make_node("Mul", ["root", "nothing"], ["fault"]),
            helper.make_node("Add", ["scores", "fault"], ["logits"]),
        ]
    )
    onnx.save(model, path)
    return path


def all_names(
    samples: Sequence[str],
    floor: float,
    max_length: int,
    temperature: float = 1.0,
    top_p: float = 1.0,
    prefix: str = "",
    min_probability: float = 0.0,
) -> dict[str, float]:
    """Return every name of at most `max_length` characters, with its exact probability.

    That is the probability among all names with the prefix, without the empty name. It is computed
    letter by letter from the table, with none of the bot's code.
    """
    letters = vocabulary_of(samples)
    table = np.exp(bigrams(samples, floor).astype(np.float64) / temperature)
    found: dict[str, float] = {}

    def extend(name: str, current: int, probability: float) -> None:
        weights = table[current].copy()
        weights[START] = 0
        if not name:
            weights[END] = 0
        ranked = np.sort(weights)[::-1]
        before = np.cumsum(ranked) - ranked
        weights[weights < ranked[before < top_p * ranked.sum()][-1]] = 0
        for following in np.flatnonzero(weights).tolist():
            share = probability * float(weights[following] / weights.sum())
            if share <= min_probability:
                continue
            if following == END:
                found[name] = share
            elif len(name) < max_length:
                extend(name + letters[following], following, share)

    extend(prefix, letters.index(prefix[-1]) if prefix else START, 1.0)
    return found


_FIRST, _PER_VERSION = 0xAC00, 8
"""Each version has its own 8 of the 11,172 Hangul syllables."""


def artifact_of_version(version: int, bulk: int = 0) -> bytes:
    """Return a valid artifact of which every letter shows the version, 0 to 1,395.

    `bulk`: bytes of extra weights, for the size of a real network.
    """
    letters = [chr(_FIRST + _PER_VERSION * version + i) for i in range(_PER_VERSION)]
    samples = ["".join(letters[i : i + 2]) for i in range(0, _PER_VERSION, 2)]
    model = model_of(bigrams(samples), metadata_of(samples))
    if bulk:
        weights = np.random.default_rng(version).random(bulk // 4, np.float32)
        model.graph.initializer.append(numpy_helper.from_array(weights, "bulk"))
        model.graph.node.append(helper.make_node("ReduceSum", ["bulk"], ["sum"], keepdims=0))
        model.graph.node.append(helper.make_node("Mul", ["sum", "zero"], ["nothing"]))
        model.graph.node.append(helper.make_node("Add", ["state", "nothing"], ["next_state"]))
        model.graph.initializer.append(numpy_helper.from_array(np.zeros(1, np.float32), "zero"))
        del model.graph.node[1]
    return bytes(model.SerializeToString())


def versions_in(names: Sequence[str]) -> set[int]:
    """Return the versions that the letters of `names` belong to."""
    return {(ord(letter) - _FIRST) // _PER_VERSION for name in names for letter in name}


def write_endless(path: Path, size: int = 4400) -> Path:
    """Write an artifact of which one operator computes for half a minute or more, in little memory.

    It multiplies whole numbers, for which onnxruntime has no fast code.
    """
    model = model_of(bigrams(NAMES), metadata_of(NAMES))
    model.graph.node[0].output[0] = "scores"
    model.graph.initializer.append(numpy_helper.from_array(np.array([size, size]), "shape"))
    zero = helper.make_tensor("zero", TensorProto.INT64, [1], [0])
    model.graph.node.extend(
        [
            helper.make_node("ConstantOfShape", ["shape"], ["zeros"], value=zero),
            helper.make_node("MatMul", ["zeros", "zeros"], ["product"]),
            helper.make_node("ReduceMax", ["product"], ["maximum"], keepdims=0),
            helper.make_node("Cast", ["maximum"], ["nothing"], to=TensorProto.FLOAT),
            helper.make_node("Add", ["scores", "nothing"], ["logits"]),
        ]
    )
    onnx.save(model, path)
    return path
