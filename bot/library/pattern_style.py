"""Pattern style: a pattern with its title and description, as stored in a version or shipped.

A version of a pattern is a small JSON document in place of the .onnx file. It begins with a brace,
as no .onnx file does.
"""

import json
import tomllib
from collections.abc import Collection
from pathlib import Path
from typing import Annotated, Any, Literal, Self

import msgspec
from msgspec import Meta, Struct

from ..sampling import ArtifactError, Pattern, parse_pattern
from ..validation import explain
from .mix_text import is_mix, parse_mix

MAX_BYTES = 64 * 2**10
MAX_TITLE = 100

_Text = Annotated[str, Meta(max_length=500)]


class PatternStyle(Struct, frozen=True, kw_only=True):
    """A style whose names are made of those of other styles."""

    kind: Literal["pattern"] = "pattern"
    format: Literal[1] = 1
    title: Annotated[str, Meta(min_length=1, max_length=MAX_TITLE)]
    pattern: Annotated[str, Meta(max_length=1_000)]
    description: _Text = ""
    group: _Text = ""
    tags: Annotated[tuple[_Text, ...], Meta(max_length=20)] = ()
    examples: Annotated[tuple[_Text, ...], Meta(max_length=20)] = ()

    def __post_init__(self) -> None:
        """Write the pattern in its usual form; raises `RequestError` if it is none."""
        pattern = parse_pattern(self.pattern)
        style_names(pattern)
        msgspec.structs.force_setattr(self, "pattern", str(pattern))

    @classmethod
    def of(cls, **fields: Any) -> Self:
        """Return the pattern with these `fields`; raises `ValueError` for an invalid one."""
        return msgspec.convert(fields, cls)

    @property
    def parsed(self) -> Pattern:
        """The pattern, parsed."""
        return parse_pattern(self.pattern)

    @classmethod
    def read(cls, content: bytes, name: str) -> Self:
        """Read a version's `content`; raises `ArtifactError`, which calls the file `name`."""
        if len(content) > MAX_BYTES:
            raise ArtifactError(f"{name}: is a pattern of more than {MAX_BYTES:,} bytes")
        try:
            return msgspec.json.decode(content, type=cls)
        except msgspec.DecodeError as error:
            keys, problem = explain(error)
            line = f"{name}: is not a valid pattern ({'.'.join(keys) or 'the file'}: {problem})"
            raise ArtifactError("".join(c if c.isprintable() else " " for c in line)) from None

    def to_bytes(self) -> bytes:
        """Return the content of a version."""
        return (json.dumps(msgspec.to_builtins(self), indent=1, ensure_ascii=False) + "\n").encode()

    def close(self) -> None:
        """Do nothing; an engine has something to close."""


def style_names(pattern: Pattern) -> list[str]:
    """Return the names of all styles in `pattern`, each once, with those in its mixes.

    Raises `RequestError` for an invalid mix.
    """
    names: list[str] = []
    for text in pattern.styles:
        names += [part.style for part in parse_mix(text)] if is_mix(text) else [text]
    return list(dict.fromkeys(names))


def title_of(name: str) -> str:
    """Return the title of a pattern that has only a `name`, such as Elf lords for elf-lords."""
    words = " ".join(name.replace("-", " ").replace("_", " ").split()) or name
    return words[:1].upper() + words[1:]


def is_pattern(content: bytes | memoryview) -> bool:
    """Whether a version with this `content` is a pattern, not an .onnx file."""
    return bytes(content[:1]) == b"{"


def load_shipped_patterns(file: Path, networks: Collection[str]) -> dict[str, PatternStyle]:
    """Return the patterns in a TOML file by name, without those whose styles aren't shipped.

    `networks` are the shipped styles that have networks. A pattern may be in other patterns.
    """
    with file.open("rb") as opened:
        tables = tomllib.load(opened)
    waiting = {name: PatternStyle.of(**table) for name, table in tables.items()}
    usable: dict[str, PatternStyle] = {}
    while True:
        known = {*networks, *usable}
        found = {
            name: each
            for name, each in waiting.items()
            if known.issuperset(style_names(each.parsed))
        }
        if not found:
            return {name: usable[name] for name in tables if name in usable}
        usable |= found
        waiting = {name: each for name, each in waiting.items() if name not in found}
