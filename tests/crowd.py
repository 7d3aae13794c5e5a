"""A crowd of guilds as Discord describes them: channels, roles, overwrites, emojis, threads."""

import asyncio
import random
from typing import Any

from bot.loopback import Loopback

Json = dict[str, Any]

CHANNELS, ROLES, EMOJIS = 30, 20, 25
"""What a guild of the crowd has."""

_MAX_QUEUED = 20
"""Events that wait to be sent."""

_TALKING_GUILDS = 50
_CREATED_AT = "2024-01-01T00:00:00.000000+00:00"
_WORDS = (
    *("general", "random", "announcements", "bot-commands", "off-topic", "memes", "art", "music"),
    *("gaming", "lounge", "mods", "staff", "support", "help", "feedback", "welcome", "rules"),
    *("introductions", "clips", "screenshots", "events", "trading", "lore", "quests", "tavern"),
)
_PERMISSIONS = (0, 8, 104320577, 1071698660929, 2248473465835073)
_TEXT, _VOICE, _CATEGORY = 0, 2, 4


def guild_json(
    guild_id: int, bot_id: int, seed: int, channels: int = CHANNELS, roles: int = ROLES
) -> Json:
    """Return GUILD_CREATE's data of a guild; equal arguments give equal data."""
    maker = _GuildMaker(guild_id, random.Random(seed))
    guild_roles = maker.roles(roles, bot_id)
    guild_channels = maker.channels(channels, guild_roles)
    own_role = guild_roles[1]["id"]
    return {
        "id": str(guild_id),
        "name": maker.title(),
        "owner_id": maker.id(),
        "preferred_locale": "en-US",
        "system_channel_id": guild_channels[-1]["id"],
        "system_channel_flags": 0,
        "member_count": 120,
        "unavailable": False,
        "large": False,
        "joined_at": _CREATED_AT,
        "icon": None,
        "description": maker.sentence(),
        "verification_level": 1,
        "default_message_notifications": 1,
        "afk_timeout": 300,
        "features": ["COMMUNITY", "NEWS", "INVITE_SPLASH"],
        "premium_tier": 1,
        "nsfw_level": 0,
        "stickers": [],
        "voice_states": [],
        "presences": [],
        "stage_instances": [],
        "guild_scheduled_events": [],
        "soundboard_sounds": [],
        "roles": guild_roles,
        "channels": guild_channels,
        "threads": [maker.thread(guild_channels[-1]["id"])],
        "members": [_own_member(bot_id, own_role)],
        "emojis": [maker.emoji() for _ in range(EMOJIS)],
    }


class _GuildMaker:
    def __init__(self, guild_id: int, source: random.Random) -> None:
        self._guild_id, self._random = str(guild_id), source

    def id(self) -> str:
        return str((self._random.randrange(1 << 40) << 22) | self._random.randrange(1 << 17))

    def title(self) -> str:
        return f"The {self._word()} {self._word()}"

    def sentence(self) -> str:
        return " ".join(self._word() for _ in range(12))

    def roles(self, count: int, bot_id: int) -> list[Json]:
        """Return @everyone's role, the bot's and others."""
        roles = [self._role(position) for position in range(count)]
        roles[0] |= {"id": self._guild_id, "name": "@everyone", "permissions": "2248473465835073"}
        roles[1] |= {"managed": True, "tags": {"bot_id": str(bot_id)}}
        return roles

    def channels(self, count: int, roles: list[Json]) -> list[Json]:
        """Return channels of all kinds; most have the overwrites of their category."""
        categories = [self._channel(_CATEGORY, None, self._overwrites(roles)) for _ in range(2)]
        channels = list(categories)
        for number in range(count - len(categories)):
            category = self._random.choice(categories)
            is_synced = self._random.random() < 0.8
            inherited = category["permission_overwrites"]
            overwrites = inherited if is_synced else self._overwrites(roles)
            kind = _VOICE if number % 5 == 0 else _TEXT
            channels.append(self._channel(kind, category["id"], overwrites))
        return channels

    def thread(self, parent_id: str) -> Json:
        times = {"archive_timestamp": _CREATED_AT, "create_timestamp": _CREATED_AT}
        return {
            "id": self.id(),
            "guild_id": self._guild_id,
            "type": 11,
            "name": self._word(),
            "parent_id": parent_id,
            "owner_id": self.id(),
            "rate_limit_per_user": 0,
            "message_count": 5,
            "member_count": 3,
            "last_message_id": self.id(),
            "flags": 0,
            "thread_metadata": times
            | {"archived": False, "auto_archive_duration": 1440, "locked": False},
        }

    def emoji(self) -> Json:
        return {
            "id": self.id(),
            "name": self._word(),
            "roles": [],
            "require_colons": True,
            "managed": False,
            "animated": False,
            "available": True,
        }

    def _role(self, position: int) -> Json:
        colors = {"primary_color": 0, "secondary_color": None, "tertiary_color": None}
        return {
            "id": self.id(),
            "name": self._word().title(),
            "position": position,
            "flags": 0,
            "permissions": str(self._random.choice(_PERMISSIONS)),
            "colors": colors,
            "color": self._random.randrange(1 << 24),
            "hoist": False,
            "managed": False,
            "mentionable": False,
            "icon": None,
            "unicode_emoji": None,
        }

    def _channel(self, kind: int, category: str | None, overwrites: list[Json]) -> Json:
        channel: Json = {
            "id": self.id(),
            "type": kind,
            "flags": 0,
            "guild_id": self._guild_id,
            "name": self._word(),
            "parent_id": category,
            "position": 0,
            "nsfw": False,
            "rate_limit_per_user": 0,
            "permission_overwrites": overwrites,
        }
        if kind == _VOICE:
            channel |= {"bitrate": 64000, "user_limit": 0, "rtc_region": None}
        if kind == _TEXT:
            topic = self.sentence() if self._random.random() < 0.4 else None
            channel |= {"topic": topic, "last_message_id": self.id(), "last_pin_timestamp": None}
        return channel

    def _overwrites(self, roles: list[Json]) -> list[Json]:
        """Return up to three overwrites: some hide a channel from all but one role."""
        shown = self._random.choice(roles[1:])["id"]
        overwrites = [
            {"id": self._guild_id, "type": 0, "allow": "0", "deny": "1024"},
            {"id": shown, "type": 0, "allow": "1024", "deny": "0"},
            {"id": self.id(), "type": 1, "allow": "3072", "deny": "0"},
        ]
        return overwrites[: self._random.randrange(4)]

    def _word(self) -> str:
        return self._random.choice(_WORDS)


