"""Metadata: the entries of an artifact's metadata, read and checked before its graph is loaded.

Each entry has a maximum size, which is compared before its text is parsed.
"""

import base64
import binascii
import json
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

from .onnx_check import MAX_FIELDS, NOT_A_MODEL, ArtifactError
from .protobuf import Field, read_fields

MAX_STYLE_BYTES = 64 * 2**10
MAX_LENGTH = 2_000
"""Characters of the longest name of a style."""

DIGEST_BYTES = 8
_MAX_BYTES = {
    "format": 16,
    "style": MAX_STYLE_BYTES,
    "vocabulary": 2**18,
    "max_length": 16,
    "known": 16 * 2**20,
}
"""Sizes of the entries in bytes; `known` has room for 1.5 million samples."""

_MAX_OTHER_BYTES = 64 * 2**10
"""Size of everything else in a model, except its graph."""

_PREFIX = "namesmith."
_MODEL_GRAPH, _MODEL_METADATA, _KEY, _VALUE = 7, 14, 1, 2
"""Field numbers: of a model, and of an entry of its metadata (onnx.proto)."""

_MAX_ENTRY_FIELDS = 16
"""Fields of an entry of the metadata; it has two."""

_MAX_CHARACTERS = {"title": 200, "description": 2_000, "created": 100, "group": 100}
_MAX_TEXTS, _MAX_TEXT_LENGTH = 10, 100
"""Tags or examples of a style, and characters of each."""

T = TypeVar("T")


def read_metadata(content: bytes) -> tuple[dict[str, str], bytes]:
    """Return the entries by key, without `namesmith.`, and the model without its metadata.

    Raises `ArtifactError` for a malformed model or an entry that is too large, and
    `UnicodeDecodeError` for one that is not UTF-8.
    """
    entries: dict[str, str] = {}
    model, other_bytes = bytearray(), 0
    for index, (number, field, encoded) in enumerate(_fields(content)):
        if index >= MAX_FIELDS:
            raise ArtifactError(NOT_A_MODEL)
        key, value = _read_entry(field) if number == _MODEL_METADATA else ("", field)
        if key in _MAX_BYTES:
            entries[key] = str(value, "utf-8")
            continue
        if number != _MODEL_METADATA:
            model += encoded
        if number != _MODEL_GRAPH:
            other_bytes += len(encoded)
        if other_bytes > _MAX_OTHER_BYTES:
            raise ArtifactError(
                f"has over {_MAX_OTHER_BYTES:,} bytes beside its graph and its metadata"
            )
    return entries, bytes(model)


def _fields(message: bytes | memoryview) -> Iterator[Field]:
    """Yield the fields of `message`; raises `ArtifactError` if it is malformed."""
    try:
        yield from read_fields(memoryview(message))
    except ValueError:
        raise ArtifactError(NOT_A_MODEL) from None


def _read_entry(message: memoryview) -> tuple[str, memoryview]:
    """Return the key and the value; raises `ArtifactError` if the value is too large."""
    fields = islice(_fields(message), _MAX_ENTRY_FIELDS)
    parts = {number: content for number, content, _ in fields}
    key = str(parts.get(_KEY, message[:0])[:64], "utf-8", "replace")
    key = key.removeprefix(_PREFIX) if key.startswith(_PREFIX) else ""
    value = parts.get(_VALUE, message[:0])
    if len(value) > _MAX_BYTES.get(key, len(value)):
        raise ArtifactError(f"has a namesmith.{key} of over {_MAX_BYTES[key]:,} bytes")
    return key, value


def entry(metadata: dict[str, str], key: str) -> str:
    """Return the text of an entry; raises `ArtifactError` if there is none."""
    value = metadata.get(key)
    if value is None:
        raise ArtifactError(f"has no namesmith.{key} in its metadata; export it with `export`")
    return value


