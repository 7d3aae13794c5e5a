"""`/help`: the commands that a member can use, as mentions to click."""

from typing import Any

import discord
from discord import app_commands

from ..i18n import gettext as _
from ..services import Services
from .answer_formats import EMBED_COLOUR, Answer, answer_interaction
from .base import Interaction, NamesmithCog, available_everywhere, defer_if_slow
from .command_mentions import CommandIds, fetch_command_ids, leaves, mention_command
from .help import HELP, describe, is_usable
from .outcomes import report_command
from .rate_message import RATE_MESSAGE, RateMessageCog


class SlashHelpCog(NamesmithCog, name="Namesmith help"):
    """Show what the bot can do."""

    def __init__(self, services: Services) -> None:
        super().__init__(services)
        self._ids: dict[int | None, CommandIds] = {}

    @app_commands.command(name="help", description=HELP)
    @available_everywhere
    async def help_(self, interaction: Interaction) -> None:
        """Show what I can do."""
        self.services.cooldowns.spend(interaction.user.id, interaction.channel_id or 0)
        is_ephemeral = not interaction.context.dm_channel
        answer = await defer_if_slow(
            self._overview(interaction), interaction, ephemeral=is_ephemeral
        )
        await answer_interaction(interaction, answer, ephemeral=is_ephemeral)
        report_command(interaction)

    async def _overview(self, interaction: Interaction) -> Answer:
        bot = interaction.client
        permissions = interaction.permissions if interaction.guild_id is not None else None
        ids = await self._command_ids(interaction)
        lines = [
            f"{mention_command(command.qualified_name, ids)} {describe(command.description)}"
            for command in self._commands(bot)
            if is_usable(command, permissions)
        ]
        if any(isinstance(cog, RateMessageCog) for cog in bot.cogs.values()):
            note = _("In the menu of a message, under **Apps**: *{command}*")
            lines.append(note.format(command=_(RATE_MESSAGE)))
        embed = discord.Embed(description="\n".join(lines), colour=EMBED_COLOUR)
        return Answer(embed=embed)

    def _commands(self, bot: Any) -> list[app_commands.Command[Any, ..., Any]]:
        """Return our commands, in the order of the cogs."""
        found = []
        for cog in bot.cogs.values():
            if isinstance(cog, NamesmithCog) and cog.services is self.services:
                hybrids = [getattr(command, "app_command", None) for command in cog.get_commands()]
                roots = [*hybrids, *cog.get_app_commands()]
                found += [leaf for root in dict.fromkeys(roots) if root for leaf in leaves(root)]
        return found

    async def _command_ids(self, interaction: Interaction) -> CommandIds:
        """Return the ids of the commands in the scope of this one: global, or of a guild."""
        data: Any = interaction.data or {}
        guild_id = int(data["guild_id"]) if data.get("guild_id") else None
        if not self._ids.get(guild_id):
            self._ids[guild_id] = await fetch_command_ids(interaction.client, guild_id)
        return self._ids[guild_id]