def _own_member(bot_id: int, role_id: str) -> Json:
    user = {"id": str(bot_id), "username": "Namesmith", "discriminator": "0", "bot": True}
    user |= {"global_name": None, "avatar": None, "public_flags": 0}
    member: Json = {"user": user, "roles": [role_id], "nick": None, "joined_at": _CREATED_AT}
    member |= {"premium_since": None, "avatar": None, "banner": None, "flags": 0, "pending": False}
    return member | {"communication_disabled_until": None, "mute": False, "deaf": False}


class Crowd:
    """Guilds that the loopback `discord` has only for its bot: in READY and GUILD_CREATE.

    They cost it no memory: each is described when it is sent, and is not sent again after a lost
    connection.
    """

    def __init__(self, discord: Loopback, count: int) -> None:
        gateway: Any = discord._backend.gateway
        self._bot_id = discord.bot.id
        first = (discord.guild.id >> 22) + 1
        self._guild_ids = [(first + number) << 22 for number in range(count)]
        self._gateway = gateway
        self._identify, self._ready_data = gateway.identify, gateway._ready_data
        gateway.identify, gateway._ready_data = self._start_session, self._list_guilds
        self._tasks: set[asyncio.Task[None]] = set()

    async def talk(self, kind: str, count: int) -> None:
        """Dispatch messages of `kind` to the bot: `count` in all, in the crowd's first guilds."""
        places = [self._place(guild_id) for guild_id in self._guild_ids[:_TALKING_GUILDS]]
        name = "MESSAGE_UPDATE" if kind == "edits" else "MESSAGE_CREATE"
        for number in range(count):
            guild_id, channel_id = places[number % len(places)]
            (session,) = (s for s in self._gateway.sessions.values() if s.handles(guild_id))
            await _send(session, name, message_json(kind, number, guild_id, channel_id))

    def _place(self, guild_id: int) -> tuple[int, str]:
        channels = guild_json(guild_id, self._bot_id, guild_id)["channels"]
        return guild_id, next(each["id"] for each in channels if each["type"] == _TEXT)

    def _list_guilds(self, session: Any, guild_ids: list[int]) -> Json:
        ready: Json = self._ready_data(
            session, [*guild_ids, *filter(session.handles, self._guild_ids)]
        )
        return ready

    def _start_session(
        self, shard: int, shard_count: int, intents: Any, send: Any, *_: Any
    ) -> None:
        self._identify(shard, shard_count, intents, send)
        task = asyncio.create_task(self._send_guilds(self._gateway.session_of(send)))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _send_guilds(self, session: Any) -> None:
        for guild_id in filter(session.handles, self._guild_ids):
            await _send(session, "GUILD_CREATE", guild_json(guild_id, self._bot_id, guild_id))


async def _send(session: Any, name: str, data: Json) -> None:
    """Send an event as fast as the bot reads, and don't store it for a lost connection."""
    session.sequence += 1
    session.send({"op": 0, "t": name, "s": session.sequence, "d": data})
    queue: asyncio.Queue[object] = session.send.__self__._outgoing
    await asyncio.sleep(0)
    while queue.qsize() > _MAX_QUEUED:  # noqa: ASYNC110
        await asyncio.sleep(0.001)


def message_json(kind: str, number: int, guild_id: int, channel_id: str) -> Json:
    """Return the data of a message: "talk", "mentions" of others, of "bots", or "edits" of talk."""
    author_id = str(10**17 + number % 1000)
    words = [_WORDS[(number * 7 + place) % len(_WORDS)] for place in range(10)]
    mentioned = {"id": "77", "username": "ben", "discriminator": "0", "avatar": None}
    is_bot, is_mention = kind == "bots", kind == "mentions"
    return {
        "id": str((guild_id >> 22) + number << 22),
        "channel_id": channel_id,
        "type": 0,
        "guild_id": str(guild_id),
        "tts": False,
        "mention_everyone": False,
        "pinned": False,
        "timestamp": _CREATED_AT,
        "edited_timestamp": _CREATED_AT if kind == "edits" else None,
        "content": ("<@77> " if is_mention else "") + " ".join(words),
        "flags": 0,
        "mentions": [mentioned] if is_mention else [],
        "mention_roles": [],
        "components": [],
        "attachments": [],
        "embeds": [{"title": words[0]}] if is_bot else [],
        "nonce": None,
        "author": {
            "id": author_id,
            "username": words[0],
            "discriminator": "0",
            "avatar": None,
            "global_name": words[1],
            "public_flags": 0,
            "bot": is_bot,
        },
        "member": {
            "roles": [author_id],
            "nick": None,
            "joined_at": _CREATED_AT,
            "flags": 0,
            "premium_since": None,
            "pending": False,
            "mute": False,
            "deaf": False,
        },
    }
