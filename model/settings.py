"""Training settings: a named recipe, then `[model]` of config.toml, then command-line options.

Each source overrides single values of the one before. An unknown or renamed key, a wrong type and a
value out of range are refused in one line that names the key.
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
from model.recipes import RECIPES, RENAMED, Recipe

CONFIG = Path("config.toml")

T = TypeVar("T")


class SettingsError(ModelError):
    """A setting is invalid. The message names it and what it accepts."""


@dataclass(frozen=True, kw_only=True, config=ConfigDict(extra="forbid", strict=True))
class Settings:
    """Settings of a training run that are not hyper-parameters."""

    recipe: Annotated[str, Field(description="named recipe: " + ", ".join(RECIPES))] = "fast"
    threads: Annotated[
        int, Field(ge=1, le=1024, description="torch threads; 1 makes runs reproducible")
    ] = 1
    device: Annotated[
        Literal["auto", "cpu", "cuda"],
        Field(description="device: cpu, cuda, or auto to use CUDA if available"),
    ] = "auto"
    max_length: Annotated[
        int, Field(ge=1, le=10**6, description="maximum length of a sample in characters")
    ] = MAX_LENGTH


def read_config(path: Path | None) -> dict[str, Any]:
    """Return the validated `[model]` section of `path`, or of ./config.toml if that exists.

    Raises `SettingsError`.
    """
    if path is None and not CONFIG.exists():
        return {}
    path = path or CONFIG
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise SettingsError(f"{path}: {error.strerror}. Name a TOML file.") from None
    except ValueError as error:
        raise SettingsError(f"{path}: Not a TOML file: {error}") from None
    section = content.get("model", {})
    if not isinstance(section, dict):
        raise SettingsError(f"{path}: model isn't a section. Write [model] on its own line.")
    resolve(section, prefix=f"{path}: [model] ")
    return section


def resolve(values: Mapping[str, Any], *, prefix: str = "") -> tuple[Settings, Recipe]:
    """Return the settings and the recipe. `values` may override any field of either.

    Raises `SettingsError` with a message that starts with `prefix`.
    """
    settings_names = {f.name for f in fields(Settings)}
    known = settings_names | {f.name for f in fields(Recipe)}
    for name in values:
        if name in RENAMED:
            raise SettingsError(f"{prefix}{name}: renamed to {RENAMED[name]}")
        if name not in known:
            raise SettingsError(f"{prefix}{name}: Unknown setting. Choose from {_list(known)}.")
    settings = _validate(Settings, {k: v for k, v in values.items() if k in settings_names}, prefix)
    if settings.recipe not in RECIPES:
        raise SettingsError(
            f"{prefix}recipe = {settings.recipe!r}: Unknown recipe. Choose from {_list(RECIPES)}."
        )
    changes = {k: v for k, v in values.items() if k not in settings_names}
    return settings, _validate(Recipe, asdict(RECIPES[settings.recipe]) | changes, prefix)


def _validate(kind: Callable[..., T], values: dict[str, Any], prefix: str) -> T:
    try:
        return kind(**values)
    except ValidationError as error:
        first = error.errors()[0]
        raise SettingsError(
            f"{prefix}{first['loc'][0]} = {first['input']!r}: {first['msg']}."
        ) from None


def _list(names: Iterable[str]) -> str:
    return ", ".join(sorted(names))
