"""Catalogue of the shipped styles: what is known of each besides its list, and the lists' format.

`model/corpora/catalogue.toml` has a table for each style; NAME.txt beside it is its list.
"""

import re
import tomllib
import unicodedata
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field, ValidationError
from pydantic.dataclasses import dataclass

from model import ModelError
from model.corpus import Corpus, read_corpus
from model.recipes import BaseChoice
from model.recombination import recombine

CORPORA = Path(__file__).parent / "corpora"
CATALOGUE = "catalogue.toml"
MAX_LENGTH = 60  # of a line of a list, in characters
_STYLE_NAME = re.compile(r"[a-z0-9-]{1,32}")

Group = Literal["People", "Myths", "Places", "Nature", "Fantasy", "Modern"]
Tag = Annotated[str, Field(min_length=2, max_length=20, pattern=r"^[^\s,;A-Z]+$")]
Line = Annotated[str, Field(pattern=r"^\S(.*\S)?$")]


class CatalogueError(ModelError):
    """The catalogue or a list is at fault; the message is one line: where, and how to mend it."""


@dataclass(frozen=True, config=ConfigDict(extra="forbid", strict=True))
class Entry:
    """A shipped style. `recipe` and `base` say how its list is learnt (`model.recipes`).

    If `recombined` is set, so many phrases are learnt: those of the list, and new ones from their
    words (`model.recombination`).
    """

    title: Annotated[Line, Field(min_length=3, max_length=40)]
    group: Group
    tags: Annotated[list[Tag], Field(min_length=2, max_length=6)]
    description: Annotated[Line, Field(min_length=20, max_length=100)]
    licence: Annotated[Line, Field(max_length=100)]
    provenance: Annotated[str, Field(min_length=10, max_length=1000)]
    in_base: bool
    base: BaseChoice = "auto"
    recipe: Literal["fast", "best"] = "fast"
    recombined: Annotated[int, Field(ge=0, le=10_000)] = 0


def read_catalogue(folder: Path = CORPORA) -> dict[str, Entry]:
    """Return the entries of the catalogue in `folder` by style name, in their order.

    Each has a list, which is not read. Raises `CatalogueError`.
    """
    path = folder / CATALOGUE
    try:
        tables = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise CatalogueError(f"{path}: {error.strerror}. It lists the shipped styles.") from None
    except ValueError as error:
        raise CatalogueError(f"{path}: Not a TOML file: {error}") from None
    return {name: _entry(f"{path}: [{name}]", name, table) for name, table in tables.items()}


def _entry(location: str, name: str, table: Any) -> Entry:
    if not _STYLE_NAME.fullmatch(name):
        raise CatalogueError(f"{location}: Use only a-z, 0-9 and -, at most 32 of them.")
    if not isinstance(table, dict):
        raise CatalogueError(f"{location}: This isn't a table. Begin it with a line [NAME].")
    try:
        entry = Entry(**table)
    except ValidationError as error:
        raise CatalogueError(f"{location} {_explain(error)}") from None
    if len(set(entry.tags)) < len(entry.tags):
        raise CatalogueError(f"{location} tags: A tag is there twice. Remove one.")
    return entry


def _explain(error: ValidationError) -> str:
    """Return the first mistake: the key, and what is wrong with it."""
    first = error.errors()[0]
    key = ".".join(map(str, first["loc"]))
    if first["type"] == "unexpected_keyword_argument":
        known = ", ".join(Entry.__dataclass_fields__)
        return f"{key}: Unknown key. Choose from {known}."
    if first["type"] == "missing":
        return f"{key}: This key is missing. Add it."
    return f"{key}: {first['msg']}."


def read_list(name: str, folder: Path = CORPORA, *, recombined: int = 0) -> Corpus:
    """Return the list of the style `name`, with new phrases if `recombined` is set.

    Raises `CatalogueError` or `CorpusError`.

    It is UTF-8 in NFC, one sample a line, sorted by code point, without duplicates, and ends with a
    line feed.
    """
    path = folder / f"{name}.txt"
    if not path.is_file():
        raise CatalogueError(f"{path}: There is no such list. Add it, or remove [{name}].")
    corpus = read_corpus(path, max_length=MAX_LENGTH)
    text = path.read_bytes().decode()
    lines = text.split("\n")
    if lines.pop():
        raise CatalogueError(f"{path}: The last line has no line feed. Add one.")
    for number, line in enumerate(lines, start=1):
        if line != unicodedata.normalize("NFC", line).strip() or not line:
            raise CatalogueError(
                f"{path}:{number}: {line!r} is blank, not in NFC, or has spaces or a carriage "
                "return around it. Write it plainly."
            )
    for number, (before, line) in enumerate(pairwise(lines), start=2):
        if line <= before:
            raise CatalogueError(
                f"{path}:{number}: {line!r} isn't after {before!r}. Sort the list with "
                "LC_ALL=C sort -u."
            )
    if recombined:
        return replace(corpus, samples=tuple(recombine(corpus.samples, recombined)))
    return corpus
