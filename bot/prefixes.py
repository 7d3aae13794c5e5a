"""The command prefix of a message: a mention of the bot, or the prefix that the server has set.

The stand-alone bot uses it, and any bot can: `commands.Bot(namesmith.prefix, ...)`.
"""

import re
from functools import lru_cache
from typing import Any

import discord
from discord.ext import commands

from .config_sections import BotSettings
from .services import services_of
from .store import MAX_PREFIX, StoreError


async def prefix(bot: Any, message: discord.Message) -> list[str]:
    """Return the prefixes for `message`; the bot's default where the server has not set one."""
    return [*mentions(bot, message), *await typed_prefixes(bot, message.guild)]


async def typed_prefixes(bot: Any, guild: discord.Guild | None) -> list[str]:
    """Return the prefixes to type in a server, or in direct messages."""
    services = services_of(bot)
    if services is None:  # the extension is not loaded
        return _typed_forms(BotSettings().command_prefix)
    default = services.settings.bot.command_prefix
    try:
        settings = await services.guild_settings.get(guild.id if guild else None)
    except StoreError:  # commands report it; an ordinary message must not
        return _typed_forms(default)
    return _typed_forms(settings.prefix or default)


def names_command(bot: Any, content: str) -> bool:
    """Whether a command's name follows in `content` after some prefix, whichever it is."""
    return _command_pattern(tuple(bot.all_commands)).match(content.casefold()) is not None


@lru_cache(maxsize=16)
def _command_pattern(names: tuple[str, ...]) -> re.Pattern[str]:
    """Return what casefolded commands begin with: a prefix, spaces, a name and a space."""
    choice = "|".join(sorted({re.escape(name.casefold()) for name in names})) or "(?!)"
    return re.compile(rf".{{1,{_MAX_FOLDED}}}\s*+(?:{choice})(?!\S)", re.DOTALL)


_MAX_FOLDED = 3 * MAX_PREFIX
"""Characters of a casefolded prefix, some of which become three."""


def _typed_forms(text: str) -> list[str]:
    """Return a prefix as Japanese keyboards type it, with full-width signs, and as it is."""
    wide = "".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c for c in text)
    return list(dict.fromkeys((wide, text)))


def mentions(bot: Any, message: discord.Message) -> list[str]:
    """Return the texts that mention the bot or its own role, each with a space."""
    is_role = message.content.lstrip().startswith("<@&")
    role = message.guild.self_role if message.guild and is_role else None
    return [*commands.when_mentioned(bot, message), *([f"{role.mention} "] if role else [])]


def mentions_bot(bot: Any, content: str) -> bool:
    """Whether `content` begins with a mention of the bot, or of some role."""
    return content.lstrip().startswith(("<@&", f"<@{bot.user.id}>", f"<@!{bot.user.id}>"))


def is_prefix(command_prefix: object) -> bool:
    """Whether `command_prefix` is `prefix`, also that of this module before a reload."""
    return getattr(command_prefix, "__module__", None) == prefix.__module__
