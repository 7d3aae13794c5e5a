"""ONNX check: load a model, compare it with the contract, and try its steps.

A hostile file must not harm the process. It reads nothing else from the disk, it has only operators
that need no more memory than their declared results, and those sizes are computed before the first
step, for the largest batch. Then each token is tried, and a second step after it, within a time
limit. Only then is the model optimized, which multiplies out its weights and takes no more than a
step. Nothing outside the session is changed.
"""

import math
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import numpy.typing as npt
import onnxruntime as ort

from .deadline import run_within
from .protobuf import encode_message, encode_number, read_fields

Floats = npt.NDArray[np.float32]

INPUTS = {"token": ("tensor(int64)", 1), "state": ("tensor(float)", 2)}
_OUTPUTS = {"logits": ("tensor(float)", 2), "next_state": ("tensor(float)", 2)}
OUTPUTS = list(_OUTPUTS)

_OPERATOR_NAMES = """
Abs Add Cast Clip Concat Constant ConstantOfShape Div Elu Erf Exp Expand Flatten Gather Gelu Gemm
HardSigmoid Identity LayerNormalization LeakyRelu Log LogSoftmax MatMul Max Mean Min Mul Neg Pow
Reciprocal ReduceMax ReduceMean ReduceMin ReduceSum Relu Reshape Shape Sigmoid Slice Softmax
Softplus Split Sqrt Squeeze Sub Sum Tanh Transpose Unsqueeze Where
"""
OPERATORS = frozenset(_OPERATOR_NAMES.split())
"""Operators that a model may use: none has a loop, a branch, or large memory of its own."""

MAX_ROWS = 256
"""Rows of the largest batch. A larger one would hardly be faster."""

MAX_STATE_SIZE = 2**14
MAX_FIELDS = 10_000
"""Protobuf fields of a model; a real one has some hundred."""

_MAX_TRIAL_SECONDS = 5.0
"""Time limit of all tried steps together, which take milliseconds."""

_MAX_ROW_SECONDS = 0.05
"""Time limit of a step of one row, which takes 50 microseconds; some run on the event loop."""

_SPEED_TRIES = 5

_MAX_STEP_BYTES = 512 * 2**20
"""Memory limit of a step of `MAX_ROWS` rows, which takes some megabytes."""

_ELEMENT_BYTES = 8
"""Size of the largest element type of a tensor."""

NOT_A_MODEL = "is not an ONNX model that onnxruntime can run"

# Kinds of protobuf messages in a model; for each kind, its field numbers that hold other messages
# (onnx.proto).
_MODEL, _GRAPH, _FUNCTION, _NODE, _ATTRIBUTE, _SPARSE_TENSOR = range(6)
_CHILDREN = {
    _MODEL: {7: _GRAPH, 25: _FUNCTION},
    _GRAPH: {1: _NODE, 15: _SPARSE_TENSOR},
    _FUNCTION: {7: _NODE, 11: _ATTRIBUTE},
    _NODE: {5: _ATTRIBUTE},
    _ATTRIBUTE: {6: _GRAPH, 11: _GRAPH, 22: _SPARSE_TENSOR, 23: _SPARSE_TENSOR},
}
_MODEL_GRAPH = 7
_GRAPH_NODE, _GRAPH_INPUT, _GRAPH_OUTPUT, _GRAPH_VALUE_INFO = 1, 11, 12, 13
_NODE_OUTPUT, _NODE_OPERATOR, _NODE_DOMAIN = 2, 4, 7
_FLOAT, _INT64 = 1, 7


class ArtifactError(ValueError):
    """The file is not a valid style; the message is one line: which file, and what is wrong."""


class StepTimeoutError(ArtifactError):
    """A step of the file's network took too long."""


def load_unchecked_model(content: bytes) -> ort.InferenceSession:
    """Return a session of the model in `content`, of which nothing runs; raises `ArtifactError`."""
    check_operators(content)
    return _create_session(content, _options(optimized=False))


def load_model(content: bytes) -> ort.InferenceSession:
    """Return a session of a model that has passed all checks, optimized for many steps.

    It runs the parts of the graph that depend on no input. Raises `ArtifactError`.
    """
    return _create_session(content, _options())


