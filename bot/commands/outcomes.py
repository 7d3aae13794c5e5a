"""Outcomes: how each command, component and modal ended, for the metrics and the debug log."""

import logging
from typing import Any

import discord
from discord import app_commands
from discord.ext import commands

from ..library import StyleError, StyleNotFoundError
from ..observer import CommandKind, Outcome, observer
from ..request_id import request_seconds
from ..sampling import RequestError
from ..store import InvalidValueError
from .delivery import DeliveryError

_log = logging.getLogger(__name__)

_COOLDOWNS = (commands.CommandOnCooldown, app_commands.CommandOnCooldown)
_UNDELIVERED = (DeliveryError, discord.Forbidden, discord.NotFound)
_USER_ERRORS = (
    *(RequestError, StyleError, StyleNotFoundError, InvalidValueError),
    *(commands.UserInputError, commands.CheckFailure),
    *(app_commands.CheckFailure, app_commands.TransformerError),
    *(app_commands.CommandSignatureMismatch, app_commands.CommandNotFound),
)


def unwrap(error: BaseException) -> BaseException:
    """Return the exception that discord.py wrapped."""
    wrappers = (
        commands.CommandInvokeError,
        commands.HybridCommandError,
        commands.ConversionError,
        app_commands.CommandInvokeError,
    )
    while isinstance(error, wrappers):
        error = error.original
    return error


def outcome_of(error: BaseException | None) -> Outcome:
    """Return how something ended that raised `error`, or nothing."""
    if error is None:
        return "ok"
    cause = unwrap(error)
    if isinstance(cause, _COOLDOWNS):
        return "rate_limited"
    if isinstance(cause, _UNDELIVERED):
        return "undelivered"
    return "user_error" if isinstance(cause, _USER_ERRORS) else "error"


def report_command(
    source: commands.Context[Any] | discord.Interaction[Any], error: BaseException | None = None
) -> None:
    """Report that a command of the bot has ended, with `error` if there is one."""
    command: Any = source.command
    kind: CommandKind = "message"
    interaction = source if isinstance(source, discord.Interaction) else source.interaction
    if interaction is None:
        kind = "text"
    elif not isinstance(command, app_commands.ContextMenu):
        kind = "slash"
    _report(kind, command.qualified_name if command else "unknown", error)


def report_component(
    name: str, error: BaseException | None = None, kind: CommandKind = "component"
) -> None:
    """Report that a component, or a modal, has been handled; `name` is that of its class."""
    _report(kind, name, error)


def _report(kind: CommandKind, name: str, error: BaseException | None) -> None:
    outcome, seconds = outcome_of(error), request_seconds()
    _log.debug("%s %s: %s after %.3f s", kind, name, outcome, seconds)
    observer().count_command(kind, name, outcome, seconds)
