"""The manifest of a style, `style.json`; names of its folder and files; errors of the library.

The manifest lists the stored versions, the live version and the changes. It is replaced in one
step, so these never contradict each other.
"""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Literal, Self

import msgspec
from msgspec import Meta, Struct, field
from msgspec.structs import replace

from ..sampling.folding import describe_character
from ..sampling.phrase import Phrase, Value
from ..validation import explain


class LibraryError(Exception):
    """A style cannot be read or changed."""


class StyleError(LibraryError):
    """What was asked of a style is impossible; the message says what to do.

    `template` has a `{}` for each of `values`; see `Phrase`.
    """

    def __init__(self, template: str, *values: Value) -> None:
        self.phrase = Phrase(template, *values)
        super().__init__(self.phrase.render(str))


class UnreadableFileError(LibraryError):
    """One file cannot be read; the other files of the storage may be fine."""


class StorageError(LibraryError):
    """The storage cannot be reached or written."""


class StyleNotFoundError(ValueError):
    """There is no such style; the message lists the available ones."""


MANIFEST_FILE = "style.json"
MAX_MANIFEST_BYTES = 4 * 2**20
MAX_VERSION = 999_999

_MAX_CHANGES = 1_000
"""The manifest keeps the latest changes only."""

_MAX_VERSIONS = 1_000
"""The upper bound of the setting `[library] keep_versions`."""

_MAX_STYLE_NAME = 32
_WINDOWS_DEVICE = re.compile(r"con|prn|aux|nul|com[0-9]|lpt[0-9]")
_GUILD_FOLDER = re.compile(r"@([0-9]{1,20})")
_VERSION_FILE = re.compile(r"\.?([0-9]{4,6})\.(?:onnx|part)")

Operation = Literal["publish", "rollback", "retire"]
_Version = Annotated[int, Meta(ge=1, le=MAX_VERSION)]
_Digest = Annotated[str, Meta(pattern=r"^[0-9a-f]{64}\Z")]
_Size = Annotated[int, Meta(ge=0, lt=2**53)]


@dataclass(frozen=True)
class Change:
    """One line of the change log.

    `version` was published, rolled back to, or retired. `digest` is the SHA-256 of its file in hex,
    `size` is in bytes. `author` is a Discord user id in digits, "shell: NAME", or "" for a person
    who used /forget-me. `time` is in UTC.
    """

    operation: Operation
    style: str
    version: int
    digest: str
    size: int
    author: str
    time: datetime


@dataclass(frozen=True)
class StyleRecord:
    """A published style: its live version (None if retired) and all stored versions.

    `versions` are in ascending order, `size` is their total in bytes, `changes` are newest first.
    """

    style: str
    live: int | None
    versions: tuple[int, ...]
    size: int
    changes: tuple[Change, ...]


class StoredVersion(Struct, frozen=True):
    """A version whose file is in the storage."""

    version: _Version
    digest: _Digest
    size: _Size


class ChangeEntry(StoredVersion, frozen=True):
    """A change as the manifest stores it. The style is known from the manifest's folder."""

    operation: Operation = field(name="what")
    author: Annotated[str, Meta(max_length=200)] = field(name="who")
    time: Annotated[datetime, Meta(tz=True)] = field(name="when")

    def change(self, style: str) -> Change:
        """Return the entry as a change of `style`."""
        return Change(
            self.operation, style, self.version, self.digest, self.size, self.author, self.time
        )


