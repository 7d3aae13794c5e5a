"""Settings of a training: a named recipe, then `[model]` of config.toml, then the options typed.

Each overrides single values of the one before. A key that is unknown, a wrong type or a value out
of range is one line that names it.
"""

import tomllib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, fields
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

from pydantic import ConfigDict, Field, ValidationError
from pydantic.dataclasses import dataclass

from model import ModelError
from model.corpus import MAX_LENGTH
from model.recipes import RECIPES, Recipe

CONFIG = Path("config.toml")

T = TypeVar("T")


class SettingsError(ModelError):
    """A setting that cannot be used; the message names it and what it may be."""


@dataclass(frozen=True, kw_only=True, config=ConfigDict(extra="forbid", strict=True))
class Settings:
    """What a run needs beside its recipe."""

    recipe: Annotated[str, Field(description="named recipe: " + ", ".join(RECIPES))] = "fast"
    threads: Annotated[
        int, Field(ge=1, le=1024, description="threads of torch; 1 repeats to the bit")
    ] = 1
    device: Annotated[
        Literal["auto", "cpu", "cuda"],
        Field(description="where to learn: auto takes a CUDA device if there is one"),
    ] = "auto"
    max_length: Annotated[
        int, Field(ge=1, le=10**6, description="longest sample accepted, in characters")
    ] = MAX_LENGTH


def read_section(path: Path | None) -> dict[str, Any]:
    """`[model]` of the file at `path`, or of ./config.toml if there is one; checked on its own.

    Raises `SettingsError`.
    """
    if path is None and not CONFIG.exists():
        return {}
    path = path or CONFIG
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise SettingsError(f"{path}: {error.strerror}; name a TOML file") from None
    except ValueError as error:
        raise SettingsError(f"{path}: is not TOML: {error}") from None
    section = content.get("model", {})
    if not isinstance(section, dict):
        raise SettingsError(f"{path}: model is not a section; write [model] on a line of its own")
    resolve(section, where=f"{path}: [model] ")
    return section


def resolve(given: Mapping[str, Any], *, where: str = "") -> tuple[Settings, Recipe]:
    """Settings and recipe from `given`, which may name any field of either.

    Raises `SettingsError`, its line led by `where`.
    """
    own = {f.name for f in fields(Settings)}
    known = own | {f.name for f in fields(Recipe)}
    for name in given:
        if name not in known:
            raise SettingsError(f"{where}{name}: no such setting; there are {_list(known)}")
    settings = _validated(Settings, {k: v for k, v in given.items() if k in own}, where)
    if settings.recipe not in RECIPES:
        raise SettingsError(
            f"{where}recipe = {settings.recipe!r}: no such recipe; there are {_list(RECIPES)}"
        )
    changes = {k: v for k, v in given.items() if k not in own}
    return settings, _validated(Recipe, asdict(RECIPES[settings.recipe]) | changes, where)


def _validated(kind: Callable[..., T], values: dict[str, Any], where: str) -> T:
    try:
        return kind(**values)
    except ValidationError as error:
        first = error.errors()[0]
        name = str(first["loc"][0])
        reason = first["msg"][:1].lower() + first["msg"][1:]
        raise SettingsError(f"{where}{name} = {first['input']!r}: {reason}") from None


def _list(names: Iterable[str]) -> str:
    return ", ".join(sorted(names))
