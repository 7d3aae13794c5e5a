"""`/manage-styles`: the cog with the commands that train and manage styles.

As a slash command it is for members with Manage Server, and for those whom an admin has granted it
in Server Settings → Integrations.
"""

import re
from collections.abc import Awaitable, Sequence
from typing import Literal

import discord
from discord import app_commands
from discord.ext import commands

from ...i18n import gettext as _
from ...red import hybrid_group
from ...services import Services
from ..answer_formats import Answer, send_answer
from ..base import Context, Interaction, NamesmithCog, autocompletion, defer_if_slow
from ..errors import UserError
from ..markdown import inline_code
from ..style_choices import StyleChoices
from ..text_options import TextOptions
from ..tokenizer import Token
from . import autocomplete
from .checks import can_manage_styles, check_can_change
from .pattern import offer_pattern
from .train import offer_training
from .training_message import ProgressUpdater, cancel_training
from .versions import publish_style, retire_style, roll_back_style, style_log

_STYLE = "Name of the style"
_NEW_NAME = "Name of the new style"
_VERSION = "Version of the style"
_FOR_ALL = "Apply to all servers, not just this one (bot owner only)"
_RECIPE = "How thorough: seed (seconds), fast (up to a minute) or best (up to ten minutes)"

_PATTERN = "Styles in braces with text around them, such as {elves} of {kingdoms}"
_TITLE = "Title of the style in lists and answers"

_STYLE_AND_VERSION = re.compile(r"(\S+)\s+v?([0-9]{1,9})", re.IGNORECASE)


class RetireOptions(TextOptions, case_insensitive=True):
    """The options of `/manage-styles retire`."""

    style: str = commands.flag(positional=True, description=_STYLE)
    for_all: bool = commands.flag(name="for-all", default=False, description=_FOR_ALL)


class VersionOptions(TextOptions, case_insensitive=True):
    """The options of publish and rollback; as text, `elves 3` is enough."""

    style: str = commands.flag(positional=True, description=_STYLE)
    version: int | None = commands.flag(
        converter=commands.Range[int, 1, 10**9], default=None, description=_VERSION
    )
    for_all: bool = commands.flag(name="for-all", default=False, description=_FOR_ALL)

    @classmethod
    def parse_flags(cls, argument: str, *, ignore_extra: bool = True) -> dict[str, list[str]]:
        """Return the typed value of each option; a number after the style is the version."""
        values = super().parse_flags(argument, ignore_extra=ignore_extra)
        match = _STYLE_AND_VERSION.fullmatch(values.get("style", [""])[0])
        if match and "version" not in values:
            values["style"][0], values["version"] = match[1], [match[2]]
        return values


class LogOptions(TextOptions, case_insensitive=True):
    """The options of `/manage-styles log`; without a style it shows all changes."""

    style: str | None = commands.flag(
        converter=str, positional=True, default=None, description=_STYLE
    )
    for_all: bool = commands.flag(name="for-all", default=False, description=_FOR_ALL)


class NewStyleOptions(TextOptions, case_insensitive=True):
    """Base of the options that begin with the name of a new style."""

    @classmethod
    def place_words(cls, values: dict[str, list[str]], words: Sequence[Token]) -> None:
        """Add the `words` to `values`: the first is the name, the others the positional option."""
        if words and "name" not in values:
            values["name"], words = [words[0].value], words[1:]
        super().place_words(values, words)


class TrainOptions(NewStyleOptions, case_insensitive=True):
    """The options of `/manage-styles train`; the default recipe is in the bot's settings."""

    name: str = commands.flag(description=_NEW_NAME)
    recipe: Literal["seed", "fast", "best"] | None = commands.flag(
        positional=True, default=None, description=_RECIPE
    )
    for_all: bool = commands.flag(name="for-all", default=False, description=_FOR_ALL)


class PatternOptions(NewStyleOptions, case_insensitive=True):
    """The options of `/manage-styles pattern`; the title is made of the name if none is given."""

    name: str = commands.flag(description=_NEW_NAME)
    pattern: str = commands.flag(positional=True, description=_PATTERN)
    title: str | None = commands.flag(converter=str, default=None, description=_TITLE)
    for_all: bool = commands.flag(name="for-all", default=False, description=_FOR_ALL)


class CancelOptions(TextOptions, case_insensitive=True):
    """The options of `/manage-styles cancel`."""

    style: str | None = commands.flag(
        converter=str, positional=True, default=None, description=_STYLE
    )


