"""Event stream: what the bot or everyone does, as Discord's client shows it."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from weakref import WeakSet

from .state.guilds import Channel
from .state.messages import Message
from .state.server_state import ServerState, StateChange
from .state.users import User


@dataclass(frozen=True)
class VisibleEvent:
    """An event that Discord's client shows.

    `kind` is created, edited, deleted, typing, thinking or reaction. `message` is None for
    typing. `visible_to` is the only user who sees the message, or None for everyone.
    """

    kind: str
    message: Message | None
    channel: Channel
    visible_to: User | None


_Queue = asyncio.Queue[VisibleEvent | None]


class EventStreams:
    """Every open event stream; each receives the events after its start."""

    def __init__(self, state: ServerState) -> None:
        self._bot = state.bot
        self._all_queues: WeakSet[_Queue] = WeakSet()
        self._everyone_queues: WeakSet[_Queue] = WeakSet()
        state.listeners.append(self._on_change)

    def open(self, *, everyone: bool = False) -> AsyncIterator[VisibleEvent]:
        """Start a stream of the bot's events, or of everyone's, until the server stops."""
        queue: _Queue = asyncio.Queue()
        if everyone:
            self._everyone_queues.add(queue)
        self._all_queues.add(queue)
        return _read(queue)

    def close_all(self) -> None:
        """End every stream."""
        for queue in self._all_queues:
            queue.put_nowait(None)

    def _on_change(self, change: StateChange) -> None:
        visible_to = change.message.visible_to if change.message else None
        # Discord's client shows a completed deferred response as a new message.
        kind = "created" if change.kind == "filled" else change.kind
        event = VisibleEvent(kind, change.message, change.channel, visible_to)
        is_bot = change.user is self._bot
        for queue in self._all_queues if is_bot else self._everyone_queues:
            queue.put_nowait(event)


async def _read(queue: _Queue) -> AsyncIterator[VisibleEvent]:
    while event := await queue.get():
        yield event
