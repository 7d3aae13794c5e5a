"""The guilds and their people, as a test or a terminal sees them.

Everything that a person could do in Discord's client is a method here; each gives what came of
it, or waits for it. People and channels may be named by their names.
"""

import asyncio
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from typing import Any, TypeVar

from . import acting
from .gateway.events import Dispatch
from .payloads.composing import File, Pen
from .rest.backend import Backend
from .rest.interactions import Interaction
from .state.errors import DiscordError
from .state.messages import REPLY, Attachment, Message
from .state.people import User
from .state.permissions import Intent, Permission
from .state.places import Channel, Guild, Overwrite
from .state.wire import Json

T = TypeVar("T")


class Town:
    """Who and what there is, and what people do.

    Attributes: `token` and `application_id` of the bot, and `bot`, its user.
    """

    def __init__(self, backend: Backend) -> None:
        self._backend = backend
        self.token = backend.token
        self.bot = backend.world.bot
        self.application_id = backend.world.application_id

    @property
    def guilds(self) -> list[Guild]:
        """All guilds."""
        return list(self._backend.world.guilds.values())

    @property
    def guild(self) -> Guild:
        """The first guild."""
        return self.guilds[0]

    @property
    def commands(self) -> list[Json]:
        """The registered global commands, as Discord lists them."""
        return self._backend.commands.of(None)

    @property
    def guild_commands(self) -> list[Json]:
        """The commands registered for the first guild alone."""
        return self._backend.commands.of(self.guild.id)

    @property
    def violations(self) -> list[str]:
        """A line for each payload, received or sent, that the OpenAPI document refuses."""
        return self._backend.contract.violations

    def user(self, name: str | User) -> User:
        """Find a user by name; raises `ValueError` if there is none."""
        if isinstance(name, User):
            return name
        return _found(name, {user.name: user for user in self._backend.world.users.values()})

    def channel(self, name: str | Channel, guild: Guild | None = None) -> Channel:
        """Find a text channel of a guild (the first one) by name; raises `ValueError`."""
        if isinstance(name, Channel):
            return name
        here = (guild or self.guild).channels.values()
        return _found(name, {channel.name: channel for channel in here})

    def dm(self, user: str | User) -> Channel:
        """Give the direct messages between a user and the bot."""
        return self._backend.world.direct(self.user(user))

    def messages(self, channel: str | Channel) -> dict[int, Message]:
        """Give the messages of a channel by their ids, oldest first."""
        return self._backend.world.messages[self.channel(channel)]

    def set_permissions(
        self, channel: str | Channel, who: User, *, allow: int = 0, deny: int = 0
    ) -> None:
        """Allow or deny someone permissions in a channel; the bot is told of it."""
        place = self.channel(channel)
        place.overwrites[who.id] = Overwrite(Permission(allow), Permission(deny))
        guild_id = place.guild.id if place.guild else None
        update = Dispatch("CHANNEL_UPDATE", place.json(), Intent.GUILDS, guild_id)
        self._backend.gateway.dispatch(update)

    def create_thread(self, name: str, parent: str | Channel = "general") -> Channel:
        """Open a thread in a channel of the guild; the bot is told of it."""
        thread = self._backend.world.add_thread(self.channel(parent), name)
        about = thread.json() | {"newly_created": True}
        guild_id = thread.guild.id if thread.guild else None
        self._backend.gateway.dispatch(Dispatch("THREAD_CREATE", about, Intent.GUILDS, guild_id))
        return thread

    def create_group(self, founder: str | User, *others: str | User) -> Channel:
        """Make a group of people; they have the application installed for themselves."""
        return self._backend.world.add_group(self.user(founder), *map(self.user, others))

    def remove_bot(self, guild: Guild) -> None:
        """Remove the bot from a guild; it is told so."""
        self._backend.world.remove_guild(guild)
        gone = Dispatch("GUILD_DELETE", {"id": str(guild.id)}, Intent.GUILDS, guild.id)
        self._backend.gateway.dispatch(gone)

    def available_commands(
        self, author: str | User = "ada", channel: str | Channel = "general"
    ) -> list[Json]:
        """Give the commands that Discord's client would offer someone in a channel."""
        return acting.usable(self._backend, self.user(author), self.channel(channel))

    def attachment(self, number: int) -> Attachment | None:
        """Find a file that was attached somewhere, by its id."""
        return self._backend.world.files.get(number)

    # What people do

    async def say(
        self,
        content: str,
        *,
        author: str | User = "ada",
        channel: str | Channel = "general",
        attachments: Sequence[tuple[str, bytes]] = (),
        reference: Message | None = None,
    ) -> Message:
        """Write a message; `@name` becomes a mention, as Discord's client makes it one.

        Raises `ValueError` where the person may not write, or the message is not allowed.
        """
        user, place, world = self.user(author), self.channel(channel), self._backend.world
        files = [File(index, name, data) for index, (name, data) in enumerate(attachments)]
        names = {person.name.lower(): person.mention for person in world.users.values()}
        typed = re.sub(r"(?<!\S)@(\w+)", lambda m: names.get(m[1].lower(), m[0]), content)
        with _in_one_line(user, place):
            needed = [Permission.ATTACH_FILES] if files else []
            place.demand(user, Permission.SEND_MESSAGES, *needed)
            draft = Pen(world, place, user).write({"content": typed}, files, reference=reference)
        kind = REPLY if reference else 0
        return world.post(place, user, draft, type=kind, reference=reference)

    async def edit(self, message: Message, content: str) -> None:
        """Let the author of `message` change its text; `ValueError` if it is not allowed."""
        world = self._backend.world
        pen = Pen(world, message.channel, message.author)
        with _in_one_line(message.author, message.channel):
            draft = pen.write({"content": content}, (), message, message.reference)
        world.edit(message, draft)

    async def delete(self, message: Message) -> None:
        """Delete a message."""
        self._backend.world.delete(message)

    async def invoke(
        self,
        command: str,
        options: Mapping[str, Any] | None = None,
        *,
        author: str | User = "ada",
        channel: str | Channel = "general",
    ) -> Interaction:
        """Use a slash command, `style train` for a subcommand; `ValueError` if it cannot be."""
        place = self.channel(channel)
        return acting.invoke(self._backend, self.user(author), place, command, options or {})

    async def use_context_menu(
        self,
        command: str,
        target: User | Message,
        *,
        author: str | User = "ada",
        channel: str | Channel = "general",
    ) -> Interaction:
        """Use a context-menu command on a user or a message."""
        place = target.channel if isinstance(target, Message) else self.channel(channel)
        return acting.menu(self._backend, self.user(author), place, command, target)

    async def autocomplete(
        self,
        command: str,
        options: Mapping[str, Any],
        *,
        focused: str,
        author: str | User = "ada",
        channel: str | Channel = "general",
        timeout: float | None = 10.0,
    ) -> list[Json]:
        """Give the choices that the bot offers while the option `focused` is typed."""
        user, place = self.user(author), self.channel(channel)
        call = acting.invoke(self._backend, user, place, command, options, focused)
        await call.wait_acknowledged(timeout)
        return call.choices or []

    async def press(
        self, message: Message, custom_id: str, *, author: str | User = "ada"
    ) -> Interaction:
        """Press a button of a message."""
        return acting.press(self._backend, self.user(author), message, custom_id)

    async def select(
        self, message: Message, custom_id: str, values: Sequence[Any], *, author: str | User = "ada"
    ) -> Interaction:
        """Choose from a select of a message."""
        return acting.select(self._backend, self.user(author), message, custom_id, values)

    async def submit(
        self,
        call: Interaction,
        fields: Mapping[str, Any],
        *,
        author: str | User | None = None,
        timeout: float | None = 10.0,
    ) -> Interaction:
        """Wait for the form that `call` opens, fill it in and send it."""
        await call.wait_acknowledged(timeout)
        user = call.user if author is None else self.user(author)
        return acting.submit(self._backend, user, call, fields)

    async def wait_until(self, look: Callable[[], T | None], timeout: float | None = 10.0) -> T:
        """Wait until `look()` gives something true, and give that; raises `TimeoutError`.

        It is looked at on every change here, and every 50 ms for what changes elsewhere, such as
        a log of the bot's, and rings no bell here.
        """
        async with asyncio.timeout(timeout):
            while True:
                with suppress(TimeoutError):
                    return await self._backend.world.bell.until(look, 0.05, "a change")

    async def wait_next_message(self, message: Message, timeout: float | None = 10.0) -> Message:
        """Wait for what the bot says next in the channel of `message`; raises `TimeoutError`."""
        there, bot = self.messages(message.channel), self._backend.world.bot
        return await self.wait_until(
            lambda: next(
                (m for m in there.values() if m.id > message.id and m.author is bot), None
            ),
            timeout,
        )

    async def wait_reply(self, message: Message, timeout: float | None = 10.0) -> Message:
        """Wait for the bot's first message that refers to `message`; raises `TimeoutError`."""
        replies = message.replies
        what = f"a reply to {message.content!r}"
        return await message.bell.until(lambda: replies[0] if replies else None, timeout, what)


@contextmanager
def _in_one_line(user: User, place: Channel) -> Iterator[None]:
    """Tell a refusal as a `ValueError` of one line: who, where, why."""
    try:
        yield
    except DiscordError as refusal:
        raise ValueError(f"{user.name} in {place.name or 'a DM'}: {refusal}") from None


def _found(name: str, there: Mapping[str, T]) -> T:
    try:
        return there[name.lstrip("@#")]
    except KeyError:
        raise ValueError(f"there is no {name!r} here, only: {', '.join(there)}") from None
