"""Who sits at the chat, where, and what has been shown there: all that the chat remembers."""

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from datetime import datetime

from ..server import Loopback
from ..state.bell import Bell
from ..state.messages import Message
from ..state.people import User
from ..state.permissions import Permission
from ..state.places import Channel
from ..watching import Event
from .blocks import Reader
from .files import Files
from .pipe import Console, Pipe

DM = "dm"
"""What the direct messages with the bot are called here."""


@dataclass(eq=False)
class Seat:
    """One person at a time, in one place, at a console; both can be changed."""

    discord: Loopback
    prefix: str
    user: User
    place: Channel
    console: Console = field(default_factory=Pipe)
    files: Files = field(default_factory=Files)
    shown: dict[Message, datetime | None] = field(default_factory=dict)
    """Each message that was shown, and its edit that was the last when it was."""
    bell: Bell = field(default_factory=Bell)

    @property
    def prompt(self) -> str:
        """What stands before the line that is typed."""
        return f"{self.user.name} in {title(self.place)} > "

    async def watch(self, events: AsyncIterator[Event]) -> None:
        """Show what the bot does, as far as the person who sits here sees it."""
        reader = Reader(self._named, self.files)
        async for event in events:
            message = event.message
            if message is None or not self._sees(event):
                continue
            if event.kind == "deleted" and message in self.shown and self.console.live:
                await self.console.tell(f"{message.author.name} deleted a message.")
            elif event.kind in ("created", "edited") and not self._stale(message):
                self.shown[message] = message.edited
                await self.console.show(message, reader, self._tags(event))
                self.bell.ring()

    async def until(self, look: Callable[[], object], seconds: float) -> bool:
        """Wait until `look()` is true, or return False after `seconds`."""
        try:
            await self.bell.until(look, seconds, "an answer")
        except TimeoutError:
            return False
        return True

    def _sees(self, event: Event) -> bool:
        there = event.channel.permissions(self.user) & Permission.VIEW_CHANNEL
        return bool(there) and event.visible_to in (None, self.user)

    def _stale(self, message: Message) -> bool:
        """Whether it is gone, or was shown as it is now: an edit may come before its turn."""
        return message.deleted or self.shown.get(message, 0) == message.edited

    def _tags(self, event: Event) -> list[str]:
        tags = ["edited"] if event.kind == "edited" else []
        if event.visible_to:
            tags.append(f"only {event.visible_to.name} sees this")
        return tags if event.channel is self.place else [*tags, f"in {title(event.channel)}"]

    def _named(self, kind: str, number: int) -> str:
        """Give what a mention shows."""
        guild = self.discord.guild
        if kind == "#":
            channel = guild.channels.get(number)
            return title(channel) if channel else "#unknown"
        if kind == "@&":
            role = guild.roles.get(number)
            return f"@{role.name.lstrip('@')}" if role else "@unknown-role"
        member = guild.members.get(number)
        return f"@{member.user.name}" if member else "@unknown-user"


def title(place: Channel) -> str:
    """Return what a place is called: `#general`, or `dm`."""
    return f"#{place.name}" if place.guild else DM


def people(discord: Loopback) -> dict[str, User]:
    """Give those one can be, by name."""
    members = discord.guild.members.values()
    return {member.user.name: member.user for member in members if not member.user.bot}


def places(discord: Loopback, user: User) -> dict[str, Channel]:
    """Give the places where someone can be, by name."""
    there = {channel.name: channel for channel in discord.guild.channels.values()}
    return there | {DM: discord.dm(user)}