def check_operators(content: bytes) -> None:
    """Raise `ArtifactError` for a sparse tensor or an operator that is not in `OPERATORS`.

    onnxruntime expands sparse tensors while it loads them, to any size that they claim.
    """
    try:
        operators = set(_walk(content))
    except ValueError as error:
        raise error if isinstance(error, ArtifactError) else ArtifactError(NOT_A_MODEL) from None
    if unknown := sorted(operators - OPERATORS):
        raise ArtifactError(
            f"has a graph with the operator {unknown[0]}, which a style may not use"
        )


def _walk(content: bytes) -> Iterator[str]:
    """Yield the operator of each node, also of nested ones, and `FunctionProto` for a function.

    Raises `ValueError`.
    """
    remaining = MAX_FIELDS
    messages = [(_MODEL, memoryview(content))]
    while messages:
        kind, message = messages.pop()
        operator = domain = ""
        for number, field, _ in read_fields(message):
            remaining -= 1
            if remaining < 0:
                raise ValueError(f"has over {MAX_FIELDS:,} fields")
            child = _CHILDREN[kind].get(number)
            if child == _SPARSE_TENSOR:
                raise ArtifactError("has a sparse tensor in its graph; export it with dense ones")
            if child is not None:
                messages.append((child, field))
            elif kind == _NODE and number == _NODE_OPERATOR:
                operator = str(field, "utf-8", "replace")
            elif kind == _NODE and number == _NODE_DOMAIN:
                domain = str(field, "utf-8", "replace")
        if kind == _NODE:
            yield operator if domain in ("", "ai.onnx") else f"{domain}.{operator}"
        elif kind == _FUNCTION:
            yield "FunctionProto"


def check_signature(session: ort.InferenceSession, vocabulary_size: int) -> int:
    """Compare inputs and outputs with the contract; return S, the size of the state.

    Raises `ArtifactError`.
    """
    for expected, found in ((INPUTS, session.get_inputs()), (_OUTPUTS, session.get_outputs())):
        if [node.name for node in found] != list(expected):
            names = ", ".join(node.name for node in found)
            raise ArtifactError(f"has a graph with {names} instead of {', '.join(expected)}")
        for node in found:
            element_type, rank = expected[node.name]
            is_fixed_batch = len(node.shape) != rank or isinstance(node.shape[0], int)
            if node.type != element_type or is_fixed_batch:
                raise ArtifactError(
                    f"has a graph whose {node.name} is {node.type} {node.shape}, "
                    f"not {element_type} of {rank} dimensions with a free batch"
                )
    state_size = session.get_inputs()[1].shape[1]
    if not isinstance(state_size, int):
        raise ArtifactError("has a graph whose state has no fixed size")
    if state_size > MAX_STATE_SIZE:
        raise ArtifactError(f"has a state of {state_size} numbers; the maximum is {MAX_STATE_SIZE}")
    for node, size in zip(session.get_outputs(), (vocabulary_size, state_size), strict=True):
        if node.shape[1] != size:
            raise ArtifactError(f"has a {node.name} of {node.shape[1]} numbers, not {size}")
    return state_size


def check_memory(content: bytes, state_size: int) -> None:
    """Raise `ArtifactError` if the tensors of a step take too much memory, without running it."""
    session = _create_session(_with_all_outputs(content, state_size), _options(optimized=False))
    elements = 0
    for tensor in session.get_outputs():
        if not all(isinstance(size, int) for size in tensor.shape):
            raise ArtifactError(f"has a graph in which the size of {tensor.name} is unknown")
        elements += math.prod(tensor.shape)
    if elements * _ELEMENT_BYTES > _MAX_STEP_BYTES:
        raise ArtifactError(f"has a graph whose steps take over {_MAX_STEP_BYTES // 2**20} MiB")


def _with_all_outputs(content: bytes, state_size: int) -> bytes:
    """Return the model with fixed input shapes, and with each tensor as an output.

    onnxruntime then infers all shapes as it loads the model. The shapes that the file itself
    declares are dropped, because they can be wrong.
    """
    rest, graph = bytearray(), bytearray()
    for field in read_fields(memoryview(content)):
        if field.number != _MODEL_GRAPH:
            rest += field.encoded
            continue
        for part in read_fields(field.content):
            if part.number in (_GRAPH_INPUT, _GRAPH_OUTPUT, _GRAPH_VALUE_INFO):
                continue
            graph += part.encoded
            if part.number == _GRAPH_NODE:
                for entry in read_fields(part.content):
                    if entry.number == _NODE_OUTPUT and entry.content:
                        name = encode_message(1, bytes(entry.content))
                        graph += encode_message(_GRAPH_OUTPUT, name)
    graph += _encode_input(b"token", _INT64, MAX_ROWS)
    graph += _encode_input(b"state", _FLOAT, MAX_ROWS, state_size)
    return bytes(rest) + encode_message(_MODEL_GRAPH, bytes(graph))


