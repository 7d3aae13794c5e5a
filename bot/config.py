"""config.toml and the environment → typed settings.

The environment wins over the file: `NAMESMITH_NAMES__COUNT=3` is `[names] count = 3`. The token is
never a setting: it comes from `DISCORD_TOKEN` or from a file of its own, and is kept as a secret
that does not print.
"""

import os
import tomllib
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError, model_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

_ENVIRONMENT = "NAMESMITH_"
_WORKSHOP = ("model",)
"""Sections of config.toml that are not the bot's."""


class ConfigError(ValueError):
    """A setting cannot be used; the message is one line that names it."""


class DiscordSettings(BaseModel):
    """How the stand-alone client reaches Discord."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    prefix: Annotated[str, Field(min_length=1, max_length=10, pattern=r"^\S(.*\S)?$")] = "!"
    token_file: str = ""
    message_content: bool = True
    shard_count: Annotated[int, Field(ge=0)] = 0
    shard_ids: list[Annotated[int, Field(ge=0)]] = []
    api_url: Annotated[str, Field(pattern=r"^https?://\S+[^/\s]$")] = "https://discord.com/api/v10"
    gateway_url: Annotated[str, Field(pattern=r"^wss?://\S+$")] = "wss://gateway.discord.gg/"
    data_dir: Annotated[str, Field(min_length=1)] = "data"
    without: list[Literal["rate", "blend", "saved", "settings", "style", "forget-me"]] = []

    @model_validator(mode="after")
    def _shards_are_of_the_count(self) -> Self:
        if any(shard >= self.shard_count for shard in self.shard_ids):
            raise ValueError("shard_ids must be below shard_count, which must then be set")
        return self


class NamesSettings(BaseModel):
    """How names are drawn when a command does not say."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    style: Annotated[str, Field(min_length=1)] = "names"
    count: Annotated[int, Field(ge=1, le=25)] = 5
    temperature: Annotated[float, Field(ge=0.1, le=2.0)] = 0.9
    top_p: Annotated[float, Field(gt=0.0, le=1.0)] = 1.0
    new_only: bool = False
    max_artifact_bytes: Annotated[int, Field(ge=1024)] = 64 * 2**20


class LimitSettings(BaseModel):
    """How often one may ask, each as that many commands in so many seconds; 0 commands: always."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    user_commands: Annotated[int, Field(ge=0)] = 10
    user_seconds: Annotated[float, Field(gt=0)] = 10
    channel_commands: Annotated[int, Field(ge=0)] = 30
    channel_seconds: Annotated[float, Field(gt=0)] = 10


class StoreSettings(BaseModel):
    """Where what servers set and people save is kept."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    url: str = ""