class ManageStylesCog(NamesmithCog, name="Namesmith style management"):
    """Train and manage styles."""

    def __init__(self, services: Services) -> None:
        super().__init__(services)
        self._progress_updater = ProgressUpdater(services)

    async def cog_load(self) -> None:
        """Make the progress updater available to buttons."""
        await super().cog_load()
        self.services.progress_updater = self._progress_updater

    async def cog_unload(self) -> None:
        """Stop the progress updater before the services it uses are closed."""
        self.services.progress_updater = None
        await self._progress_updater.close()
        await super().cog_unload()

    @hybrid_group(name="manage-styles", usage="[command]", invoke_without_command=True)  # type: ignore[arg-type]  # typed for pyright
    @commands.check(can_manage_styles)
    @app_commands.default_permissions(manage_guild=True)
    @app_commands.allowed_installs(guilds=True, users=False)
    @app_commands.allowed_contexts(guilds=True, dms=False, private_channels=False)
    async def manage(self, ctx: Context, *, unknown: str = "") -> None:
        """Train, publish and retire your own styles."""
        usage = inline_code(f"{ctx.clean_prefix}help {ctx.command}")
        if unknown:
            raise UserError(_("There is no such command. See {command}.").format(command=usage))
        raise UserError(_("Choose what to do. See {help}.").format(help=usage))

    @manage.command(usage="name [recipe] [for-all:yes]")  # type: ignore[arg-type]
    @commands.check(can_manage_styles)
    @app_commands.describe(file="Text file with one name per line")
    async def train(self, ctx: Context, file: discord.Attachment, *, options: TrainOptions) -> None:
        """Train a style on your own list of names."""
        name, recipe, for_all = options.name, options.recipe, options.for_all
        await offer_training(self.services, ctx, name, file, recipe, for_all=for_all)

    @manage.command(usage="name pattern [title:...] [for-all:yes]")  # type: ignore[arg-type]
    @commands.check(can_manage_styles)
    async def pattern(self, ctx: Context, *, options: PatternOptions) -> None:
        """Make a style of other styles, such as full names. No training needed."""
        name, pattern = options.name, options.pattern
        title, for_all = options.title, options.for_all
        await offer_pattern(self.services, ctx, name, pattern, title, for_all=for_all)

    @manage.command(usage="[style]")  # type: ignore[arg-type]
    @commands.check(can_manage_styles)
    async def cancel(self, ctx: Context, *, options: CancelOptions) -> None:
        """Cancel a queued or running training."""
        await cancel_training(self.services, ctx, options.style)

    @cancel.autocomplete("style")
    @autocompletion
    async def _complete_active(self, interaction: Interaction, typed: str) -> StyleChoices:
        return await autocomplete.complete_active(self.services, interaction, typed)

    @manage.command(usage="style [version] [for-all:yes]")  # type: ignore[arg-type]
    @commands.check(can_manage_styles)
    async def publish(self, ctx: Context, *, options: VersionOptions) -> None:
        """Publish a style's newest training, or one of its older versions."""
        guild_id = await check_can_change(ctx, for_all=options.for_all)
        style, version, user_id = options.style, options.version, ctx.author.id
        work = publish_style(self.services, ctx.bot, style, version, guild_id, user_id)
        await _answer(ctx, work)

    @publish.autocomplete("style")
    @autocompletion
    async def _complete_publishable(self, interaction: Interaction, typed: str) -> StyleChoices:
        return await autocomplete.complete_publishable(self.services, interaction, typed)

    @manage.command(usage="style [version] [for-all:yes]")  # type: ignore[arg-type]
    @commands.check(can_manage_styles)
    async def rollback(self, ctx: Context, *, options: VersionOptions) -> None:
        """Go back to an earlier version of a style."""
        guild_id = await check_can_change(ctx, for_all=options.for_all)
        style, version, user_id = options.style, options.version, ctx.author.id
        await _answer(ctx, roll_back_style(self.services, style, version, guild_id, user_id))

    @publish.autocomplete("version")
    @rollback.autocomplete("version")
    @autocompletion
    async def _complete_version(
        self, interaction: Interaction, typed: str
    ) -> list[app_commands.Choice[int]]:
        return await autocomplete.complete_version(self.services, interaction, typed)

    @manage.command(usage="style [for-all:yes]")  # type: ignore[arg-type]
    @commands.check(can_manage_styles)
    async def retire(self, ctx: Context, *, options: RetireOptions) -> None:
        """Retire a style. You can restore it with /manage-styles rollback."""
        guild_id = await check_can_change(ctx, for_all=options.for_all)
        await _answer(ctx, retire_style(self.services, options.style, guild_id, ctx.author.id))

    @retire.autocomplete("style")
    @autocompletion
    async def _complete_live(self, interaction: Interaction, typed: str) -> StyleChoices:
        return await autocomplete.complete_live(self.services, interaction, typed)

    @manage.command(usage="[style] [for-all:yes]")  # type: ignore[arg-type]
    @commands.check(can_manage_styles)
    async def log(self, ctx: Context, *, options: LogOptions) -> None:
        """Show who changed which style, and when."""
        guild_id = await check_can_change(ctx, for_all=options.for_all)
        work = style_log(self.services, guild_id, options.style, ctx.author.id)
        answer = await defer_if_slow(work, ctx, ephemeral=True)
        await send_answer(ctx, answer, ephemeral=True)

    @rollback.autocomplete("style")
    @log.autocomplete("style")
    @autocompletion
    async def _complete_own(self, interaction: Interaction, typed: str) -> StyleChoices:
        return await autocomplete.complete_own(self.services, interaction, typed)


async def _answer(ctx: Context, work: Awaitable[str]) -> None:
    """Answer with the text that `work` returns, visible to the user only where possible."""
    text = await defer_if_slow(work, ctx, ephemeral=True)
    await send_answer(ctx, Answer(text), ephemeral=True)
