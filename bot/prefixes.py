"""The command prefix of a message: a mention of the bot, or the prefix that the server has set.

The stand-alone bot uses it, and any bot can: `commands.Bot(namesmith.prefix, ...)`.
"""

from typing import Any

import discord
from discord.ext import commands

from .config_sections import BotSettings
from .services import services_of
from .store import StoreError


async def prefix(bot: Any, message: discord.Message) -> list[str]:
    """Return the prefixes for `message`; the bot's default where the server has not set one."""
    services = services_of(bot)
    if services is None:  # the extension is not loaded
        return [*mentions(bot, message), *_typed_forms(BotSettings().command_prefix)]
    default = services.settings.bot.command_prefix
    try:
        guild = await services.guild_settings.get(message.guild.id if message.guild else None)
    except StoreError:  # commands report it; an ordinary message must not
        return [*mentions(bot, message), *_typed_forms(default)]
    return [*mentions(bot, message), *_typed_forms(guild.prefix or default)]


def _typed_forms(text: str) -> list[str]:
    """Return a prefix as Japanese keyboards type it, with full-width signs, and as it is."""
    wide = "".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c for c in text)
    return list(dict.fromkeys((wide, text)))


def mentions(bot: Any, message: discord.Message) -> list[str]:
    """Return the texts that mention the bot or its own role, each with a space."""
    is_role = message.content.lstrip().startswith("<@&")
    role = message.guild.self_role if message.guild and is_role else None
    return [*commands.when_mentioned(bot, message), *([f"{role.mention} "] if role else [])]


def is_prefix(command_prefix: object) -> bool:
    """Whether `command_prefix` is `prefix`, also that of this module before a reload."""
    return getattr(command_prefix, "__module__", None) == prefix.__module__