class Manifest(Struct, frozen=True):
    """The content of `style.json`. `changes` are oldest first."""

    format: Literal[1] = 1
    live: _Version | None = None
    versions: Annotated[tuple[StoredVersion, ...], Meta(max_length=_MAX_VERSIONS)] = ()
    changes: Annotated[tuple[ChangeEntry, ...], Meta(max_length=_MAX_CHANGES)] = ()

    def __post_init__(self) -> None:
        """Raise `ValueError` where the versions contradict each other."""
        numbers = [stored.version for stored in self.versions]
        if len(set(numbers)) < len(numbers):
            raise ValueError("a version is listed twice")
        if self.live is not None and self.live not in numbers:
            raise ValueError(f"the live version {self.live} is not in the list of versions")

    @classmethod
    def parse(cls, content: bytes) -> Self:
        """Return the manifest in `content`; raises `ValueError` with a one-line message."""
        try:
            return msgspec.json.decode(content, type=cls)
        except msgspec.DecodeError as error:
            keys, problem = explain(error)
            raise ValueError(": ".join(filter(None, (".".join(keys), problem)))) from None

    def to_bytes(self) -> bytes:
        """Return the content of the file."""
        return msgspec.json.format(msgspec.json.encode(self), indent=1) + b"\n"

    def find(self, version: int | None) -> StoredVersion | None:
        """Return a stored version, or None."""
        return next((stored for stored in self.versions if stored.version == version), None)

    def live_history(self) -> tuple[int, ...]:
        """Return the stored versions that were live, in order, for rolling back through them.

        The last one is live, or was live when the style was retired. A roll back removes the later
        versions from the history, so two roll backs go back by two versions.
        """
        history: list[int] = []
        for entry in self.changes:
            if entry.operation == "rollback" and entry.version in history:
                del history[history.index(entry.version) + 1 :]
            elif entry.operation != "retire":
                history.append(entry.version)
        if self.live is not None and history[-1:] != [self.live]:
            history.append(self.live)
        return tuple(version for version in history if self.find(version))

    def with_change(
        self, entry: ChangeEntry, live: int | None, versions: Sequence[StoredVersion]
    ) -> Self:
        """Return the manifest after a change."""
        changes = (*self.changes, entry)[-_MAX_CHANGES:]
        return replace(self, live=live, versions=tuple(versions), changes=changes)

    def record(self, style: str) -> StyleRecord:
        """Return the manifest as the record of `style`."""
        changes = tuple(entry.change(style) for entry in reversed(self.changes))
        versions = tuple(sorted(stored.version for stored in self.versions))
        size = sum(stored.size for stored in self.versions)
        return StyleRecord(style, self.live, versions, size, changes)


def validate_style_name(name: str) -> str:
    """Return `name` in NFC and lower case; raises `LibraryError`.

    A style name has 1 to 32 letters, combining marks and digits of any script, "-" and "_". It is a
    valid folder name on every operating system.
    """
    folded = unicodedata.normalize("NFC", unicodedata.normalize("NFC", name.strip()).casefold())
    if not 1 <= len(folded) <= _MAX_STYLE_NAME:
        raise StyleError(
            "A style's name can have 1 to {} characters. This one has {}.",
            _MAX_STYLE_NAME,
            len(folded),
        )
    for character in folded:
        category = unicodedata.category(character)
        if category[0] not in "LM" and category != "Nd" and character not in "-_":
            raise StyleError(
                "A style's name can have letters, digits, - and _ only. {} isn't allowed.",
                describe_character(character),
            )
    if _WINDOWS_DEVICE.fullmatch(folded):
        raise StyleError("{} is a reserved name on Windows. Choose another name.", folded)
    return folded


def style_folder(style: str, guild_id: int | None) -> str:
    """Return the folder of a style, relative to the storage; raises `LibraryError`.

    It is `STYLE` for a style that all servers share, `@GUILD_ID/STYLE` for a server's own.
    """
    style = validate_style_name(style)
    return style if guild_id is None else f"@{guild_id:d}/{style}"


def parse_style_folder(folder: str) -> tuple[int | None, str] | None:
    """Return the guild id and style of a folder, or None if it is not exactly a style's folder."""
    guild_folder, _, style = folder.rpartition("/")
    match = _GUILD_FOLDER.fullmatch(guild_folder)
    guild_id = int(match[1]) if match else None
    try:
        return (guild_id, style) if style_folder(style, guild_id) == folder else None
    except LibraryError:
        return None


def version_file(version: int) -> str:
    """Return the file name of a version."""
    return f"{version:04}.onnx"


def part_file(version: int) -> str:
    """Return the temporary file name of a version that is being written."""
    return f".{version:04}.part"


def parse_version(name: str) -> int | None:
    """Return the version of a version file or part file, or None for any other file."""
    match = _VERSION_FILE.fullmatch(name)
    return int(match[1]) if match else None
