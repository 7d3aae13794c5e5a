"""The sections of config.toml: their settings, types, defaults and limits."""

import re
from typing import Annotated, Any, Literal, Self, get_args

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    field_validator,
    model_validator,
)

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


MAX_SHARDS = 100_000
"""More than any bot has; limits the ranges that are expanded."""


def _parse_shard_ids(value: Any) -> Any:
    """Return a list of shards in which a text is a number or a range, such as `0-3` or `0,2-4`.

    Raises `ValueError`.
    """
    texts = value
    if isinstance(value, str):
        texts = value.split(",") if value.strip() else []
    if not isinstance(texts, list):
        return value
    shard_ids: list[Any] = []
    for text in texts:
        shard_ids += _expand_range(text) if isinstance(text, str) else [text]
        if len(shard_ids) > MAX_SHARDS:
            raise ValueError(f"more than {MAX_SHARDS} shards")
    return shard_ids


def _expand_range(text: str) -> range:
    match = re.fullmatch(r"\s*(\d{1,9})(?:-(\d{1,9}))?\s*", text, re.ASCII)
    first, last = (int(match[1]), int(match[2] or match[1])) if match else (1, 0)
    if not first <= last < MAX_SHARDS:
        raise ValueError(f'{text.strip()!r} is no shard; write "0-3" or "0,2,5"')
    return range(first, last + 1)


ShardIds = Annotated[list[Annotated[int, Field(ge=0)]], BeforeValidator(_parse_shard_ids)]


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
    shard_count: Annotated[int, Field(ge=0, le=MAX_SHARDS)] = 0
    shard_ids: ShardIds = []
    shards_per_process: Annotated[int, Field(ge=0, le=MAX_SHARDS)] = 0
    process_index: Annotated[str, BeforeValidator(str), Field(max_length=255)] = ""
    api_url: Annotated[str, Field(pattern=r"^https?://\S+[^/\s]$")] = "https://discord.com/api/v10"
    gateway_url: Annotated[str, Field(pattern=r"^wss?://\S+$")] = "wss://gateway.discord.gg/"

    @model_validator(mode="after")
    def _check_shards(self) -> Self:
        if any(shard >= self.shard_count for shard in self.shard_ids):
            raise ValueError("shard_ids must be below shard_count, which must then be set")
        if len(set(self.shard_ids)) < len(self.shard_ids):
            raise ValueError("shard_ids has a shard twice")
        if not self.shards_per_process and not self.process_index:
            return self
        if self.shard_ids:
            raise ValueError("set shard_ids, or shards_per_process and process_index, not both")
        if not (self.shard_count and self.shards_per_process and self.process_index):
            raise ValueError(
                "shards_per_process and process_index belong together, and need a shard_count"
            )
        last = (self.shard_count - 1) // self.shards_per_process
        if self._process_number is None or self._process_number > last:
            processes = f"to {last}, such as bot-{last}" if last else "only"
            raise ValueError(
                f"process_index is {self.process_index!r}; for {self.shard_count} shards, "
                f"{self.shards_per_process} a process, it is a number from 0 {processes}"
            )
        return self

    @property
    def own_shards(self) -> list[int]:
        """The shards that this process runs; empty: as many as Discord recommends."""
        if self._process_number is None:
            return self.shard_ids or list(range(self.shard_count))
        first = self._process_number * self.shards_per_process
        return list(range(first, min(first + self.shards_per_process, self.shard_count)))

    @property
    def _process_number(self) -> int | None:
        """The number at the end of `process_index`, such as 2 in the pod name bot-2."""
        match = re.fullmatch(r"(?:.*[^0-9])?([0-9]{1,9})", self.process_index.strip())
        return int(match[1]) if match else None


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


class MonitoringSettings(BaseModel):
    """The HTTP endpoints for health checks and metrics; port 0 turns them off."""

    model_config = _SECTION

    host: Annotated[str, Field(min_length=1)] = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65535)] = 0
