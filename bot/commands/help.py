"""`!help` of the stand-alone bot: the commands, and a command with its options."""

import inspect
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import discord
from discord.ext import commands

from .answer_formats import EMBED_COLOUR, Answer, reply
from .errors import send_error
from .markdown import inline_code

_Command = commands.Command[Any, ..., Any]


class HelpCommand(commands.HelpCommand):
    """A help command that shows the slash commands' descriptions and options."""

    def __init__(self) -> None:
        super().__init__(command_attrs={"help": "Show what I can do"}, verify_checks=False)

    async def send_bot_help(self, mapping: Mapping[commands.Cog | None, list[_Command]], /) -> None:
        """Send all commands, one a line."""
        every = [command for several in mapping.values() for command in several]
        visible = await self.filter_commands(every, sort=True)
        prefix = self.context.clean_prefix
        lines = [f"{inline_code(prefix + command.name)} {command.short_doc}" for command in visible]
        footer = f"{prefix}help {visible[0].name}: a command with its options"
        await self._send("\n".join(lines), footer)

    async def send_command_help(self, command: _Command, /) -> None:
        """Send the usage, description and options of one command."""
        usage = f"{self.context.clean_prefix}{command.qualified_name} {command.signature}"
        lines = [inline_code(usage.rstrip()), command.short_doc, *_option_lines(command)]
        await self._send("\n".join(line for line in lines if line), None)

    async def send_group_help(self, group: commands.Group[Any, ..., Any], /) -> None:
        """Send the description of a group and its commands, one a line."""
        visible = await self.filter_commands(group.commands, sort=True)
        prefix = self.context.clean_prefix
        lines = [
            f"{inline_code(prefix + command.qualified_name)} {command.short_doc}"
            for command in visible
        ]
        footer = f"{prefix}help {group} {visible[0].name}: a command with its options"
        await self._send("\n".join([group.short_doc, *lines]), footer)

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
        await send_error(ctx, error)

    def _not_found(self, help_command: str) -> str:
        command = inline_code(self.context.clean_prefix + help_command)
        return f"There is no such command. See {command}."

    async def send_error_message(self, error: str, /) -> None:
        """Send `error` as a short reply."""
        await reply(self.context, Answer(error))

    async def _send(self, text: str, footer: str | None) -> None:
        embed = discord.Embed(description=text, colour=EMBED_COLOUR)
        if footer:
            embed.set_footer(text=footer)
        await reply(self.context, Answer(embed=embed))


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
        yield f"{', '.join(inline_code(name) for name in names)}: {description}"


def _options(command: _Command) -> Iterator[tuple[list[str], str]]:
    """Yield each option of a hybrid command: its name and aliases, and its description."""
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
