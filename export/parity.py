"""torch and onnxruntime agree on the step, or nothing is written."""

import numpy as np
import numpy.typing as npt
import onnx
import onnxruntime as ort
import torch

from model.network import CharRNN

STEPS = 20
BATCHES = (1, 17)
TOLERANCE = 1e-4


class ParityError(Exception):
    """The graph is not the network; the message is one line: where, and by how much."""


def check(model: onnx.ModelProto, network: CharRNN, *, seed: int = 0) -> float:
    """Hold `model` to `network` over random prefixes; the largest difference of a logit.

    Each batch of 1 and of 17 rows goes 20 steps, each side carrying its own state. Raises
    `ParityError` when the model is not valid ONNX or differs by more than 1e-4.
    """
    content = model.SerializeToString()
    try:
        onnx.checker.check_model(content, full_check=True)
        session = ort.InferenceSession(content, providers=["CPUExecutionProvider"])
    except Exception as error:  # onnxruntime's errors share no base class
        raise ParityError(f"the graph is not valid: {str(error).splitlines()[0]}") from None
    random = np.random.default_rng(seed)
    return max(_walk(session, network, random, batch) for batch in BATCHES)


def _walk(
    session: ort.InferenceSession, network: CharRNN, random: np.random.Generator, batch: int
) -> float:
    state = torch.zeros(batch, network.state_size)
    theirs: npt.NDArray[np.float32] = state.numpy().copy()
    largest = 0.0
    for step in range(1, STEPS + 1):
        token = random.integers(0, network.output.out_features, batch)
        with torch.no_grad():
            logits, state = network.step(torch.from_numpy(token), state)
        found, theirs = session.run(["logits", "next_state"], {"token": token, "state": theirs})
        difference = float(np.abs(found - logits.numpy()).max())
        if not difference <= TOLERANCE:  # so that a NaN fails too
            raise ParityError(
                f"step {step} of batch {batch}: onnxruntime's logits differ from torch's by "
                f"{difference:.2g}, more than {TOLERANCE:g}"
            )
        largest = max(largest, difference)
    return largest
