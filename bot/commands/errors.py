"""Error messages: what the user sees when a command, button or select fails.

Each is one short reply that says what happened and what to do, ephemeral where Discord allows it.
"""

import logging
from typing import Any

import discord
from discord import app_commands
from discord.ext import commands

from ..i18n import format_number, join_list, marked
from ..i18n import gettext as _
from ..library import LibraryError, StorageError, StyleError, StyleNotFoundError
from ..logs import one_line
from ..request_id import request_id
from ..sampling import ArtifactError, Phrase, RequestError
from ..store import InvalidValueError, StoreError
from .answer_formats import Answer, answer_interaction, reply
from .delivery import DeliveryError, is_publicly_deferred, repeat, send_once
from .downloads import DownloadError
from .locales import use_locale_of
from .markdown import inline_code
from .outcomes import unwrap

_log = logging.getLogger(__name__)

Source = commands.Context[Any] | discord.Interaction[Any]
"""What failed: a command, or the interaction of a button, select or modal."""

_MISSING_PERMISSIONS = (commands.MissingPermissions, app_commands.MissingPermissions)
_BOT_MISSING_PERMISSIONS = (commands.BotMissingPermissions, app_commands.BotMissingPermissions)
_NO_PRIVATE_MESSAGE = (commands.NoPrivateMessage, app_commands.NoPrivateMessage)

_OUTDATED = (app_commands.CommandSignatureMismatch, app_commands.CommandNotFound)
_AUTOCOMPLETE = discord.InteractionType.autocomplete

_FORBIDDEN_LOG = "Discord does not let the bot answer in #%s of %s: grant it %s there"
_PERMISSIONS = {
    "view_channel": marked("View Channel"),
    "send_messages": marked("Send Messages"),
    "send_messages_in_threads": marked("Send Messages in Threads"),
    "embed_links": marked("Embed Links"),
    "attach_files": marked("Attach Files"),
    "read_message_history": marked("Read Message History"),
    "manage_guild": marked("Manage Server"),
}
"""Permissions that messages name, as Discord's settings call them."""

_INTERNAL_ERROR = marked(
    "Something went wrong on my side. It's in my log as {id}. Please try again."
)
_ARTIFACT_ERROR = marked("This style's file is damaged. Please choose another style.")
_LIBRARY_ERROR = marked("I can't change that style right now. Please try again in a minute.")
_UNKNOWN_STYLE = marked("There is no such style. `/style list` shows all styles.")
_DATABASE_ERROR = marked("I can't reach my database. Please try again in a minute.")


class UserError(commands.CheckFailure):
    """The request cannot be fulfilled; the message, Markdown, says why and what to do."""


class InvalidOptionError(commands.BadArgument):
    """A converter cannot read an option.

    The message, Markdown, names the option and what it takes: discord.py adds neither for a slash
    command.
    """


async def send_error(source: Source, error: Exception) -> None:
    """Send the error message to the user; log errors that are the bot's own fault.

    Where Discord failed, one line in the log says so, and the user gets no message: the answer may
    have arrived. Before the message, the client dispatches `namesmith_error` with `source`.
    """
    use_locale_of(source)
    cause = unwrap(error)
    if isinstance(source, discord.Interaction) and source.type is _AUTOCOMPLETE:
        _log.warning("%s: no suggestions: %s", _title(source), cause)
        return
    try:
        if isinstance(cause, discord.Forbidden | DeliveryError):
            raise cause
        message = _describe(source, cause)
        if isinstance(cause, InvalidValueError):  # a `StoreError`, but the user's
            pass
        elif _is_logged(cause):
            _log.error("%s failed: %s", _title(source), cause)
        elif isinstance(cause, _OUTDATED):
            _log.warning("%s: %s", _title(source), cause)
        elif isinstance(cause, discord.HTTPException):  # it says what is wrong, and where
            _log.error("%s: Discord rejected the answer (%s)", _title(source), one_line(cause))
        elif message is None:
            _log.error("%s failed", _title(source), exc_info=cause)
        elif isinstance(cause, ArtifactError):
            _log.error("%s: %s", _title(source), cause)
        client = source.client if isinstance(source, discord.Interaction) else source.bot
        client.dispatch("namesmith_error", source)
        await send_ephemeral(source, Answer(message or _internal_error()))
    except discord.Forbidden:
        if source.guild:
            _log.warning(_FORBIDDEN_LOG, source.channel, source.guild, _missing(source))
        else:  # a channel's name would be the person's
            _log.warning("%s: Discord does not let the bot answer that person", _title(source))
    except (DeliveryError, discord.HTTPException, discord.InteractionResponded) as fault:
        reason = str(fault) if isinstance(fault, DeliveryError) else one_line(fault)
        _log.warning("%s: %s", _title(source), reason)


