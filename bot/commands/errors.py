"""What a person is told when a command fails: one place for all commands."""

import logging
from typing import Any

import discord
from discord.ext import commands

from ..sampling import NamesRefused
from .text import quoted

_log = logging.getLogger(__name__)

_NOT_ALLOWED = (
    "Discord does not let me answer in #%s of %s: give me View Channel, Send Messages, "
    "Attach Files and Read Message History there"
)


async def answer_error(ctx: commands.Context[Any], error: Exception) -> None:
    """Tell the person in one short reply, seen by that person alone where Discord allows it."""
    cause = _cause(error)
    try:
        if isinstance(cause, discord.Forbidden):
            raise cause
        sentence = _sentence(ctx, cause)
        if sentence is None:
            _log.error("Command %s failed", ctx.command, exc_info=cause)
            sentence = "Something went wrong on my side. It is in my log; please try again."
        await ctx.reply(sentence, ephemeral=True)
    except discord.Forbidden:
        _log.warning(_NOT_ALLOWED, ctx.channel, ctx.guild)


def _cause(error: BaseException) -> BaseException:
    """Unwrap what discord.py wraps around an exception of a command, prefixed or slash."""
    while (inner := getattr(error, "original", None)) is not None:
        error = inner
    return error


def _sentence(ctx: commands.Context[Any], error: BaseException) -> str | None:
    if isinstance(error, NamesRefused):
        return error.sentence.format(*map(quoted, error.quoted))
    if not isinstance(error, commands.UserInputError):
        return None
    where = f"{ctx.current_parameter.name}: " if ctx.current_parameter else ""
    command = ctx.command
    usage = f"{ctx.clean_prefix}{command.qualified_name} {command.signature}" if command else ""
    return f"{where}{_complaint(error)} Usage: {quoted(usage)}"


def _complaint(error: commands.UserInputError) -> str:
    if isinstance(error, commands.RangeError):
        return f"{quoted(str(error.value))} is out of range: {error.minimum} to {error.maximum}."
    if isinstance(error, commands.ArgumentParsingError):
        return "the quotation marks do not pair up."
    return "that is not a number. Put a beginning of several words into quotation marks."
