"""The loopback's entire state: users, guilds, channels, messages and files.

Each change calls the listeners: the gateway, and everyone who follows the events.
"""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from .encoding import DISCORD_EPOCH_MS, Json, SnowflakeGenerator, utc_now
from .errors import DiscordError, ErrorCode
from .guilds import Channel, Guild
from .messages import Attachment, Draft, Message, MessageFlag
from .notifier import Notifier
from .permissions import DEFAULT_PERMISSIONS, PRIVILEGED_INTENTS, Intent
from .users import Member, Role, Team, User

GUILD_CREATED_AT = datetime(2024, 1, 1, tzinfo=UTC)
"""When every guild was created; the guild ids encode the same time."""

# A guild's shard is (id >> 22) % shards. Starting from a multiple of 2520, consecutive
# milliseconds put consecutive guilds on consecutive shards, for up to ten shards.
_FIRST_GUILD_MS = (int(GUILD_CREATED_AT.timestamp() * 1000) - DISCORD_EPOCH_MS) // 2520 * 2520


@dataclass(frozen=True)
class StateChange:
    """A change that the gateway may dispatch.

    `kind` is created, edited, deleted, typing, reaction, reaction_removed, emoji_cleared or
    reactions_cleared. A deferred response is "thinking"
    when it appears without content, and "filled" when its content arrives.
    """

    kind: str
    channel: Channel
    user: User
    message: Message | None = None
    emoji: str | None = None


