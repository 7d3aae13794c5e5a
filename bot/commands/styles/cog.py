"""`!style` and `/style`: the cog with the commands that list and describe styles.

`!style train` and the like do what `!manage-styles train` does.
"""

from typing import Any

from discord import app_commands
from discord.ext import commands

from ...i18n import gettext as _
from ...red import hybrid_group
from ...services import Services
from ..answer_formats import send_answer
from ..base import (
    Context,
    Interaction,
    NamesmithCog,
    autocompletion,
    available_everywhere,
    defer_if_slow,
)
from ..errors import UserError
from ..markdown import inline_code
from ..text_options import TextOptions
from .info import describe_style
from .manage_cog import ManageStylesCog
from .style_list import complete_group, list_styles

_STYLE = "Name of the style"
_GROUP = "Only the styles of this group or with this tag, such as fantasy"


def _as_text_command(group: Any, command: Any) -> Any:
    """Return a text command of `group` that does what `command` does."""
    return group.command(
        name=command.name,
        usage=command.usage,
        hidden=True,
        with_app_command=False,
        extras={"same_as": command},
    )(command.callback)


class ListOptions(TextOptions, case_insensitive=True):
    """The options of `/style list`."""

    group: str = commands.flag(default="", positional=True, description=_GROUP)


class InfoOptions(TextOptions, case_insensitive=True):
    """The options of `/style info`."""

    style: str = commands.flag(positional=True, description=_STYLE)


class StyleCog(NamesmithCog, name="Namesmith styles"):
    """List styles."""

    def __init__(self, services: Services) -> None:
        super().__init__(services)
        if "manage-styles" in services.settings.bot.disabled_commands:
            for command in tuple[Any, ...](self.style.commands):
                if "same_as" in command.extras:
                    self.style.remove_command(command.name)

    @hybrid_group(usage="[command]", invoke_without_command=True)  # type: ignore[arg-type]  # typed for pyright
    @available_everywhere
    async def style(self, ctx: Context, *, unknown: str = "") -> None:
        """List styles, and show how good they are."""
        if unknown:
            command = inline_code(f"{ctx.clean_prefix}help {ctx.command}")
            raise UserError(_("There is no such command. See {command}.").format(command=command))
        await send_answer(ctx, await list_styles(self.guild_context(ctx), ctx.author.id))

    @style.command(name="list", usage="[group]")  # type: ignore[arg-type]
    async def list_(self, ctx: Context, *, options: ListOptions) -> None:
        """List the styles that you can use here."""
        answer = await list_styles(self.guild_context(ctx), ctx.author.id, options.group)
        await send_answer(ctx, answer)

    @list_.autocomplete("group")
    @autocompletion
    async def _complete_group(
        self, interaction: Interaction, typed: str
    ) -> list[app_commands.Choice[str]]:
        guild_context = await self.services.guild_context(interaction.guild_id)
        return complete_group(guild_context, typed)

    @style.command(usage="style")  # type: ignore[arg-type]
    async def info(self, ctx: Context, *, options: InfoOptions) -> None:
        """Show example names of a style, what it learned from and who published it."""
        work = describe_style(self.services, self.guild_context(ctx), options.style)
        await send_answer(ctx, await defer_if_slow(work, ctx))

    info.autocomplete("style")(NamesmithCog.complete_style)

    train = _as_text_command(style, ManageStylesCog.train)
    pattern = _as_text_command(style, ManageStylesCog.pattern)
    cancel = _as_text_command(style, ManageStylesCog.cancel)
    publish = _as_text_command(style, ManageStylesCog.publish)
    rollback = _as_text_command(style, ManageStylesCog.rollback)
    retire = _as_text_command(style, ManageStylesCog.retire)
    log = _as_text_command(style, ManageStylesCog.log)
