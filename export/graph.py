"""The step of a network as an ONNX model, with everything the bot needs in its metadata.

The contract, in short: `token` int64 [B] and `state` float32 [B, S] in, `logits` float32 [B, V] and
`next_state` float32 [B, S] out, B free; the metadata says what the ids mean, what the network was
trained on, and which names it has seen (as digests). Weights are in the file.
"""

import base64
import json
import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass

import onnx
import torch
from onnxscript import optimizer
from torch import Tensor, nn

from model import Heed, unheeding
from model.checkpoint import Checkpoint, Facts
from model.network import CharRNN

FORMAT = 1
_NO_LIMIT = 2**62
_POINTS = 100  # of the loss curve


@dataclass(frozen=True)
class Label:
    """What a person says of a style: its title, a line about it, the licence of its corpus."""

    title: str
    description: str
    licence: str


def build(checkpoint: Checkpoint, label: Label, heed: Heed = unheeding) -> onnx.ModelProto:
    """The artifact of `checkpoint`'s best weights; raises `CheckpointError` if they do not fit.

    `heed` is called between the stages, each of a second or two; what it raises passes through.
    """
    model = step_graph(checkpoint.network(), heed)
    onnx.helper.set_model_props(model, metadata(checkpoint, label))
    return model


def step_graph(network: CharRNN, heed: Heed = unheeding) -> onnx.ModelProto:
    """`network.step` as a graph with nothing in it but operators and weights."""
    batch = torch.export.Dim("batch")
    example = torch.zeros(2, dtype=torch.int64), torch.zeros(2, network.state_size)
    with _quiet(), torch.no_grad():
        heed()
        traced = torch.export.export(
            _Step(network), example, dynamic_shapes={"token": {0: batch}, "state": {0: batch}}
        )
        heed()
        program = torch.onnx.export(
            traced,
            dynamo=True,
            verbose=False,
            input_names=["token", "state"],
            output_names=["logits", "next_state"],
            dynamic_shapes={"token": {0: "batch"}, "state": {0: "batch"}},  # what B is called
        )
        heed()
        assert program is not None  # noqa: S101  (None is for the old exporter)
        # What does not depend on token or state is computed now, whatever its size.
        optimizer.fold_constants(
            program.model, input_size_limit=_NO_LIMIT, output_size_limit=_NO_LIMIT
        )
        optimizer.optimize(program.model)
    return _bare(program.model_proto)


def metadata(checkpoint: Checkpoint, label: Label) -> dict[str, str]:
    """What the artifact says of itself; the keys are the contract's."""
    facts, recipe = checkpoint.facts, checkpoint.facts.recipe
    style = {
        "title": label.title,
        "description": label.description,
        "created": facts.created,
        "network": {
            "cell": recipe.cell,
            "layers": recipe.layers,
            "embedding": recipe.embedding,
            "hidden": recipe.hidden,
        },
        "report": {**asdict(facts.report), "history": history(facts)},
        "corpus": {
            "digest": facts.corpus.digest,
            "samples": facts.corpus.samples,
            "licence": label.licence,
            "lengths": facts.corpus.lengths,
        },
    }
    known = checkpoint.tensors["known"].numpy().tobytes()
    return {
        "namesmith.format": str(FORMAT),
        "namesmith.style": json.dumps(style, ensure_ascii=False),
        "namesmith.vocabulary": json.dumps(checkpoint.vocabulary().tokens, ensure_ascii=False),
        "namesmith.max_length": str(facts.corpus.longest),
        "namesmith.known": base64.b64encode(known).decode(),
    }


def history(facts: Facts) -> list[tuple[int, float, float]]:
    """The measurements as (step, loss, held-out loss), in nats a character.

    Of more than about a hundred, an even part that holds the first, the best and the last.
    """
    measures = facts.history
    best = min(range(len(measures)), key=lambda i: measures[i].held_out)
    part = {*range(0, len(measures), len(measures) // _POINTS + 1), best, len(measures) - 1}
    return [
        (m.step, round(m.loss, 4), round(m.held_out, 4))
        for m in (measures[i] for i in sorted(part))
    ]


class _Step(nn.Module):
    """The exporter wants a module whose `forward` is the graph."""

    def __init__(self, network: CharRNN) -> None:
        super().__init__()
        self.network = network

    def forward(self, token: Tensor, state: Tensor) -> tuple[Tensor, Tensor]:
        return self.network.step(token, state)


def _bare(model: onnx.ModelProto) -> onnx.ModelProto:
    """Strip what the exporter tells of the machine: stack traces, paths, inner shapes."""
    for item in (*model.graph.node, *model.graph.input, *model.graph.output):
        item.ClearField("metadata_props")
        item.ClearField("doc_string")
    for tensor in model.graph.initializer:
        tensor.ClearField("metadata_props")
        tensor.ClearField("doc_string")
    for field in ("metadata_props", "doc_string", "value_info"):
        model.graph.ClearField(field)
    model.ClearField("metadata_props")
    model.ClearField("functions")
    return model


@contextmanager
def _quiet() -> Iterator[None]:
    """Still the exporter's chatter, which is about torch and nothing a person here could mend."""
    before = logging.root.manager.disable
    logging.disable(logging.WARNING)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.disable(before)
