"""Protobuf: read and write the fields of a message.

The format: https://protobuf.dev/programming-guides/encoding.
"""

from collections.abc import Iterator
from typing import NamedTuple

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
