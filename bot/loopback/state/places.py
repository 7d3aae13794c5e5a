"""Guilds and channels, and what someone may do in them."""

from dataclasses import dataclass, field
from datetime import datetime

from .errors import DiscordError, Problem
from .people import Member, Role, User
from .permissions import EVERYTHING, NOTHING, ORDINARY, Permission
from .wire import Json, timestamp

TEXT, DIRECT, GROUP, THREAD = 0, 1, 3, 11
"""Types of channels: a guild's text channel, a direct message, a group of people, a thread."""


@dataclass(frozen=True)
class Overwrite:
    """What a channel allows or denies one role or member, over the guild's roles."""

    allow: Permission = NOTHING
    deny: Permission = NOTHING


@dataclass(eq=False)
class Channel:
    """A text channel of a guild, a thread in one (`parent`), or messages outside of guilds.

    Those are between the bot and `recipient`, or in a group that `recipient` founded with `others`,
    where the bot is not: it is only there for those who have installed it for themselves.
    """

    id: int
    name: str = ""
    guild: "Guild | None" = None
    recipient: User | None = None
    position: int = 0
    overwrites: dict[int, Overwrite] = field(default_factory=dict)
    last_message: int | None = None
    parent: "Channel | None" = None
    others: tuple[User, ...] = ()

    @property
    def type(self) -> int:
        """Discord's number for the kind of channel."""
        if self.guild is None:
            return GROUP if self.others else DIRECT
        return THREAD if self.parent else TEXT

    @property
    def people(self) -> tuple[User, ...]:
        """The people of a direct message or a group."""
        return (self.recipient, *self.others) if self.recipient else ()

    def json(self) -> Json:
        """Give the channel object."""
        last = self.last_message
        about: Json = {"id": str(self.id), "type": self.type, "flags": 0}
        about |= {"last_message_id": str(last) if last else None, "last_pin_timestamp": None}
        if self.guild is None:
            about |= {"recipients": [person.json() for person in self.people]}
            group = {"name": self.name, "icon": None, "owner_id": str(self.people[0].id)}
            return about | group if self.others else about
        about |= {"guild_id": str(self.guild.id), "name": self.name, "rate_limit_per_user": 0}
        if self.parent:
            counts = dict.fromkeys(("message_count", "member_count", "total_message_sent"), 0)
            about |= counts | {"thread_metadata": _thread(self.guild)}
            return about | {
                "parent_id": str(self.parent.id),
                "owner_id": str(self.guild.owner.id),
            }
        about |= {"topic": None, "position": self.position, "parent_id": None, "nsfw": False}
        return about | {"permission_overwrites": [self._overwrite(i) for i in self.overwrites]}

    def _overwrite(self, who: int) -> Json:
        overwrite = self.overwrites[who]
        kind = 0 if self.guild and who in self.guild.roles else 1
        bits = {"allow": str(int(overwrite.allow)), "deny": str(int(overwrite.deny))}
        return {"id": str(who), "type": kind} | bits

    def permissions(self, user: User) -> Permission:
        """What `user` may here, by the algorithm of Discord's page "Permissions"."""
        if self.parent:
            return self.parent.permissions(user)
        if self.guild is None:
            in_it = user in self.people or (user.bot and not self.others)
            return ORDINARY if in_it else NOTHING
        member = self.guild.members.get(user.id)
        if member is None:
            return NOTHING
        granted = self.guild.permissions(member)
        if granted & Permission.ADMINISTRATOR:
            return EVERYTHING
        everyone = self.overwrites.get(self.guild.id, Overwrite())
        roles = [self.overwrites.get(role.id, Overwrite()) for role in member.roles]
        own = self.overwrites.get(user.id, Overwrite())
        granted = granted & ~everyone.deny | everyone.allow
        for overwrite in roles:
            granted &= ~overwrite.deny
        for overwrite in roles:
            granted |= overwrite.allow
        return granted & ~own.deny | own.allow

    def demand(self, user: User, *needed: Permission) -> None:
        """Refuse (50001 unseen, 50013 lacking) unless `user` may do all that is `needed` here."""
        granted = self.permissions(user)
        if self.parent:
            spoken = {Permission.SEND_MESSAGES: Permission.SEND_MESSAGES_IN_THREADS}
            needed = tuple(spoken.get(one, one) for one in needed)
        if not granted & Permission.VIEW_CHANNEL:
            raise DiscordError(Problem.MISSING_ACCESS)
        if not all(granted & permission for permission in needed):
            raise DiscordError(Problem.MISSING_PERMISSIONS)


@dataclass(eq=False)
class Guild:
    """A guild (people say "server"): members, roles and channels."""

    id: int
    name: str
    owner: User
    founded: datetime
    roles: dict[int, Role] = field(default_factory=dict)
    members: dict[int, Member] = field(default_factory=dict)
    channels: dict[int, Channel] = field(default_factory=dict)
    threads: dict[int, Channel] = field(default_factory=dict)

    def permissions(self, member: Member) -> Permission:
        """What `member` may in this guild, before any channel's overwrites."""
        granted = self.roles[self.id].permissions
        for role in member.roles:
            granted |= role.permissions
        owns = member.user is self.owner
        return EVERYTHING if owns or granted & Permission.ADMINISTRATOR else granted

    def json(self) -> Json:
        """Give the guild object, as REST answers it."""
        about: Json = {"id": str(self.id), "name": self.name, "owner_id": str(self.owner.id)}
        about |= dict.fromkeys(_ABSENT) | _SETTINGS
        return about | {"roles": [role.json() for role in self.roles.values()]}

    def create_json(self, members: list[Member]) -> Json:
        """Give the guild as GUILD_CREATE carries it, telling of `members` only."""
        about = self.json() | {"joined_at": timestamp(self.founded), "large": False}
        about |= {"unavailable": False, "member_count": len(self.members)}
        about |= {"members": [member.json() for member in members]}
        about |= {"channels": [channel.json() for channel in self.channels.values()]}
        about |= {"threads": [thread.json() for thread in self.threads.values()]}
        about |= {"voice_states": [], "presences": [], "stage_instances": []}
        return about | {"guild_scheduled_events": [], "soundboard_sounds": []}


def _thread(guild: Guild) -> Json:
    founded = timestamp(guild.founded)
    about: Json = {"archived": False, "archive_timestamp": founded, "create_timestamp": founded}
    return about | {"auto_archive_duration": 1440, "locked": False}


_ABSENT = (
    *("icon", "description", "home_header", "splash", "discovery_splash", "banner"),
    *("application_id", "afk_channel_id", "system_channel_id", "widget_channel_id"),
    *("max_presences", "vanity_url_code", "rules_channel_id", "safety_alerts_channel_id"),
    *("public_updates_channel_id", "incidents_data"),
)

_SETTINGS: Json = {
    "features": [],
    "region": "us-central",
    "afk_timeout": 300,
    "system_channel_flags": 0,
    "widget_enabled": False,
    "verification_level": 0,
    "default_message_notifications": 1,
    "mfa_level": 0,
    "explicit_content_filter": 0,
    "max_members": 500_000,
    "max_stage_video_channel_users": 50,
    "max_video_channel_users": 25,
    "premium_tier": 0,
    "premium_subscription_count": 0,
    "preferred_locale": "en-US",
    "premium_progress_bar_enabled": False,
    "nsfw": False,
    "nsfw_level": 0,
    "emojis": [],
    "stickers": [],
}
