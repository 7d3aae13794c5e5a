"""The sections of config.toml: their settings, types, defaults and limits."""

from typing import Annotated, Literal, Self, get_args

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

_SECTION = ConfigDict(extra="forbid", frozen=True, defer_build=True)
"""A section's validator is built when the section is made alone; `Settings` has one for all."""

CommandName = Literal[
    "name",
    "rate",
    "blend",
    "saved",
    "settings",
    "style",
    "manage-styles",
    "forget-me",
    "about",
    "help",
]
"""The commands of the plugin, by the names that they have if no other is chosen."""


Link = Annotated[str, Field(pattern=r"^(https?://\S+)?$", max_length=512)]
"""The URL of a button, or an empty text for no button."""


class BotSettings(BaseModel):
    """The plugin, in the stand-alone bot and in anyone else's bot."""

    model_config = _SECTION

    command_prefix: Annotated[str, Field(min_length=1, max_length=10, pattern=r"^\S(.*\S)?$")] = "!"
    data_dir: Annotated[str, Field(min_length=1)] = "data"
    disabled_commands: list[CommandName] = []
    command_names: dict[CommandName, Annotated[str, Field(pattern=r"^[-\w]{1,32}$")]] = {}
    welcome: bool = True
    source_url: Link = ""
    privacy_url: Link = ""
    terms_url: Link = ""
    support_url: Link = ""

    @field_validator("command_names")
    @classmethod
    def _check_command_names(cls, names: dict[CommandName, str]) -> dict[CommandName, str]:
        for name in names.values():
            if name != name.lower():
                raise ValueError(f"{name} must be in lower case, as Discord wants it")
        all_names = [names.get(command, command) for command in get_args(CommandName)]
        for name in names.values():
            if all_names.count(name) > 1:
                raise ValueError(f"two commands would be called {name}")
        return names


class DiscordSettings(BaseModel):
    """The stand-alone client's connection to Discord. The plugin does not read this section."""

    model_config = _SECTION

    token_file: str = ""
    message_content: bool = True
    shard_count: Annotated[int, Field(ge=0)] = 0
    shard_ids: list[Annotated[int, Field(ge=0)]] = []
    api_url: Annotated[str, Field(pattern=r"^https?://\S+[^/\s]$")] = "https://discord.com/api/v10"
    gateway_url: Annotated[str, Field(pattern=r"^wss?://\S+$")] = "wss://gateway.discord.gg/"

    @model_validator(mode="after")
    def _check_shard_ids(self) -> Self:
        if any(shard >= self.shard_count for shard in self.shard_ids):
            raise ValueError("shard_ids must be below shard_count, which must then be set")
        return self


class NamesSettings(BaseModel):
    """Defaults of `/name`. Server settings and command options override them."""

    model_config = _SECTION

    style: Annotated[str, Field(min_length=1)] = "names"
    count: Annotated[int, Field(ge=1, le=25)] = 5
    temperature: Annotated[float, Field(ge=0.1, le=2.0)] = 0.9
    top_p: Annotated[float, Field(gt=0.0, le=1.0)] = 1.0
    new_only: bool = True
    max_artifact_bytes: Annotated[int, Field(ge=1024)] = 64 * 2**20


class LimitSettings(BaseModel):
    """Rate limits, as a number of commands in a number of seconds. 0 means no limit."""

    model_config = _SECTION

    user_commands: Annotated[int, Field(ge=0)] = 10
    user_seconds: Annotated[float, Field(gt=0)] = 10
    channel_commands: Annotated[int, Field(ge=0)] = 30
    channel_seconds: Annotated[float, Field(gt=0)] = 10


class DatabaseSettings(BaseModel):
    """The database of server settings, saved names and trainings."""

    model_config = _SECTION

    url: str = ""


class LibrarySettings(BaseModel):
    """The storage of published styles."""

    model_config = _SECTION

    url: str = ""
    keep_versions: Annotated[int, Field(ge=2, le=1000)] = 10
    poll_seconds: Annotated[float, Field(ge=0.1)] = 5.0


class TrainingSettings(BaseModel):
    """The workers of `/manage-styles train`, and the limits of a server. 0 means no limit."""

    model_config = _SECTION

    scheduler: Annotated[str, Field(pattern=r"^(\w+://\S+)?$")] = ""
    worker_memory_bytes: Annotated[int, Field(ge=2**28)] = 2 * 2**30
    worker_idle_seconds: Annotated[float, Field(gt=0)] = 300
    recipe: Literal["seed", "fast", "best"] = "fast"
    max_list_bytes: Annotated[int, Field(ge=1024)] = 2 * 2**20
    max_guild_styles: Annotated[int, Field(ge=0)] = 10
    max_guild_bytes: Annotated[int, Field(ge=0)] = 50 * 2**20
    max_guild_trainings_per_hour: Annotated[int, Field(ge=0)] = 6


class LogSettings(BaseModel):
    """The log on standard error."""

    model_config = _SECTION

    level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
