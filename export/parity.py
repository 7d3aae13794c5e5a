"""Parity check: the exported graph in onnxruntime computes the same logits as torch."""

import numpy as np
import numpy.typing as npt
import onnx
import onnxruntime as ort
import torch

from model.network import CharRNN

STEPS = 20
BATCH_SIZES = (1, 17)
TOLERANCE = 1e-4


class ParityError(Exception):
    """The graph is invalid or differs from the network. The message is one line."""


def check_parity(model: onnx.ModelProto, network: CharRNN, *, seed: int = 0) -> float:
    """Compare `model` with `network` on random tokens; return the largest difference of a logit.

    Batches of 1 and of 17 rows take 20 steps. Each side carries its own state. Raises `ParityError`
    if the model is not valid ONNX or a logit differs by more than 1e-4.
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
    session: ort.InferenceSession, network: CharRNN, random: np.random.Generator, batch_size: int
) -> float:
    state = torch.zeros(batch_size, network.state_size)
    ort_state: npt.NDArray[np.float32] = state.numpy().copy()
    largest = 0.0
    for step in range(1, STEPS + 1):
        token = random.integers(0, network.output.out_features, batch_size)
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
