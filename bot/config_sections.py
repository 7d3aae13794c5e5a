"""The sections of config.toml: their settings, types, defaults and limits."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, ClassVar, Literal, get_args

from msgspec import Meta, Struct, ValidationError

from .paths import expand_home


class Section(Struct, frozen=True, forbid_unknown_fields=True):
    """Base of the sections. What is read from a file or variable is validated, see config.py."""

    paths: ClassVar[tuple[str, ...]] = ()
    """The settings that are a path, or a URL which can be that of a local file."""

    @classmethod
    def prepare(cls, values: Mapping[str, Any]) -> dict[str, Any]:
        """Return `values` as the types of the settings have them, with home folders for `~`.

        Raises `ValidationError`.
        """
        prepared = dict(values)
        for key in cls.paths:
            if isinstance(prepared.get(key), str):
                prepared[key] = _expand_path(key, prepared[key])
        return prepared


def _expand_path(key: str, value: str) -> str:
    scheme = _LOCAL_URL.match(value)
    start = scheme.end() if scheme else 0
    try:
        return value[:start] + expand_home(value[start:])
    except ValueError as error:
        raise ValidationError(f"{error} - at `$.{key}`") from None


_LOCAL_URL = re.compile(r"sqlite(\+aiosqlite)?:///|file://")
"""What comes before the path of a file or folder on this machine."""


@dataclass(frozen=True)
class Secret:
    """A text that must not be printed."""

    value: str = field(repr=False)


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


Link = Annotated[str, Meta(pattern=r"^(https?://\S+)?\Z", max_length=512)]
"""The URL of a button, or an empty text for no button."""


MAX_SHARDS = 100_000
"""More than any bot has; limits the ranges that are expanded."""


def _parse_shard_ids(value: Any) -> Any:
    """Return a list of shards in which a text is a number or a range, such as `0-3` or `0,2-4`.

    Raises `ValidationError`.
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
            raise ValidationError(f"more than {MAX_SHARDS} shards - at `$.shard_ids`")
    return shard_ids


def _expand_range(text: str) -> range:
    match = re.fullmatch(r"\s*(\d{1,9})(?:-(\d{1,9}))?\s*", text, re.ASCII)
    first, last = (int(match[1]), int(match[2] or match[1])) if match else (1, 0)
    if not first <= last < MAX_SHARDS:
        problem = f'{text.strip()!r} is no shard; write "0-3" or "0,2,5"'
        raise ValidationError(f"{problem} - at `$.shard_ids`")
    return range(first, last + 1)


class BotSettings(Section, frozen=True):
    """The plugin, in the stand-alone bot and in anyone else's bot."""

    paths = ("data_dir",)
    command_prefix: Annotated[str, Meta(min_length=1, max_length=10, pattern=r"^\S(.*\S)?\Z")] = "!"
    data_dir: Annotated[str, Meta(min_length=1)] = "data"
    disabled_commands: list[CommandName] = []
    command_names: dict[CommandName, Annotated[str, Meta(pattern=r"^[-\w]{1,32}\Z")]] = {}
    welcome: bool = True
    source_url: Link = ""
    privacy_url: Link = ""
    terms_url: Link = ""
    support_url: Link = ""

    def __post_init__(self) -> None:
        """Raise `ValueError` for names that Discord does not take."""
        for name in self.command_names.values():
            if name != name.lower():
                raise ValueError(
                    f"command_names: {name} must be in lower case, as Discord wants it"
                )
        all_names = [self.command_names.get(command, command) for command in get_args(CommandName)]
        for name in self.command_names.values():
            if all_names.count(name) > 1:
                raise ValueError(f"command_names: two commands would be called {name}")


PROXY_URL = r"https?://([^\s/@]*@)?([\w.-]+|\[[0-9A-Fa-f:.]+\])(:[0-9]{1,5})?/?"
"""A URL such as http://user:password@host:8080; a password has %40 for @."""


