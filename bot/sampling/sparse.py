"""Whether a model holds sparse tensors: small in a file, and in memory whatever size they claim.

onnxruntime unfolds them as it loads, before any limit of memory holds. So they are looked for in
the file's own bytes, which are messages of length-delimited fields, one within another
(https://protobuf.dev/programming-guides/encoding, and onnx.proto for the numbers).
"""

from collections.abc import Iterator

_MODEL, _GRAPH, _FUNCTION, _NODE, _ATTRIBUTE, _SPARSE = range(6)
_INSIDE = {
    _MODEL: {7: _GRAPH, 25: _FUNCTION},
    _GRAPH: {1: _NODE, 15: _SPARSE},
    _FUNCTION: {7: _NODE, 11: _ATTRIBUTE},
    _NODE: {5: _ATTRIBUTE},
    _ATTRIBUTE: {6: _GRAPH, 11: _GRAPH, 22: _SPARSE, 23: _SPARSE},
}
"""The kinds of messages in which a sparse tensor may be, and by number the fields to look into."""

MOST = 100_000
"""Fields to look at; a step has some hundred."""

_VARINT, _EIGHT_BYTES, _LENGTH, _FOUR_BYTES = 0, 1, 2, 5


def has_sparse(content: bytes) -> bool:
    """Whether the ONNX model in `content` has a sparse tensor.

    Raises `ValueError` where it is no such model, or one of over `MOST` fields.
    """
    left = MOST
    waiting = [(_MODEL, memoryview(content))]
    while waiting:
        kind, message = waiting.pop()
        for number, inside in _fields(message):
            left -= 1
            if left < 0:
                raise ValueError(f"has over {MOST:,} fields")
            found = _INSIDE[kind].get(number)
            if found == _SPARSE:
                return True
            if found is not None:
                waiting.append((found, inside))
    return False


def _fields(message: memoryview) -> Iterator[tuple[int, memoryview]]:
    """Yield the fields of `message`: the number, and the content, empty if that is a number."""
    at = 0
    while at < len(message):
        tag, at = _varint(message, at)
        number, wire = (tag & 0xFFFFFFFF) >> 3, tag & 7
        size = 0
        if wire == _VARINT:
            _, at = _varint(message, at)
        elif wire == _LENGTH:
            size, at = _varint(message, at)
        elif wire in (_EIGHT_BYTES, _FOUR_BYTES):
            at += 8 if wire == _EIGHT_BYTES else 4
        else:
            raise ValueError("has a field of no kind that ONNX has")
        if at + size > len(message):
            raise ValueError("ends within a field")
        yield number, message[at : at + size]
        at += size


def _varint(message: memoryview, at: int) -> tuple[int, int]:
    """Return the number that begins at `at`, seven bits a byte, and where it ends."""
    value = 0
    for place, byte in enumerate(message[at : at + 10]):
        value |= (byte & 0x7F) << (7 * place)
        if byte < 0x80:
            return value, at + place + 1
    raise ValueError("ends within a number")
