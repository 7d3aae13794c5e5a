"""`!style` and `/style`: the styles that there are, and a server's own, to train and to publish."""

from collections.abc import Awaitable
from functools import partial
from typing import Any

import discord
from discord import app_commands
from discord.ext import commands

from ...plugin import Plugin
from ..answers import Answer, send
from ..cog import NamesmithCog, everywhere, soon
from ..errors import Refused
from . import cancelling, changing, choices, offering
from .following import Followers
from .history import logged
from .listing import listed
from .options import LogOptions, NamedOptions, OwnOptions, TrainOptions, VersionOptions
from .scope import changeable
from .telling import told

Context = commands.Context[Any]
_Styles = list[app_commands.Choice[str]]


class Styles(NamesmithCog, name="Namesmith styles"):
    """Styles, to look at and to change."""

    def __init__(self, plugin: Plugin) -> None:
        super().__init__(plugin)
        self.followers = Followers(plugin)

    async def cog_unload(self) -> None:
        """Let the messages of trainings be as they are, before what they tell of is closed."""
        await self.followers.close()
        await super().cog_unload()

    @commands.hybrid_group(usage="[command]")  # type: ignore[arg-type]  # typed for pyright
    @everywhere
    async def style(self, ctx: Context, *, unknown: str = "") -> None:
        """See what styles there are, and train, publish or retire your own."""
        if unknown:
            raise Refused(f"There is no such command; see `{ctx.clean_prefix}help style`.")
        await self._list(ctx)

    @style.command(name="list")  # type: ignore[arg-type]
    async def list_(self, ctx: Context) -> None:
        """List the styles that can be asked for here."""
        await self._list(ctx)

    async def _list(self, ctx: Context) -> None:
        guild_id = ctx.guild.id if ctx.guild else None
        await send(ctx, await soon(listed(self.plugin, guild_id, ctx.author.id), ctx.defer))

    @style.command(usage="style")  # type: ignore[arg-type]
    async def info(self, ctx: Context, *, options: NamedOptions) -> None:
        """Tell how good a style is, what it learned from and who published it."""
        guild_id = ctx.guild.id if ctx.guild else None
        await send(ctx, await soon(told(self.plugin, options.style, guild_id), ctx.defer))

    info.autocomplete("style")(NamesmithCog.complete_style)

    @style.command(usage="name [recipe] [for-all:yes]")  # type: ignore[arg-type]
    @app_commands.describe(
        name="What the style shall be called", file="A text file, UTF-8, with one name a line"
    )
    async def train(
        self, ctx: Context, name: str, file: discord.Attachment, *, options: TrainOptions
    ) -> None:
        """Train a style on your own list of names."""
        await offering.train(self.plugin, ctx, name, file, options.recipe, options.for_all)

    @style.command(usage="[style]")  # type: ignore[arg-type]
    @app_commands.describe(style="Which style; see the list")
    async def cancel(self, ctx: Context, style: str | None = None) -> None:
        """Give up a training that waits or runs."""
        await cancelling.cancel(self.plugin, ctx, style)

    @cancel.autocomplete("style")
    async def _complete_going(self, asked: discord.Interaction[Any], typed: str) -> _Styles:
        return await cancelling.complete_going(self.plugin, asked, typed)

    @style.command(usage="style [version] [for-all:yes]")  # type: ignore[arg-type]
    async def publish(self, ctx: Context, *, options: VersionOptions) -> None:
        """Let a style answer as it was trained last, or a version that is kept."""
        guild_id = await changeable(ctx, for_all=options.for_all)
        style, version = options.style, options.version
        by = ctx.author.id
        work = changing.publish(self.plugin, ctx.bot, style, version, guild_id, by)
        await _tell(ctx, work)

    @publish.autocomplete("style")
    async def _complete_publish(self, asked: discord.Interaction[Any], typed: str) -> _Styles:
        return await choices.publishable(self.plugin, asked, typed)

    @style.command(usage="style [version] [for-all:yes]")  # type: ignore[arg-type]
    async def rollback(self, ctx: Context, *, options: VersionOptions) -> None:
        """Let an earlier version of a style answer again."""
        guild_id = await changeable(ctx, for_all=options.for_all)
        style, version = options.style, options.version
        await _tell(ctx, changing.roll_back(self.plugin, style, version, guild_id, ctx.author.id))

    @publish.autocomplete("version")
    @rollback.autocomplete("version")
    async def _complete_version(
        self, asked: discord.Interaction[Any], typed: str
    ) -> list[app_commands.Choice[int]]:
        return await choices.versions(self.plugin, asked, typed)

    @style.command(usage="style [for-all:yes]")  # type: ignore[arg-type]
    async def retire(self, ctx: Context, *, options: OwnOptions) -> None:
        """Let a style answer no more; it is kept, and rollback brings it back."""
        guild_id = await changeable(ctx, for_all=options.for_all)
        await _tell(ctx, changing.retire(self.plugin, options.style, guild_id, ctx.author.id))

    @retire.autocomplete("style")
    async def _complete_live(self, asked: discord.Interaction[Any], typed: str) -> _Styles:
        return await choices.live_styles(self.plugin, asked, typed)

    @style.command(usage="[style] [for-all:yes]")  # type: ignore[arg-type]
    async def log(self, ctx: Context, *, options: LogOptions) -> None:
        """Show who changed which style, and when."""
        guild_id = await changeable(ctx, for_all=options.for_all)
        work = logged(self.plugin, guild_id, options.style, ctx.author.id)
        await send(ctx, await work, ephemeral=True)

    @rollback.autocomplete("style")
    @log.autocomplete("style")
    async def _complete_kept(self, asked: discord.Interaction[Any], typed: str) -> _Styles:
        return await choices.kept_styles(self.plugin, asked, typed)


async def _tell(ctx: Context, work: Awaitable[str]) -> None:
    """Say what `work` comes to, to the one who asked alone where that can be."""
    sentence = await soon(work, partial(ctx.defer, ephemeral=True))
    await send(ctx, Answer(sentence), ephemeral=True)