@dataclass(eq=False)
class ServerState:
    """Everything that exists on the server, by id.

    `privileged_intents` are the ones enabled for the application, which belongs to `owner`
    or, if there is one, to `team`. `application_settings` are further fields of the application
    object, such as `install_params`. `origin` is the base URL of the server.
    """

    bot: User
    application_id: int
    owner: User
    privileged_intents: Intent = PRIVILEGED_INTENTS
    origin: str = ""
    snowflakes: SnowflakeGenerator = field(default_factory=SnowflakeGenerator)
    users: dict[int, User] = field(default_factory=dict)
    guilds: dict[int, Guild] = field(default_factory=dict)
    channels: dict[int, Channel] = field(default_factory=dict)
    messages: defaultdict[Channel, dict[int, Message]] = field(
        default_factory=lambda: defaultdict(dict)
    )
    files: dict[int, Attachment] = field(default_factory=dict)
    listeners: list[Callable[[StateChange], None]] = field(default_factory=list)
    notifier: Notifier = field(default_factory=Notifier)
    team: Team | None = None
    application_settings: Json = field(default_factory=dict)

    def add_guild(self, users: list[User], channels: tuple[str, ...]) -> Guild:
        """Create a guild with the owner, the bot, `users`, and text channels by name."""
        number = len(self.guilds)
        name = "Loopback" if number == 0 else f"Loopback {number + 1}"
        guild = Guild((_FIRST_GUILD_MS + number) << 22, name, self.owner, GUILD_CREATED_AT)
        everyone = Role(guild.id, "@everyone", DEFAULT_PERMISSIONS)
        role_id = self.snowflakes.next()
        bot_role = Role(role_id, self.bot.name, DEFAULT_PERMISSIONS, 1, managed_by=self.bot)
        guild.roles = {role.id: role for role in (everyone, bot_role)}
        for user in (self.owner, self.bot, *users):
            roles = [bot_role] if user is self.bot else []
            guild.members[user.id] = Member(user, GUILD_CREATED_AT, roles)
        for position, title in enumerate(channels):
            channel = Channel(self.snowflakes.next(), title, guild, position=position)
            guild.channels[channel.id] = self.channels[channel.id] = channel
            guild.system_channel = guild.system_channel or channel
        self.guilds[guild.id] = guild
        return guild

    def add_thread(self, parent: Channel, name: str) -> Channel:
        """Create a thread in a guild's channel."""
        assert parent.guild is not None  # noqa: S101 - threads exist only in guilds
        thread = Channel(self.snowflakes.next(), name, parent.guild, parent=parent)
        parent.guild.threads[thread.id] = self.channels[thread.id] = thread
        return thread

    def add_group(self, founder: User, *others: User) -> Channel:
        """Create a group without the bot."""
        group = Channel(self.snowflakes.next(), recipient=founder, others=others)
        self.channels[group.id] = group
        return group

    def remove_guild(self, guild: Guild) -> None:
        """Remove a guild with its channels and threads."""
        del self.guilds[guild.id]
        for channel_id in (*guild.channels, *guild.threads):
            del self.channels[channel_id]

    def restore_guild(self, guild: Guild) -> None:
        """Add a removed guild again, with its channels and threads."""
        self.guilds[guild.id] = guild
        self.channels |= guild.channels | guild.threads

    def dm_channel(self, user: User) -> Channel:
        """Return the direct messages between the bot and `user`, created on first use."""
        for channel in self.channels.values():
            if channel.recipient is user and not channel.others:
                return channel
        channel = Channel(self.snowflakes.next(), recipient=user)
        self.channels[channel.id] = channel
        return channel

    def post(self, channel: Channel, author: User, draft: Draft, **fields: Any) -> Message:
        """Add a message to `channel`; `fields` sets further fields of the `Message`."""
        message = Message(
            id=self.snowflakes.next(),
            channel=channel,
            author=author,
            sent_at=utc_now(),
            **vars(draft),
        )
        vars(message).update(fields)
        self.messages[channel][message.id] = message
        channel.last_message_id = message.id
        if author is self.bot and message.reference:
            message.reference.replies.append(message)
            message.reference.notifier.notify()
        kind = "thinking" if message.loading else "created"
        self._announce(StateChange(kind, channel, author, message))
        return message

    def edit(self, message: Message, draft: Draft) -> None:
        """Replace the content of `message`; this completes a deferred response."""
        was_loading = message.loading
        vars(message).update(vars(draft))
        message.flags &= ~MessageFlag.LOADING
        if not was_loading:
            message.edited_at = utc_now()
        kind = "filled" if was_loading else "edited"
        self._announce(StateChange(kind, message.channel, message.author, message))

    def delete(self, message: Message) -> None:
        """Delete `message`."""
        message.deleted = True
        del self.messages[message.channel][message.id]
        self._announce(StateChange("deleted", message.channel, message.author, message))

    def start_typing(self, channel: Channel, user: User) -> None:
        """Show that `user` is typing in `channel`."""
        self._announce(StateChange("typing", channel, user))

    def add_reaction(self, message: Message, user: User, emoji: str) -> None:
        """Add a reaction of `user` to `message`, once."""
        users = message.reactions.setdefault(emoji, [])
        if user not in users:
            users.append(user)
            self._announce(StateChange("reaction", message.channel, user, message, emoji))

    def remove_reaction(self, message: Message, user: User, emoji: str) -> None:
        """Remove the reaction of `user` from `message`, if there is one."""
        users = message.reactions.get(emoji, [])
        if user in users:
            users.remove(user)
            if not users:
                del message.reactions[emoji]
            self._announce(StateChange("reaction_removed", message.channel, user, message, emoji))

    def clear_reactions(self, message: Message, emoji: str | None = None) -> None:
        """Remove every reaction from `message`, or those with `emoji`."""
        found = list(message.reactions) if emoji is None else [emoji]
        if any(message.reactions.pop(name, None) for name in found):
            kind = "emoji_cleared" if emoji else "reactions_cleared"
            self._announce(StateChange(kind, message.channel, message.author, message, emoji))

    def find_message(self, channel: Channel, message_id: int) -> Message:
        """Find a message that everyone in `channel` sees, or raise `DiscordError` (10008)."""
        message = self.messages[channel].get(message_id)
        if message is None or message.ephemeral:
            raise DiscordError(ErrorCode.UNKNOWN_MESSAGE)
        return message

    def application_json(self) -> Json:
        """Return the application object, as the bot itself receives it."""
        null_fields = ["icon", "interactions_endpoint_url", "role_connections_verification_url"]
        app: Json = dict.fromkeys(null_fields) | {"description": "", "type": None}
        app["summary"] = ""  # deprecated and always empty; interactions.py needs it
        app |= {"id": str(self.application_id), "name": self.bot.name, "bot_public": True}
        owner = self.team.user_json() if self.team else self.owner.json()
        app |= {"owner": owner, "team": self.team.json() if self.team else None}
        app |= {"bot": self.bot.json(), "flags": self.application_flags}
        app |= {"flags_new": str(self.application_flags)}
        app |= {"bot_require_code_grant": False, "verify_key": "0" * 64, "redirect_uris": []}
        app |= {"approximate_guild_count": len(self.guilds), "explicit_content_filter": 0}
        app |= {"approximate_user_install_count": 0, "eligible_oauth2_scopes": []}
        return app | {"approximate_user_authorization_count": 0} | self.application_settings

    @property
    def application_flags(self) -> int:
        """The application's flags: its privileged intents, limited to under 100 guilds."""
        limited = {
            Intent.GUILD_PRESENCES: 1 << 13,
            Intent.GUILD_MEMBERS: 1 << 15,
            Intent.MESSAGE_CONTENT: 1 << 19,
        }
        return sum(flag for intent, flag in limited.items() if self.privileged_intents & intent)

    def _announce(self, change: StateChange) -> None:
        for listener in self.listeners:
            listener(change)
        if change.message:
            change.message.notifier.notify()
        self.notifier.notify()
