"""What a command in a chat begins with: a mention of the bot, or what the server has set.

The stand-alone bot goes by it, and any other may: `commands.Bot(namesmith.prefix, ...)`.
"""

from typing import Any

import discord
from discord.ext import commands

from .config import BotSettings
from .store import StoreError


async def prefix(bot: Any, message: discord.Message) -> list[str]:
    """Return the prefixes that hold for `message`; the bot's own where the server has set none."""
    services = getattr(bot.get_cog("Namesmith"), "services", None)
    if services is None:  # not loaded yet, or no longer
        return commands.when_mentioned_or(BotSettings().command_prefix)(bot, message)
    own = services.settings.bot.command_prefix
    try:
        guild = await services.guild(message.guild.id if message.guild else None)
    except StoreError:  # told where something is asked of the store, not at every message
        return commands.when_mentioned_or(own)(bot, message)
    return commands.when_mentioned_or(guild.prefix or own)(bot, message)


def is_prefix(command_prefix: object) -> bool:
    """Whether a bot goes by `prefix`, be it of this module or of one before a reload."""
    return getattr(command_prefix, "__module__", None) == prefix.__module__
