"""Turns to identify: the shards of a bucket start sessions one after another, in all processes.

Discord lets the shards of a bucket, `shard_id % max_concurrency`, identify once in 5 seconds, and
a bot some 1,000 times a day; a bot that goes on loses its token. Processes that share a database
take turns there. Others wait their own turns, and again when Discord refuses one.
"""

import asyncio
import logging
import random
import time
from collections.abc import Awaitable, Callable
from typing import Protocol

import aiohttp
import discord

from .logs import one_line
from .store import StoreError

_log = logging.getLogger(__name__)

TURN_SECONDS = 5.5
"""Seconds between two turns of a bucket: Discord's 5, and connecting takes some more or less."""

_LATE_SECONDS = 0.4
"""After this time in a turn it is too late to identify: the next turn would come too soon."""

_REFUSED_SECONDS = (1.0, 5.0)
"""The random pause after Discord refused a session, in which others may have their turn."""

_LIMITS_SECONDS = 60.0
"""How long Discord's limits are remembered, and the longest pause before they are read again."""


_LIMITS_ERRORS = (
    *(discord.DiscordException, aiohttp.ClientError, OSError, TimeoutError),
    *(LookupError, TypeError, ValueError),
)
"""Why the limits are not known; the shards then identify one after another."""


class SessionLimits(Protocol):
    """Discord's limits, as `discord.SessionStartLimits` has them; `reset_after` is in ms."""

    remaining: int
    reset_after: int
    max_concurrency: int


class IdentifyTurns:
    """Waits until a shard may identify.

    `fetch_limits` asks Discord for its limits. `take_turn` reserves the next turn of a bucket among
    all processes, and returns in how many seconds it is.
    """

    def __init__(
        self,
        fetch_limits: Callable[[], Awaitable[SessionLimits]],
        take_turn: Callable[[int, float], Awaitable[float]],
    ) -> None:
        self._fetch_limits = fetch_limits
        self._take_turn = take_turn
        self._limits: SessionLimits | None = None
        self._limits_at = 0.0
        self._next_turns: dict[int, float] = {}
        self._turns: dict[int, float] = {}
        """When each shard's last turn began."""
        self._starting: set[int] = set()

    async def wait(self, shard_id: int) -> None:
        """Wait for the shard's turn, longer if its last session was refused."""
        if shard_id in self._starting:
            await asyncio.sleep(random.uniform(*_REFUSED_SECONDS))  # noqa: S311
        await self._wait_turn(shard_id)
        self._starting.add(shard_id)

    async def confirm(self, shard_id: int) -> None:
        """Wait for another turn if connecting took so long that the shard's turn is over."""
        if time.monotonic() - self._turns.get(shard_id, 0.0) > _LATE_SECONDS:
            await self._wait_turn(shard_id)

    async def _wait_turn(self, shard_id: int) -> None:
        max_concurrency = await self._max_concurrency()
        bucket = shard_id % max_concurrency
        delay = max(self._own_delay(bucket), await self._shared_delay(bucket))
        self._next_turns[bucket] = time.monotonic() + delay + TURN_SECONDS
        if delay > 2 * TURN_SECONDS:
            _log.info("Shard %d waits %.0f s for its turn to connect", shard_id, delay)
        await asyncio.sleep(delay)
        self._turns[shard_id] = time.monotonic()

    def succeed(self, shard_id: int) -> None:
        """Note that Discord accepted the session of a shard."""
        self._starting.discard(shard_id)

    def _own_delay(self, bucket: int) -> float:
        return max(0.0, self._next_turns.get(bucket, 0.0) - time.monotonic())

    async def _shared_delay(self, bucket: int) -> float:
        try:
            return await self._take_turn(bucket, TURN_SECONDS)
        except StoreError as error:
            _log.warning("Connecting without regard to other processes: %s", error)
            return 0.0

    async def _max_concurrency(self) -> int:
        """Return how many buckets there are; wait while no session may start at all."""
        is_logged = False
        while True:
            if self._limits is None or time.monotonic() > self._limits_at + _LIMITS_SECONDS:
                try:
                    self._limits = await self._fetch_limits()
                except _LIMITS_ERRORS as error:
                    _log.warning("Discord does not tell its limits (%s)", one_line(error))
                    return max(1, self._limits.max_concurrency if self._limits else 1)
                self._limits_at = time.monotonic()
            if self._limits.remaining > 0:
                self._limits.remaining -= 1
                return max(1, self._limits.max_concurrency)
            seconds = max(1.0, self._limits.reset_after / 1000)
            if not is_logged:
                _log.error(
                    "The bot has started too many sessions today; Discord allows the next one in "
                    "%.0f minutes. Does a process restart again and again?",
                    seconds / 60,
                )
                is_logged = True
            await asyncio.sleep(min(seconds, _LIMITS_SECONDS))
            self._limits = None
