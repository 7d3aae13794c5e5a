"""Demo server: its guilds, channels and users, with a method for each user action.

Every action that a person takes in Discord's client is a method, which returns its result or
waits for it. Users and channels can be given by name.
"""

import asyncio
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from typing import Any, TypeVar

from . import user_actions
from .gateway.dispatch import Dispatch
from .payloads.message_requests import Sender, UploadedFile
from .rest.interactions import Interaction
from .rest.routing import Backend
from .state.encoding import Json, SnowflakeGenerator, utc_now
from .state.errors import DiscordError
from .state.guilds import Channel, Guild, PermissionOverwrite
from .state.messages import DEFAULT, REPLY, Attachment, Message
from .state.permissions import NO_PERMISSIONS, Intent, Permission
from .state.server_state import ServerState
from .state.users import Role, Team, User

OWNER, USERS = "olga", ("ada", "ben", "cleo")
CHANNELS = ("general", "random")

T = TypeVar("T")


def create_state(
    bot_name: str, privileged_intents: Intent, guild_count: int, team: Mapping[str, str] | None
) -> ServerState:
    """Create the demo guilds and users; `team` has the roles of its members by user name."""
    snowflakes = SnowflakeGenerator()
    bot = User(snowflakes.next(), bot_name, bot=True)
    owner, *users = (User(snowflakes.next(), name) for name in (OWNER, *USERS))
    state = ServerState(bot, bot.id, owner, privileged_intents, snowflakes=snowflakes)
    state.users = {user.id: user for user in (bot, owner, *users)}
    for _ in range(guild_count):
        state.add_guild(users, CHANNELS)
    if team is not None:
        by_name = {user.name: user for user in state.users.values()}
        roles = {_find_by_name(name, by_name): role for name, role in team.items()}
        state.team = Team(snowflakes.next(), owner, roles)
    return state


