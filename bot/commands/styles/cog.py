"""`!style` and `/style`: the styles that there are, and a server's own, to train and to publish."""

import re
from collections.abc import Awaitable
from functools import partial
from typing import Any, Literal

import discord
from discord import app_commands
from discord.ext import commands

from ...services import Services
from ..answers import Answer, send_answer
from ..base import NamesmithCog, available_everywhere, defer_if_slow
from ..errors import UserError
from ..options import TextOptions
from . import autocomplete as choices
from . import cancel as cancelling
from . import train as offering
from . import versions as changing
from .checks import changeable
from .follower import Followers
from .info import info, listed
from .versions import logged

_STYLE = "Which style; see the list"
_VERSION = "Which of its versions; see the list"
_FOR_ALL = "Of every server, not of this one alone; for the owner of this bot"
_RECIPE = "How thoroughly: seed (seconds), fast (a minute) or best (ten)"

_VERSIONED = re.compile(r"(\S+)\s+v?([0-9]{1,9})", re.IGNORECASE)


class NamedOptions(TextOptions, case_insensitive=True):
    """A style that answers here."""

    style: str = commands.flag(positional=True, description=_STYLE)


class OwnOptions(TextOptions, case_insensitive=True):
    """A style of the server's own, or of every server's."""

    style: str = commands.flag(positional=True, description=_STYLE)
    for_all: bool = commands.flag(name="for-all", default=False, description=_FOR_ALL)


class VersionOptions(TextOptions, case_insensitive=True):
    """A version of such a style: `elves 3` in a chat."""

    style: str = commands.flag(positional=True, description=_STYLE)
    version: int | None = commands.flag(
        converter=commands.Range[int, 1, 10**9], default=None, description=_VERSION
    )
    for_all: bool = commands.flag(name="for-all", default=False, description=_FOR_ALL)

    @classmethod
    def parse_flags(cls, argument: str, *, ignore_extra: bool = True) -> dict[str, list[str]]:
        """Return what was typed for each option; a number after the style is the version."""
        typed = super().parse_flags(argument, ignore_extra=ignore_extra)
        both = _VERSIONED.fullmatch(typed.get("style", [""])[0])
        if both and "version" not in typed:
            typed["style"][0], typed["version"] = both[1], [both[2]]
        return typed


class LogOptions(TextOptions, case_insensitive=True):
    """All of a server's own styles, or one of them; or those of every server."""

    style: str | None = commands.flag(
        converter=str, positional=True, default=None, description=_STYLE
    )
    for_all: bool = commands.flag(name="for-all", default=False, description=_FOR_ALL)


class TrainOptions(TextOptions, case_insensitive=True):
    """How a style is trained; None: as the bot's settings say."""

    recipe: Literal["seed", "fast", "best"] | None = commands.flag(
        positional=True, default=None, description=_RECIPE
    )
    for_all: bool = commands.flag(name="for-all", default=False, description=_FOR_ALL)


Context = commands.Context[Any]
_Styles = list[app_commands.Choice[str]]


