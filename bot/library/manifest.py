"""`style.json`: which versions of a style are kept, which one answers, and who changed that when.

It is replaced in one step, so what is live and what is told of it are never one without the other.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Literal, Self

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError, model_validator

NAME = "style.json"
MAX_BYTES = 4 * 2**20
"""A larger manifest is refused."""

_CHANGES = 1_000
"""Changes told of one style, the last ones."""

_VERSIONS = 1_000
"""As many as `[library] kept` may be."""

LAST = 999_999
"""The highest number of a version."""

What = Literal["publish", "rollback", "retire"]
_Version = Annotated[int, Field(ge=1, le=LAST)]
_Digest = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
_Size = Annotated[int, Field(ge=0, lt=2**53)]


@dataclass(frozen=True)
class Change:
    """One line of the audit: `version` is the one that was published, gone back to or retired.

    `digest` is the SHA-256 of its file in hex, `size` its bytes; `who` a Discord user's id in
    digits, "shell: NAME", or "" for someone who asked to be forgotten; `when` is in UTC.
    """

    what: What
    style: str
    version: int
    digest: str
    size: int
    who: str
    when: datetime


@dataclass(frozen=True)
class Shelved:
    """What is kept of one style: `live` None is a retired one, `size` bytes of all `versions`."""

    style: str
    live: int | None
    versions: tuple[int, ...]
    size: int
    changes: tuple[Change, ...]


class Kept(BaseModel):
    """A version whose file is kept."""

    model_config = ConfigDict(frozen=True)

    version: _Version
    digest: _Digest
    size: _Size


class Line(Kept):
    """A change as the manifest has it: of which style is told by where that lies."""

    what: What
    who: Annotated[str, Field(max_length=200)]
    when: AwareDatetime

    def of(self, style: str) -> Change:
        """Return it as others see it."""
        return Change(self.what, style, self.version, self.digest, self.size, self.who, self.when)


class Manifest(BaseModel):
    """All that is known of one style; `changes` are the oldest first."""

    model_config = ConfigDict(frozen=True)

    format: Literal[1] = 1
    live: _Version | None = None
    versions: Annotated[tuple[Kept, ...], Field(max_length=_VERSIONS)] = ()
    changes: Annotated[tuple[Line, ...], Field(max_length=_CHANGES)] = ()

    @model_validator(mode="after")
    def _versions_are_told_once_and_the_live_one_is_kept(self) -> Self:
        numbers = [kept.version for kept in self.versions]
        if len(set(numbers)) < len(numbers):
            raise ValueError("a version is told twice")
        if self.live is not None and self.live not in numbers:
            raise ValueError(f"version {self.live} is live but not kept")
        return self

    @classmethod
    def read(cls, content: bytes) -> Self:
        """Return the manifest that is in `content`; raises `ValueError`, in one line."""
        try:
            return cls.model_validate_json(content)
        except ValidationError as error:
            first = error.errors(include_url=False, include_input=False, include_context=False)[0]
            where = ".".join(map(str, first["loc"]))
            raise ValueError(f"{where}: {first['msg']}" if where else first["msg"]) from None

    def written(self) -> bytes:
        """Return the content of the file."""
        return (self.model_dump_json(indent=1) + "\n").encode()

    def kept(self, version: int | None) -> Kept | None:
        """Return what is known of a version; None where it is not kept."""
        return next((kept for kept in self.versions if kept.version == version), None)

    def trail(self) -> tuple[int, ...]:
        """Return the kept versions that a roll back goes through, newest last.

        The last is live, or was when the style was retired. Going back takes what came after off
        the trail, so that going back twice goes back by two.
        """
        trail: list[int] = []
        for line in self.changes:
            if line.what == "rollback" and line.version in trail:
                del trail[trail.index(line.version) + 1 :]
            elif line.what != "retire":
                trail.append(line.version)
        if self.live is not None and trail[-1:] != [self.live]:
            trail.append(self.live)
        return tuple(version for version in trail if self.kept(version))

    def changed(self, line: Line, live: int | None, versions: Sequence[Kept]) -> Self:
        """Return the manifest after a change."""
        changes = (*self.changes, line)[-_CHANGES:]
        return self.model_copy(
            update={"live": live, "versions": tuple(versions), "changes": changes}
        )

    def shelved(self, style: str) -> Shelved:
        """Return what others see of it."""
        changes = tuple(line.of(style) for line in reversed(self.changes))
        versions = tuple(sorted(kept.version for kept in self.versions))
        size = sum(kept.size for kept in self.versions)
        return Shelved(style, self.live, versions, size, changes)