class DemoServer:
    """The demo guilds and users, and what the users do.

    Attributes: `token` and `application_id` of the bot, and `bot`, its user.
    """

    def __init__(self, backend: Backend) -> None:
        self._backend = backend
        self.token = backend.token
        self.bot = backend.state.bot
        self.application_id = backend.state.application_id

    @property
    def guilds(self) -> list[Guild]:
        """All guilds."""
        return list(self._backend.state.guilds.values())

    @property
    def guild(self) -> Guild:
        """The first guild."""
        return self.guilds[0]

    @property
    def commands(self) -> list[Json]:
        """The registered global commands."""
        return self._backend.commands.commands(None)

    @property
    def guild_commands(self) -> list[Json]:
        """The commands registered only for the first guild."""
        return self._backend.commands.commands(self.guild.id)

    @property
    def violations(self) -> list[str]:
        """A line for each payload that the validator refuses, received or sent."""
        return self._backend.validator.violations

    def user(self, name: str | User) -> User:
        """Find a user by name; raises `ValueError` if there is none."""
        if isinstance(name, User):
            return name
        return _find_by_name(name, {user.name: user for user in self._backend.state.users.values()})

    def channel(self, name: str | Channel, guild: Guild | None = None) -> Channel:
        """Find a text channel by name, in the first guild by default; raises `ValueError`."""
        if isinstance(name, Channel):
            return name
        channels = (guild or self.guild).channels.values()
        return _find_by_name(name, {channel.name: channel for channel in channels})

    def dm(self, user: str | User) -> Channel:
        """Return the direct messages between a user and the bot."""
        return self._backend.state.dm_channel(self.user(user))

    def messages(self, channel: str | Channel) -> dict[int, Message]:
        """Return the messages of a channel by id, oldest first."""
        return self._backend.state.messages[self.channel(channel)]

    def attachment(self, attachment_id: int) -> Attachment | None:
        """Find an attachment by id."""
        return self._backend.state.files.get(attachment_id)

    def available_commands(
        self, author: str | User = "ada", channel: str | Channel = "general"
    ) -> list[Json]:
        """Return the commands that Discord's client offers a user in a channel."""
        user, in_channel = self.user(author), self.channel(channel)
        return user_actions.available_commands(self._backend, user, in_channel)

    # Changes by a guild's administrators

    def set_permissions(
        self, channel: str | Channel, user: User, *, allow: int = 0, deny: int = 0
    ) -> None:
        """Allow or deny a user permissions in a channel, and notify the bot."""
        changed = self.channel(channel)
        changed.overwrites[user.id] = PermissionOverwrite(Permission(allow), Permission(deny))
        self._dispatch_to_guild("CHANNEL_UPDATE", changed.json(), changed.guild)

    def create_role(self, name: str, *users: str | User, guild: Guild | None = None) -> Role:
        """Create a role without permissions, give it to users, and notify the bot."""
        changed = guild or self.guild
        role_id, position = self._backend.state.snowflakes.next(), len(changed.roles)
        role = changed.roles[role_id] = Role(role_id, name, NO_PERMISSIONS, position)
        data: Json = {"guild_id": str(changed.id), "role": role.json()}
        self._dispatch_to_guild("GUILD_ROLE_CREATE", data, changed)
        for user in users:
            changed.members[self.user(user).id].roles.append(role)
        return role

    def delete_role(self, role: Role, guild: Guild | None = None) -> None:
        """Delete a role, and notify the bot."""
        changed = guild or self.guild
        del changed.roles[role.id]
        for member in changed.members.values():
            member.roles = [each for each in member.roles if each is not role]
        data: Json = {"guild_id": str(changed.id), "role_id": str(role.id)}
        self._dispatch_to_guild("GUILD_ROLE_DELETE", data, changed)

    def override_command(
        self, name: str, target: Role | User | Channel, *, allow: bool, guild: Guild | None = None
    ) -> None:
        """Allow or deny a command in Server Settings → Integrations; raises `ValueError`."""
        guild_id = (guild or self.guild).id
        self._backend.commands.override(name, guild_id, target.id, allow=allow)

    def create_thread(self, name: str, parent: str | Channel = "general") -> Channel:
        """Create a thread in a channel, and notify the bot."""
        thread = self._backend.state.add_thread(self.channel(parent), name)
        data = thread.json() | {"newly_created": True}
        self._dispatch_to_guild("THREAD_CREATE", data, thread.guild)
        return thread

    def create_group(self, founder: str | User, *others: str | User) -> Channel:
        """Create a group without the bot; its members installed the application themselves."""
        return self._backend.state.add_group(self.user(founder), *map(self.user, others))

    def remove_bot(self, guild: Guild) -> None:
        """Remove the bot from a guild, and notify it."""
        self._backend.state.remove_guild(guild)
        self._dispatch_to_guild("GUILD_DELETE", {"id": str(guild.id)}, guild)

    def add_bot(self, guild: Guild) -> None:
        """Invite the bot back to a guild that removed it, and notify it."""
        self._backend.state.restore_guild(guild)
        self._dispatch_join(guild)

    def create_guild(self) -> Guild:
        """Create another guild, with the same people, that invites the bot, and notify it."""
        state = self._backend.state
        users = [user for user in state.users.values() if user not in (state.bot, state.owner)]
        guild = state.add_guild(users, CHANNELS)
        self._dispatch_join(guild)
        return guild

    def set_locale(self, user: str | User, locale: str) -> None:
        """Change the language of a user's client, such as `pt-BR`."""
        self.user(user).locale = locale

    def set_preferred_locale(self, locale: str, guild: Guild | None = None) -> None:
        """Change the language of a guild, the first by default, and notify the bot."""
        changed = guild or self.guild
        changed.preferred_locale = locale
        self._dispatch_to_guild("GUILD_UPDATE", changed.json(), changed)

    def set_system_channel(self, guild: Guild, channel: Channel | None) -> None:
        """Change where Discord welcomes the new members of a guild, and notify the bot."""
        guild.system_channel = channel
        self._dispatch_to_guild("GUILD_UPDATE", guild.json(), guild)

    def _dispatch_join(self, guild: Guild) -> None:
        """Notify the bot that it is a new member of a guild."""
        member = guild.members[self.bot.id]
        member.joined_at = utc_now()
        data = guild.create_json([member], member.joined_at)
        del data["unavailable"]  # Discord sends it at the start and after an outage
        self._dispatch_to_guild("GUILD_CREATE", data, guild)

    def _dispatch_to_guild(self, name: str, data: Json, guild: Guild | None) -> None:
        guild_id = guild.id if guild else None
        self._backend.gateway.dispatch(Dispatch(name, data, Intent.GUILDS, guild_id))

    # Messages

    async def say(
        self,
        content: str,
        *,
        author: str | User = "ada",
        channel: str | Channel = "general",
        attachments: Sequence[tuple[str, bytes]] = (),
        reference: Message | None = None,
    ) -> Message:
        """Send a message; `@name` becomes a mention, as in Discord's client.

        Raises `ValueError` if the user may not write here, or the message is invalid.
        """
        user, to_channel, state = self.user(author), self.channel(channel), self._backend.state
        files = [UploadedFile(index, *attachment) for index, attachment in enumerate(attachments)]
        mentions = {user.name.lower(): user.mention for user in state.users.values()}
        text = re.sub(
            r"(?<!\S)@(\w+)", lambda match: mentions.get(match[1].lower(), match[0]), content
        )
        with _one_line_errors(user, to_channel):
            file_permissions = [Permission.ATTACH_FILES] if files else []
            to_channel.require_permissions(user, Permission.SEND_MESSAGES, *file_permissions)
            sender = Sender(state, to_channel, user)
            draft = sender.build_draft({"content": text}, files, reference=reference)
        message_type = REPLY if reference else DEFAULT
        return state.post(to_channel, user, draft, type=message_type, reference=reference)

    async def edit(self, message: Message, content: str) -> None:
        """Edit a message as its author; raises `ValueError` if the content is invalid."""
        state = self._backend.state
        sender = Sender(state, message.channel, message.author)
        with _one_line_errors(message.author, message.channel):
            draft = sender.build_draft({"content": content}, (), message, message.reference)
        state.edit(message, draft)

    async def delete(self, message: Message) -> None:
        """Delete a message."""
        self._backend.state.delete(message)

    async def react(self, message: Message, emoji: str, *, author: str | User = "ada") -> None:
        """Add a reaction to a message."""
        self._backend.state.add_reaction(message, self.user(author), emoji)

    # Interactions

    async def invoke(
        self,
        command: str,
        options: Mapping[str, Any] | None = None,
        *,
        author: str | User = "ada",
        channel: str | Channel = "general",
    ) -> Interaction:
        """Use a slash command, such as `style list`; raises `ValueError` if that is invalid."""
        user, in_channel = self.user(author), self.channel(channel)
        return user_actions.invoke(self._backend, user, in_channel, command, options or {})

    async def use_context_menu(
        self,
        command: str,
        target: User | Message,
        *,
        author: str | User = "ada",
        channel: str | Channel = "general",
    ) -> Interaction:
        """Use a context-menu command on a user or a message."""
        in_channel = target.channel if isinstance(target, Message) else self.channel(channel)
        user = self.user(author)
        return user_actions.use_context_menu(self._backend, user, in_channel, command, target)

    async def autocomplete(
        self,
        command: str,
        options: Mapping[str, Any],
        *,
        focused: str,
        author: str | User = "ada",
        channel: str | Channel = "general",
        timeout: float | None = 60.0,
    ) -> list[Json]:
        """Return the bot's choices while a user types the option `focused`."""
        user, in_channel = self.user(author), self.channel(channel)
        interaction = user_actions.invoke(
            self._backend, user, in_channel, command, options, focused
        )
        await interaction.wait_acknowledged(timeout)
        return interaction.choices or []

    async def press(
        self, message: Message, custom_id: str, *, author: str | User = "ada"
    ) -> Interaction:
        """Press a button of a message."""
        return user_actions.press(self._backend, self.user(author), message, custom_id)

    async def select(
        self, message: Message, custom_id: str, values: Sequence[Any], *, author: str | User = "ada"
    ) -> Interaction:
        """Choose from a select of a message."""
        return user_actions.select(self._backend, self.user(author), message, custom_id, values)

    async def submit(
        self,
        interaction: Interaction,
        fields: Mapping[str, Any],
        *,
        author: str | User | None = None,
        timeout: float | None = 60.0,
    ) -> Interaction:
        """Wait for the modal that `interaction` opens, then submit it with `fields`."""
        await interaction.wait_acknowledged(timeout)
        user = interaction.user if author is None else self.user(author)
        return user_actions.submit_modal(self._backend, user, interaction, fields)

    # Waiting for the bot

    async def wait_until(
        self, condition: Callable[[], T | None], timeout: float | None = 60.0
    ) -> T:
        """Wait until `condition()` returns something true, and return that.

        Checks after every change of the server, and every 50 ms for changes elsewhere, such as
        in the bot's log. Raises `TimeoutError`.
        """
        notifier = self._backend.state.notifier
        async with asyncio.timeout(timeout):
            while True:
                with suppress(TimeoutError):
                    return await notifier.wait_until(condition, 0.05, "a change")

    async def wait_next_message(self, message: Message, timeout: float | None = 60.0) -> Message:
        """Wait for the bot's next message in the channel of `message`; raises `TimeoutError`."""
        messages, bot = self.messages(message.channel), self.bot

        def find_next() -> Message | None:
            later = (m for m in messages.values() if m.id > message.id and m.author is bot)
            return next(later, None)

        return await self.wait_until(find_next, timeout)

    async def wait_reply(self, message: Message, timeout: float | None = 60.0) -> Message:
        """Wait for the bot's first reply to `message`; raises `TimeoutError`."""
        replies = message.replies
        description = f"a reply to {message.content!r}"
        return await message.notifier.wait_until(
            lambda: replies[0] if replies else None, timeout, description
        )


@contextmanager
def _one_line_errors(user: User, channel: Channel) -> Iterator[None]:
    """Raise a `DiscordError` as a `ValueError` of one line with user, channel and reason."""
    try:
        yield
    except DiscordError as error:
        raise ValueError(f"{user.name} in {channel.name or 'a DM'}: {error}") from None


def _find_by_name(name: str, entities: Mapping[str, T]) -> T:
    try:
        return entities[name.lstrip("@#")]
    except KeyError:
        raise ValueError(f"there is no {name!r} here, only: {', '.join(entities)}") from None
