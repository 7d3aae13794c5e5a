"""Where a guild wants to hear of names: a check for commands and buttons alike."""

from dataclasses import dataclass
from typing import Any, Self

import discord
from discord.ext import commands

from ..plugin import Plugin
from .errors import Refused


@dataclass(frozen=True)
class Place:
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


def check_manager(place: Place) -> None:
    """Raise `NoPrivateMessage` outside of servers, `MissingPermissions` for who manages none."""
    if place.guild_id is None:
        raise commands.NoPrivateMessage
    if not place.manages:
        raise commands.MissingPermissions(["manage_guild"])


async def check_place(plugin: Plugin, place: Place) -> None:
    """Raise `Refused`, naming the channels that there are, where the guild wants no names."""
    allowed = (await plugin.guild(place.guild_id)).channels
    if not allowed or place.manages or {place.channel_id, place.parent_id} & set(allowed):
        return
    *most, last = (f"<#{channel}>" for channel in allowed[:10])
    there = f"{', '.join(most)} and {last}" if most else last
    more = " and others" if len(allowed) > 10 else ""
    raise Refused(f"Names are made in {there}{more} here. Ask there, or in a direct message.")
