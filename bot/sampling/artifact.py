"""Artifact: one `.onnx` file, read, checked against the contract, and ready to take steps.

docs/artifact.md describes the contract. The graph is one step of a recurrent network; the metadata
has its vocabulary (characters ↔ ids) and says what it was trained on. A file that breaks the
contract is refused with one line that says where.
"""

import hashlib
import math
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import onnxruntime as ort

from .deadline import run_within
from .metadata import (
    DIGEST_BYTES,
    Style,
    entry,
    json_entry,
    read_digests,
    read_max_length,
    read_metadata,
    read_quantiles,
)
from .onnx_check import (
    OUTPUTS,
    ArtifactError,
    StepTimeoutError,
    check_memory,
    check_signature,
    check_speed,
    load_model,
    load_unchecked_model,
    try_steps,
)

START, END = 0, 1
"""Ids of the special tokens: before the first character, and after the last one."""

SPECIAL_TOKENS = ("<start>", "<end>")
"""Their entries in the artifact's list. All other entries are single characters."""

MAX_VOCABULARY = 2**14
"""Entries of a vocabulary."""

_FORBIDDEN = ("Cc", "Cs", "Zl", "Zp")
"""Unicode categories: control characters, surrogates, line and paragraph separators."""

BIDI_MARKS = "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
"""Invisible characters that change the direction of the text after them."""


class UnknownCharacterError(ValueError):
    """A text has a character that the style doesn't use; `character` is the first one."""

    def __init__(self, character: str) -> None:
        super().__init__(character)
        self.character = character


@dataclass(frozen=True)
class Vocabulary:
    """The characters of a style; `entries[id]` is the character with that id.

    Raises `ValueError`, one line, for a list that is not the two special tokens followed by
    distinct single characters, none of which breaks a line or changes its direction.
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
        if len(self.entries) > MAX_VOCABULARY:
            raise ValueError(f"it has over {MAX_VOCABULARY:,} entries")
        for character in characters:
            if len(character) != 1:
                raise ValueError(f"its entry {character!r} is not one character")
            if unicodedata.category(character) in _FORBIDDEN or character in BIDI_MARKS:
                raise ValueError(f"its entry U+{ord(character):04X} is not a character of names")
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


FORMAT = "1"
MAX_BYTES = 64 * 2**20
_MAX_STEP_SECONDS = 5.0
"""Time limit of a step, which takes milliseconds."""

_MAX_ERROR_LENGTH = 300
"""Characters of an error message, which may quote parts of the file."""

_MAX_CHECKED_FILES = 4_096
_checked_files: set[bytes] = set()
"""Digests of the files that have passed all checks in this process. They open twice as fast."""

Floats = npt.NDArray[np.float32]
Ids = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False)
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
    def open(
        cls, path: Path, *, max_bytes: int = MAX_BYTES, is_trusted: bool = False
    ) -> "Artifact":
        """Read and check the file at `path`; raises `ArtifactError`.

        The network of an `is_trusted` file, one that is installed with the bot, is not tried out.
        """
        try:
            content = _read_file(path, max_bytes)
        except ArtifactError as error:
            raise ArtifactError(f"{path}: {error}") from None
        return cls.read(content, str(path), max_bytes=max_bytes, is_trusted=is_trusted)

    @classmethod
    def read(
        cls, content: bytes, name: str, *, max_bytes: int = MAX_BYTES, is_trusted: bool = False
    ) -> "Artifact":
        """Check a file's `content`; raises `ArtifactError`, which calls the file `name`."""
        try:
            if len(content) > max_bytes:
                raise ArtifactError(f"is larger than the limit of {max_bytes:,} bytes")  # noqa: TRY301
            return _parse(content, is_trusted=is_trusted)
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
        Raises `ArtifactError` if the network fails, takes too long, or they are not finite.
        """
        try:
            logits, next_state = run_within(_MAX_STEP_SECONDS, self.session, OUTPUTS, token, state)
        except TimeoutError as error:
            raise StepTimeoutError(self._fault(str(error))) from None
        except Exception as error:  # onnxruntime's errors share no base class
            raise ArtifactError(self._fault(str(error))) from None
        if logits.shape != (len(token), len(self.vocabulary)) or next_state.shape != state.shape:
            raise ArtifactError(self._fault("it returns other shapes than it declares"))
        if not (_are_finite(logits) and _are_finite(next_state)):
            raise ArtifactError(self._fault("it returns numbers that are not finite"))
        return logits, next_state

    def _fault(self, reason: str) -> str:
        return _one_line(f"the network of {self.title!r} fails at a step: {reason}")

    def in_corpus(self, name: str) -> bool:
        """Whether `name` (NFC) is one of the samples that the style was trained on."""
        return self.are_in_corpus([name])[0]

    def are_in_corpus(self, names: Sequence[str]) -> list[bool]:
        """Return `in_corpus` of each of `names`."""
        if not self.corpus_digests.size:
            return [False] * len(names)
        hashes = (hashlib.blake2b(name.encode(), digest_size=DIGEST_BYTES) for name in names)
        content = b"".join([each.digest() for each in hashes])
        digests = np.frombuffer(content, ">u8").astype(np.uint64)
        indices = self.corpus_digests.searchsorted(digests)
        found: list[bool] = (self.corpus_digests.take(indices, mode="clip") == digests).tolist()
        return found


def _are_finite(numbers: Floats) -> bool:
    """Whether all `numbers` are finite; their squares are summed first, which is faster."""
    return math.isfinite(np.vdot(numbers, numbers)) or bool(np.isfinite(numbers).all())


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


def _parse(content: bytes, *, is_trusted: bool) -> Artifact:
    digest = hashlib.sha256(content).digest()
    metadata, model = read_metadata(content)
    is_checked = is_trusted or digest in _checked_files
    session = load_model(model) if is_checked else load_unchecked_model(model)
    if (version := entry(metadata, "format")) != FORMAT:
        raise ArtifactError(
            f"has format {version!r}, this bot reads {FORMAT!r}; "
            "export it again with the matching version"
        )
    vocabulary = _vocabulary(json_entry(metadata, "vocabulary", list))
    state_size = check_signature(session, len(vocabulary))
    style = Style.of(json_entry(metadata, "style", dict))
    max_length = read_max_length(entry(metadata, "max_length"))
    digests = read_digests(entry(metadata, "known"))
    quantiles = read_quantiles(style)
    if not is_checked:
        check_memory(model, state_size)
        try_steps(session, len(vocabulary), state_size)
        session = load_model(model)
        check_speed(session, state_size)
        if len(_checked_files) >= _MAX_CHECKED_FILES:
            _checked_files.clear()
        _checked_files.add(digest)
    return Artifact(session, vocabulary, style, max_length, state_size, digests, quantiles)


def _vocabulary(entries: list[Any]) -> Vocabulary:
    try:
        return Vocabulary(tuple(entries))
    except (TypeError, ValueError) as error:
        raise ArtifactError(f"has an unusable namesmith.vocabulary: {error}") from None
