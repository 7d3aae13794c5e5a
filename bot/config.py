"""Settings from config.toml and environment variables, and the bot's token.

A variable overrides the file: `NAMESMITH_NAMES__COUNT=3` is `[names] count = 3`. The token is not
a setting. It comes from `DISCORD_TOKEN` or a file of its own, and is a secret that does not print.
"""

import json
import logging
import os
import tomllib
from collections.abc import Mapping
from copy import copy
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, Self, get_args, get_origin, get_type_hints
from urllib.parse import quote

import msgspec
from msgspec.structs import asdict

from .config_sections import (
    BotSettings,
    DatabaseSettings,
    DiscordSettings,
    LibrarySettings,
    LimitSettings,
    LogSettings,
    MonitoringSettings,
    NamesSettings,
    Secret,
    Section,
    TrainingSettings,
)
from .paths import user_path
from .validation import NO_SUCH_KEY, explain

_log = logging.getLogger(__name__)

_ENVIRONMENT = "NAMESMITH_"
_OTHER_SECTIONS = ("model",)
"""Sections of config.toml that the bot does not read."""

RENAMED = {
    ("discord", "prefix"): ("bot", "command_prefix"),
    ("discord", "data_dir"): ("bot", "data_dir"),
    ("discord", "without"): ("bot", "disabled_commands"),
    ("store", "url"): ("database", "url"),
    ("library", "kept"): ("library", "keep_versions"),
    ("training", "memory"): ("training", "worker_memory_bytes"),
    ("training", "idle_seconds"): ("training", "worker_idle_seconds"),
    ("training", "max_bytes"): ("training", "max_list_bytes"),
    ("training", "guild_styles"): ("training", "max_guild_styles"),
    ("training", "guild_bytes"): ("training", "max_guild_bytes"),
    ("training", "guild_hourly"): ("training", "max_guild_trainings_per_hour"),
}
"""Old section and key → new section and key. An old key is an error that names the new one."""


class ConfigError(ValueError):
    """A setting is invalid. The message is one line that names it."""


@dataclass(frozen=True, init=False)
class Settings:
    """All settings of the bot by section. config.toml documents each."""

    bot: BotSettings
    discord: DiscordSettings
    names: NamesSettings
    limits: LimitSettings
    database: DatabaseSettings
    library: LibrarySettings
    training: TrainingSettings
    log: LogSettings
    monitoring: MonitoringSettings

    def __init__(self, **sections: Any) -> None:
        """Take `sections` such as names={"count": 3}; environment variables override them.

        Raises `ConfigError`.
        """
        vars(self).update(vars(Settings.of(sections)))

    @classmethod
    def of(cls, sections: Mapping[str, Any], source: str = "settings") -> Self:
        """Return the settings in `sections`; environment variables override them.

        Raises `ConfigError`, which calls what is read `source`.
        """
        self = cls.__new__(cls)
        vars(self).update(_validate(sections, source))
        return self

    def with_sections(self, **sections: Section) -> Self:
        """Return the settings with other sections, also where variables say otherwise."""
        changed = copy(self)
        vars(changed).update(sections)
        return changed

    @property
    def database_url(self) -> str:
        """The URL of the database, with its password; by default, a file in the data folder.

        Raises `ConfigError` if the password's file can't be read.
        """
        url = self.database.url or f"sqlite:///{Path(self.bot.data_dir) / 'namesmith.sqlite3'}"
        if not self.database.password_file:
            return url
        password = _read_secret(self.database.password_file, "[database] password_file")
        user, _, host = url.partition("@")
        return f"{user}:{quote(password, safe='')}@{host}"


_SECTIONS: dict[str, type[Section]] = get_type_hints(Settings)
_BOOLEANS = {"yes": True, "on": True, "no": False, "off": False}
"""What a variable can be beside true, false, 1 and 0."""


