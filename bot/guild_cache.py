"""Guild cache of the stand-alone client: guilds are compressed, except those used last.

discord.py keeps objects of all channels, roles and permission overwrites, some 30 KiB a guild. Only
commands need them, for the permissions of people and of the bot. So a guild is a record of about
1.5 KiB, which events keep up to date, and a look-up makes discord.py's objects of it.
"""

import json
import struct
import zlib
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator, ValuesView
from functools import partial
from typing import Any

import discord
from discord.state import AutoShardedConnectionState

Json = dict[str, Any]

_MAX_OPEN = 256
"""Guilds with objects, about 8 MB; the least recently used is closed first."""

_GUILD_KEYS = (
    *("id", "name", "owner_id", "preferred_locale", "system_channel_id", "system_channel_flags"),
    *("member_count", "roles", "channels", "threads", "members"),
)
"""What the records have of a guild."""

_UNUSED_KEYS = (
    *("guild_id", "topic", "status", "last_message_id", "last_pin_timestamp", "icon_emoji"),
    *("theme_color", "available_tags", "default_reaction_emoji", "icon", "unicode_emoji", "colors"),
)
"""What the records leave out of channels and roles."""

_DICTIONARY = (
    b'{"id":"1","name":"Server","owner_id":"1","preferred_locale":"en-US","member_count":10,'
    b'"roles":[{"id":"1","name":"Member","position":1,"permissions":"104324673","color":0,'
    b'"hoist":false,"managed":true,"mentionable":false,"flags":0,"tags":{"bot_id":"1"}},'
    b'{"id":"1","name":"@everyone","position":0,"permissions":"2248473465835073","color":0,'
    b'"hoist":false,"managed":false,"mentionable":false,"flags":0}],"channels":['
    b'{"id":"1","type":4,"flags":0,"name":"Text Channels","position":0,"parent_id":null,'
    b'"permission_overwrites":[]},{"id":"1","type":2,"flags":0,"name":"General","position":0,'
    b'"rate_limit_per_user":0,"bitrate":64000,"user_limit":0,"rtc_region":null,"parent_id":"1",'
    b'"nsfw":false,"permission_overwrites":[]},{"id":"1","type":0,"flags":0,"name":"general",'
    b'"rate_limit_per_user":0,"position":0,"parent_id":"1","nsfw":false,"permission_overwrites":['
    b'{"id":"1","type":0,"allow":"1024","deny":"0"},{"id":"1","type":0,"allow":"0","deny":"1024"}]}'
    b'],"threads":[],"members":[{"user":{"id":"1","username":"Namesmith","discriminator":"0",'
    b'"global_name":null,"avatar":null,"bot":true,"public_flags":0},"roles":["1"],"nick":null,'
    b'"joined_at":"2026-01-01T00:00:00.000000+00:00","premium_since":null,"avatar":null,'
    b'"banner":null,"communication_disabled_until":null,"flags":0,"pending":false,"mute":false,'
    b'"deaf":false}]}'
)
"""Text that looks like a record: zlib refers to it from the first byte on."""


def _pack(record: Json) -> bytes:
    compressor = zlib.compressobj(3, zlib.DEFLATED, -15, zdict=_DICTIONARY)
    text = json.dumps(record, separators=(",", ":"), ensure_ascii=False)
    return compressor.compress(text.encode("utf-8", "surrogatepass")) + compressor.flush()


def _unpack(packed: bytes) -> Json:
    text = zlib.decompressobj(-15, zdict=_DICTIONARY).decompress(packed)
    record: Json = json.loads(text.decode("utf-8", "surrogatepass"))
    return record


_DUMP_FORMAT = b"namesmith guilds 1 " + struct.pack(">I", zlib.crc32(_DICTIONARY))
_DUMP_ENTRY = struct.Struct(">QI")
"""What precedes each record in a dump: the guild's id, and the length."""


def _without_unused(data: Json) -> Json:
    return {key: value for key, value in data.items() if key not in _UNUSED_KEYS}


def _trim(data: Json) -> Json:
    """Return the record of a guild's data, or of those fields of it that there are."""
    record = {key: data[key] for key in _GUILD_KEYS if key in data}
    for key in {"roles", "channels", "threads"} & record.keys():
        record[key] = [_without_unused(each) for each in record[key]]
    return record