def json_entry(metadata: dict[str, str], key: str, kind: type[T]) -> T:
    """Return the parsed JSON of an entry, which is of `kind`; raises `ArtifactError`."""
    text = entry(metadata, key)
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        raise ArtifactError(f"has a namesmith.{key} that is not JSON") from None
    if not isinstance(value, kind):
        raise ArtifactError(f"has a namesmith.{key} that is not a JSON {kind.__name__}")
    return value


@dataclass(frozen=True)
class Style:
    """The description of a style (`namesmith.style`).

    Files from before there were `group`, `tags` and `examples` lack them.
    """

    title: str
    description: str
    created: str
    network: dict[str, Any]
    report: dict[str, Any]
    corpus: dict[str, Any]
    group: str = ""
    tags: tuple[str, ...] = ()
    examples: tuple[str, ...] = ()

    @classmethod
    def of(cls, entries: dict[str, Any]) -> "Style":
        """Return the style that the JSON object `entries` describes; raises `ArtifactError`."""
        known = {name: entries[name] for name in cls.__dataclass_fields__ if name in entries}
        for name in ("title", "description", "created", "network", "report", "corpus"):
            if name not in known:
                raise ArtifactError(f"has a namesmith.style without {name!r}")
        for name in ("title", "description", "created", "group"):
            text = known.get(name, "")
            if not isinstance(text, str):
                raise ArtifactError(f"has a namesmith.style whose {name} is not text")
            if len(text) > _MAX_CHARACTERS[name]:
                raise ArtifactError(
                    f"has a namesmith.style whose {name} has over {_MAX_CHARACTERS[name]:,} "
                    "characters"
                )
        for name in ("network", "report", "corpus"):
            if not isinstance(known[name], dict):
                raise ArtifactError(f"has a namesmith.style whose {name} is not an object")
        for name in ("tags", "examples"):
            known[name] = _texts(known.get(name, []), name)
        return cls(**known)


def _texts(entries: Any, name: str) -> tuple[str, ...]:
    """Return the list `entries` of the style's `name`, which holds few and short texts."""
    is_valid = isinstance(entries, list) and len(entries) <= _MAX_TEXTS
    if is_valid and all(isinstance(e, str) and len(e) <= _MAX_TEXT_LENGTH for e in entries):
        return tuple(entries)
    raise ArtifactError(
        f"has a namesmith.style whose {name} are not a list of at most {_MAX_TEXTS} texts of at "
        f"most {_MAX_TEXT_LENGTH} characters"
    )


def read_quantiles(style: Style) -> npt.NDArray[np.float64]:
    """Return the quantiles in the report of `style`, [101] or [0]; raises `ArtifactError`."""
    entries = style.report.get("corpus_quantiles") or []
    try:
        quantiles = np.array(entries, np.float64)
    except (TypeError, ValueError, OverflowError):
        quantiles = np.full(1, np.nan)
    is_ascending = quantiles.ndim == 1 and bool(np.all(quantiles[:-1] <= quantiles[1:]))
    if not (quantiles.size in (0, 101) and is_ascending and np.isfinite(quantiles).all()):
        raise ArtifactError("has a report whose corpus_quantiles are not 101 ascending numbers")
    return quantiles


def read_max_length(text: str) -> int:
    """Return the number of characters; raises `ArtifactError`."""
    is_number = text.isascii() and text.isdigit()
    if not (is_number and 0 < int(text) <= MAX_LENGTH):
        raise ArtifactError(
            f"has a namesmith.max_length of {text!r}, not a number of characters from 1 to "
            f"{MAX_LENGTH:,}"
        )
    return int(text)


def read_digests(text: str) -> npt.NDArray[np.uint64]:
    """Return the sorted digests of the corpus's samples, [N]; raises `ArtifactError`."""
    try:
        content = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise ArtifactError("has a namesmith.known that is not base64") from None
    if len(content) % DIGEST_BYTES:
        raise ArtifactError(f"has a namesmith.known not of {DIGEST_BYTES}-byte digests")
    digests = np.frombuffer(content, dtype=">u8").astype(np.uint64)
    if np.any(digests[:-1] > digests[1:]):
        raise ArtifactError("has a namesmith.known that is not sorted")
    return digests
