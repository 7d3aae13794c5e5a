"""Waiting for something to become true, without polling and without sleeping."""

import asyncio
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


class Bell:
    """Rung whenever the thing that it hangs on has changed; those who wait look again."""

    def __init__(self) -> None:
        self._waiting: set[asyncio.Future[None]] = set()

    def ring(self) -> None:
        """Let everyone who waits look again."""
        for future in self._waiting:
            if not future.done():
                future.set_result(None)

    async def until(self, look: Callable[[], T | None], timeout: float | None, what: str) -> T:
        """Wait until `look()` gives something true, and give that.

        Raises `TimeoutError`, which names `what`, when `timeout` seconds pass first (None waits
        for ever).
        """
        try:
            async with asyncio.timeout(timeout):
                while not (found := look()):
                    await self._rung()
        except TimeoutError:
            raise TimeoutError(f"{what} did not come within {timeout:g} s") from None
        return found

    async def _rung(self) -> None:
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.add(future)
        try:
            await future
        finally:
            self._waiting.discard(future)
