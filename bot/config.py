"""Settings from config.toml and environment variables, and the bot's token.

A variable overrides the file: `NAMESMITH_NAMES__COUNT=3` is `[names] count = 3`. The token is not
a setting. It comes from `DISCORD_TOKEN` or a file of its own, and is a secret that does not print.
"""

import json
import logging
import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Self, get_origin

from pydantic import BaseModel, ConfigDict, SecretStr, ValidationError, model_validator

from .config_sections import (
    BotSettings,
    DatabaseSettings,
    DiscordSettings,
    LibrarySettings,
    LimitSettings,
    LogSettings,
    MonitoringSettings,
    NamesSettings,
    TrainingSettings,
)

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


class Settings(BaseModel):
    """All settings of the bot by section. config.toml documents each.

    Environment variables override what is given.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

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
        defaults: dict[str, Any] = {name: {} for name in type(self).model_fields}
        super().__init__(**_override(defaults | sections, _read_environment()))

    @property
    def database_url(self) -> str:
        """The URL of the database; by default, a SQLite file in the data folder."""
        return self.database.url or f"sqlite:///{Path(self.bot.data_dir) / 'namesmith.sqlite3'}"

    @model_validator(mode="before")
    @classmethod
    def _check_renamed(cls, sections: dict[str, Any]) -> dict[str, Any]:
        for (section, key), (new_section, new_key) in RENAMED.items():
            values = sections.get(section)
            if isinstance(values, Mapping) and key in values:
                raise ValueError(f"[{section}] {key}: renamed to [{new_section}] {new_key}")
        return sections

    def with_data_dir(self, folder: Path) -> Self:
        """Return the settings with `folder` as the default data folder."""
        if "data_dir" in self.bot.model_fields_set:
            return self
        changed = self.bot.model_copy(update={"data_dir": str(folder)})
        return self.model_copy(update={"bot": changed})


def load_settings(file: Path | None = None) -> Settings:
    """Return the settings of `file` and the environment; raises `ConfigError`.

    The default file is the one that `NAMESMITH_CONFIG` names, if any.
    """
    if file is None and (path := os.environ.get(f"{_ENVIRONMENT}CONFIG")):
        file = Path(path)
    return _validate(_read_sections(file) if file else {}, file)


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
    return _validate(sections, file)


def _validate(sections: dict[str, Any], file: Path | None) -> Settings:
    _check_environment()
    try:
        return Settings(**sections)
    except ValidationError as error:
        raise ConfigError(_one_line(error, file)) from None


def read_token(settings: Settings) -> SecretStr | None:
    """Return the token of `DISCORD_TOKEN` or of the token file, or None if neither is set.

    Raises `ConfigError` if the token file cannot be read or is empty.
    """
    if token := os.environ.get("DISCORD_TOKEN", "").strip():
        return SecretStr(token)
    if not settings.discord.token_file:
        return None
    path = Path(settings.discord.token_file)
    try:
        token = path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeError) as error:
        reason = getattr(error, "strerror", None) or "not text"
        raise ConfigError(f"[discord] token_file: {path} cannot be read ({reason})") from None
    if not token:
        raise ConfigError(f"[discord] token_file: {path} is empty. Put the bot's token in it.")
    if os.name == "posix" and path.stat().st_mode & 0o077:
        _log.warning("Other users of this machine can read %s. Run: chmod 600 %s", path, path)
    return SecretStr(token)


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
        if prefix.upper() != _ENVIRONMENT or section not in Settings.model_fields:
            continue
        kind = _kind_of(section, path)
        is_plain = kind is None or (kind is list and not text.strip().startswith("["))
        value: Any = text if is_plain else _parse_json(variable, text)
        if is_plain and kind is list:
            value = [item.strip() for item in text.split(",") if item.strip()]
        for key in reversed(path):
            value = {key: value}
        sections = _override(sections, {section: value})
    return sections


def _kind_of(section: str, path: list[str]) -> type | None:
    """Return `dict` for a whole section or a table, `list` for a list, and None for a value."""
    if not path:
        return dict
    model = Settings.model_fields[section].annotation
    field = model.model_fields.get(path[0]) if model else None
    kind = get_origin(field.annotation) if field and len(path) == 1 else None
    return kind if kind in (list, dict) else None


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
    sections = Settings.model_fields
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


def _one_line(error: ValidationError, file: Path | None) -> str:
    """Return the first problem as `source: [section] key: problem`."""
    first = error.errors(include_url=False, include_input=False)[0]
    source = str(file or "settings")
    problem = first["msg"].removeprefix("Value error, ")
    if not first["loc"]:  # of `_check_renamed`, which names section and key itself
        return f"{source}: {problem}"
    section, *keys = (str(part) for part in first["loc"])
    variable = _variable(section, *keys[:1])
    if any(name.upper() == variable for name in os.environ):
        source = f"environment: {variable}"
    if first["type"] == "extra_forbidden":
        problem = "no such setting"
    setting = f"[{section}] {'.'.join(keys)}".rstrip()
    return f"{source}: {setting}: {problem}"
