"""Artifact: one `.onnx` file, read, checked against the contract, and ready to take steps.

docs/artifact.md describes the contract. The graph is one step of a recurrent network; the metadata
has its vocabulary (characters ↔ ids) and says what it was trained on. A file that breaks the
contract is refused with one line that says where.
"""

import base64
import binascii
import hashlib
import json
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt
import onnxruntime as ort

from .onnx_check import (
    OUTPUTS,
    ArtifactError,
    check_memory,
    check_signature,
    load_model,
    load_unchecked_model,
    try_step,
)

START, END = 0, 1
"""Ids of the special tokens: before the first character, and after the last one."""

SPECIAL_TOKENS = ("<start>", "<end>")
"""Their entries in the artifact's list. All other entries are single characters."""


class UnknownCharacterError(ValueError):
    """A text has a character that the style doesn't use; `character` is the first one."""

    def __init__(self, character: str) -> None:
        super().__init__(character)
        self.character = character


@dataclass(frozen=True)
class Vocabulary:
    """The characters of a style; `entries[id]` is the character with that id.

    Raises `ValueError`, one line, for a list that is not the two special tokens followed by
    distinct single characters.
    """

    entries: tuple[str, ...]
    _ids: dict[str, int] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        first = self.entries[:2]
        if first != SPECIAL_TOKENS:
            raise ValueError(f"its first entries are {list(first)}, not {list(SPECIAL_TOKENS)}")
        characters = self.entries[2:]
        if not characters:
            raise ValueError("it has no characters")
        for entry in characters:
            if len(entry) != 1:
                raise ValueError(f"its entry {entry!r} is not one character")
        if len(set(characters)) != len(characters):
            raise ValueError("it lists a character twice")
        object.__setattr__(self, "_ids", {c: i for i, c in enumerate(self.entries)})

    def __len__(self) -> int:
        return len(self.entries)

    @property
    def characters(self) -> str:
        """Every character of the style, in code point order."""
        return "".join(sorted(self.entries[2:]))

    def can_spell(self, text: str) -> bool:
        """Whether the style uses every character of `text`."""
        return all(character in self._ids for character in text)

    def encode(self, text: str) -> list[int]:
        """Return the ids of `text`'s characters; raises `UnknownCharacterError`."""
        for character in text:
            if character not in self._ids:
                raise UnknownCharacterError(character)
        return [self._ids[character] for character in text]

    def decode(self, ids: Sequence[int]) -> str:
        """Return the text of `ids`, which must not contain a special token."""
        return "".join(self.entries[i] for i in ids)

    def spellings(self, text: str) -> list[str]:
        """Return the ways to spell `text`: as typed, then in the other letter cases.

        An unknown character is replaced by its other case, or by its base letter without accents.
        Raises `UnknownCharacterError` with the first character that can't be replaced.
        """
        typed = unicodedata.normalize("NFC", text)
        capitalized = typed[:1].upper() + typed[1:]
        lower = typed.lower()
        cases = (typed, capitalized, lower.capitalize(), typed.title(), typed.upper(), lower)
        return list(dict.fromkeys("".join(map(self.replace, case)) for case in cases))

    def replace(self, character: str) -> str:
        """Return the style's character for `character`: itself, its other case or its base letter.

        Raises `UnknownCharacterError` if the style has none of them.
        """
        base = remove_accents(character)
        for option in (character, character.upper(), character.lower(), base, base.swapcase()):
            if option and self.can_spell(option):
                return option
        raise UnknownCharacterError(character)


def remove_accents(text: str) -> str:
    """Return `text` without combining marks, in compatibility form."""
    decomposed = unicodedata.normalize("NFKD", text)
    return "".join(c for c in decomposed if not unicodedata.combining(c))


FORMAT = "1"
MAX_BYTES = 64 * 2**20
_DIGEST_BYTES = 8
_MAX_TEXTS, _MAX_TEXT_LENGTH = 10, 100
"""Tags or examples of a style, and characters of each."""

_MAX_ERROR_LENGTH = 300
"""Characters of an error message, which may quote parts of the file."""

_MAX_CHECKED_FILES = 4_096
_checked_files: set[bytes] = set()
"""Digests of the files that have passed all checks in this process. They open twice as fast."""

T = TypeVar("T")
Floats = npt.NDArray[np.float32]
Ids = npt.NDArray[np.int64]


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
            if not isinstance(known.get(name, ""), str):
                raise ArtifactError(f"has a namesmith.style whose {name} is not text")
        for name in ("network", "report", "corpus"):
            if not isinstance(known[name], dict):
                raise ArtifactError(f"has a namesmith.style whose {name} is not an object")
        for name in ("tags", "examples"):
            known[name] = _texts(known.get(name, []), name)
        return cls(**known)


