"""The command prefix of a message: a mention of the bot, or the prefix that the server has set.

The stand-alone bot uses it, and any bot can: `commands.Bot(namesmith.prefix, ...)`.
"""

from typing import Any

import discord
from discord.ext import commands

from .config import BotSettings
from .services import services_of
from .store import StoreError


async def prefix(bot: Any, message: discord.Message) -> list[str]:
    """Return the prefixes for `message`; the bot's default where the server has not set one."""
    services = services_of(bot)
    if services is None:  # the extension is not loaded
        return commands.when_mentioned_or(BotSettings().command_prefix)(bot, message)
    default = services.settings.bot.command_prefix
    try:
        guild = await services.guild_settings.get(message.guild.id if message.guild else None)
    except StoreError:  # commands report it; an ordinary message must not
        return commands.when_mentioned_or(default)(bot, message)
    return commands.when_mentioned_or(guild.prefix or default)(bot, message)


def is_prefix(command_prefix: object) -> bool:
    """Whether `command_prefix` is `prefix`, also that of this module before a reload."""
    return getattr(command_prefix, "__module__", None) == prefix.__module__
