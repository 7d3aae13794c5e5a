"""Watching what the bot does, as a person would see it."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from weakref import WeakSet

from .state.messages import Message
from .state.people import User
from .state.places import Channel
from .state.world import Change, World


@dataclass(frozen=True)
class Event:
    """Something the bot did: `kind` is created, edited, deleted, typing, thinking or reaction.

    So did a person, to who watches everyone.
    `message` is None for typing; `visible_to` is None for all, or the one who sees it.
    """

    kind: str
    message: Message | None
    channel: Channel
    visible_to: User | None


class Watchers:
    """Those who watch; each gets every event from when they began."""

    def __init__(self, world: World) -> None:
        self._bot = world.bot
        self._queues: WeakSet[asyncio.Queue[Event | None]] = WeakSet()
        self._of_everyone: WeakSet[asyncio.Queue[Event | None]] = WeakSet()
        world.listeners.append(self._tell)

    def events(self, *, everyone: bool = False) -> AsyncIterator[Event]:
        """Begin to watch the bot, or everyone, now; the iteration ends when the server stops."""
        queue: asyncio.Queue[Event | None] = asyncio.Queue()
        if everyone:
            self._of_everyone.add(queue)
        self._queues.add(queue)
        return _drain(queue)

    def stop(self) -> None:
        """Let every watcher come to an end."""
        for queue in self._queues:
            queue.put_nowait(None)

    def _tell(self, change: Change) -> None:
        hidden = change.message.visible_to if change.message else None
        # To who looks on, a deferred answer that is filled in is a message that appears.
        kind = "created" if change.kind == "filled" else change.kind
        event = Event(kind, change.message, change.channel, hidden)
        for queue in self._queues if change.user is self._bot else self._of_everyone:
            queue.put_nowait(event)


async def _drain(queue: asyncio.Queue[Event | None]) -> AsyncIterator[Event]:
    while event := await queue.get():
        yield event
