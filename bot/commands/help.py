"""`!help` of the stand-alone bot, made of what slash commands tell of themselves."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import discord
from discord.ext import commands

from .answers import EMBED_COLOUR, reply
from .markdown import inline_code


class HelpCommand(commands.HelpCommand):
    """`Bot(help_command=Help())`: the commands, or one command with its options."""

    def __init__(self) -> None:
        super().__init__(command_attrs={"help": "Tell what I can do"}, verify_checks=False)

    async def send_bot_help(
        self, mapping: Mapping[commands.Cog | None, list[commands.Command[Any, ..., Any]]], /
    ) -> None:
        """Tell of all commands, one a line."""
        every = [command for several in mapping.values() for command in several]
        known = await self.filter_commands(every, sort=True)
        prefix = self.context.clean_prefix
        lines = [f"{inline_code(prefix + command.name)} {command.short_doc}" for command in known]
        await self._say("\n".join(lines), f"{prefix}help name: that command with its options")

    async def send_command_help(self, command: commands.Command[Any, ..., Any], /) -> None:
        """Tell of one command: how it is typed, what it does, its options."""
        usage = f"{self.context.clean_prefix}{command.qualified_name} {command.signature}"
        lines = [inline_code(usage.rstrip()), command.help or command.short_doc, *options(command)]
        await self._say("\n".join(line for line in lines if line), None)

    async def send_group_help(self, group: commands.Group[Any, ..., Any], /) -> None:
        """Tell of a group: what it is for, and its commands, one a line."""
        known = await self.filter_commands(group.commands, sort=True)
        prefix = self.context.clean_prefix
        lines = [f"{inline_code(prefix + one.qualified_name)} {one.short_doc}" for one in known]
        footer = f"{prefix}help {group} {known[0].name}: that command with its options"
        await self._say("\n".join([group.short_doc, *lines]), footer)

    async def send_cog_help(self, cog: commands.Cog, /) -> None:
        """Tell of the commands of a cog."""
        await self.send_bot_help({cog: cog.get_commands()})

    def command_not_found(self, string: str, /) -> str:
        """Return what to tell where there is no such command: what people typed is not repeated."""
        del string
        return self._none_in("help")

    def subcommand_not_found(self, command: commands.Command[Any, ..., Any], string: str, /) -> str:
        """Return what to tell where a command has no such one in it, or none at all."""
        del string
        return self._none_in(f"help {command.qualified_name}")

    def _none_in(self, help_: str) -> str:
        return f"There is no such command; see {inline_code(self.context.clean_prefix + help_)}."

    async def send_error_message(self, error: str, /) -> None:
        """Say `error` as a short reply."""
        await reply(self.context, content=error)

    async def _say(self, text: str, footer: str | None) -> None:
        embed = discord.Embed(description=text, colour=EMBED_COLOUR)
        if footer:
            embed.set_footer(text=footer)
        await reply(self.context, embed=embed)


def options(command: commands.Command[Any, ..., Any]) -> Iterator[str]:
    """Yield a line for each option of a hybrid command, with its other names."""
    slash = getattr(command, "app_command", None)
    others = dict(_aliases(list(command.params.values())))
    for option in getattr(slash, "parameters", ()):
        names = [option.display_name, *others.get(option.display_name, ())]
        yield f"{', '.join(inline_code(name) for name in names)}: {option.description}"


def _aliases(parameters: Sequence[commands.Parameter]) -> Iterator[tuple[str, list[str]]]:
    for parameter in parameters:
        if isinstance(parameter.converter, type) and issubclass(
            parameter.converter, commands.FlagConverter
        ):
            for flag in parameter.converter.get_flags().values():
                yield flag.name, flag.aliases