def load_settings(file: Path | None = None, data_dir: Path | None = None) -> Settings:
    """Return the settings of `file` and the environment; raises `ConfigError`.

    The default file is the one that `NAMESMITH_CONFIG` names, if any. `data_dir` is the data folder
    if they name none. `~` is the home folder.
    """
    variable = f"{_ENVIRONMENT}CONFIG"
    if typed := os.environ.get(variable) if file is None else str(file):
        try:
            file = user_path(typed)
        except ValueError as error:
            source = typed if file else f"environment: {variable}"
            raise ConfigError(f"{source}: {error}") from None
    defaults = {"bot": {"data_dir": str(data_dir)}} if data_dir else {}
    sections = _override(defaults, _read_sections(file) if file else {})
    return Settings.of(sections, str(file or "settings"))


def find_settings(file: Path | None = None) -> Settings:
    """Return the settings of `file`, or of config.toml in the current folder, if it exists.

    Raises `ConfigError`.
    """
    if file is None and Path("config.toml").is_file():
        file = Path("config.toml")
    return load_settings(file)


def host_settings(file: Path = Path("config.toml")) -> Settings:
    """Return the settings of the extension in another bot: the tables `[namesmith.…]` of `file`.

    Without such a file or table, returns `load_settings()`. Raises `ConfigError`.
    """
    if f"{_ENVIRONMENT}CONFIG" in os.environ or not file.is_file():
        return load_settings()
    sections = _parse_toml(file).get("namesmith")
    if not isinstance(sections, dict):
        return load_settings()
    _refuse_token(sections, file)
    return Settings.of(sections, str(file))


def _validate(sections: Mapping[str, Any], source: str) -> dict[str, Section]:
    """Return the sections by name; raises `ConfigError`."""
    _check_environment()
    _check_renamed(sections, source)
    given = {
        name: asdict(section) if isinstance(section, Section) else section
        for name, section in sections.items()
    }
    merged = _override(given, _read_environment())
    if unknown := next((name for name in merged if name not in _SECTIONS), None):
        raise ConfigError(f"{source}: [{unknown}]: {NO_SUCH_KEY}")
    validated = {}
    for name, kind in _SECTIONS.items():
        try:
            values = merged.get(name, {})
            values = kind.prepare(values) if isinstance(values, Mapping) else values
            validated[name] = msgspec.convert(values, kind, strict=False)
        except msgspec.ValidationError as error:
            raise ConfigError(_one_line(error, name, source)) from None
    return validated


def read_token(settings: Settings) -> Secret | None:
    """Return the token of `DISCORD_TOKEN` or of the token file, or None if neither is set.

    Raises `ConfigError` if the token file cannot be read or is empty.
    """
    if token := os.environ.get("DISCORD_TOKEN", "").strip():
        return Secret(token)
    if not settings.discord.token_file:
        return None
    return Secret(_read_secret(settings.discord.token_file, "[discord] token_file"))


def _read_secret(file: str, setting: str) -> str:
    """Return the line in `file`; raises `ConfigError`, which names the `setting`.

    A group may read it, as service managers arrange it for the bot's user.
    """
    path = Path(file)
    try:
        secret = path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeError) as error:
        reason = getattr(error, "strerror", None) or "not text"
        raise ConfigError(f"{setting}: {path} cannot be read ({reason})") from None
    if not secret:
        raise ConfigError(f"{setting}: {path} is empty. Put the secret in it, and nothing else.")
    if os.name == "posix" and path.stat().st_mode & 0o007:
        _log.warning("Other users of this machine can read %s. Run: chmod 600 %s", path, path)
    return secret


def _read_sections(file: Path) -> dict[str, Any]:
    sections = _parse_toml(file)
    _refuse_token(sections, file)
    return {name: section for name, section in sections.items() if name not in _OTHER_SECTIONS}