async def send_ephemeral(source: Source, answer: Answer) -> None:
    """Send `answer` to the user, ephemeral where Discord allows it, mentioning nobody.

    Raises the errors of `delivery.repeat`.
    """
    if isinstance(source, commands.Context):
        if source.interaction is None:
            await reply(source, answer)
            return
        source = source.interaction
    interaction = source
    if not is_publicly_deferred(interaction):
        await answer_interaction(interaction, answer, ephemeral=True)
        return
    # The first message after a public deferral is public; only a followup can be ephemeral.
    await repeat(lambda: interaction.edit_original_response(content="…"))
    try:
        await send_once(lambda: interaction.followup.send(**answer.send_kwargs(), ephemeral=True))
    finally:
        await repeat(interaction.delete_original_response)


def _internal_error() -> str:
    """Return the message for a fault of the bot, with the id of the request in the log."""
    return _(_INTERNAL_ERROR).format(id=inline_code(request_id()))


def _is_logged(error: BaseException) -> bool:
    """Whether the error is a fault of the database or the library, which its message names."""
    is_library = isinstance(error, LibraryError) and not isinstance(error, StyleError)
    return is_library or isinstance(error, StoreError)


def _missing(source: Source) -> str:
    """Return the permissions that the bot lacks there, or all that answers take.

    Without View Channel or Send Messages, Discord takes the others away, too.
    """
    is_thread = isinstance(source.channel, discord.Thread)
    send = "send_messages_in_threads" if is_thread else "send_messages"
    basic = ["view_channel", send]
    every = [*basic, "embed_links", "attach_files", "read_message_history"]
    if isinstance(source, discord.Interaction):
        granted = source.app_permissions
    else:
        granted = source.bot_permissions
    lacking = [name for name in every if not getattr(granted, name)]
    missing = [name for name in lacking if name in basic][:1] or lacking or every
    return join_list(_PERMISSIONS[name] for name in missing)


def _title(source: Source) -> str:
    if isinstance(source, commands.Context):
        return f"Command {source.command}"
    if isinstance(source.command, app_commands.Command):
        return f"Command {source.command.qualified_name}"
    data: Any = source.data or {}
    if source.type is discord.InteractionType.application_command:
        return f"Command {data.get('name')}"
    kind, *_ = str(data.get("custom_id")).split(":")  # the rest can hold a user's id
    return f"Component {kind}"


def render_phrase(phrase: Phrase) -> str:
    """Return a phrase as Markdown in the current language."""
    return phrase.render(inline_code, _, format_number)


def _describe(source: Source, error: BaseException) -> str | None:
    """Return the message for the user, None for a fault of the bot."""
    if isinstance(error, RequestError | StyleError):
        return render_phrase(error.phrase)
    if isinstance(error, InvalidValueError):
        values = (_(v) if isinstance(v, str) else format_number(v) for v in error.values)
        return _(error.template).format(*values)
    if isinstance(error, UserError):
        return str(error)
    if isinstance(error, StoreError | StorageError):
        return _(_DATABASE_ERROR)
    if isinstance(error, DownloadError):
        return _("I couldn't read that message's file from Discord. Please try again.")
    if isinstance(error, ArtifactError):
        return _(_ARTIFACT_ERROR)
    if isinstance(error, StyleNotFoundError):
        return _(_UNKNOWN_STYLE)
    if isinstance(error, LibraryError):
        return _(_LIBRARY_ERROR)
    if isinstance(error, commands.CommandOnCooldown | app_commands.CommandOnCooldown):
        return _describe_cooldown(error)
    if isinstance(error, commands.UserInputError | commands.CheckFailure):
        return _describe_failure(error, source if isinstance(source, commands.Context) else None)
    if isinstance(error, app_commands.CheckFailure | app_commands.TransformerError):
        return _describe_failure(error, None)
    if isinstance(error, _OUTDATED):
        return _("Discord shows an older version of this command. Reload Discord and try again.")
    return None


