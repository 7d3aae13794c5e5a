"""Chat session: the current user and channel, the console, and the messages already shown."""

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from datetime import datetime

from ..event_stream import VisibleEvent
from ..server import Loopback
from ..state.guilds import Channel
from ..state.messages import Message
from ..state.permissions import Permission
from ..state.users import User
from .bot_reports import BotReports
from .console import Console, PipeConsole, message_lines
from .message_blocks import BlockBuilder, SavedAttachments

DM = "dm"
"""The name of the direct messages with the bot."""


@dataclass(eq=False)
class Session:
    """State of one chat. Local commands change `user` and `channel`."""

    discord: Loopback
    prefix: str
    user: User
    channel: Channel
    console: Console = field(default_factory=PipeConsole)
    attachments: SavedAttachments = field(default_factory=SavedAttachments)
    shown: dict[Message, datetime | None] = field(default_factory=dict)
    """Each message shown so far, with its edit time when it was last shown."""
    files: list[tuple[str, bytes]] = field(default_factory=list)
    """The files of the next message, by name."""
    reports: BotReports = field(default_factory=BotReports)

    @property
    def prompt(self) -> str:
        """The prompt before each line: `ada in #general > `."""
        return f"{self.user.name} in {channel_label(self.channel)} > "

    async def show_events(self, events: AsyncIterator[VisibleEvent]) -> None:
        """Show each event that the current user can see."""
        builder = BlockBuilder(self._format_mention, self.attachments)
        async for event in events:
            message = event.message
            if message is None or not self._can_see(event):
                continue
            if event.kind == "deleted" and message in self.shown and self.console.is_interactive:
                await self.console.write(f"{message.author.name} deleted a message.")
            elif event.kind in ("created", "edited") and not self._is_outdated(message):
                self.shown[message] = message.edited_at
                if self.reports.is_error(message) and not self.console.is_interactive:
                    await self.console.write_error(*message_lines(message, builder))
                else:
                    await self.console.show_message(message, builder, self._tags(event))
                self.reports.notifier.notify()

    async def wait_until(self, condition: Callable[[], object], timeout: float) -> bool:
        """Wait until `condition()` is true; return False after `timeout` seconds."""
        try:
            await self.reports.notifier.wait_until(condition, timeout, "an answer")
        except TimeoutError:
            return False
        return True

    def _can_see(self, event: VisibleEvent) -> bool:
        can_view = event.channel.permissions(self.user) & Permission.VIEW_CHANNEL
        return bool(can_view) and event.visible_to in (None, self.user)

    def _is_outdated(self, message: Message) -> bool:
        """Whether the message is deleted, or its latest edit has been shown already."""
        return message.deleted or self.shown.get(message, 0) == message.edited_at

    def _tags(self, event: VisibleEvent) -> list[str]:
        tags = ["edited"] if event.kind == "edited" else []
        if event.visible_to:
            tags.append(f"only {event.visible_to.name} sees this")
        if event.channel is not self.channel:
            tags.append(f"in {channel_label(event.channel)}")
        return tags

    def _format_mention(self, kind: str, mentioned_id: int) -> str:
        guild = self.discord.guild
        if kind == "#":
            channel = guild.channels.get(mentioned_id)
            return channel_label(channel) if channel else "#unknown"
        if kind == "@&":
            role = guild.roles.get(mentioned_id)
            return f"@{role.name.lstrip('@')}" if role else "@unknown-role"
        member = guild.members.get(mentioned_id)
        return f"@{member.user.name}" if member else "@unknown-user"


def channel_label(channel: Channel) -> str:
    """Return the name shown for a channel: `#general`, or `dm`."""
    return f"#{channel.name}" if channel.guild else DM


def people_by_name(discord: Loopback) -> dict[str, User]:
    """Return the members of the guild that are not bots."""
    members = discord.guild.members.values()
    return {member.user.name: member.user for member in members if not member.user.bot}


def channels_by_name(discord: Loopback, user: User) -> dict[str, Channel]:
    """Return the channels of the guild and the direct messages of `user` with the bot."""
    channels = {channel.name: channel for channel in discord.guild.channels.values()}
    return channels | {DM: discord.dm(user)}
