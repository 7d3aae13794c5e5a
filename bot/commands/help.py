"""`!help` of the stand-alone bot: the commands, and a command with its options.

Commands are in the order of the cogs, and those that a member can't use are left out.
"""

import inspect
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import discord
from discord import app_commands
from discord.ext import commands
from discord.utils import maybe_coroutine

from ..i18n import gettext as _
from ..i18n import marked
from .answer_formats import EMBED_COLOUR, Answer, reply
from .errors import send_error
from .locales import use_locale_of
from .markdown import inline_code
from .outcomes import report_command

_Command = commands.Command[Any, ..., Any]
_SlashCommand = app_commands.Command[Any, ..., Any] | app_commands.Group

HELP = marked("Show what I can do.")


def is_usable(command: _SlashCommand, permissions: discord.Permissions | None) -> bool:
    """Whether a member can use a slash command of ours, if no admin has changed who may.

    `permissions` are None in direct messages.
    """
    root = command.root_parent or command
    if permissions is None:
        return root.allowed_contexts is None or bool(root.allowed_contexts.dm_channel)
    needed = root.default_permissions
    return needed is None or permissions.administrator or needed <= permissions


class HelpCommand(commands.HelpCommand):
    """A help command that shows the slash commands' descriptions and options."""

    def __init__(self) -> None:
        super().__init__(command_attrs={"help": HELP}, verify_checks=False)

    async def prepare_help_command(
        self, ctx: commands.Context[Any], command: str | None = None, /
    ) -> None:
        """Answer in the server's language."""
        del command
        use_locale_of(ctx)

    async def send_bot_help(self, mapping: Mapping[commands.Cog | None, list[_Command]], /) -> None:
        """Send all commands, one a line."""
        every = [command for several in mapping.values() for command in several]
        visible = await self._usable(every)
        await self._send([*self._lines(visible)], f"help {visible[0].name}")

    async def send_command_help(self, command: _Command, /) -> None:
        """Send the usage, description and options of one command."""
        usage = f"{self.context.clean_prefix}{command.qualified_name} {command.signature}"
        lines = [inline_code(usage.rstrip()), describe(command.short_doc), *_option_lines(command)]
        await self._send([line for line in lines if line])

    async def send_group_help(self, group: commands.Group[Any, ..., Any], /) -> None:
        """Send the description of a group and its commands, one a line."""
        visible = await self._usable(dict.fromkeys(group.all_commands.values()))
        example = f"help {group} {visible[0].name}" if visible else None
        await self._send([describe(group.short_doc), *self._lines(visible)], example)

    async def send_cog_help(self, cog: commands.Cog, /) -> None:
        """Send the commands of a cog."""
        await self.send_bot_help({cog: cog.get_commands()})

    def command_not_found(self, string: str, /) -> str:
        """Return the error for an unknown command, without repeating the user's text."""
        del string
        return self._not_found("help")

    def subcommand_not_found(self, command: _Command, string: str, /) -> str:
        """Return the error for an unknown subcommand, without repeating the user's text."""
        del string
        return self._not_found(f"help {command.qualified_name}")

    async def on_help_command_error(
        self, ctx: commands.Context[Any], error: commands.CommandError, /
    ) -> None:
        """Answer an error as those of other commands, such as a missing permission."""
        report_command(ctx, error)
        await send_error(ctx, error)

    def _not_found(self, help_command: str) -> str:
        use_locale_of(self.context)
        command = inline_code(self.context.clean_prefix + help_command)
        return _("There is no such command. See {command}.").format(command=command)

    async def send_error_message(self, error: str, /) -> None:
        """Send `error` as a short reply."""
        self.context.bot.dispatch("namesmith_error", self.context)
        await reply(self.context, Answer(error))

    async def _usable(self, every: Iterable[_Command]) -> list[_Command]:
        """Return the commands that the author can use, in their order."""
        visible = await self.filter_commands(every)
        return [command for command in visible if await self._is_usable(command)]

    async def _is_usable(self, command: _Command) -> bool:
        """Whether the author can use `command`: its own checks decide, if it has any."""
        ctx = self.context
        if command.checks:
            try:
                return all([await maybe_coroutine(check, ctx) for check in command.checks])
            except commands.CommandError:
                return False
        slash = getattr(command, "app_command", None)
        return slash is None or is_usable(slash, ctx.permissions if ctx.guild else None)

    def _lines(self, visible: Iterable[_Command]) -> Iterator[str]:
        for command in visible:
            typed = inline_code(self.context.clean_prefix + command.qualified_name)
            yield f"{typed} {describe(command.short_doc)}"

    async def _send(self, lines: Sequence[str], example: str | None = None) -> None:
        embed = discord.Embed(description="\n".join(lines), colour=EMBED_COLOUR)
        if example:
            footer = _("{command}: a command with its options")
            embed.set_footer(text=footer.format(command=self.context.clean_prefix + example))
        await reply(self.context, Answer(embed=embed))
        report_command(self.context)


def is_own_help(help_command: object) -> bool:
    """Whether a bot has our help command, also that of this module before a reload."""
    return type(help_command).__module__ == HelpCommand.__module__


def describe(description: str) -> str:
    """Return a command's description in the current language."""
    return _(description) if description else ""


def document_options(command: _Command) -> None:
    """Add the options to the docstring, which the help commands of other bots show.

    The first line, the description of the slash command, stays.
    """
    lines = [f"{', '.join(names)}: {description}" for names, description in _options(command)]
    first = inspect.cleandoc(command.callback.__doc__ or "").split("\n")[0]
    if lines:
        command.callback.__doc__ = "\n".join([first, "", *lines])


def _option_lines(command: _Command) -> Iterator[str]:
    for names, description in _options(command):
        yield f"{', '.join(inline_code(name) for name in names)}: {describe(description)}"


def _options(command: _Command) -> Iterator[tuple[list[str], str]]:
    """Yield each option of a hybrid command: its name and aliases, and its description."""
    command = command.extras.get("same_as", command)
    slash = getattr(command, "app_command", None)
    aliases = dict(_aliases(list(command.params.values())))
    for option in getattr(slash, "parameters", ()):
        names = [option.display_name, *aliases.get(option.display_name, ())]
        yield names, str(option.description)


def _aliases(parameters: Sequence[commands.Parameter]) -> Iterator[tuple[str, list[str]]]:
    for parameter in parameters:
        if isinstance(parameter.converter, type) and issubclass(
            parameter.converter, commands.FlagConverter
        ):
            for flag in parameter.converter.get_flags().values():
                yield flag.name, flag.aliases