def _parse_toml(file: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(file.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise ConfigError(f"{file}: cannot be read ({error.strerror})") from None
    except ValueError as error:
        raise ConfigError(f"{file}: invalid TOML: {error}") from None


def _refuse_token(sections: dict[str, Any], file: Path) -> None:
    for table in (sections, *sections.values()):
        if isinstance(table, dict) and "token" in table:
            raise ConfigError(
                f"{file}: a token does not belong in this file. Set DISCORD_TOKEN, or put the "
                "token into a file of its own that [discord] token_file names. If this file was "
                "ever shared, create a new token."
            )


def _read_environment() -> dict[str, Any]:
    """Return the settings in environment variables, by section.

    Tables are JSON; lists too, or their items with commas between. Raises `ConfigError`.
    """
    sections: dict[str, Any] = {}
    for variable, text in os.environ.items():
        prefix, keys = variable[: len(_ENVIRONMENT)], variable[len(_ENVIRONMENT) :].lower()
        section, *path = keys.split("__")
        if prefix.upper() != _ENVIRONMENT or section not in _SECTIONS:
            continue
        value = _parse_variable(variable, text, section, path)
        for key in reversed(path):
            value = {key: value}
        sections = _override(sections, {section: value})
    return sections


def _parse_variable(variable: str, text: str, section: str, path: list[str]) -> Any:
    """Return the value of a variable: JSON for a whole section, a table and perhaps a list."""
    kind = _type_of(section, *path)
    is_list = get_origin(kind) is list
    if not path or get_origin(kind) is dict or (is_list and text.strip().startswith("[")):
        return _parse_json(variable, text)
    if is_list:
        return [item.strip() for item in text.split(",") if item.strip()]
    return _BOOLEANS.get(text.lower(), text) if kind is bool else text


def _type_of(section: str, *keys: str) -> Any:
    """Return the type of a setting; None if there is no such setting."""
    types = get_type_hints(_SECTIONS[section]) if section in _SECTIONS else {}
    return types.get(keys[0]) if len(keys) == 1 else None


def _parse_json(variable: str, text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        raise ConfigError(
            f'environment: {variable}: must be JSON, such as [0, 1] or {{"style": "names"}}'
        ) from None


def _override(values: Mapping[str, Any], others: Mapping[str, Any]) -> dict[str, Any]:
    """Return `values` with the `others` in their place, in nested tables too."""
    merged = dict(values)
    for key, value in others.items():
        is_table = isinstance(value, Mapping) and isinstance(merged.get(key), Mapping)
        merged[key] = _override(merged[key], value) if is_table else value
    return merged


def _check_environment() -> None:
    """Refuse renamed variables, and variables of unknown sections, which are ignored otherwise."""
    renamed = {_variable(*old): _variable(*new) for old, new in RENAMED.items()}
    sections = _SECTIONS
    for variable in os.environ:
        if not variable.startswith(_ENVIRONMENT) or variable == f"{_ENVIRONMENT}CONFIG":
            continue
        if new := renamed.get(variable.upper()):
            raise ConfigError(f"environment: {variable}: renamed to {new}")
        if variable.removeprefix(_ENVIRONMENT).lower().split("__")[0] not in sections:
            known = ", ".join(f"{_variable(name)}__…" for name in sections)
            raise ConfigError(f"environment: {variable}: no such setting; the settings are {known}")


def _variable(*keys: str) -> str:
    return _ENVIRONMENT + "__".join(keys).upper()


def _check_renamed(sections: Mapping[str, Any], source: str) -> None:
    for (section, key), (new_section, new_key) in RENAMED.items():
        values = sections.get(section)
        if isinstance(values, Mapping) and key in values:
            raise ConfigError(f"{source}: [{section}] {key}: renamed to [{new_section}] {new_key}")


def _choices(kind: Any) -> tuple[str, ...]:
    """Return the choices in a type such as `list[Literal["name", "rate"]]`."""
    if get_origin(kind) is Literal:
        return get_args(kind)
    return next(filter(None, map(_choices, get_args(kind))), ())


def _one_line(error: msgspec.ValidationError, section: str, source: str) -> str:
    """Return the problem as `source: [section] key: problem`."""
    keys, problem = explain(error)
    variable = _variable(section, *keys[:1])
    if any(name.upper() == variable for name in os.environ):
        source = f"environment: {variable}"
    if "enum value" in problem:
        problem = f"must be one of {', '.join(_choices(_type_of(section, *keys[:1])))}"
    setting = f"[{section}] {'.'.join(keys)}".rstrip()
    return f"{source}: {setting}: {problem}"