class GuildCache:
    """The guilds by id, as discord.py uses its dictionary: `cache[id] = guild`, `get`, `pop`."""

    def __init__(self, state: AutoShardedConnectionState[Any]) -> None:
        self.max_open = _MAX_OPEN
        self._state = state
        self._records: dict[int, bytes] = {}
        """Empty for a guild that is known by its id only."""
        self._open: OrderedDict[int, discord.Guild] = OrderedDict()

    def store(self, data: Json) -> None:
        """Keep the guild of GUILD_CREATE's `data`."""
        guild_id, record = int(data["id"]), _trim(data)
        own = str(self._state.self_id)
        record["members"] = [each for each in data["members"] if each["user"]["id"] == own]
        self._records[guild_id] = _pack(record)
        self._open.pop(guild_id, None)

    def patch(self, guild_id: int, change: Callable[[Json], None]) -> None:
        """Change the record of a guild, if there is one."""
        if packed := self._records.get(guild_id):
            record = _unpack(packed)
            change(record)
            self._records[guild_id] = _pack(record)

    def is_open(self, guild_id: int) -> bool:
        """Whether there are objects of the guild."""
        return guild_id in self._open

    def get(self, guild_id: int | None, default: None = None) -> discord.Guild | None:
        """Return the guild with its channels and roles; None if the bot is not in it."""
        if guild_id is None or (packed := self._records.get(guild_id)) is None:
            return default
        guild = self._open.get(guild_id)
        if guild is None:
            if not packed:
                return self._bare(guild_id)
            data: Any = _unpack(packed)
            guild = discord.Guild(data=data, state=self._state)
        self._open[guild_id] = guild
        self._open.move_to_end(guild_id)
        if len(self._open) > self.max_open:
            self._open.popitem(last=False)
        return guild

    def pop(self, guild_id: int, default: None = None) -> None:
        """Remove a guild."""
        self._open.pop(guild_id, None)
        self._records.pop(guild_id, default)

    def dump(self, guild_ids: Iterable[int]) -> bytes:
        """Return the records of guilds, which the next process can load."""
        parts = [_DUMP_FORMAT]
        for guild_id in guild_ids:
            packed = self._records[guild_id]
            parts += _DUMP_ENTRY.pack(guild_id, len(packed)), packed
        return b"".join(parts)

    def load(self, dump: bytes) -> None:
        """Add the guilds of a dump; raises `ValueError` if this version has another format."""
        if not dump.startswith(_DUMP_FORMAT):
            raise ValueError("its guilds were stored by another version")
        records, position = {}, len(_DUMP_FORMAT)
        while position < len(dump):
            try:
                guild_id, length = _DUMP_ENTRY.unpack_from(dump, position)
            except struct.error as error:
                raise ValueError(str(error)) from None
            position += _DUMP_ENTRY.size + length
            records[guild_id] = dump[position - length : position]
        if position > len(dump):
            raise ValueError("its guilds are cut off")
        self._records |= records

    def values(self) -> "ValuesView[discord.Guild]":
        """Return the guilds; those that are not open only have their ids."""
        return _Guilds(self)

    def __setitem__(self, guild_id: int, guild: discord.Guild) -> None:
        """Add a guild of READY, which has nothing but its id."""
        self._open.pop(guild_id, None)
        self._records[guild_id] = b""

    def __contains__(self, guild_id: object) -> bool:
        return guild_id in self._records

    def __len__(self) -> int:
        return len(self._records)

    def __iter__(self) -> Iterator[int]:
        return iter(self._records)

    def _bare(self, guild_id: int) -> discord.Guild:
        data: Any = {"id": guild_id, "unavailable": not self._records[guild_id]}
        return self._open.get(guild_id) or discord.Guild(data=data, state=self._state)


class _Guilds(ValuesView[discord.Guild]):
    def __init__(self, cache: GuildCache) -> None:
        self._cache = cache

    def __len__(self) -> int:
        return len(self._cache)

    def __iter__(self) -> Iterator[discord.Guild]:
        return map(self._cache._bare, list(self._cache))


