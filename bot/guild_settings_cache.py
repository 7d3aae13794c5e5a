"""Guild settings cache: server settings from the database, and what holds while it fails."""

import asyncio
import logging
from collections import OrderedDict
from functools import partial
from time import monotonic
from typing import Any

from .store import GuildSettings, Store, StoreError

_log = logging.getLogger(__name__)

SETTINGS_CACHE_SECONDS = 30.0

_SETTINGS_SECONDS = 1.5
"""How long to wait for settings; with the second before a deferral, an interaction has 3 s."""

_RETRY_SECONDS = 5.0
"""How long settings are not read after the database failed, so that nobody waits for it."""

_LAST_SETTINGS = 10_000
"""Servers whose settings are in memory for a failure of the database, about 10 MB."""


_NO_SETTINGS = GuildSettings()


class GuildSettingsCache:
    """Server settings, read from the database at most every 30 seconds.

    The bot sees its own changes at once, and those of other processes within that time. Concurrent
    requests of one server share one read. While the database fails, names need none: `get` returns
    the settings that were read last, or the bot's defaults.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._last: OrderedDict[int, GuildSettings] = OrderedDict()
        self._is_failing = False
        self._retry_at = 0.0
        self._reads: dict[int, tuple[float, asyncio.Task[GuildSettings]]] = {}  # oldest first

    def __len__(self) -> int:
        return len(self._last)

    async def get(self, guild_id: int | None) -> GuildSettings:
        """Return the server's settings, empty in a direct message; without a database, the last."""
        if not guild_id:
            return _NO_SETTINGS
        read_at, read = self._reads.get(guild_id, (0.0, None))
        if read and monotonic() - read_at < SETTINGS_CACHE_SECONDS and _is_read(read):
            return read.result()
        if monotonic() < self._retry_at and guild_id not in self._reads:
            return self._last.get(guild_id, _NO_SETTINGS)
        try:
            async with asyncio.timeout(_SETTINGS_SECONDS):
                settings = await self.read(guild_id)
        except (StoreError, TimeoutError) as error:
            self._note_failure(error)
            return self._last.get(guild_id, _NO_SETTINGS)
        if self._is_failing:
            self._is_failing = False
            _log.warning("The database is back.")
        return settings

    async def read(self, guild_id: int) -> GuildSettings:
        """Return the server's settings; raises `StoreError`."""
        now = monotonic()
        self._delete_expired(now)
        if guild_id not in self._reads:
            read = asyncio.create_task(self._store.get_guild_settings(guild_id))
            read.add_done_callback(partial(self._delete_failed, guild_id))
            self._reads[guild_id] = now, read
        settings = await asyncio.shield(self._reads[guild_id][1])
        self._remember(guild_id, settings)
        return settings

    async def update(self, guild_id: int, **changes: Any) -> GuildSettings:
        """Change settings as `Store.update_guild_settings` does.

        A change that has begun completes even if the caller is cancelled.
        """
        update = asyncio.create_task(self._store.update_guild_settings(guild_id, **changes))
        update.add_done_callback(lambda _: self.remove(guild_id))
        return await asyncio.shield(update)

    def remove(self, guild_id: int) -> None:
        """Remove a server from the cache, also a read that has not ended."""
        self._reads.pop(guild_id, None)

    def forget(self, guild_id: int) -> None:
        """Remove a server from the cache and from the memory for failures."""
        self.remove(guild_id)
        self._last.pop(guild_id, None)

    def _remember(self, guild_id: int, settings: GuildSettings) -> None:
        """Remember settings for a failure of the database; default ones need no memory."""
        self._last.pop(guild_id, None)
        if settings != _NO_SETTINGS:
            self._last[guild_id] = settings
        if len(self._last) > _LAST_SETTINGS:
            self._last.popitem(last=False)

    def _note_failure(self, error: Exception) -> None:
        self._retry_at = monotonic() + _RETRY_SECONDS
        if not self._is_failing:
            self._is_failing = True
            _log.error(
                "The database can't be reached (%s). Names go on, with the settings of servers "
                "that were read last or else the bot's defaults.",
                str(error) or f"no answer in {_SETTINGS_SECONDS} s",
            )

    def _delete_expired(self, now: float) -> None:
        while self._reads and next(iter(self._reads.values()))[0] < now - SETTINGS_CACHE_SECONDS:
            del self._reads[next(iter(self._reads))]

    def _delete_failed(self, guild_id: int, read: "asyncio.Task[GuildSettings]") -> None:
        is_failed = read.cancelled() or read.exception() is not None
        if is_failed and self._reads.get(guild_id, (0, None))[1] is read:
            self.remove(guild_id)


def _is_read(read: "asyncio.Task[GuildSettings]") -> bool:
    return read.done() and not read.cancelled() and read.exception() is None
