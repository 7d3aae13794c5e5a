"""Guilds and their channels, and the permissions of members in them."""

from dataclasses import dataclass, field
from datetime import datetime

from .encoding import Json, format_timestamp
from .errors import DiscordError, ErrorCode
from .permissions import ALL_PERMISSIONS, DEFAULT_PERMISSIONS, NO_PERMISSIONS, Permission
from .users import Member, Role, User

TEXT_CHANNEL, DM, GROUP_DM, PUBLIC_THREAD = 0, 1, 3, 11
"""Channel types."""


@dataclass(frozen=True)
class PermissionOverwrite:
    """Permissions that a channel allows or denies one role or member."""

    allow: Permission = NO_PERMISSIONS
    deny: Permission = NO_PERMISSIONS


@dataclass(eq=False)
class Channel:
    """A guild's text channel, a thread (with `parent`), a direct message or a group.

    A direct message is between the bot and `recipient`. A group belongs to `recipient` and
    `others`; the bot is no member and sees only its user-installed commands there.
    """

    id: int
    name: str = ""
    guild: "Guild | None" = None
    recipient: User | None = None
    position: int = 0
    overwrites: dict[int, PermissionOverwrite] = field(default_factory=dict)
    last_message_id: int | None = None
    parent: "Channel | None" = None
    others: tuple[User, ...] = ()

    @property
    def type(self) -> int:
        """Discord's channel type."""
        if self.guild is None:
            return GROUP_DM if self.others else DM
        return PUBLIC_THREAD if self.parent else TEXT_CHANNEL

    @property
    def recipients(self) -> tuple[User, ...]:
        """The people of a direct message or a group."""
        return (self.recipient, *self.others) if self.recipient else ()

    def json(self) -> Json:
        """Return the channel object."""
        last = self.last_message_id
        channel: Json = {"id": str(self.id), "type": self.type, "flags": 0}
        channel |= {"last_message_id": str(last) if last else None, "last_pin_timestamp": None}
        if self.guild is None:
            channel |= {"recipients": [user.json() for user in self.recipients]}
            group = {"name": self.name, "icon": None, "owner_id": str(self.recipients[0].id)}
            return channel | group if self.others else channel
        channel |= {"guild_id": str(self.guild.id), "name": self.name, "rate_limit_per_user": 0}
        if self.parent:
            counts = dict.fromkeys(("message_count", "member_count", "total_message_sent"), 0)
            ids = {"parent_id": str(self.parent.id), "owner_id": str(self.guild.owner.id)}
            return channel | counts | ids | {"thread_metadata": _thread_metadata(self.guild)}
        overwrites = [self._overwrite_json(target_id) for target_id in self.overwrites]
        channel |= {"topic": None, "position": self.position, "parent_id": None, "nsfw": False}
        return channel | {"permission_overwrites": overwrites}

    def _overwrite_json(self, target_id: int) -> Json:
        overwrite = self.overwrites[target_id]
        target_type = 0 if self.guild and target_id in self.guild.roles else 1
        bits = {"allow": str(int(overwrite.allow)), "deny": str(int(overwrite.deny))}
        return {"id": str(target_id), "type": target_type} | bits

    def permissions(self, user: User) -> Permission:
        """Return the permissions of `user` here, by the algorithm of the page "Permissions"."""
        if self.parent:
            return self.parent.permissions(user)
        if self.guild is None:
            is_member = user in self.recipients or (user.bot and not self.others)
            return DEFAULT_PERMISSIONS if is_member else NO_PERMISSIONS
        member = self.guild.members.get(user.id)
        if member is None:
            return NO_PERMISSIONS
        granted = self.guild.permissions(member)
        if granted & Permission.ADMINISTRATOR:
            return ALL_PERMISSIONS
        everyone = self.overwrites.get(self.guild.id, PermissionOverwrite())
        roles = [self.overwrites.get(role.id, PermissionOverwrite()) for role in member.roles]
        own = self.overwrites.get(user.id, PermissionOverwrite())
        granted = granted & ~everyone.deny | everyone.allow
        for overwrite in roles:
            granted &= ~overwrite.deny
        for overwrite in roles:
            granted |= overwrite.allow
        return granted & ~own.deny | own.allow

    def require_permissions(self, user: User, *required: Permission) -> None:
        """Raise `DiscordError` unless `user` sees the channel and has all `required`.

        The code is 50001 if the user does not see the channel, and 50013 otherwise.
        """
        granted = self.permissions(user)
        if self.parent:
            in_threads = {Permission.SEND_MESSAGES: Permission.SEND_MESSAGES_IN_THREADS}
            required = tuple(in_threads.get(permission, permission) for permission in required)
        if not granted & Permission.VIEW_CHANNEL:
            raise DiscordError(ErrorCode.MISSING_ACCESS)
        if not all(granted & permission for permission in required):
            raise DiscordError(ErrorCode.MISSING_PERMISSIONS)