class CompactState(AutoShardedConnectionState[Any]):
    """discord.py's state with a `GuildCache`, which skips messages that are no commands.

    `is_wanted` tells from the data of a message whether it is made an object, and an event.
    """

    def __init__(self, *, is_wanted: Callable[[Json], bool], **options: Any) -> None:
        super().__init__(**options)
        self._is_wanted = is_wanted
        for event, change in _CHANGES.items():
            self.parsers[event] = partial(self._change_guild, change, self.parsers[event])

    def clear(self, *, views: bool = True) -> None:
        """Forget everything; discord.py calls this at the start."""
        super().clear(views=views)
        self._guilds = GuildCache(self)  # type: ignore[assignment]

    @property
    def guild_cache(self) -> GuildCache:
        """The guilds."""
        cache: Any = self._guilds
        assert isinstance(cache, GuildCache)  # noqa: S101 - `clear` sets it
        return cache

    def get_channel(self, id: int | None) -> Any:
        """Return a channel of direct messages, or of an open guild."""
        cache = self.guild_cache
        found = (guild._resolve_channel(id) for guild in cache._open.values())
        return self._get_private_channel(id) or next(filter(None, found), None)

    def parse_message_create(self, data: Any) -> None:
        """Handle a message that may be a command."""
        if self._is_wanted(data):
            super().parse_message_create(data)

    def parse_message_update(self, data: Any) -> None:
        """Handle an edited message that may be a command, or one with components."""
        if data.get("components") or self._is_wanted(data):
            super().parse_message_update(data)

    def parse_guild_delete(self, data: Any) -> None:
        """Remove a guild that the bot left; in an outage, keep it."""
        if not data.get("unavailable"):
            super().parse_guild_delete(data)

    def _get_create_guild(self, data: Any) -> discord.Guild:
        """Store a guild; one that the bot has just joined is opened for the welcome."""
        cache = self.guild_cache
        cache.store(data)
        guild_id = int(data["id"])
        guild = cache.get(guild_id) if "unavailable" not in data else None
        return guild or cache._bare(guild_id)

    def _change_guild(
        self, change: Callable[[Json, Json], None], parse: Callable[[Any], None], data: Any
    ) -> None:
        """Change a guild's record, and its objects where there are any."""
        guild_id = int(data.get("guild_id") or data["id"])
        if self.guild_cache.is_open(guild_id):
            parse(data)
        self.guild_cache.patch(guild_id, lambda record: change(record, data))


def _put(items: list[Json], new: Json, *, is_new: bool) -> None:
    """Replace the item of the same id; append it if there is none and it `is_new`."""
    new = _without_unused(new)
    for index, item in enumerate(items):
        if item["id"] == new["id"]:
            items[index] = new
            return
    if is_new:
        items.append(new)


def _remove(items: list[Json], id: str) -> None:
    items[:] = [item for item in items if item["id"] != id]


def _delete_channel(record: Json, data: Json) -> None:
    _remove(record["channels"], data["id"])
    record["threads"] = [each for each in record["threads"] if each["parent_id"] != data["id"]]


def _update_thread(record: Json, data: Json) -> None:
    if data["thread_metadata"]["archived"]:
        _remove(record["threads"], data["id"])
    else:
        _put(record["threads"], data, is_new=True)


def _sync_threads(record: Json, data: Json) -> None:
    """Replace the threads of the channels in `data`, or all."""
    synced = data.get("channel_ids")
    kept = [each for each in record["threads"] if synced and each["parent_id"] not in synced]
    record["threads"] = kept + [_without_unused(each) for each in data.get("threads", [])]


def _update_member(record: Json, data: Json) -> None:
    for member in record["members"]:
        if member["user"]["id"] == data["user"]["id"]:
            member.update(_without_unused(data))


_CHANGES: dict[str, Callable[[Json, Json], None]] = {
    "GUILD_UPDATE": lambda record, data: record.update(_trim(data)),
    "CHANNEL_CREATE": lambda record, data: _put(record["channels"], data, is_new=True),
    "CHANNEL_UPDATE": lambda record, data: _put(record["channels"], data, is_new=False),
    "CHANNEL_DELETE": _delete_channel,
    "THREAD_CREATE": lambda record, data: _put(record["threads"], data, is_new=True),
    "THREAD_UPDATE": _update_thread,
    "THREAD_DELETE": lambda record, data: _remove(record["threads"], data["id"]),
    "THREAD_LIST_SYNC": _sync_threads,
    "GUILD_ROLE_CREATE": lambda record, data: _put(record["roles"], data["role"], is_new=True),
    "GUILD_ROLE_UPDATE": lambda record, data: _put(record["roles"], data["role"], is_new=False),
    "GUILD_ROLE_DELETE": lambda record, data: _remove(record["roles"], data["role_id"]),
    "GUILD_MEMBER_UPDATE": _update_member,
}
"""How an event changes the record of its guild."""