@dataclass(frozen=True)
class Artifact:
    """An open style: `step` is its network, the rest is its metadata.

    `max_length` is the length of the corpus's longest sample, in characters. `state_size` is S of
    the contract. `corpus_digests` uint64 [N] are the sorted digests of the corpus's samples.
    `corpus_quantiles` float64 [101] are the quantiles 0, 0.01, ... 1 of the samples' nats per
    character; [0] if the file has none.
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
            content = _read_file(path, max_bytes)
        except ArtifactError as error:
            raise ArtifactError(f"{path}: {error}") from None
        return cls.read(content, str(path), max_bytes=max_bytes)

    @classmethod
    def read(cls, content: bytes, name: str, *, max_bytes: int = MAX_BYTES) -> "Artifact":
        """Check a file's `content`; raises `ArtifactError`, which calls the file `name`."""
        try:
            if len(content) > max_bytes:
                raise ArtifactError(f"is larger than the limit of {max_bytes:,} bytes")  # noqa: TRY301
            return _parse(content)
        except UnicodeDecodeError:  # onnxruntime returns strings of the file unchecked
            raise ArtifactError(f"{name}: has text in it that is not UTF-8") from None
        except ArtifactError as error:
            raise ArtifactError(f"{name}: {_one_line(str(error))}") from None

    @property
    def title(self) -> str:
        """The style's title."""
        return self.style.title

    def step(self, token: Ids, state: Floats) -> tuple[Floats, Floats]:
        """Advance every row by one character.

        `token` int64 [B], `state` float32 [B, S] → logits float32 [B, V], next state [B, S].
        """
        logits, next_state = self.session.run(list(OUTPUTS), {"token": token, "state": state})
        return logits, next_state

    def in_corpus(self, name: str) -> bool:
        """Whether `name` (NFC) is one of the samples that the style was trained on."""
        return self.are_in_corpus([name])[0]

    def are_in_corpus(self, names: Sequence[str]) -> list[bool]:
        """Return `in_corpus` of each of `names`."""
        if not self.corpus_digests.size:
            return [False] * len(names)
        hashes = (hashlib.blake2b(name.encode(), digest_size=_DIGEST_BYTES) for name in names)
        content = b"".join([each.digest() for each in hashes])
        digests = np.frombuffer(content, ">u8").astype(np.uint64)
        indices = self.corpus_digests.searchsorted(digests)
        found: list[bool] = (self.corpus_digests.take(indices, mode="clip") == digests).tolist()
        return found


def _one_line(message: str) -> str:
    """Return `message` without line breaks and control characters, shortened."""
    line = "".join(character if character.isprintable() else " " for character in message)
    return line if len(line) <= _MAX_ERROR_LENGTH else f"{line[:_MAX_ERROR_LENGTH]}…"


def _read_file(path: Path, max_bytes: int) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(max_bytes + 1)
    except OSError as error:
        raise ArtifactError(f"cannot be read ({error.strerror}); name an .onnx file") from None


def _parse(content: bytes) -> Artifact:
    digest = hashlib.sha256(content).digest()
    is_checked = digest in _checked_files
    session = load_model(content) if is_checked else load_unchecked_model(content)
    metadata = session.get_modelmeta().custom_metadata_map
    if _entry(metadata, "format") != FORMAT:
        raise ArtifactError(
            f"has format {metadata['namesmith.format']!r}, this bot reads {FORMAT!r}; "
            "export it again with the matching version"
        )
    vocabulary = _vocabulary(_json_entry(metadata, "vocabulary", list))
    state_size = check_signature(session, len(vocabulary))
    style = Style.of(_json_entry(metadata, "style", dict))
    max_length = _max_length(_entry(metadata, "max_length"))
    digests = _corpus_digests(_entry(metadata, "known"))
    quantiles = _corpus_quantiles(style)
    if not is_checked:
        check_memory(content, state_size)
        try_step(session, len(vocabulary), state_size)
        session = load_model(content)
        if len(_checked_files) >= _MAX_CHECKED_FILES:
            _checked_files.clear()
        _checked_files.add(digest)
    return Artifact(session, vocabulary, style, max_length, state_size, digests, quantiles)


def _entry(metadata: dict[str, str], key: str) -> str:
    value = metadata.get(f"namesmith.{key}")
    if value is None:
        raise ArtifactError(f"has no namesmith.{key} in its metadata; export it with `export`")
    return value


def _json_entry(metadata: dict[str, str], key: str, kind: type[T]) -> T:
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


def _texts(entries: Any, name: str) -> tuple[str, ...]:
    """Return the list `entries` of the style's `name`, which holds few and short texts."""
    is_valid = isinstance(entries, list) and len(entries) <= _MAX_TEXTS
    if is_valid and all(isinstance(e, str) and len(e) <= _MAX_TEXT_LENGTH for e in entries):
        return tuple(entries)
    raise ArtifactError(
        f"has a namesmith.style whose {name} are not a list of at most {_MAX_TEXTS} texts of at "
        f"most {_MAX_TEXT_LENGTH} characters"
    )


def _corpus_quantiles(style: Style) -> npt.NDArray[np.float64]:
    entries = style.report.get("corpus_quantiles") or []
    try:
        quantiles = np.array(entries, np.float64)
    except (TypeError, ValueError, OverflowError):
        quantiles = np.full(1, np.nan)
    is_ascending = quantiles.ndim == 1 and bool(np.all(quantiles[:-1] <= quantiles[1:]))
    if not (quantiles.size in (0, 101) and is_ascending and np.isfinite(quantiles).all()):
        raise ArtifactError("has a report whose corpus_quantiles are not 101 ascending numbers")
    return quantiles


def _max_length(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= 7 and 0 < int(text) <= 10**6):
        raise ArtifactError(f"has a namesmith.max_length of {text!r}, not a number of characters")
    return int(text)


def _corpus_digests(text: str) -> npt.NDArray[np.uint64]:
    try:
        content = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise ArtifactError("has a namesmith.known that is not base64") from None
    if len(content) % _DIGEST_BYTES:
        raise ArtifactError(f"has a namesmith.known not of {_DIGEST_BYTES}-byte digests")
    digests = np.frombuffer(content, dtype=">u8").astype(np.uint64)
    if np.any(digests[:-1] > digests[1:]):
        raise ArtifactError("has a namesmith.known that is not sorted")
    return digests
