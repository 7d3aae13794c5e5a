"""Delivery: send and edit messages, and repeat what failed where that cannot say it twice.

Discord can fail after it has taken a message, so a failure does not tell whether people see it.
These can be repeated safely: edits, messages with a nonce, and the response to an interaction,
because Discord takes only one (error 40060 then means that the first arrived). Anything else is
repeated only if Discord refused it.
"""

import asyncio
import contextlib
import json
import logging
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import aiohttp
import discord

from ..logs import one_line

_log = logging.getLogger(__name__)
T = TypeVar("T")
Interaction = discord.Interaction[Any]

_DELAYS = (0.25, 1.0, 2.0, 4.0)
"""Seconds before each repetition. discord.py repeats some requests itself, within one attempt."""

_RESPONSE_SECONDS = 2.0
"""Time limit for an attempt to respond to an interaction, which Discord drops after 3 s."""

_ATTEMPT_SECONDS = 60.0
"""Time limit for any other attempt."""

_MAX_RETRY_AFTER = 10
"""Seconds that Discord may ask to wait before a repetition; it is given up after more."""

_ALREADY_RESPONDED = 40060

_MAX_MODALS = 200
"""Modals that can be submitted at the same time."""

_PUBLIC = "namesmith-public"
"""The key in an interaction's `extras` for whether everyone sees its deferral."""


class DeliveryError(Exception):
    """Discord did not take a message, or it is unknown whether it did; say nothing more.

    The message is one line for the log.
    """


async def repeat(send: Callable[[], Awaitable[T]], timeout: float | None = None) -> T:
    """Return the result of `send()`, which is repeated while Discord fails.

    `send` makes the whole request anew, because discord.py closes the files of one that failed.
    `timeout` is in seconds, for each attempt; None is a minute. Raises `DeliveryError`,
    `discord.Forbidden`, and `discord.HTTPException` for a request that Discord finds wrong.
    """
    return await _attempt(send, is_safe=True, timeout=timeout)


async def send_once(send: Callable[[], Awaitable[T]]) -> T:
    """Return the result of `send()`, which is repeated only where Discord refused it.

    Raises the same errors as `repeat`.
    """
    return await _attempt(send, is_safe=False, timeout=None)


async def respond_to(
    interaction: Interaction,
    kind: discord.InteractionResponseType,
    send: Callable[[], Awaitable[object]],
) -> None:
    """Respond to an interaction with `send`, a method of its response of that `kind`.

    Raises the same errors as `repeat`.
    """
    was_done = interaction.response.is_done()
    try:
        await repeat(send, _RESPONSE_SECONDS)
    except discord.InteractionResponded:
        if was_done:
            raise
    except discord.HTTPException as error:
        if error.code != _ALREADY_RESPONDED:
            raise
        # An earlier attempt arrived. discord.py notes only those that it heard of.
        interaction.response._response_type = kind


async def defer(
    interaction: Interaction, *, ephemeral: bool = False, thinking: bool = True
) -> None:
    """Defer an interaction: with a message that says "thinking…", or an edit of its own."""
    types = discord.InteractionResponseType
    kind = types.deferred_channel_message if thinking else types.deferred_message_update
    await respond_to(
        interaction,
        kind,
        lambda: interaction.response.defer(ephemeral=ephemeral, thinking=thinking),
    )
    interaction.extras[_PUBLIC] = not ephemeral


def is_publicly_deferred(interaction: Interaction) -> bool:
    """Whether everyone sees that the interaction is deferred, and will see its answer."""
    kind = discord.InteractionResponseType.deferred_channel_message
    return interaction.response.type is kind and bool(interaction.extras.get(_PUBLIC, True))


async def show_typing(channel: discord.abc.Messageable) -> None:
    """Show that the bot is typing, if Discord lets it."""
    with contextlib.suppress(discord.HTTPException, DeliveryError):
        await send_once(lambda: _typing(channel))


async def _typing(channel: discord.abc.Messageable) -> None:
    await channel.typing()


async def open_modal(
    interaction: Interaction, modal: discord.ui.Modal, opened: deque[discord.ui.Modal]
) -> None:
    """Respond to an interaction with a modal that has no time-out, which would take a task.

    `opened` are those that can be submitted; too old ones are stopped. Discord does not say when
    someone closes a modal.
    """
    interaction._state.store_view(modal)  # discord.py does so only once it hears of the response
    opened.append(modal)
    if len(opened) > _MAX_MODALS:
        opened.popleft().stop()
    kind = discord.InteractionResponseType.modal
    await respond_to(interaction, kind, lambda: interaction.response.send_modal(modal))


async def _attempt(send: Callable[[], Awaitable[T]], *, is_safe: bool, timeout: float | None) -> T:
    for delay in (*_DELAYS, None):
        try:
            async with asyncio.timeout(timeout or _ATTEMPT_SECONDS):
                return await send()
        except Exception as error:
            if not is_fault(error):
                raise
            wait = _retry_after(error, delay)
            if wait is None or not (is_safe or _is_refused(error)) or is_late(error):
                raise DeliveryError(describe_fault(error)) from error
            await asyncio.sleep(wait)
    raise AssertionError  # the last attempt returns or raises


def is_fault(error: BaseException) -> bool:
    """Whether a request failed because of Discord or the network, not because it was wrong."""
    if isinstance(error, discord.HTTPException):
        return error.status in (401, 404, 429) or error.status >= 500
    network = (aiohttp.ClientError, OSError, TimeoutError, discord.RateLimited)
    return isinstance(error, network) or _is_unreadable(error)


def _is_unreadable(error: BaseException) -> bool:
    """Whether discord.py stumbled over an answer that is not what Discord documents."""
    if isinstance(error, json.JSONDecodeError | UnicodeDecodeError):
        return True
    traceback = error.__traceback__
    while traceback and traceback.tb_next:
        traceback = traceback.tb_next
    module = traceback.tb_frame.f_globals.get("__name__", "") if traceback else ""
    is_discord = module.partition(".")[0] == "discord"
    return is_discord and isinstance(error, AttributeError | KeyError | TypeError)


def _is_refused(error: BaseException) -> bool:
    """Whether Discord surely did not take the request."""
    is_limited = isinstance(error, discord.HTTPException) and error.status == 429
    return is_limited or isinstance(error, aiohttp.ClientConnectorError | discord.RateLimited)


def is_late(error: BaseException) -> bool:
    """Whether there is nothing to answer any more: an unknown interaction, message or channel."""
    return isinstance(error, discord.HTTPException) and error.status in (401, 404)


def _retry_after(error: BaseException, delay: float | None) -> float | None:
    """Return the seconds to wait before the next attempt, None for no further attempt."""
    if isinstance(error, discord.RateLimited):  # only for long times
        return None
    if delay is None or not isinstance(error, discord.HTTPException):
        return delay
    asked = error.response.headers.get("Retry-After", "")
    seconds = float(asked) if asked.isdecimal() else 0.0
    return max(delay, seconds) if seconds <= _MAX_RETRY_AFTER else None


def describe_fault(error: BaseException) -> str:
    """Return the reason in one line."""
    reason = one_line(error)
    if isinstance(error, discord.HTTPException) and error.status == 401:
        return f"Discord refused the token ({reason})"
    if is_late(error):
        return f"the answer came too late ({reason})"
    if _is_refused(error):
        return f"Discord refused the answer ({reason})"
    return f"Discord did not confirm the answer ({reason})"