class DiscordSettings(Section, frozen=True):
    """The stand-alone client's connection to Discord. The plugin does not read this section."""

    paths = ("token_file",)
    token_file: str = ""
    message_content: bool = True
    shard_count: Annotated[int, Meta(ge=0, le=MAX_SHARDS)] = 0
    shard_ids: list[Annotated[int, Meta(ge=0)]] = []
    shards_per_process: Annotated[int, Meta(ge=0, le=MAX_SHARDS)] = 0
    process_index: Annotated[str, Meta(max_length=255)] = ""
    api_url: Annotated[str, Meta(pattern=r"^https?://\S+[^/\s]\Z")] = "https://discord.com/api/v10"
    gateway_url: Annotated[str, Meta(pattern=r"^wss?://\S+\Z")] = "wss://gateway.discord.gg/"
    proxy: str = ""

    @classmethod
    def prepare(cls, values: Mapping[str, Any]) -> dict[str, Any]:
        """Expand ranges of shards; a process's number may be one in TOML."""
        prepared = super().prepare(values)
        if "shard_ids" in prepared:
            prepared["shard_ids"] = _parse_shard_ids(prepared["shard_ids"])
        if isinstance(prepared.get("process_index"), int):
            prepared["process_index"] = str(prepared["process_index"])
        return prepared

    def __post_init__(self) -> None:
        """Raise `ValueError` for an invalid proxy, and for shards that don't fit together."""
        if self.proxy and not re.fullmatch(PROXY_URL, self.proxy):
            raise ValueError(
                "proxy: write http://HOST:PORT or http://USER:PASSWORD@HOST:PORT, and in the "
                "password %40 for @, %3A for :, %2F for /, %25 for %"
            )
        if any(shard >= self.shard_count for shard in self.shard_ids):
            raise ValueError("shard_ids must be below shard_count, which must then be set")
        if len(set(self.shard_ids)) < len(self.shard_ids):
            raise ValueError("shard_ids has a shard twice")
        if not self.shards_per_process and not self.process_index:
            return
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


class NamesSettings(Section, frozen=True):
    """Defaults of `/name`. Server settings and command options override them."""

    paths = ("style",)
    style: Annotated[str, Meta(min_length=1)] = "names"
    count: Annotated[int, Meta(ge=1, le=25)] = 5
    temperature: Annotated[float, Meta(ge=0.1, le=2.0)] = 0.9
    top_p: Annotated[float, Meta(gt=0.0, le=1.0)] = 1.0
    new_only: bool = True
    max_artifact_bytes: Annotated[int, Meta(ge=1024)] = 64 * 2**20


class LimitSettings(Section, frozen=True):
    """Rate limits, as a number of commands in a number of seconds. 0 means no limit."""

    user_commands: Annotated[int, Meta(ge=0)] = 10
    user_seconds: Annotated[float, Meta(gt=0)] = 10
    channel_commands: Annotated[int, Meta(ge=0)] = 30
    channel_seconds: Annotated[float, Meta(gt=0)] = 10


class DatabaseSettings(Section, frozen=True):
    """The database of server settings, saved names and trainings."""

    paths = ("url", "password_file")
    url: str = ""
    password_file: str = ""

    def __post_init__(self) -> None:
        """Raise `ValueError` if a password has no place in the URL, or one already."""
        user = re.fullmatch(r"postgres\w*(\+asyncpg)?://[^:@/]+@.+", self.url)
        if self.password_file and not user:
            raise ValueError(
                "password_file is for a url like postgresql://user@host/name, without a password"
            )


class LibrarySettings(Section, frozen=True):
    """The storage of published styles."""

    paths = ("url",)
    url: str = ""
    keep_versions: Annotated[int, Meta(ge=2, le=1000)] = 10
    poll_seconds: Annotated[float, Meta(ge=0.1)] = 5.0


class TrainingSettings(Section, frozen=True):
    """The workers of `/manage-styles train`, and the limits of a server. 0 means no limit."""

    scheduler: Annotated[str, Meta(pattern=r"^(\w+://\S+)?\Z")] = ""
    worker_memory_bytes: Annotated[int, Meta(ge=2**28)] = 2 * 2**30
    worker_idle_seconds: Annotated[float, Meta(gt=0)] = 300
    recipe: Literal["seed", "fast", "best"] = "fast"
    max_list_bytes: Annotated[int, Meta(ge=1024)] = 2 * 2**20
    max_guild_styles: Annotated[int, Meta(ge=0)] = 10
    max_guild_bytes: Annotated[int, Meta(ge=0)] = 50 * 2**20
    max_guild_trainings_per_hour: Annotated[int, Meta(ge=0)] = 6


class LogSettings(Section, frozen=True):
    """The log on standard error."""

    level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    format: Literal["text", "json"] = "text"


class MonitoringSettings(Section, frozen=True):
    """The HTTP server for health checks and metrics; port 0 turns it off."""

    host: Annotated[str, Meta(min_length=1)] = "127.0.0.1"
    port: Annotated[int, Meta(ge=0, le=65535)] = 0
    metrics: bool = False

    def __post_init__(self) -> None:
        """Raise `ValueError` for metrics that nobody could read."""
        if self.metrics and not self.port:
            raise ValueError("metrics need a port, such as port = 9464")