class StyleCog(NamesmithCog, name="Namesmith styles"):
    """Styles, to look at and to change."""

    def __init__(self, services: Services) -> None:
        super().__init__(services)
        self.followers = Followers(services)

    async def cog_unload(self) -> None:
        """Let the messages of trainings be as they are, before what they tell of is closed."""
        await self.followers.close()
        await super().cog_unload()

    @commands.hybrid_group(usage="[command]")  # type: ignore[arg-type]  # typed for pyright
    @available_everywhere
    async def style(self, ctx: Context, *, unknown: str = "") -> None:
        """See what styles there are, and train, publish or retire your own."""
        if unknown:
            raise UserError(f"There is no such command; see `{ctx.clean_prefix}help style`.")
        await self._list(ctx)

    @style.command(name="list")  # type: ignore[arg-type]
    async def list_(self, ctx: Context) -> None:
        """List the styles that can be asked for here."""
        await self._list(ctx)

    async def _list(self, ctx: Context) -> None:
        guild_id = ctx.guild.id if ctx.guild else None
        await send_answer(
            ctx, await defer_if_slow(listed(self.services, guild_id, ctx.author.id), ctx.defer)
        )

    @style.command(usage="style")  # type: ignore[arg-type]
    async def info(self, ctx: Context, *, options: NamedOptions) -> None:
        """Tell how good a style is, what it learned from and who published it."""
        guild_id = ctx.guild.id if ctx.guild else None
        await send_answer(
            ctx, await defer_if_slow(info(self.services, options.style, guild_id), ctx.defer)
        )

    info.autocomplete("style")(NamesmithCog.complete_style)

    @style.command(usage="name [recipe] [for-all:yes]")  # type: ignore[arg-type]
    @app_commands.describe(
        name="What the style shall be called", file="A text file, UTF-8, with one name a line"
    )
    async def train(
        self, ctx: Context, name: str, file: discord.Attachment, *, options: TrainOptions
    ) -> None:
        """Train a style on your own list of names."""
        await offering.train(self.services, ctx, name, file, options.recipe, options.for_all)

    @style.command(usage="[style]")  # type: ignore[arg-type]
    @app_commands.describe(style="Which style; see the list")
    async def cancel(self, ctx: Context, style: str | None = None) -> None:
        """Give up a training that waits or runs."""
        await cancelling.cancel(self.services, ctx, style)

    @cancel.autocomplete("style")
    async def _complete_going(self, asked: discord.Interaction[Any], typed: str) -> _Styles:
        return await cancelling.complete_going(self.services, asked, typed)

    @style.command(usage="style [version] [for-all:yes]")  # type: ignore[arg-type]
    async def publish(self, ctx: Context, *, options: VersionOptions) -> None:
        """Let a style answer as it was trained last, or a version that is kept."""
        guild_id = await changeable(ctx, for_all=options.for_all)
        style, version = options.style, options.version
        by = ctx.author.id
        work = changing.publish(self.services, ctx.bot, style, version, guild_id, by)
        await _tell(ctx, work)

    @publish.autocomplete("style")
    async def _complete_publish(self, asked: discord.Interaction[Any], typed: str) -> _Styles:
        return await choices.publishable(self.services, asked, typed)

    @style.command(usage="style [version] [for-all:yes]")  # type: ignore[arg-type]
    async def rollback(self, ctx: Context, *, options: VersionOptions) -> None:
        """Let an earlier version of a style answer again."""
        guild_id = await changeable(ctx, for_all=options.for_all)
        style, version = options.style, options.version
        await _tell(ctx, changing.roll_back(self.services, style, version, guild_id, ctx.author.id))

    @publish.autocomplete("version")
    @rollback.autocomplete("version")
    async def _complete_version(
        self, asked: discord.Interaction[Any], typed: str
    ) -> list[app_commands.Choice[int]]:
        return await choices.versions(self.services, asked, typed)

    @style.command(usage="style [for-all:yes]")  # type: ignore[arg-type]
    async def retire(self, ctx: Context, *, options: OwnOptions) -> None:
        """Let a style answer no more; it is kept, and rollback brings it back."""
        guild_id = await changeable(ctx, for_all=options.for_all)
        await _tell(ctx, changing.retire(self.services, options.style, guild_id, ctx.author.id))

    @retire.autocomplete("style")
    async def _complete_live(self, asked: discord.Interaction[Any], typed: str) -> _Styles:
        return await choices.live_styles(self.services, asked, typed)

    @style.command(usage="[style] [for-all:yes]")  # type: ignore[arg-type]
    async def log(self, ctx: Context, *, options: LogOptions) -> None:
        """Show who changed which style, and when."""
        guild_id = await changeable(ctx, for_all=options.for_all)
        work = logged(self.services, guild_id, options.style, ctx.author.id)
        await send_answer(ctx, await work, ephemeral=True)

    @rollback.autocomplete("style")
    @log.autocomplete("style")
    async def _complete_kept(self, asked: discord.Interaction[Any], typed: str) -> _Styles:
        return await choices.kept_styles(self.services, asked, typed)


async def _tell(ctx: Context, work: Awaitable[str]) -> None:
    """Say what `work` comes to, to the one who asked alone where that can be."""
    sentence = await defer_if_slow(work, partial(ctx.defer, ephemeral=True))
    await send_answer(ctx, Answer(sentence), ephemeral=True)