@dataclass(eq=False)
class Guild:
    """A guild ("server" to people): its members, roles, channels and threads by id.

    `system_channel` is where Discord welcomes new members; `preferred_locale` is its language.
    """

    id: int
    name: str
    owner: User
    created_at: datetime
    roles: dict[int, Role] = field(default_factory=dict)
    members: dict[int, Member] = field(default_factory=dict)
    channels: dict[int, Channel] = field(default_factory=dict)
    threads: dict[int, Channel] = field(default_factory=dict)
    system_channel: Channel | None = None
    preferred_locale: str = "en-US"

    def permissions(self, member: Member) -> Permission:
        """Return the permissions of `member` in the guild, before channel overwrites."""
        granted = self.roles[self.id].permissions
        for role in member.roles:
            granted |= role.permissions
        is_owner = member.user is self.owner
        return ALL_PERMISSIONS if is_owner or granted & Permission.ADMINISTRATOR else granted

    def json(self) -> Json:
        """Return the guild object, as REST sends it."""
        guild: Json = {"id": str(self.id), "name": self.name, "owner_id": str(self.owner.id)}
        guild |= dict.fromkeys(_NULL_FIELDS) | _DEFAULT_SETTINGS
        guild |= {"preferred_locale": self.preferred_locale}
        if self.system_channel:
            guild |= {"system_channel_id": str(self.system_channel.id)}
        return guild | {"roles": [role.json() for role in self.roles.values()]}

    def create_json(self, members: list[Member], joined_at: datetime | None = None) -> Json:
        """Return the data of GUILD_CREATE, listing only `members`.

        `joined_at` is when the bot joined, by default the time of creation.
        """
        joined = format_timestamp(joined_at or self.created_at)
        guild = self.json() | {"joined_at": joined, "large": False}
        guild |= {"unavailable": False, "member_count": len(self.members)}
        guild |= {"members": [member.json() for member in members]}
        guild |= {"channels": [channel.json() for channel in self.channels.values()]}
        guild |= {"threads": [thread.json() for thread in self.threads.values()]}
        guild |= {"voice_states": [], "presences": [], "stage_instances": []}
        return guild | {"guild_scheduled_events": [], "soundboard_sounds": []}


def _thread_metadata(guild: Guild) -> Json:
    created_at = format_timestamp(guild.created_at)
    metadata: Json = {"archive_timestamp": created_at, "create_timestamp": created_at}
    return metadata | {"archived": False, "auto_archive_duration": 1440, "locked": False}


_NULL_FIELDS = (
    *("icon", "description", "home_header", "splash", "discovery_splash", "banner"),
    *("application_id", "afk_channel_id", "system_channel_id", "widget_channel_id"),
    *("max_presences", "vanity_url_code", "rules_channel_id", "safety_alerts_channel_id"),
    *("public_updates_channel_id", "incidents_data"),
)

_DEFAULT_SETTINGS: Json = {
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
    "premium_progress_bar_enabled": False,
    "nsfw": False,
    "nsfw_level": 0,
    "emojis": [],
    "stickers": [],
}
