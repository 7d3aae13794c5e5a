"""ONNX check: load a model, compare it with the contract, and try one step.

A hostile file must not harm the process. It reads nothing else from the disk, it has only operators
that need no more memory than their declared results, those sizes are computed before the first
step, and that step has a time limit. Only then is the model optimized, which multiplies out its
weights and takes no more than that step. Nothing outside the session is changed.

The model is a protobuf message: https://protobuf.dev/programming-guides/encoding.
"""

import math
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
import onnxruntime as ort

_VARINT, _EIGHT_BYTES, _LENGTH, _FOUR_BYTES = 0, 1, 2, 5


class Field(NamedTuple):
    """One field: its number, its content (empty for a number), and its bytes in the message."""

    number: int
    content: memoryview
    encoded: memoryview


def read_fields(message: memoryview) -> Iterator[Field]:
    """Yield the fields of `message`; raises `ValueError` if it is malformed."""
    at = 0
    while at < len(message):
        start = at
        tag, at = _read_varint(message, at)
        number, wire_type = (tag & 0xFFFFFFFF) >> 3, tag & 7
        size = 0
        if wire_type == _VARINT:
            _, at = _read_varint(message, at)
        elif wire_type == _LENGTH:
            size, at = _read_varint(message, at)
        elif wire_type in (_EIGHT_BYTES, _FOUR_BYTES):
            at += 8 if wire_type == _EIGHT_BYTES else 4
        else:
            raise ValueError("has a field of an unknown wire type")
        if at + size > len(message):
            raise ValueError("ends within a field")
        yield Field(number, message[at : at + size], message[start : at + size])
        at += size


def encode_message(number: int, content: bytes) -> bytes:
    """Return `content` as the length-delimited field `number`."""
    return _encode_varint(number << 3 | _LENGTH) + _encode_varint(len(content)) + content


def encode_number(number: int, value: int) -> bytes:
    """Return `value`, not negative, as the varint field `number`."""
    return _encode_varint(number << 3 | _VARINT) + _encode_varint(value)


def _read_varint(message: memoryview, at: int) -> tuple[int, int]:
    """Return the number that begins at `at`, seven bits a byte, and where it ends."""
    value = 0
    for index, byte in enumerate(message[at : at + 10]):
        value |= (byte & 0x7F) << (7 * index)
        if byte < 0x80:
            return value, at + index + 1
    raise ValueError("ends within a number")


def _encode_varint(value: int) -> bytes:
    encoded = bytearray()
    while value >= 0x80:
        encoded.append(value & 0x7F | 0x80)
        value >>= 7
    encoded.append(value)
    return bytes(encoded)


INPUTS = {"token": ("tensor(int64)", 1), "state": ("tensor(float)", 2)}
OUTPUTS = {"logits": ("tensor(float)", 2), "next_state": ("tensor(float)", 2)}

_OPERATOR_NAMES = """
Abs Add Cast Clip Concat Constant ConstantOfShape Div Elu Erf Exp Expand Flatten Gather Gelu Gemm
HardSigmoid Identity LayerNormalization LeakyRelu Log LogSoftmax MatMul Max Mean Min Mul Neg Pow
Reciprocal ReduceMax ReduceMean ReduceMin ReduceSum Relu Reshape Shape Sigmoid Slice Softmax
Softplus Split Sqrt Squeeze Sub Sum Tanh Transpose Unsqueeze Where
"""
OPERATORS = frozenset(_OPERATOR_NAMES.split())
"""Operators that a model may use: none has a loop, a branch, or large memory of its own."""

MAX_STATE_SIZE = 2**16
MAX_FIELDS = 100_000
"""Protobuf fields of a model; a real one has some hundred."""

_ROWS = 2
_MAX_STEP_SECONDS = 5.0
"""Time limit of the first step, which takes microseconds."""

_MAX_STEP_BYTES = 256 * 2**20
"""Memory limit of the first step, which takes kilobytes."""

_ELEMENT_BYTES = 8
"""Size of the largest element type of a tensor."""

_NOT_A_MODEL = "is not an ONNX model that onnxruntime can run"

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
        raise error if isinstance(error, ArtifactError) else ArtifactError(_NOT_A_MODEL) from None
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
    for expected, found in ((INPUTS, session.get_inputs()), (OUTPUTS, session.get_outputs())):
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
        raise ArtifactError(
            f"has a graph whose first step takes over {_MAX_STEP_BYTES // 2**20} MiB"
        )


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
    graph += _encode_input(b"token", _INT64, _ROWS)
    graph += _encode_input(b"state", _FLOAT, _ROWS, state_size)
    return bytes(rest) + encode_message(_MODEL_GRAPH, bytes(graph))


def _encode_input(name: bytes, element_type: int, *shape: int) -> bytes:
    dims = b"".join(encode_message(1, encode_number(1, size)) for size in shape)
    tensor = encode_number(1, element_type) + encode_message(2, dims)
    return encode_message(
        _GRAPH_INPUT, encode_message(1, name) + encode_message(2, encode_message(1, tensor))
    )


def try_step(session: ort.InferenceSession, vocabulary_size: int, state_size: int) -> None:
    """Run one step of two rows within the time limit; raises `ArtifactError` if it fails."""
    state = np.zeros((_ROWS, state_size), np.float32)
    options = ort.RunOptions()
    timer = threading.Timer(_MAX_STEP_SECONDS, setattr, (options, "terminate", True))
    timer.daemon = True
    timer.start()
    try:
        inputs = {"token": np.zeros(_ROWS, np.int64), "state": state}
        logits, next_state = session.run(list(OUTPUTS), inputs, options)
    except Exception as error:  # onnxruntime's errors share no base class
        reason = str(error).splitlines()[0]
        if options.terminate:
            reason = f"it takes over {_MAX_STEP_SECONDS:g} s"
        raise ArtifactError(f"has a graph that fails at its first step: {reason}") from None
    finally:
        timer.cancel()
    if logits.shape != (_ROWS, vocabulary_size) or next_state.shape != state.shape:
        raise ArtifactError("has a graph whose first step returns other shapes than it declares")
    if not (np.isfinite(logits).all() and np.isfinite(next_state).all()):
        raise ArtifactError("has a graph whose first step returns numbers that are not finite")


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
        raise ArtifactError(_NOT_A_MODEL) from None
    session._model_bytes = None  # the file's content, which only a fallback would need
    return session
