"""The base class of the cogs: channel allow-list, cooldowns, errors; and deferring slow answers.

A cog that derives from it and has its own `cog_load`, `cog_unload`, `cog_check` or
`cog_before_invoke` calls these.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Self, TypeVar
from weakref import WeakKeyDictionary

import discord
from discord import app_commands
from discord.ext import commands

from ..services import GuildContext, Services
from .errors import UserError, send_error

T = TypeVar("T")
Context = commands.Context[Any]
Interaction = discord.Interaction[Any]

DEFER_AFTER_SECONDS = 1.0
"""How long work may take before the interaction is deferred; Discord drops it after 3 s."""


def available_everywhere(command: T) -> T:
    """Allow `command` in servers, in direct messages, and as a user-installed app."""
    command = app_commands.allowed_installs(guilds=True, users=True)(command)
    return app_commands.allowed_contexts(guilds=True, dms=True, private_channels=True)(command)


class NamesmithCog(commands.Cog):
    """A cog whose commands obey the channel allow-list and the cooldowns."""

    def __init__(self, services: Services) -> None:
        self.services = services
        self._guild_contexts: WeakKeyDictionary[Context, GuildContext] = WeakKeyDictionary()

    async def cog_load(self) -> None:
        """Keep the services open."""
        self.services.join(self)

    async def cog_unload(self) -> None:
        """Close the services if this is the last cog that uses them."""
        await self.services.leave(self)

    async def cog_check(self, ctx: Context) -> bool:
        """Raise `UserError` in a channel that the server's allow-list leaves out."""
        location = Location.of(ctx)
        guild_context = await self.services.guild_context(location.guild_id)
        check_channel(guild_context, location)
        self._guild_contexts[ctx] = guild_context
        return True

    async def cog_before_invoke(self, ctx: Context) -> None:
        """Count the command against the cooldowns, once its options are parsed."""
        self.services.cooldowns.spend(ctx.author.id, ctx.channel.id)

    async def cog_command_error(self, ctx: Context, error: Exception) -> None:
        """Answer with the error message."""
        await send_error(ctx, error)

    async def cog_app_command_error(
        self, interaction: Interaction, error: app_commands.AppCommandError
    ) -> None:
        """Answer with the error message; for commands that exist as slash commands only."""
        await send_error(interaction, error)

    def guild_context(self, ctx: Context) -> GuildContext:
        """Return the guild context that `cog_check` read for this command."""
        return self._guild_contexts[ctx]

    async def complete_style(
        self, interaction: Interaction, typed: str
    ) -> list[app_commands.Choice[str]]:
        """Return the styles whose name contains `typed`; those that begin with it come first."""
        typed = typed.strip().casefold()
        names = self.services.library.style_names(interaction.guild_id)
        found = [name for name in names if typed in name.casefold() and len(name) <= 100]
        found.sort(key=lambda name: not name.casefold().startswith(typed))
        return [app_commands.Choice(name=name, value=name) for name in found[:25]]


async def defer_if_slow(work: Awaitable[T], defer: Callable[[], Awaitable[Any]]) -> T:
    """Return the result of `work`; call `defer` first if it takes over a second."""
    task = asyncio.ensure_future(work)
    try:
        await asyncio.wait((task,), timeout=DEFER_AFTER_SECONDS)
        if not task.done():
            await defer()
        return await task
    finally:
        task.cancel()
        del task  # its exception's traceback refers to this frame: a cycle that holds the engine


@dataclass(frozen=True)
class Location:
    """Where a command or component is used; `parent_id` is the channel of a thread."""

    guild_id: int | None
    channel_id: int
    parent_id: int | None
    can_manage_guild: bool
    """Whether the user has the permission Manage Server."""

    @classmethod
    def of(cls, source: Context | Interaction) -> Self:
        """Return the location of a command or of a component."""
        channel = source.channel
        interaction = source if isinstance(source, discord.Interaction) else source.interaction
        if interaction:
            guild_id, channel_id = interaction.guild_id, interaction.channel_id or 0
        else:
            guild_id = source.guild.id if source.guild else None
            channel_id = channel.id if channel else 0
        parent_id = channel.parent_id if isinstance(channel, discord.Thread) else None
        return cls(guild_id, channel_id, parent_id, source.permissions.manage_guild)


def check_can_manage(location: Location) -> None:
    """Raise `NoPrivateMessage` in direct messages, `MissingPermissions` without Manage Server."""
    if location.guild_id is None:
        raise commands.NoPrivateMessage
    if not location.can_manage_guild:
        raise commands.MissingPermissions(["manage_guild"])


def check_channel(guild_context: GuildContext, location: Location) -> None:
    """Raise `UserError`, with the allowed channels, outside the server's channel allow-list.

    The allow-list does not apply to members who can manage the server.
    """
    allowed = guild_context.channels
    if not allowed or location.can_manage_guild:
        return
    if {location.channel_id, location.parent_id} & set(allowed):
        return
    *most, last = (f"<#{channel}>" for channel in allowed[:10])
    channels = f"{', '.join(most)} and {last}" if most else last
    more = " and other channels" if len(allowed) > 10 else ""
    raise UserError(
        f"In this server I answer in {channels}{more}. Ask me there, or in a direct message."
    )