class LibrarySettings(BaseModel):
    """Where styles are kept that were published after the bot was installed."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    url: str = ""
    kept: Annotated[int, Field(ge=2, le=1000)] = 10
    poll_seconds: Annotated[float, Field(ge=0.1)] = 5.0


class TrainingSettings(BaseModel):
    """How `/style train` learns, and how much of it a server may have."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    scheduler: Annotated[str, Field(pattern=r"^(\w+://\S+)?$")] = ""
    memory: Annotated[int, Field(ge=2**28)] = 2 * 2**30
    idle_seconds: Annotated[float, Field(gt=0)] = 300
    max_bytes: Annotated[int, Field(ge=1024)] = 2 * 2**20
    recipe: Literal["seed", "fast", "best"] = "fast"
    guild_styles: Annotated[int, Field(ge=0)] = 10
    guild_bytes: Annotated[int, Field(ge=0)] = 50 * 2**20
    guild_hourly: Annotated[int, Field(ge=0)] = 6


class LogSettings(BaseModel):
    """What the bot tells on standard error."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"


class Settings(BaseSettings):
    """Every setting of the bot, by area; config.toml documents each."""

    model_config = SettingsConfigDict(
        env_prefix=_ENVIRONMENT, env_nested_delimiter="__", extra="forbid", frozen=True
    )

    discord: DiscordSettings = DiscordSettings()
    names: NamesSettings = NamesSettings()
    limits: LimitSettings = LimitSettings()
    store: StoreSettings = StoreSettings()
    library: LibrarySettings = LibrarySettings()
    training: TrainingSettings = TrainingSettings()
    log: LogSettings = LogSettings()

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Let the environment win over what the file says."""
        return env_settings, init_settings


def load_settings(file: Path | None = None) -> Settings:
    """Return the settings of `file`, or of the environment alone.

    Without `file`, `NAMESMITH_CONFIG` may name one. Raises `ConfigError`.
    """
    if file is None and (named := os.environ.get(f"{_ENVIRONMENT}CONFIG")):
        file = Path(named)
    return _settings(_read(file) if file else {}, file)


def settings_here(file: Path | None = None) -> Settings:
    """Return the settings of `file`, else of a config.toml in this folder; raises `ConfigError`."""
    if file is None and Path("config.toml").is_file():
        file = Path("config.toml")
    return load_settings(file)


def host_settings(file: Path = Path("config.toml")) -> Settings:
    """Return the settings of a plugin in somebody's bot: the tables `namesmith.…` of its `file`.

    As `load_settings()` where there is no such file or table. Raises `ConfigError`.
    """
    if f"{_ENVIRONMENT}CONFIG" in os.environ or not file.is_file():
        return load_settings()
    sections = _parsed(file).get("namesmith")
    if not isinstance(sections, dict):
        return load_settings()
    return _settings(_without_tokens(sections, file), file)


def _settings(sections: dict[str, Any], file: Path | None) -> Settings:
    _check_environment()
    try:
        return Settings(**sections)
    except ValidationError as error:
        raise ConfigError(_one_line(error, file)) from None
    except ValueError as error:  # pydantic-settings: a variable that should hold JSON does not
        raise ConfigError(f"environment: {' '.join(str(error).split())}") from None


def read_token(settings: Settings) -> SecretStr | None:
    """Return the token of `DISCORD_TOKEN`, or of the token file, or None where neither is set.

    Raises `ConfigError` for a token file that is named but cannot be read or is empty.
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
        raise ConfigError(f"[discord] token_file: {path} is empty; put the bot's token in it")
    return SecretStr(token)


def _read(file: Path) -> dict[str, Any]:
    sections = _without_tokens(_parsed(file), file)
    return {name: section for name, section in sections.items() if name not in _WORKSHOP}


def _parsed(file: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(file.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise ConfigError(f"{file}: cannot be read ({error.strerror})") from None
    except ValueError as error:
        raise ConfigError(f"{file}: is not TOML: {error}") from None


def _without_tokens(sections: dict[str, Any], file: Path) -> dict[str, Any]:
    for place in (sections, *sections.values()):
        if isinstance(place, dict) and "token" in place:
            raise ConfigError(
                f"{file}: a token does not belong in this file; put it into the environment as "
                "DISCORD_TOKEN or into a file that [discord] token_file names, and if this file "
                "was ever shared, make a new one"
            )
    return sections


def _check_environment() -> None:
    """Refuse a variable whose section does not exist: pydantic-settings would pass it over."""
    for variable in os.environ:
        if not variable.startswith(_ENVIRONMENT) or variable == f"{_ENVIRONMENT}CONFIG":
            continue
        section = variable.removeprefix(_ENVIRONMENT).lower().split("__")[0]
        if section not in Settings.model_fields:
            known = ", ".join(f"{_ENVIRONMENT}{name.upper()}__…" for name in Settings.model_fields)
            raise ConfigError(f"environment: {variable} is no setting; there are {known}")


def _one_line(error: ValidationError, file: Path | None) -> str:
    """Return the first complaint as `where: [section] key: what`."""
    first = error.errors(include_url=False, include_input=False)[0]
    section, *keys = (str(part) for part in first["loc"])
    variable = "__".join((section, *keys[:1])).upper()
    from_environment = any(name.upper() == f"{_ENVIRONMENT}{variable}" for name in os.environ)
    where = (
        f"environment: {_ENVIRONMENT}{variable}" if from_environment else str(file or "settings")
    )
    setting = f"[{section}] {'.'.join(keys)}".rstrip()
    if first["type"] == "extra_forbidden":
        return f"{where}: {setting}: no such setting"
    return f"{where}: {setting}: {first['msg'].removeprefix('Value error, ')}"
