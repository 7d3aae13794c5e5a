"""One `.onnx` file: read, checked against the contract, and ready to take steps.

The contract (docs/artifact.md) is all that the bot knows of the model behind a style: the graph is
one step of a recurrent network, the metadata says what its ids mean and what it was trained on. A
file that keeps less than the whole contract is refused with one line that says where it fails.
"""

import base64
import binascii
import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt
import onnxruntime as ort

from .graph import OUTPUTS, ArtifactError, check_signature, load, trial_of, try_step
from .vocabulary import Vocabulary

FORMAT = "1"
MAX_BYTES = 64 * 2**20
_DIGEST_BYTES = 8
_KEPT_BYTES = 16 * 2**20
_LONGEST = 300
"""Characters of a complaint."""

T = TypeVar("T")
Floats = npt.NDArray[np.float32]
Ids = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Style:
    """What an artifact tells of itself (`namesmith.style`)."""

    title: str
    description: str
    created: str
    network: dict[str, Any]
    report: dict[str, Any]
    corpus: dict[str, Any]


@dataclass(frozen=True)
class Artifact:
    """An opened style: `step` is its network, the rest is what its metadata says.

    `state_size` is S of the contract, `max_length` the corpus's longest sample in characters,
    `corpus_digests` the sorted digests of the corpus's samples, uint64 [N].
    `corpus_quantiles` float64 [101] are of
    the nats a character of those samples, 0 to 1 by hundredths, or [0] where the file tells none.
    """

    session: ort.InferenceSession
    vocabulary: Vocabulary
    style: Style
    max_length: int
    state_size: int
    corpus_digests: npt.NDArray[np.uint64]
    corpus_quantiles: npt.NDArray[np.float64]

    @classmethod
    def open(cls, path: Path, *, max_bytes: int = MAX_BYTES) -> "Artifact":
        """Read and check the file at `path`; raises `ArtifactError`."""
        try:
            content = _read(path, max_bytes)
        except ArtifactError as error:
            raise ArtifactError(f"{path}: {error}") from None
        return cls.read(content, str(path), max_bytes=max_bytes)

    @classmethod
    def read(cls, content: bytes, name: str, *, max_bytes: int = MAX_BYTES) -> "Artifact":
        """Check a file's `content`; raises `ArtifactError`, which calls the file `name`."""
        try:
            if len(content) > max_bytes:
                raise ArtifactError(f"is larger than the limit of {max_bytes:,} bytes")  # noqa: TRY301
            return _opened(content)
        except UnicodeDecodeError:  # whatever onnxruntime gives out of the file may be none
            raise ArtifactError(f"{name}: has text in it that is not UTF-8") from None
        except ArtifactError as error:
            raise ArtifactError(f"{name}: {_plain(str(error))}") from None

    def step(self, token: Ids, state: Floats) -> tuple[Floats, Floats]:
        """Advance every row by one character.

        `token` int64 [B], `state` float32 [B, S] → logits float32 [B, V], next state [B, S].
        """
        logits, next_state = self.session.run(list(OUTPUTS), {"token": token, "state": state})
        return logits, next_state

    def in_corpus(self, name: str) -> bool:
        """Whether `name` (NFC) is one of the samples the style was trained on."""
        digest = hashlib.blake2b(name.encode(), digest_size=_DIGEST_BYTES).digest()
        wanted = np.uint64(int.from_bytes(digest, "big"))
        place = int(np.searchsorted(self.corpus_digests, wanted))
        return place < self.corpus_digests.size and bool(self.corpus_digests[place] == wanted)


def _plain(told: str) -> str:
    """Return a complaint as one line of fair length, whatever of the file is quoted in it."""
    line = "".join(character if character.isprintable() else " " for character in told)
    return line if len(line) <= _LONGEST else f"{line[:_LONGEST]}…"


def _read(path: Path, max_bytes: int) -> bytes:
    try:
        with path.open("rb") as file:
            content = file.read(max_bytes + 1)
    except OSError as error:
        raise ArtifactError(f"cannot be read ({error.strerror}); name an .onnx file") from None
    return content


