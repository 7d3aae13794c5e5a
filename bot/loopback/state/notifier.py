"""Change notifier: wait until a condition holds, without polling."""

import asyncio
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


class Notifier:
    """Wakes waiting tasks after each change so that they check their condition again."""

    def __init__(self) -> None:
        self._waiting: set[asyncio.Future[None]] = set()

    def notify(self) -> None:
        """Wake every waiting task."""
        for future in self._waiting:
            if not future.done():
                future.set_result(None)

    async def wait_until(
        self, condition: Callable[[], T | None], timeout: float | None, description: str
    ) -> T:
        """Wait until `condition()` returns something true, and return that.

        Raises `TimeoutError` with `description` after `timeout` seconds (None waits forever).
        """
        try:
            async with asyncio.timeout(timeout):
                while not (result := condition()):
                    await self._next_change()
        except TimeoutError:
            raise TimeoutError(f"{description} did not come within {timeout:g} s") from None
        return result

    async def _next_change(self) -> None:
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.add(future)
        try:
            await future
        finally:
            self._waiting.discard(future)
