"""The welcome in the system channel of a server that has just invited the bot."""

import logging
from datetime import timedelta
from typing import Any

import discord

from ..i18n import gettext as _
from ..i18n import marked
from ..logs import one_line
from ..services import Services
from .answer_formats import Answer, send_message
from .command_mentions import fetch_command_ids, mention_command
from .delivery import DeliveryError
from .locales import use_locale_of_guild

_log = logging.getLogger(__name__)

_NEW = timedelta(minutes=10)
"""How long ago the bot joined at most. Discord can send older servers late, after an outage."""

_THINGS = {
    "name": marked("{command} invents names. They begin with the prefix that you give."),
    "blend": marked("{command} makes new names of two or three."),
    "style list": marked("{command} shows the styles of names, such as elves and dinosaurs."),
}
"""What to try first, by command."""


async def welcome(bot: Any, services: Services, guild: discord.Guild) -> None:
    """Say in the system channel what to try, if the bot may write there."""
    channel = guild.system_channel
    me: discord.Member | None = guild.me
    if channel is None or me is None or me.joined_at is None:
        return
    if discord.utils.utcnow() - me.joined_at > _NEW:
        return
    granted = channel.permissions_for(me)
    disabled = services.settings.bot.disabled_commands
    things = {each: text for each, text in _THINGS.items() if each.split()[0] not in disabled}
    if not (granted.view_channel and granted.send_messages and things):
        return
    use_locale_of_guild(bot, guild)
    names = services.settings.bot.command_names
    ids = await fetch_command_ids(bot)
    lines = [_("Thanks for inviting me! I invent names. Try these:")]
    for each, text in things.items():
        root, *path = each.split()
        command = mention_command(" ".join((names.get(root, root), *path)), ids)  # type: ignore[call-overload]
        lines.append(f"- {_(text).format(command=command)}")
    try:
        await send_message(channel, Answer("\n".join(lines)))
    except (discord.HTTPException, DeliveryError) as error:
        _log.info("The welcome of server %d failed: %s", guild.id, one_line(error))
