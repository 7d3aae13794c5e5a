"""Red-DiscordBot: its base classes of cogs and commands, its data folder and its load error.

Red takes only cogs and commands of its own classes, which extend those of discord.py. They are used
where Red has been imported; any other host gets those of discord.py.
"""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from discord.ext import commands

if TYPE_CHECKING:
    from discord.ext.commands import Cog, HybridCommand, HybridGroup, hybrid_command, hybrid_group
else:
    _classes = sys.modules.get("redbot.core.commands", commands)
    Cog = _classes.Cog

    class _OwnCommand:
        """A command whose cog answers the errors: the host's `on_command_error` does not."""

        async def can_run(self, ctx, /, **options) -> bool:
            if hasattr(ctx, "permission_state"):  # the context of Red
                return await super().can_run(ctx, **options)
            return await commands.Command.can_run(self, ctx)

        async def dispatch_error(self, ctx, error, /) -> None:
            ctx.command_failed = True
            await self.cog.cog_command_error(ctx, error)

    class HybridCommand(_OwnCommand, _classes.HybridCommand):
        """A text and slash command."""

    class HybridGroup(_OwnCommand, _classes.HybridGroup):
        """A text and slash command with subcommands."""

        def command(self, **attributes):
            """Return a decorator that adds a function as a subcommand."""

            def add(callback):
                command = HybridCommand(callback, parent=self, **attributes)
                self.add_command(command)
                return command

            return add

    def hybrid_command(**attributes):
        """Return a decorator that makes a command of a function."""
        return lambda callback: HybridCommand(callback, **attributes)

    def hybrid_group(**attributes):
        """Return a decorator that makes a group of a function."""
        return lambda callback: HybridGroup(callback, **attributes)


__all__ = ["Cog", "data_folder", "hybrid_command", "hybrid_group", "load_error"]

_DATA = "Namesmith"
"""Name of the folder in Red's data folder."""


def data_folder(bot: Any) -> Path | None:
    """Return the folder where Red stores the data of a cog; None in another host."""
    if not _is_red(bot):
        return None
    folder: Path = sys.modules["redbot.core.data_manager"].cog_data_path(raw_name=_DATA)
    return folder


def load_error(bot: Any, message: str) -> Exception | None:
    """Return the error whose message Red shows to its owner; None in another host."""
    if not _is_red(bot):
        return None
    error: Exception = sys.modules["redbot.core.errors"].CogLoadError(message)
    return error


def _is_red(bot: Any) -> bool:
    return "redbot.core.bot" in sys.modules and hasattr(bot, "get_shared_api_tokens")
