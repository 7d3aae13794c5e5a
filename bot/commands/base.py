"""What every cog of Namesmith does alike: where it answers, how often, how long it keeps waiting.

A cog that derives from it and has its own `cog_load`, `cog_unload`, `cog_check` or
`cog_before_invoke` calls these.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Self, TypeVar

import discord
from discord import app_commands
from discord.ext import commands

from ..services import Services
from .errors import UserError, send_error

T = TypeVar("T")

DEFER_AFTER_SECONDS = 1.0
"""Seconds to answer in without a sign before; Discord gives a slash command up after three."""


def available_everywhere(command: T) -> T:
    """Let `command` be used in servers, in direct messages, and by whoever installed the app."""
    command = app_commands.allowed_installs(guilds=True, users=True)(command)
    return app_commands.allowed_contexts(guilds=True, dms=True, private_channels=True)(command)


class NamesmithCog(commands.Cog):
    """A cog that answers where the guild allows it to, and as often as the settings do."""

    def __init__(self, services: Services) -> None:
        self.services = services

    async def cog_load(self) -> None:
        """Keep the services open."""
        self.services.join(self)

    async def cog_unload(self) -> None:
        """Let the services go, if this is the last of its cogs."""
        await self.services.leave(self)

    async def cog_check(self, ctx: commands.Context[Any]) -> bool:
        """Refuse where the guild does not want to hear of names."""
        await check_channel_allowed(self.services, Location.of(ctx))
        return True

    async def cog_before_invoke(self, ctx: commands.Context[Any]) -> None:
        """Refuse what is asked too soon; what could not be read has cost nothing."""
        self.services.cooldowns.spend(ctx.author.id, ctx.channel.id)

    async def cog_command_error(self, ctx: commands.Context[Any], error: Exception) -> None:
        """Answer every failure of this cog's commands."""
        await send_error(ctx, error)

    async def cog_app_command_error(
        self, interaction: discord.Interaction[Any], error: app_commands.AppCommandError
    ) -> None:
        """Answer every failure of those commands that are slash commands only."""
        await send_error(interaction, error)

    async def complete_style(
        self, interaction: discord.Interaction[Any], typed: str
    ) -> list[app_commands.Choice[str]]:
        """Return the styles whose name holds what is `typed`, those that begin so first."""
        typed = typed.strip().casefold()
        names = self.services.library.style_names(interaction.guild_id)
        found = [name for name in names if typed in name.casefold()]
        found.sort(key=lambda name: not name.casefold().startswith(typed))
        return [app_commands.Choice(name=name, value=name) for name in found if len(name) <= 100][
            :25
        ]


async def defer_if_slow(work: Awaitable[T], announce: Callable[[], Awaitable[Any]]) -> T:
    """Return what `work` comes to; if it takes long, `announce` first that it is on its way."""
    working = asyncio.ensure_future(work)
    try:
        await asyncio.wait((working,), timeout=DEFER_AFTER_SECONDS)
        if not working.done():
            await announce()
        return await working
    finally:
        working.cancel()
        del working  # its error holds this frame, and would so hold itself and the engine


@dataclass(frozen=True)
class Location:
    """Where something is asked; `parent_id` is the channel of a thread.

    `manages` says that who asks may manage the server.
    """

    guild_id: int | None
    channel_id: int
    parent_id: int | None
    manages: bool

    @classmethod
    def of(cls, asked: commands.Context[Any] | discord.Interaction[Any]) -> Self:
        """Return the place of a command, or of a press."""
        channel = asked.channel
        interaction = asked if isinstance(asked, discord.Interaction) else asked.interaction
        if interaction:
            guild_id, channel_id = interaction.guild_id, interaction.channel_id or 0
        else:
            guild_id = asked.guild.id if asked.guild else None
            channel_id = channel.id if channel else 0
        parent_id = channel.parent_id if isinstance(channel, discord.Thread) else None
        return cls(guild_id, channel_id, parent_id, asked.permissions.manage_guild)


def check_can_manage(place: Location) -> None:
    """Raise `NoPrivateMessage` outside of servers, `MissingPermissions` for who manages none."""
    if place.guild_id is None:
        raise commands.NoPrivateMessage
    if not place.manages:
        raise commands.MissingPermissions(["manage_guild"])


async def check_channel_allowed(services: Services, place: Location) -> None:
    """Raise `Refused`, naming the channels that there are, where the guild wants no names."""
    allowed = (await services.guild(place.guild_id)).channels
    if not allowed or place.manages or {place.channel_id, place.parent_id} & set(allowed):
        return
    *most, last = (f"<#{channel}>" for channel in allowed[:10])
    there = f"{', '.join(most)} and {last}" if most else last
    more = " and others" if len(allowed) > 10 else ""
    raise UserError(f"Names are made in {there}{more} here. Ask there, or in a direct message.")
