"""`!settings` and `/settings`: what holds in a server, for those who may manage it."""

from typing import Any

from discord import app_commands
from discord.ext import commands

from .answers import reply
from .cog import NamesmithCog
from .panel import own_defaults, panel
from .places import Place, check_manager


class ServerSettings(NamesmithCog, name="Namesmith settings"):
    """What holds in a server."""

    @commands.hybrid_command()  # type: ignore[arg-type]  # typed for pyright
    @app_commands.default_permissions(manage_guild=True)
    @app_commands.allowed_installs(guilds=True, users=False)
    @app_commands.allowed_contexts(guilds=True, dms=False, private_channels=False)
    async def settings(self, ctx: commands.Context[Any]) -> None:
        """Show and change how names are made in this server."""
        check_manager(Place.of(ctx))
        assert ctx.guild is not None  # noqa: S101, it is where somebody manages it
        set_here = await self.plugin.guild(ctx.guild.id)
        view = panel(ctx.guild, set_here, own_defaults(self.plugin, ctx.bot, ctx.guild.id))
        await reply(ctx, view=view, ephemeral=True)
