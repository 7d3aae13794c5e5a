"""The graph of an `.onnx` file: loaded, held to the contract's inputs and outputs, and tried once.

Whatever a file holds, it is only ever run: nothing beside it is read, and a first step that does
not end, or takes memory without measure, is broken off.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path

import numpy as np
import onnxruntime as ort

from .sparse import has_sparse

INPUTS = {"token": ("tensor(int64)", 1), "state": ("tensor(float)", 2)}
OUTPUTS = {"logits": ("tensor(float)", 2), "next_state": ("tensor(float)", 2)}
MAX_STATE = 2**16
"""Numbers in the state of one row: of a network that is quick enough it has some thousand."""

_TRIAL_SECONDS = 5.0
"""For how long a first step may go on; it takes some microseconds."""

_TRIAL_BYTES = 256 * 2**20
"""What the model and a first step may fill; they take some megabytes."""

_ONE_TRIAL = threading.Lock()  # so that no file is refused for what another takes

_NO_MODEL = "is not an ONNX model that onnxruntime can run"


class ArtifactError(ValueError):
    """The file is not a style of ours; the message is one line: which file, and what is wrong."""


@contextmanager
def trial_of(content: bytes) -> Iterator[ort.InferenceSession]:
    """Give a session of the model in `content` for `try_step`: it has little memory to take.

    Raises `ArtifactError`.
    """
    try:
        sparse = has_sparse(content)
    except ValueError:
        raise ArtifactError(_NO_MODEL) from None
    if sparse:
        raise ArtifactError("has a sparse tensor in its graph; export it with dense ones")
    _limit_trials()
    options = _options()
    options.add_session_config_entry("session.use_env_allocators", "1")
    with _ONE_TRIAL:
        yield _session(content, options)


def load(content: bytes) -> ort.InferenceSession:
    """Return the session of a model that was tried; raises `ArtifactError`."""
    return _session(content, _options())


@cache
def _limit_trials() -> None:
    """Give the sessions that ask for it one memory, which has an end.

    onnxruntime keeps it as long as the process lives, even if this module is loaded anew.
    """
    info = ort.OrtMemoryInfo(
        "Cpu", ort.OrtAllocatorType.ORT_ARENA_ALLOCATOR, 0, ort.OrtMemType.DEFAULT
    )
    with suppress(Exception):  # there is one already
        ort.create_and_register_allocator(info, ort.OrtArenaCfg({"max_mem": _TRIAL_BYTES}))


def _options() -> ort.SessionOptions:
    options = ort.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.log_severity_level = 4
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    # External data is looked for below a file, where nothing can be: such a model cannot load.
    options.add_session_config_entry(
        "session.model_external_initializers_file_folder_path", str(Path(__file__, "nowhere"))
    )
    return options


def _session(content: bytes, options: ort.SessionOptions) -> ort.InferenceSession:
    try:
        return ort.InferenceSession(
            content,
            options,
            providers=["CPUExecutionProvider"],
            disabled_optimizers=["ConstantFolding"],  # it would compute before there is a limit
            enable_fallback=0,  # it would print that it tries the same once more
        )
    except Exception as error:  # onnxruntime's errors share no base class
        if "xternal data" in str(error):
            raise ArtifactError("refers to external data; export it as one file") from None
        raise ArtifactError(_NO_MODEL) from None


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
    options.add_run_config_entry("memory.enable_memory_arena_shrinkage", "cpu:0")
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
        elif "Available memory" in reason:
            reason = f"it takes over {_TRIAL_BYTES // 2**20} MiB"
        raise ArtifactError(f"has a graph that fails at its first step: {reason}") from None
    finally:
        timer.cancel()
    if logits.shape != (2, vocabulary_size) or next_state.shape != state.shape:
        raise ArtifactError("has a graph whose first step gives other shapes than it declares")
    if not (np.isfinite(logits).all() and np.isfinite(next_state).all()):
        raise ArtifactError("has a graph whose first step gives numbers that are not finite")
