"""ONNX graph of one step of a network, with the bot's metadata; and its parity check with PyTorch.

Inputs `token` int64 [B] and `state` float32 [B, S], outputs `logits` float32 [B, V] and
`next_state` float32 [B, S]; B is free. The weights are in the file, matrices as codes that
onnxruntime multiplies out when it opens it. docs/artifact.md describes the metadata.
"""

import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import numpy.typing as npt
import onnx
import onnxruntime as ort
import torch
from onnxscript import optimizer
from torch import Tensor, nn
from torch.func import functional_call

from export.metadata import Label, artifact_metadata, draw_examples
from model.cancellation import CheckCancelled, never_cancelled
from model.checkpoint import Checkpoint
from model.mixture import Model
from model.quantization import dequantize, quantize, round_weights, weight_matrices

_NO_LIMIT = 2**62


def export_artifact(
    checkpoint: Checkpoint, label: Label, check_cancelled: CheckCancelled = never_cancelled
) -> tuple[bytes, float]:
    """Return the artifact's bytes, and the largest difference of a logit from torch's.

    Raises `CheckpointError` or `ParityError`.
    """
    model = build_artifact(checkpoint, label, check_cancelled)
    difference = check_parity(model, round_weights(checkpoint.mixture()))
    check_cancelled()
    return model.SerializeToString(), difference


def build_artifact(
    checkpoint: Checkpoint, label: Label, check_cancelled: CheckCancelled = never_cancelled
) -> onnx.ModelProto:
    """Build the artifact of the best weights, rounded. Raises `CheckpointError` if they do not fit.

    Calls `check_cancelled` between stages of one or two seconds.
    """
    network = round_weights(checkpoint.mixture())
    model = build_graph(network, check_cancelled)
    examples = draw_examples(network, checkpoint, check_cancelled)
    onnx.helper.set_model_props(model, artifact_metadata(checkpoint, label, examples))
    return model


def build_graph(
    network: Model, check_cancelled: CheckCancelled = never_cancelled
) -> onnx.ModelProto:
    """Export `network.step` as a graph of operators and weights only, with rounded matrices."""
    batch = torch.export.Dim("batch")
    step = _CompactStep(network)
    token, state = torch.zeros(2, dtype=torch.int64), torch.zeros(2, network.state_size)
    # The codes are inputs while the graph is optimized, so that they are not multiplied out.
    codes = [code for weight in step.matrices.values() for code in quantize(weight)]
    names = [f"weight_{i // 2}.{'scales' if i % 2 else 'codes'}" for i in range(len(codes))]
    fixed: tuple[dict[int, str], ...] = ({},) * len(codes)
    with _silence_exporter(), torch.no_grad():
        check_cancelled()
        traced = torch.export.export(
            step,
            (token, state, *codes),
            dynamic_shapes=({0: batch}, {0: batch}, fixed),
        )
        check_cancelled()
        program = torch.onnx.export(
            traced,
            dynamo=True,
            verbose=False,
            input_names=["token", "state", *names],
            output_names=["logits", "next_state"],
            dynamic_shapes=({0: "batch"}, {0: "batch"}, fixed),  # the name of B
        )
        check_cancelled()
        assert program is not None  # noqa: S101  (only the old exporter returns None)
        # Compute everything that does not depend on token or state now, whatever its size.
        optimizer.fold_constants(
            program.model, input_size_limit=_NO_LIMIT, output_size_limit=_NO_LIMIT
        )
        optimizer.optimize(program.model)
    model = _strip(program.model_proto)
    del model.graph.input[2:]
    model.graph.initializer.extend(
        onnx.numpy_helper.from_array(code.numpy(), name)
        for code, name in zip(codes, names, strict=True)
    )
    return model


class _Step(nn.Module):
    """Module with `step` as its `forward`."""

    def __init__(self, network: Model) -> None:
        super().__init__()
        self.network = network

    def forward(self, token: Tensor, state: Tensor) -> tuple[Tensor, Tensor]:
        return self.network.step(token, state)


class _CompactStep(nn.Module):
    """Step of a network whose matrices are multiplied out of codes; what the exporter traces.

    `codes` are those of each matrix, followed by their scales.
    """

    def __init__(self, network: Model) -> None:
        super().__init__()
        self.step = _Step(network)
        self.matrices = weight_matrices(self.step)

    def forward(self, token: Tensor, state: Tensor, *codes: Tensor) -> tuple[Tensor, Tensor]:
        pairs = zip(self.matrices, codes[::2], codes[1::2], strict=True)
        weights = {name: dequantize(*pair) for name, *pair in pairs}
        result: tuple[Tensor, Tensor] = functional_call(self.step, weights, (token, state))
        return result


def _strip(model: onnx.ModelProto) -> onnx.ModelProto:
    """Remove stack traces, paths and inner shapes, which describe this machine or torch."""
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
def _silence_exporter() -> Iterator[None]:
    """Suppress the exporter's warnings, which concern torch's internals."""
    before = logging.root.manager.disable
    logging.disable(logging.WARNING)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.disable(before)


STEPS = 20
BATCH_SIZES = (1, 17)
TOLERANCE = 1e-3
"""Rounding grows with every step: after 20, both sides are up to 2e-4 from a float64 network."""


class ParityError(Exception):
    """The graph is invalid or differs from the network. The message is one line."""


def check_parity(model: onnx.ModelProto, network: Model, *, seed: int = 0) -> float:
    """Compare `model` with `network` on random tokens; return the largest difference of a logit.

    Batches of 1 and of 17 rows take 20 steps. Each side carries its own state. Raises `ParityError`
    if the model is not valid ONNX or a logit differs by more than 1e-3.
    """
    content = model.SerializeToString()
    try:
        onnx.checker.check_model(content, full_check=True)
        session = ort.InferenceSession(content, providers=["CPUExecutionProvider"])
    except Exception as error:  # onnxruntime's errors have no common base class
        raise ParityError(f"The graph isn't valid: {str(error).splitlines()[0]}") from None
    random = np.random.default_rng(seed)
    return max(_max_difference(session, network, random, size) for size in BATCH_SIZES)


def _max_difference(
    session: ort.InferenceSession,
    network: Model,
    random: np.random.Generator,
    batch_size: int,
) -> float:
    state = torch.zeros(batch_size, network.state_size)
    ort_state: npt.NDArray[np.float32] = state.numpy().copy()
    largest = 0.0
    for step in range(1, STEPS + 1):
        token = random.integers(0, network.vocabulary_size, batch_size)
        with torch.no_grad():
            logits, state = network.step(torch.from_numpy(token), state)
        ort_logits, ort_state = session.run(
            ["logits", "next_state"], {"token": token, "state": ort_state}
        )
        difference = float(np.abs(ort_logits - logits.numpy()).max())
        if not difference <= TOLERANCE:  # written so that NaN fails too
            raise ParityError(
                f"Step {step} of batch size {batch_size}: the logits of onnxruntime and torch "
                f"differ by {difference:.2g}, more than {TOLERANCE:g}."
            )
        largest = max(largest, difference)
    return largest
