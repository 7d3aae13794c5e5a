"""What a person is told when something fails: one place for commands, buttons and selects.

Each refusal is one short reply that says what to do, seen by that person alone where Discord allows
it.
"""

import logging
from typing import Any

import discord
from discord import app_commands
from discord.ext import commands

from ..library import LibraryError, StorageError, StyleNotFoundError
from ..sampling import RequestError
from ..store import NotKeptError, StoreError
from .answers import reply
from .markdown import escape_markdown, inline_code

_LACKS = (commands.MissingPermissions, app_commands.MissingPermissions)
_BOT_LACKS = (commands.BotMissingPermissions, app_commands.BotMissingPermissions)
_IN_DIRECT = (commands.NoPrivateMessage, app_commands.NoPrivateMessage)


class InvalidOptionError(commands.BadArgument):
    """An option that a converter of ours cannot read.

    The message, Markdown, names it and says what it takes: for a slash command nobody else knows.
    """


def describe_command_error(error: Exception, ctx: commands.Context[Any] | None) -> str:
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
        return f"I cannot read {inline_code(str(error.value))}."
    where, cause = _where(error, ctx)
    told = f"{where}{_wrong(cause)}"
    usage = _usage(ctx)
    return f"{told} Usage: {inline_code(usage)}" if usage else told


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
    if isinstance(original, InvalidOptionError):
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
        return (
            f"{inline_code(str(error.value))} is out of range: {error.minimum} to {error.maximum}."
        )
    if isinstance(error, InvalidOptionError):
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


_log = logging.getLogger(__name__)

Asked = commands.Context[Any] | discord.Interaction[Any]
"""What is answered: a command, or the press of a button or a choice in a select."""

_NOT_ALLOWED = (
    "Discord does not let me answer in #%s of %s: give me View Channel, Send Messages, "
    "Embed Links, Attach Files and Read Message History there"
)
_OURS = "Something went wrong on my side. It is in my log; please try again."
_NOT_KEPT = "I cannot reach what I keep just now. Please try again in a minute."


class UserError(commands.CheckFailure):
    """What was asked cannot be done; the message, Markdown, says why and what to do."""


async def send_error(asked: Asked, error: Exception) -> None:
    """Tell the person who asked; log what is a fault of ours."""
    cause = _cause(error)
    try:
        if isinstance(cause, discord.Forbidden):
            raise cause
        sentence = _sentence(asked, cause)
        if sentence in (None, _NOT_KEPT):
            _log.error("%s failed", _title(asked), exc_info=cause)
        await send_ephemeral(asked, sentence or _OURS)
    except discord.Forbidden:
        _log.warning(_NOT_ALLOWED, asked.channel, asked.guild)
    except (discord.NotFound, discord.InteractionResponded) as late:
        _log.warning("%s could not be answered any more: %s", _title(asked), late)


async def send_ephemeral(asked: Asked, text: str, **more: Any) -> None:
    """Say `text` to the one who asked, alone where Discord allows it; nobody is mentioned."""
    if isinstance(asked, commands.Context):
        if asked.interaction is None:
            await reply(asked, content=text, **more)
            return
        asked = asked.interaction
    more |= {"ephemeral": True, "allowed_mentions": discord.AllowedMentions.none()}
    if not asked.response.is_done():
        await asked.response.send_message(text, **more)
        return
    if asked.response.type is not discord.InteractionResponseType.deferred_channel_message:
        await asked.followup.send(text, **more)
        return
    # What fills in a deferral is seen by all who see the deferral; only what follows is not.
    await asked.edit_original_response(content="…")
    await asked.followup.send(text, **more)
    await asked.delete_original_response()


def _title(asked: Asked) -> str:
    if isinstance(asked, commands.Context):
        return f"Command {asked.command}"
    if isinstance(asked.command, app_commands.Command):
        return f"Command {asked.command.qualified_name}"
    data: Any = asked.data or {}
    return f"Component {data.get('custom_id')}"


def _cause(error: BaseException) -> BaseException:
    """Unwrap what discord.py wraps around an exception of a command, prefixed or slash."""
    wrappers = (
        commands.CommandInvokeError,
        commands.HybridCommandError,
        commands.ConversionError,
        app_commands.CommandInvokeError,
    )
    while isinstance(error, wrappers):
        error = error.original
    return error


def _sentence(asked: Asked, error: BaseException) -> str | None:
    """Return what to tell of `error`, None for a fault of ours."""
    if isinstance(error, RequestError):
        return error.template.format(*map(inline_code, error.values))
    if isinstance(error, UserError | NotKeptError):
        return str(error)
    if isinstance(error, StoreError | StorageError):
        return _NOT_KEPT
    if isinstance(error, StyleNotFoundError | LibraryError):
        return escape_markdown(str(error))
    if isinstance(error, commands.CommandOnCooldown | app_commands.CommandOnCooldown):
        return _too_soon(error)
    if isinstance(error, commands.UserInputError | commands.CheckFailure):
        return describe_command_error(error, asked if isinstance(asked, commands.Context) else None)
    if isinstance(error, app_commands.CheckFailure | app_commands.TransformerError):
        return describe_command_error(error, None)
    return None


def _too_soon(error: commands.CommandOnCooldown | app_commands.CommandOnCooldown) -> str:
    seconds = f"{-(-error.retry_after // 1):.0f}"
    ofchannel = getattr(error, "type", None) is commands.BucketType.channel
    return f"{'Much is asked in this channel. ' if ofchannel else ''}Try again in {seconds} s."
