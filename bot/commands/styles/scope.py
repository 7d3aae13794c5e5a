"""Whose styles one may change: a server's own are its managers', all servers' the bot owner's."""

from typing import Any

import discord
from discord.ext import commands

from ..errors import Refused
from ..places import Place, check_manager

_OWNERS_ALONE = "Only the owner of this bot changes the styles of every server."
_IN_DIRECT = (
    "A server's own styles are changed in that server, by who may manage it. "
    "Those of every server are for the owner of this bot."
)
_NOT_THERE = "I am not in this server, so it has no styles of its own. Invite me first."


async def changeable(
    asked: commands.Context[Any] | discord.Interaction[Any], *, for_all: bool = False
) -> int | None:
    """Return the guild whose own styles are meant, None for those of every server.

    These are meant where `for_all` says so, and in direct messages. Raises `MissingPermissions`, or
    `Refused`, where who asks may not change them.
    """
    place = Place.of(asked)
    if for_all or place.guild_id is None:
        if not await is_owner(asked):
            raise Refused(_OWNERS_ALONE if for_all else _IN_DIRECT)
        return None
    check_manager(place)
    if _client(asked).get_guild(place.guild_id) is None:
        raise Refused(_NOT_THERE)
    return place.guild_id


async def is_owner(asked: commands.Context[Any] | discord.Interaction[Any]) -> bool:
    """Whether who asks owns the application, or is an admin or developer of the team that does."""
    user = asked.user if isinstance(asked, discord.Interaction) else asked.author
    return bool(await _client(asked).is_owner(user))


def whose(guild_id: int | None) -> str:
    """Return how a sentence calls the styles of a guild, or of all."""
    return "this server" if guild_id else "every server"


def _client(asked: commands.Context[Any] | discord.Interaction[Any]) -> Any:
    return asked.client if isinstance(asked, discord.Interaction) else asked.bot
