"""Locales: in which language a command, component, modal or background message is answered.

Every entry point comes by here first, so this is also where a request gets its id.
"""

from typing import Any

import discord
from discord.ext import commands

from ..command_names import set_command_names
from ..i18n import set_locale
from ..request_id import begin_request
from ..services import services_of


def use_locale_of(source: commands.Context[Any] | discord.Interaction[Any]) -> None:
    """Answer in the user's language from here on; to a text command, in the server's."""
    if isinstance(source, discord.Interaction):
        begin_request()
        set_locale(source.locale)
        _use_command_names(source.client)
    elif source.interaction:
        use_locale_of(source.interaction)
    else:
        use_locale_of_guild(source.bot, source.guild)


def use_locale_of_guild(bot: Any, guild: discord.Guild | None) -> None:
    """Write in the server's language from here on; without a server, in the current one."""
    begin_request()
    if guild:
        set_locale(guild.preferred_locale)
    _use_command_names(bot)


def _use_command_names(bot: Any) -> None:
    if services := services_of(bot):
        set_command_names(services.settings.bot.command_names)
