"""The one place that holds what exists: users, guilds, channels, messages, files.

Whatever changes here is told to the listeners, which are the gateway and whoever watches.
"""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from .bell import Bell
from .errors import DiscordError, Problem
from .messages import Attachment, Draft, Message, MessageFlag
from .people import Member, Role, Team, User
from .permissions import ORDINARY, PRIVILEGED, Intent
from .places import Channel, Guild
from .wire import EPOCH_MS, Json, Snowflakes, now

FOUNDED = datetime(2024, 1, 1, tzinfo=UTC)
"""When the guilds began; their ids say so too."""

# A guild's shard is (id >> 22) % shards: from a multiple of 2520, successive milliseconds put
# successive guilds on successive shards, for any number of shards up to ten.
_FIRST_GUILD_MS = (int(FOUNDED.timestamp() * 1000) - EPOCH_MS) // 2520 * 2520


@dataclass(frozen=True)
class Change:
    """Something happened.

    `kind` is created, edited, deleted, typing, reaction; or thinking, and later filled, for a
    deferred answer that appears empty and is then filled in.
    """

    kind: str
    channel: Channel
    user: User
    message: Message | None = None
    emoji: str | None = None


@dataclass(eq=False)
class World:
    """Everything that exists on this Discord; `granted` are the privileged intents allowed.

    The application is `owner`'s, or a `team`'s.
    """

    bot: User
    application_id: int
    owner: User
    granted: Intent = PRIVILEGED
    origin: str = ""
    snowflakes: Snowflakes = field(default_factory=Snowflakes)
    users: dict[int, User] = field(default_factory=dict)
    guilds: dict[int, Guild] = field(default_factory=dict)
    channels: dict[int, Channel] = field(default_factory=dict)
    messages: defaultdict[Channel, dict[int, Message]] = field(
        default_factory=lambda: defaultdict(dict)
    )
    files: dict[int, Attachment] = field(default_factory=dict)
    listeners: list[Callable[[Change], None]] = field(default_factory=list)
    bell: Bell = field(default_factory=Bell)
    team: Team | None = None

    def add_guild(self, people: list[User], channels: tuple[str, ...]) -> Guild:
        """Found a guild of the owner, the bot and `people`, with text channels of these names."""
        number = len(self.guilds)
        name = "Loopback" if number == 0 else f"Loopback {number + 1}"
        guild = Guild((_FIRST_GUILD_MS + number) << 22, name, self.owner, FOUNDED)
        everyone = Role(guild.id, "@everyone", ORDINARY)
        own = Role(self.snowflakes.next(), self.bot.name, ORDINARY, 1, managed_by=self.bot)
        guild.roles = {role.id: role for role in (everyone, own)}
        for user in (self.owner, self.bot, *people):
            guild.members[user.id] = Member(user, FOUNDED, [own] if user is self.bot else [])
        for position, title in enumerate(channels):
            channel = Channel(self.snowflakes.next(), title, guild, position=position)
            guild.channels[channel.id] = self.channels[channel.id] = channel
        self.guilds[guild.id] = guild
        return guild

    def add_thread(self, parent: Channel, name: str) -> Channel:
        """Open a thread in a guild's channel."""
        assert parent.guild is not None  # noqa: S101, a guild's channel
        thread = Channel(self.snowflakes.next(), name, parent.guild, parent=parent)
        parent.guild.threads[thread.id] = self.channels[thread.id] = thread
        return thread

    def add_group(self, founder: User, *others: User) -> Channel:
        """Make a group of people, where the bot is not."""
        group = Channel(self.snowflakes.next(), recipient=founder, others=others)
        self.channels[group.id] = group
        return group

    def remove_guild(self, guild: Guild) -> None:
        """Let the bot be in `guild` no longer."""
        del self.guilds[guild.id]
        for place in (*guild.channels, *guild.threads):
            del self.channels[place]

    def direct(self, user: User) -> Channel:
        """Give the direct-message channel of the bot and `user`; the first asking opens it."""
        for channel in self.channels.values():
            if channel.recipient is user and not channel.others:
                return channel
        channel = Channel(self.snowflakes.next(), recipient=user)
        self.channels[channel.id] = channel
        return channel

    def post(self, channel: Channel, author: User, draft: Draft, **about: Any) -> Message:
        """Put a new message into `channel`; `about` sets further fields of the `Message`."""
        message = Message(
            id=self.snowflakes.next(), channel=channel, author=author, sent=now(), **vars(draft)
        )
        vars(message).update(about)
        self.messages[channel][message.id] = message
        channel.last_message = message.id
        if author is self.bot and message.reference:
            message.reference.replies.append(message)
            message.reference.bell.ring()
        self._tell(Change("thinking" if message.loading else "created", channel, author, message))
        return message

    def edit(self, message: Message, draft: Draft) -> None:
        """Let `message` say what `draft` says; one that was loading is filled in by it."""
        was_loading = message.loading
        vars(message).update(vars(draft))
        message.flags &= ~MessageFlag.LOADING
        if not was_loading:
            message.edited = now()
        kind = "filled" if was_loading else "edited"
        self._tell(Change(kind, message.channel, message.author, message))

    def delete(self, message: Message) -> None:
        """Take `message` away."""
        message.deleted = True
        del self.messages[message.channel][message.id]
        self._tell(Change("deleted", message.channel, message.author, message))

    def typing(self, channel: Channel, user: User) -> None:
        """Show that `user` is typing in `channel`."""
        self._tell(Change("typing", channel, user))

    def react(self, message: Message, user: User, emoji: str) -> None:
        """Put a reaction of `user` under `message`, once."""
        who = message.reactions.setdefault(emoji, [])
        if user not in who:
            who.append(user)
            self._tell(Change("reaction", message.channel, user, message, emoji))

    def message(self, channel: Channel, message_id: int) -> Message:
        """Find a message that everyone in `channel` sees, or raise `DiscordError` (10008)."""
        message = self.messages[channel].get(message_id)
        if message is None or message.ephemeral:
            raise DiscordError(Problem.UNKNOWN_MESSAGE)
        return message

    def application_json(self) -> Json:
        """Give the application object, as the bot itself is told of it."""
        absent = ["icon", "interactions_endpoint_url", "role_connections_verification_url"]
        about: Json = dict.fromkeys(absent) | {"description": "", "type": None, "flags_new": "0"}
        about |= {"id": str(self.application_id), "name": self.bot.name, "bot_public": True}
        owner = self.team.user_json() if self.team else self.owner.json()
        about |= {"owner": owner, "team": self.team.json() if self.team else None}
        about |= {"bot": self.bot.json(), "flags": self.flags}
        about |= {"bot_require_code_grant": False, "verify_key": "0" * 64, "redirect_uris": []}
        about |= {"approximate_guild_count": len(self.guilds), "explicit_content_filter": 0}
        about |= {"approximate_user_install_count": 0, "eligible_oauth2_scopes": []}
        return about | {"approximate_user_authorization_count": 0, "flags_new": str(self.flags)}

    @property
    def flags(self) -> int:
        """The application's flags: which privileged intents it has, below a hundred guilds."""
        limited = {
            Intent.GUILD_PRESENCES: 1 << 13,
            Intent.GUILD_MEMBERS: 1 << 15,
            Intent.MESSAGE_CONTENT: 1 << 19,
        }
        return sum(flag for intent, flag in limited.items() if self.granted & intent)

    def _tell(self, change: Change) -> None:
        for listener in self.listeners:
            listener(change)
        if change.message:
            change.message.bell.ring()
        self.bell.ring()