def _describe_cooldown(error: commands.CommandOnCooldown | app_commands.CommandOnCooldown) -> str:
    text = _("Try again in {seconds} s.")
    if getattr(error, "type", None) is commands.BucketType.channel:
        text = _("This channel is busy. Try again in {seconds} s.")
    return text.format(seconds=format_number(-(-error.retry_after // 1)))


def _describe_failure(error: Exception, ctx: commands.Context[Any] | None) -> str:
    """Return the message for a failed check or an option that cannot be read."""
    if isinstance(error, _MISSING_PERMISSIONS):
        text = _("You need the permission {permission} for that.")
        return text.format(permission=_permissions(error.missing_permissions))
    if isinstance(error, _BOT_MISSING_PERMISSIONS):
        text = _("I need {permission} in this channel for that.")
        if ctx and isinstance(ctx.channel, discord.Thread):
            text = _("I need {permission} in this thread for that.")
        return text.format(permission=_permissions(error.missing_permissions))
    if isinstance(error, _NO_PRIVATE_MESSAGE):
        return _("That command works only in servers, not in direct messages.")
    if isinstance(error, commands.CheckFailure | app_commands.CheckFailure):
        return _("You can't use that command here.")
    if isinstance(error, app_commands.TransformerError):
        return _("I can't read {text}.").format(text=inline_code(str(error.value)))
    option, cause = _failed_option(error, ctx)
    message = f"{option}{_describe_option(cause)}"
    usage = _usage(ctx)
    if usage:
        message = _("{message} Usage: {usage}").format(message=message, usage=inline_code(usage))
    return message


def _permissions(names: list[str]) -> str:
    texts = (_(_PERMISSIONS.get(name) or name.replace("_", " ").title()) for name in names)
    return join_list(texts, marked("{} and {}"))


def _usage(ctx: commands.Context[Any] | None) -> str:
    """Return how to type the command; empty for a slash command, whose form shows it."""
    if ctx is None or ctx.interaction or not ctx.command:
        return ""
    return f"{ctx.clean_prefix}{ctx.command.qualified_name} {ctx.command.signature}".rstrip()


def _failed_option(error: Exception, ctx: commands.Context[Any] | None) -> tuple[str, Exception]:
    """Return the name of the option with a colon, where it is known, and the option's error."""
    original = getattr(error, "original", error)
    if isinstance(original, InvalidOptionError):
        return "", original
    if isinstance(error, commands.BadFlagArgument):
        return f"{error.flag.name}: ", error.original
    if isinstance(error, commands.FlagError):
        flag = getattr(error, "flag", None)
        return (f"{flag.name}: " if flag else ""), error
    parameter = ctx.current_parameter if ctx else None
    return (f"{_option_name(parameter)}: " if parameter else ""), error


def _option_name(parameter: commands.Parameter) -> str:
    """Return a parameter's name; of a parameter that holds options, the first required one's."""
    if hasattr(parameter.converter, "__commands_is_flag__"):
        flags = parameter.converter.get_flags().values()
        return next((flag.name for flag in flags if flag.required), parameter.name)
    return parameter.name


def _describe_option(error: Exception) -> str:
    if isinstance(error, commands.RangeError):
        text = _("{value} is out of range. Choose {minimum} to {maximum}.")
        value = inline_code(str(error.value))
        return text.format(value=value, minimum=error.minimum, maximum=error.maximum)
    if isinstance(error, InvalidOptionError):
        return str(error)
    if isinstance(error, commands.BadBoolArgument):
        return _("choose yes or no.")
    if isinstance(error, commands.BadLiteralArgument):
        values = join_list(map(str, error.literals), marked("{} or {}"))
        return _("choose {values}.").format(values=values)
    if isinstance(error, commands.MissingRequiredAttachment):
        return _("attach the file to your message.")
    if isinstance(error, commands.TooManyFlags):
        return _("give it only once.")
    if isinstance(error, commands.MissingFlagArgument):
        return _("give a value after the colon.")
    if isinstance(error, commands.MissingRequiredArgument | commands.MissingRequiredFlag):
        return _("this is missing.")
    if isinstance(error, commands.ArgumentParsingError):
        return _("a quotation mark is missing.")
    return _("that's not a number.")
