"""Clashes with the host: commands and cogs of another bot that have the names of ours.

They are checked before anything is added. discord.py would drop the host's slash command when it
takes back what it has added.
"""

import json
from collections.abc import Iterable, Mapping
from typing import Any

from discord import AppCommandType
from discord.ext.commands import Cog

from .config import ConfigError
from .config_sections import CommandName
from .services import services_of

_MAX_SLASH_COMMANDS = 100
"""Discord's limit for an application."""

_OF_ANY_BOT: tuple[CommandName, ...] = ("help", "about")
"""Commands that a host can well have itself. Ours are left out then, unless they are renamed."""

_SLASH_ONLY: tuple[CommandName, ...] = ("help",)


def without_taken(bot: Any, names: Mapping[CommandName, str]) -> dict[CommandName, str]:
    """Return `names` without `help` and `about` where `bot` has them, or no room for them."""
    slash = _slash_commands(bot)
    left = {
        own: name
        for own, name in names.items()
        if own not in _OF_ANY_BOT or own != name or not _is_taken(bot, slash, own, name)
    }
    for own in _OF_ANY_BOT:
        if len(slash) + len(left) > _MAX_SLASH_COMMANDS:
            left.pop(own, None)
    return left


def check_clashes(bot: Any, names: Mapping[CommandName, str], cogs: Iterable[type[Cog]]) -> None:
    """Raise `ConfigError` if `bot` has one of these commands or cogs, or no room for them.

    `names` are the commands to add, with the names that they will have.
    """
    if services_of(bot) is not None:
        raise ConfigError("Namesmith is loaded in this bot already, under another name.")
    slash = _slash_commands(bot)
    clashes = [own for own, name in names.items() if _is_taken(bot, slash, own, name)]
    if clashes:
        taken = " and ".join(names[own] for own in clashes)
        renamed = ", ".join(f"{own} = {json.dumps(f'ns-{own}')}" for own in clashes)
        raise ConfigError(
            f"this bot already has a command {taken}. Rename ours, such as [bot] command_names = "
            f"{{{renamed}}}, or leave it out: [bot] disabled_commands = {json.dumps(clashes)}"
        )
    taken_cogs = [cog.__cog_name__ for cog in cogs if cog.__cog_name__ in bot.cogs]
    if taken_cogs:
        raise ConfigError(
            f"this bot already has a cog {taken_cogs[0]}. Leave out our command of that cog with "
            "[bot] disabled_commands, or give the other cog another name"
        )
    if len(slash) + len(names) > _MAX_SLASH_COMMANDS:
        raise ConfigError(
            f"this bot has {len(slash)} slash commands already, and Discord allows "
            f"{_MAX_SLASH_COMMANDS}. Leave some of ours out with [bot] disabled_commands"
        )


def _is_taken(bot: Any, slash: set[str], own: CommandName, name: str) -> bool:
    return name in slash or (own not in _SLASH_ONLY and name in bot.all_commands)


def _slash_commands(bot: Any) -> set[str]:
    """Return the names of the host's slash commands, also those that Red has not enabled."""
    commands = bot.tree.get_commands(type=AppCommandType.chat_input)
    return {command.name for command in commands} | set(
        getattr(bot.tree, "_disabled_global_commands", ())
    )
