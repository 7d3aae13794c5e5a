"""`!name` and `/name`: invented names, by one hybrid command."""

from dataclasses import replace
from typing import Any

import discord
from discord import app_commands
from discord.ext import commands

from ..library import LibraryError, StyleNotFoundError
from ..sampling import RequestError
from ..store import StoreError
from .answers import send
from .asking import Ask
from .buttons import buttons
from .cog import NamesmithCog, everywhere, soon
from .drawing import chosen_style, draw, style_named
from .options import Options

_Choices = list[app_commands.Choice[str]]


class Names(NamesmithCog, name="Namesmith"):
    """Invented names."""

    @commands.hybrid_command(usage="[prefix] [count] [option:value ...]")  # type: ignore[arg-type]  # typed for pyright
    @everywhere
    async def name(self, ctx: commands.Context[Any], *, options: Options) -> None:
        """Invent names, all as you want them."""
        guild_id = ctx.guild.id if ctx.guild else None
        ask = Ask.of(ctx.author.id, options, await self.plugin.defaults(guild_id))
        ask = replace(ask, style=style_named(self.plugin.library, ask.style, guild_id))
        answer = await soon(draw(self.plugin, ask, guild_id, buttons(ask)), ctx.defer)
        await send(ctx, answer)

    @name.autocomplete("prefix")
    async def _complete_prefix(self, interaction: discord.Interaction[Any], typed: str) -> _Choices:
        """Return the likeliest names that begin as typed, in the style already chosen."""
        guild_id, chosen = interaction.guild_id, interaction.namespace.style
        try:
            style = await chosen_style(self.plugin, chosen, guild_id)
            engine = await self.plugin.library.engine(style, guild_id)
            names = await self.plugin.autocomplete.get(engine, typed)
            profanity = await self.plugin.profanity_filter(guild_id)
        except (RequestError, StoreError, StyleNotFoundError, LibraryError):
            return []
        fit = (name for name in names if len(name) <= 100 and not profanity.matches(name))
        return [app_commands.Choice(name=name, value=name) for name in fit]

    name.autocomplete("style")(NamesmithCog.complete_style)

    @commands.Cog.listener()
    async def on_guild_remove(self, guild: discord.Guild) -> None:
        """Delete all that was the server's: this is the cog that no bot is without."""
        await self.plugin.forget_guild(guild.id)
