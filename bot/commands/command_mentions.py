"""Mentions of slash commands that can be clicked, which contain their ids: `</style list:123>`."""

import asyncio
from collections.abc import Mapping
from typing import Any

import discord
from discord import app_commands

from ..i18n import localized_name
from .delivery import is_fault
from .markdown import inline_code

CommandIds = Mapping[str, int]
"""The ids of slash commands by name; none where Discord does not tell them."""

_FETCH_SECONDS = 2.0


async def fetch_command_ids(bot: Any, guild_id: int | None = None) -> CommandIds:
    """Ask Discord for the ids of the global commands, or of those of a guild."""
    guild = discord.Object(guild_id) if guild_id else None
    try:
        async with asyncio.timeout(_FETCH_SECONDS):
            fetched = await bot.tree.fetch_commands(guild=guild)
    except Exception as error:
        if not (is_fault(error) or isinstance(error, discord.DiscordException)):
            raise
        return {}
    slash = discord.AppCommandType.chat_input
    return {command.name: command.id for command in fetched if command.type is slash}


def mention_command(name: str, ids: CommandIds) -> str:
    """Return a mention of the command `name`, such as `style list`; as code without its id."""
    root, *path = name.split()
    if root in ids:
        return f"</{name}:{ids[root]}>"
    return inline_code("/" + " ".join(map(localized_name, (root, *path))))


def leaves(
    command: app_commands.Command[Any, ..., Any] | app_commands.Group,
) -> list[app_commands.Command[Any, ..., Any]]:
    """Return the subcommands of a command, or the command itself if it has none."""
    if isinstance(command, app_commands.Command):
        return [command]
    return [each for each in command.walk_commands() if isinstance(each, app_commands.Command)]
