"""The engines that are open: each from when it is first asked for until nobody has use for it.

One that is replaced or let go is only dropped from here. Whoever asked it holds it until they have
their answer, and with the last of them go its thread and its session.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Callable

from ..sampling import Engine

Opening = Callable[[], Engine]
"""What returns an engine; it may block."""


class Engines:
    """Up to `room` engines by the folder of their style; `spared` says which always stays."""

    def __init__(self, room: int, spared: Callable[[], str]) -> None:
        self._room = room
        self._spared = spared
        self._open: OrderedDict[str, asyncio.Future[Engine]] = OrderedDict()

    def __contains__(self, shelf: str) -> bool:
        return shelf in self._open

    async def get(self, shelf: str, opening: Opening) -> Engine:
        """Return the engine of `shelf`, which is opened where it is not; raises what that does."""
        opened = self._open.get(shelf)
        if opened is None or _failed(opened):
            opened = self._open[shelf] = asyncio.ensure_future(asyncio.to_thread(opening))
        self._open.move_to_end(shelf)
        self._trim()
        return await asyncio.shield(opened)

    async def swap(self, shelf: str, opening: Opening) -> None:
        """Open another for `shelf`, then let it answer; raises what that does, and all stays."""
        opened = asyncio.ensure_future(asyncio.to_thread(opening))
        await opened
        if shelf in self._open:
            self._open[shelf] = opened

    def drop(self, shelf: str) -> None:
        """Let an engine go as soon as those who asked it have their answers."""
        self._open.pop(shelf, None)

    def close(self) -> None:
        """Let all go at once; what they are asked is cancelled."""
        for opened in self._open.values():
            if not opened.cancel() and not opened.cancelled() and not opened.exception():
                opened.result().close()
        self._open.clear()

    def _trim(self) -> None:
        spared = self._spared()
        idle = [shelf for shelf in self._open if shelf != spared]
        for shelf in idle[: max(0, len(idle) - self._room)]:
            self.drop(shelf)


def _failed(opened: "asyncio.Future[Engine]") -> bool:
    return opened.done() and (opened.cancelled() or opened.exception() is not None)
