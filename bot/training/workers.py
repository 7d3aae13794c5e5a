"""Those who do the jobs: connected with on first use, let go when there was nothing to do."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from typing import Any

from ..config import TrainingSettings
from .link import Link, Told
from .updates import TrainingFailed

_CLOSING = "the bot is closing; begin it again when it is back"


class Workers:
    """The workers of a cluster, which is started or connected with while it is used.

    `changed` is called when there may be more `places`.
    """

    def __init__(self, settings: TrainingSettings, changed: Callable[[], object]) -> None:
        self._settings = settings
        self._changed = changed
        self._opening: asyncio.Task[Link] | None = None
        self._closing: set[asyncio.Task[None]] = set()
        self._users = 0
        self._idle: asyncio.TimerHandle | None = None
        self._closed = False

    @property
    def places(self) -> int:
        """How many trainings can be done at once, as far as is known; at least one."""
        link = self._link()
        return link.places if link else 1

    async def run(
        self,
        job: str,
        *arguments: Any,
        told: Told = lambda _: None,
        urgent: bool = False,
        **options: Any,
    ) -> dict[str, Any]:
        """Do a job as `Link.run` does, before others that wait if it is `urgent`.

        Raises `TrainingFailed`.
        """
        async with self._used() as link:
            return await link.run(job, *arguments, told=told, urgent=urgent, **options)

    async def close(self) -> None:
        """Let the cluster go. What still runs is stopped."""
        self._closed = True
        self._let_go()
        await asyncio.gather(*self._closing, return_exceptions=True)

    @contextlib.asynccontextmanager
    async def _used(self) -> AsyncIterator[Link]:
        self._users += 1
        if self._idle:
            self._idle.cancel()
        try:
            yield await self._connected()
        finally:
            self._users -= 1
            if not self._users and not self._closed:
                loop = asyncio.get_running_loop()
                self._idle = loop.call_later(self._settings.worker_idle_seconds, self._let_go)

    async def _connected(self) -> Link:
        """Connect, or wait until another has; a connection that is no good is made anew."""
        if self._closed:
            raise TrainingFailed(_CLOSING)
        if (link := self._link()) and link.lost:
            self._let_go()
        if self._opening is None or (self._opening.done() and not self._link()):
            self._opening = asyncio.create_task(Link.open(self._settings, self._changed))
        opening = self._opening
        await asyncio.wait({opening})  # it goes on for others where this one is cancelled
        if opening.cancelled():
            raise TrainingFailed(_CLOSING)
        return opening.result()

    def _link(self) -> Link | None:
        opening = self._opening
        if opening and opening.done() and not opening.cancelled() and not opening.exception():
            return opening.result()
        return None

    def _let_go(self) -> None:
        if self._idle:
            self._idle.cancel()
        opening, self._opening = self._opening, None
        if opening:
            closing = asyncio.create_task(_close(opening))
            self._closing.add(closing)
            closing.add_done_callback(self._closing.discard)


async def _close(opening: asyncio.Task[Link]) -> None:
    if not opening.done():
        opening.cancel()
    with contextlib.suppress(TrainingFailed, asyncio.CancelledError):  # nothing is to be closed
        await (await opening).close()
