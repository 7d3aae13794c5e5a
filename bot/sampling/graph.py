"""The graph of an `.onnx` file: loaded, held to the contract's inputs and outputs, and tried once.

Whatever a file holds, it is only ever run: nothing beside it is read, and a first step that does
not end is broken off.
"""

import threading
from pathlib import Path

import numpy as np
import onnxruntime as ort

INPUTS = {"token": ("tensor(int64)", 1), "state": ("tensor(float)", 2)}
OUTPUTS = {"logits": ("tensor(float)", 2), "next_state": ("tensor(float)", 2)}
MAX_STATE = 2**16
"""Numbers in the state of one row: of a network that is quick enough it has some thousand."""

_TRIAL_SECONDS = 5.0
"""For how long a first step may go on; it takes some microseconds."""


class ArtifactError(ValueError):
    """The file is not a style of ours; the message is one line: which file, and what is wrong."""


def load(content: bytes) -> ort.InferenceSession:
    """Return the session of the model in `content`; raises `ArtifactError`."""
    options = ort.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.log_severity_level = 4
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    # External data is looked for below a file, where nothing can be: such a model cannot load.
    options.add_session_config_entry(
        "session.model_external_initializers_file_folder_path", str(Path(__file__, "nowhere"))
    )
    try:
        return ort.InferenceSession(
            content,
            options,
            providers=["CPUExecutionProvider"],
            enable_fallback=0,  # it would print that it tries the same once more
        )
    except Exception as error:  # onnxruntime's errors share no base class
        if "xternal data" in str(error):
            raise ArtifactError("refers to external data; export it as one file") from None
        raise ArtifactError("is not an ONNX model that onnxruntime can run") from None


def check_signature(session: ort.InferenceSession, vocabulary_size: int) -> int:
    """Hold inputs and outputs to the contract; return S, the size of the state.

    Raises `ArtifactError`.
    """
    for wanted, found in ((INPUTS, session.get_inputs()), (OUTPUTS, session.get_outputs())):
        if [node.name for node in found] != list(wanted):
            names = ", ".join(node.name for node in found)
            raise ArtifactError(f"has a graph with {names} where {', '.join(wanted)} belong")
        for node in found:
            kind, rank = wanted[node.name]
            if node.type != kind or len(node.shape) != rank or isinstance(node.shape[0], int):
                raise ArtifactError(
                    f"has a graph whose {node.name} is {node.type} {node.shape}, "
                    f"not {kind} of {rank} dimensions with a free batch"
                )
    state_size = session.get_inputs()[1].shape[1]
    if not isinstance(state_size, int):
        raise ArtifactError("has a graph whose state has no fixed size")
    if state_size > MAX_STATE:
        raise ArtifactError(f"has a state {state_size} wide, where {MAX_STATE} is the most")
    for node, size in zip(session.get_outputs(), (vocabulary_size, state_size), strict=True):
        if node.shape[1] != size:
            raise ArtifactError(f"has a {node.name} {node.shape[1]} wide, not {size}")
    return state_size


def try_step(session: ort.InferenceSession, vocabulary_size: int, state_size: int) -> None:
    """Take one step with two rows, so that a graph that cannot run, or does not end, is found here.

    Raises `ArtifactError`.
    """
    state = np.zeros((2, state_size), np.float32)
    options = ort.RunOptions()
    timer = threading.Timer(_TRIAL_SECONDS, setattr, (options, "terminate", True))
    timer.daemon = True
    timer.start()
    try:
        given = {"token": np.zeros(2, np.int64), "state": state}
        logits, next_state = session.run(list(OUTPUTS), given, options)
    except Exception as error:  # onnxruntime's errors share no base class
        reason = str(error).splitlines()[0]
        if options.terminate:
            reason = f"it had not ended after {_TRIAL_SECONDS:g} s"
        raise ArtifactError(f"has a graph that fails at its first step: {reason}") from None
    finally:
        timer.cancel()
    if logits.shape != (2, vocabulary_size) or next_state.shape != state.shape:
        raise ArtifactError("has a graph whose first step gives other shapes than it declares")
    if not (np.isfinite(logits).all() and np.isfinite(next_state).all()):
        raise ArtifactError("has a graph whose first step gives numbers that are not finite")
