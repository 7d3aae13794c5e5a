"""Text answers: which message answers which text command, so that an edit can replace it."""

import asyncio
import weakref
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import discord

EDIT_TIME = timedelta(minutes=5)
"""How long after a message was sent an edit of it is a command."""

_MAX_ANSWERS = 1_000
"""Messages in memory, less than 1 MB; the least recently used is dropped first."""


def is_recent_edit(message: discord.Message) -> bool:
    """Whether the author edited `message` just now, soon after it was sent."""
    edited_at = message.edited_at
    if edited_at is None or edited_at - message.created_at > EDIT_TIME:
        return False
    return discord.utils.utcnow() - edited_at <= EDIT_TIME


@dataclass
class _Command:
    """A message with a command: the version that was answered, by which context, and the answer."""

    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    edited_at: datetime | None = None
    """The newest edit that was handled."""
    version: datetime | None = None
    context: "weakref.ref[Any] | None" = None
    answer_id: int | None = None


class TextAnswers:
    """The answers to the text commands of the last minutes; in memory."""

    def __init__(self) -> None:
        self._commands: OrderedDict[int, _Command] = OrderedDict()

    def __len__(self) -> int:
        return len(self._commands)

    def is_new_edit(self, message: discord.Message) -> bool:
        """Whether this edit of a command by its author is recent; True once for each edit.

        Discord also sends an edited message again when its links get embeds.
        """
        edited_at = message.edited_at
        if edited_at is None or not is_recent_edit(message):
            return False
        command = self._command(message.id)
        if command.edited_at and edited_at <= command.edited_at:
            return False
        command.edited_at = edited_at
        return True

    async def deliver(
        self,
        context: Any,
        send: Callable[[], Awaitable[discord.Message]],
        edit: Callable[[int], Awaitable[bool]],
    ) -> None:
        """Answer the message of `context`, a command's context.

        `edit` turns the message with that id into the answer, and returns whether there still is
        one. It is called where an earlier version of the command was answered, else `send`. An
        answer to a version that is out of date, or answered already, is dropped.
        """
        message: discord.Message = context.message
        version = message.edited_at or message.created_at
        command = self._command(message.id)
        async with command.lock:
            if command.context is not None and command.context() is context:
                await send()  # another message of the same command
                return
            if command.version and version <= command.version:
                if message.edited_at is None and version == command.version:
                    await send()  # the bot runs several commands for one message
                return
            if not (command.answer_id and await edit(command.answer_id)):
                command.answer_id = (await send()).id
            command.version, command.context = version, weakref.ref(context)

    def _command(self, message_id: int) -> _Command:
        command = self._commands.setdefault(message_id, _Command())
        self._commands.move_to_end(message_id)
        if len(self._commands) > _MAX_ANSWERS:
            self._commands.popitem(last=False)
        return command
