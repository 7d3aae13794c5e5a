"""Names of commands that the bot's owner has changed: of the commands, and in messages.

Messages are written with the commands' own names, such as `/style list`.
"""

import re
from collections.abc import Mapping
from contextvars import ContextVar
from typing import Any

from discord import app_commands
from discord.ext import commands

from .i18n import localized_name

Names = Mapping[Any, str]
"""The owner's names, by the commands' own."""

_names: ContextVar[Names] = ContextVar("namesmith_command_names")


def set_command_names(names: Names) -> None:
    """Use these names, by the commands' own, from here on: in this task and those it starts."""
    _names.set(names)


def command_name(name: str) -> str:
    """Return the name that the owner has given to a command."""
    return _names.get({}).get(name, name)


def rename_mentions(text: str, before: str = "`") -> str:
    """Return `text` with the owner's names where it mentions commands.

    `before` is what comes before the slash: a backtick, which texts of members never have.
    """
    names = _names.get({})
    if not names or "/" not in text:
        return text
    renamed = {localized_name(name): new for name, new in names.items()} | dict(names)
    alternatives = "|".join(map(re.escape, sorted(renamed, key=len, reverse=True)))
    pattern = rf"(?<!\\)({before}/)({alternatives})(?![-\w/])"
    return re.sub(pattern, lambda match: match[1] + renamed[match[2]], text)


def rename_commands(cog: commands.Cog, names: Names) -> None:
    """Give the commands of a cog, which is not in a bot yet, the owner's names."""
    for command in cog.get_commands():
        _rename_in_description(command, names)
        for each in command.walk_commands() if isinstance(command, commands.Group) else ():
            _rename_in_description(each, names)
        if command.name in names:
            command.name = names[command.name]
            _rename_slash(getattr(command, "app_command", None), command.name)
    for slash in cog.get_app_commands():
        _rename_slash(slash, names.get(slash.name, slash.name))


def _rename_slash(slash: Any, name: str) -> None:
    if slash is not None and slash.name != name:
        slash.name, slash._locale_name = name, app_commands.locale_str(name)


def _rename_in_description(command: commands.Command[Any, ..., Any], names: Names) -> None:
    slash: Any = getattr(command, "app_command", None)
    pattern = rf"(?<!\S)/({'|'.join(map(re.escape, names)) or '(?!)'})(?![-\w/])"
    old = slash.description if slash else command.help or ""
    text = re.sub(pattern, lambda match: f"/{names[match[1]]}", old)
    if text != old:
        command.help = text
        if slash is not None:
            slash.description, slash._locale_description = text, app_commands.locale_str(text)