def _opened(content: bytes) -> Artifact:
    with trial_of(content) as trial:
        metadata = trial.get_modelmeta().custom_metadata_map
        if _entry(metadata, "format") != FORMAT:
            raise ArtifactError(
                f"has format {metadata['namesmith.format']!r}, this bot reads {FORMAT!r}; "
                "export it again with the matching version"
            )
        vocabulary = _vocabulary(_json(metadata, "vocabulary", list))
        state_size = check_signature(trial, len(vocabulary))
        style = _style(_json(metadata, "style", dict))
        max_length = _max_length(_entry(metadata, "max_length"))
        known = _known(_entry(metadata, "known"))
        quantiles = _quantiles(style)
        try_step(trial, len(vocabulary), state_size)
    session = load(content)
    _keep_memory()
    return Artifact(session, vocabulary, style, max_length, state_size, known, quantiles)


def _entry(metadata: dict[str, str], key: str) -> str:
    value = metadata.get(f"namesmith.{key}")
    if value is None:
        raise ArtifactError(f"has no namesmith.{key} in its metadata; it was not exported for this")
    return value


def _json(metadata: dict[str, str], key: str, kind: type[T]) -> T:
    text = _entry(metadata, key)
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        raise ArtifactError(f"has a namesmith.{key} that is not JSON") from None
    if not isinstance(value, kind):
        raise ArtifactError(f"has a namesmith.{key} that is not a JSON {kind.__name__}")
    return value


def _vocabulary(entries: list[Any]) -> Vocabulary:
    try:
        return Vocabulary(tuple(entries))
    except (TypeError, ValueError) as error:
        raise ArtifactError(f"has an unusable namesmith.vocabulary: {error}") from None


def _style(told: dict[str, Any]) -> Style:
    try:
        style = Style(**{name: told[name] for name in Style.__dataclass_fields__})
    except KeyError as error:
        raise ArtifactError(f"has a namesmith.style without {error}") from None
    for name in ("title", "description", "created"):
        if not isinstance(getattr(style, name), str):
            raise ArtifactError(f"has a namesmith.style whose {name} is not text")
    for name in ("network", "report", "corpus"):
        if not isinstance(getattr(style, name), dict):
            raise ArtifactError(f"has a namesmith.style whose {name} is not an object")
    return style


def _quantiles(style: Style) -> npt.NDArray[np.float64]:
    told = style.report.get("corpus_quantiles") or []
    try:
        quantiles = np.array(told, np.float64)
    except (TypeError, ValueError, OverflowError):
        quantiles = np.full(1, np.nan)
    ascending = quantiles.ndim == 1 and bool(np.all(quantiles[:-1] <= quantiles[1:]))
    if not (quantiles.size in (0, 101) and ascending and np.isfinite(quantiles).all()):
        raise ArtifactError("has a report whose corpus_quantiles are not 101 ascending numbers")
    return quantiles


def _max_length(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= 7 and 0 < int(text) <= 10**6):
        raise ArtifactError(f"has a namesmith.max_length of {text!r}, not a number of characters")
    return int(text)


def _known(text: str) -> npt.NDArray[np.uint64]:
    try:
        digests = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise ArtifactError("has a namesmith.known that is not base64") from None
    if len(digests) % _DIGEST_BYTES:
        raise ArtifactError(f"has a namesmith.known not of {_DIGEST_BYTES}-byte digests")
    known = np.frombuffer(digests, dtype=">u8").astype(np.uint64)
    if np.any(known[:-1] > known[1:]):
        raise ArtifactError("has a namesmith.known that is not sorted")
    return known


def _keep_memory() -> None:
    """Have glibc keep freed memory for the next batch (mallopt(3), M_TRIM_THRESHOLD).

    It learns from the largest block ever freed what to keep, and would otherwise give a batch's
    arrays back to the system and fault them in again, page by page. No page of this one is used.
    """
    np.empty(_KEPT_BYTES, np.uint8)