def _encode_input(name: bytes, element_type: int, *shape: int) -> bytes:
    dims = b"".join(encode_message(1, encode_number(1, size)) for size in shape)
    tensor = encode_number(1, element_type) + encode_message(2, dims)
    return encode_message(
        _GRAPH_INPUT, encode_message(1, name) + encode_message(2, encode_message(1, tensor))
    )


def try_steps(session: ort.InferenceSession, vocabulary_size: int, state_size: int) -> None:
    """Take a step with each token, then a second step from each state; raises `ArtifactError`.

    The batches have one row and `MAX_ROWS` rows, and all steps together have a time limit.
    """
    until = time.monotonic() + _MAX_TRIAL_SECONDS
    batches = -(-vocabulary_size // MAX_ROWS)
    tokens = np.resize(np.arange(vocabulary_size), (batches, MAX_ROWS))
    for batch in (tokens[0, :1], *tokens):
        state = np.zeros((batch.size, state_size), np.float32)
        for number, token in (("first", batch), ("second", batch[::-1].copy())):
            state = _try_step(session, token, state, vocabulary_size, number, until)


def check_speed(session: ort.InferenceSession, state_size: int) -> None:
    """Raise `ArtifactError` if steps of one row are slow, in each of some tries."""
    token, state = np.zeros(1, np.int64), np.zeros((1, state_size), np.float32)
    for _ in range(_SPEED_TRIES):
        started = time.monotonic()
        run_within(_MAX_TRIAL_SECONDS, session, OUTPUTS, token, state)
        if time.monotonic() - started < _MAX_ROW_SECONDS:
            return
    raise ArtifactError(f"has a graph whose steps of one row take over {_MAX_ROW_SECONDS:g} s")


def _try_step(
    session: ort.InferenceSession,
    token: npt.NDArray[np.int64],
    state: Floats,
    vocabulary_size: int,
    number: str,
    until: float,
) -> Floats:
    """Return the next state, of a step that must end before the monotonic time `until`."""
    try:
        seconds = until - time.monotonic()
        logits, next_state = run_within(seconds, session, OUTPUTS, token, state)
        if time.monotonic() > until:
            raise TimeoutError  # noqa: TRY301
    except Exception as error:  # onnxruntime's errors share no base class
        is_late = isinstance(error, TimeoutError)
        late = f"all tried steps take over {_MAX_TRIAL_SECONDS:g} s"
        reason = late if is_late else str(error).splitlines()[0]
        raise ArtifactError(f"has a graph that fails at its {number} step: {reason}") from None
    if logits.shape != (token.size, vocabulary_size) or next_state.shape != state.shape:
        raise ArtifactError(
            f"has a graph whose {number} step returns other shapes than it declares"
        )
    if not (np.isfinite(logits).all() and np.isfinite(next_state).all()):
        raise ArtifactError(f"has a graph whose {number} step returns numbers that are not finite")
    after: Floats = next_state
    return after


def _options(*, optimized: bool = True) -> ort.SessionOptions:
    options = ort.SessionOptions()
    if not optimized:
        options.graph_optimization_level = ort.GraphOptimizationLevel.ORT_DISABLE_ALL
    options.enable_cpu_mem_arena = False  # it would keep the memory of the largest batch
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.log_severity_level = 4
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    # External data is searched for below a file, where nothing can exist: such a model can't load.
    options.add_session_config_entry(
        "session.model_external_initializers_file_folder_path", str(Path(__file__, "nowhere"))
    )
    return options


def _create_session(content: bytes, options: ort.SessionOptions) -> ort.InferenceSession:
    try:
        session = ort.InferenceSession(
            content,
            options,
            providers=["CPUExecutionProvider"],
            enable_fallback=0,  # a fallback would print to standard output
        )
    except Exception as error:  # onnxruntime's errors share no base class
        if "xternal data" in str(error):
            raise ArtifactError("refers to external data; export it as one file") from None
        raise ArtifactError(NOT_A_MODEL) from None
    session._model_bytes = None  # the file's content, which only a fallback would need
    return session
