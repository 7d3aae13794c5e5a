"""How a wrong option or a missing permission is worded: what it was, and what it should be."""

from typing import Any

from discord import app_commands
from discord.ext import commands

from .text import quoted

_LACKS = (commands.MissingPermissions, app_commands.MissingPermissions)
_BOT_LACKS = (commands.BotMissingPermissions, app_commands.BotMissingPermissions)
_IN_DIRECT = (commands.NoPrivateMessage, app_commands.NoPrivateMessage)


class BadOption(commands.BadArgument):
    """An option that a converter of ours cannot read.

    The message, Markdown, names it and says what it takes: for a slash command nobody else knows.
    """


def complaint(error: Exception, ctx: commands.Context[Any] | None) -> str:
    """Return what to tell of a check that failed, or of what was typed."""
    if isinstance(error, _LACKS):
        return f"You need {_permissions(error.missing_permissions)} here for that."
    if isinstance(error, _BOT_LACKS):
        return f"I need {_permissions(error.missing_permissions)} in this channel for that."
    if isinstance(error, _IN_DIRECT):
        return "That is for servers only, not for direct messages."
    if isinstance(error, commands.CheckFailure | app_commands.CheckFailure):
        return "That is not for you to do here."
    if isinstance(error, app_commands.TransformerError):
        return f"I cannot read {quoted(str(error.value))}."
    where, cause = _where(error, ctx)
    told = f"{where}{_wrong(cause)}"
    usage = _usage(ctx)
    return f"{told} Usage: {quoted(usage)}" if usage else told


def _permissions(names: list[str]) -> str:
    titles = (name.replace("_", " ").replace("guild", "server").title() for name in names)
    return " and ".join(titles)


def _usage(ctx: commands.Context[Any] | None) -> str:
    """Return how the command is typed, nothing where Discord's own form asked for it."""
    if ctx is None or ctx.interaction or not ctx.command:
        return ""
    return f"{ctx.clean_prefix}{ctx.command.qualified_name} {ctx.command.signature}".rstrip()


def _where(error: Exception, ctx: commands.Context[Any] | None) -> tuple[str, Exception]:
    """Return which option it is about, and what is wrong with it."""
    original = getattr(error, "original", error)
    if isinstance(original, BadOption):
        return "", original
    if isinstance(error, commands.BadFlagArgument):
        return f"{error.flag.name}: ", error.original
    if isinstance(error, commands.FlagError):
        flag = getattr(error, "flag", None)
        return (f"{flag.name}: " if flag else ""), error
    parameter = ctx.current_parameter if ctx else None
    return (f"{_name(parameter)}: " if parameter else ""), error


def _name(parameter: commands.Parameter) -> str:
    """Return the name of a parameter, or of the option that stands first in it."""
    if hasattr(parameter.converter, "__commands_is_flag__"):
        flags = parameter.converter.get_flags().values()
        return next((flag.name for flag in flags if flag.positional), parameter.name)
    return parameter.name


def _wrong(error: Exception) -> str:
    if isinstance(error, commands.RangeError):
        return f"{quoted(str(error.value))} is out of range: {error.minimum} to {error.maximum}."
    if isinstance(error, BadOption):
        return str(error)
    if isinstance(error, commands.BadBoolArgument):
        return "say yes or no."
    if isinstance(error, commands.BadLiteralArgument):
        *most, last = map(str, error.literals)
        return f"say {', '.join(most)} or {last}."
    if isinstance(error, commands.MissingRequiredAttachment):
        return "attach it to your message."
    if isinstance(error, commands.TooManyFlags):
        return "say it once."
    if isinstance(error, commands.MissingFlagArgument):
        return "say what it shall be, right after the colon."
    if isinstance(error, commands.MissingRequiredArgument | commands.MissingRequiredFlag):
        return "that is missing."
    if isinstance(error, commands.ArgumentParsingError):
        return "the quotation marks do not pair up."
    return "that is not a number."
