"""Departed guilds: what is stored of a guild that removed the bot is kept for 30 days.

It is not used in that time, and restored if the bot is invited back. A removal while the bot was
offline is noticed once all shards of this process are ready, and then every day.

An outage is no removal: discord.py keeps unavailable guilds. Nothing is noted or deleted while most
of many stored guilds are missing at once, which happens with the token of another application.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

import discord

from .library import LibraryError
from .services import Services
from .store import MAX_ID, StoreError

_log = logging.getLogger(__name__)

GRACE = timedelta(days=30)
"""How long the data of a guild is kept after it removed the bot."""

_CHECK_SECONDS = 24 * 60 * 60.0
_RETRY_SECONDS = 10 * 60.0
"""Seconds between two checks, and after one that failed."""

_MAX_ALL_MISSING, _MAX_MOST_MISSING = 2, 10
"""How many guilds may be missing if they are all of those that are stored, or more than half."""


def _utc_now() -> datetime:
    return datetime.now(UTC)


def _guild_ids(bot: Any) -> set[int]:
    """Return the ids of the bot's guilds; the stand-alone client has them without objects."""
    ids: list[int] | None = getattr(bot, "guild_ids", None)
    return {guild.id for guild in bot.guilds} if ids is None else set(ids)


class DepartedGuilds:
    """Notes which guilds removed the bot, restores them on return, and deletes their data.

    `now` returns the time in UTC. `on_new_guild` is called for a guild that the bot joins and knows
    nothing of; each is noted then, and so is each that removes the bot, to know it when it is back.
    """

    def __init__(
        self,
        bot: Any,
        services: Services,
        now: Callable[[], datetime] = _utc_now,
        on_new_guild: Callable[[discord.Guild], Awaitable[None]] | None = None,
    ) -> None:
        self._bot = bot
        self._services = services
        self._now = now
        self._on_new_guild = on_new_guild
        self._checking = asyncio.Lock()

    def start(self) -> None:
        """Listen for removals and returns, and check every day, until the services close."""
        self._bot.add_listener(self.on_guild_remove)
        self._bot.add_listener(self.on_guild_join)
        self._services.run_in_background(self._check_daily())

    async def on_guild_remove(self, guild: discord.Guild) -> None:
        """Note that a guild removed the bot, or was deleted; an outage is another event."""
        if self._services.is_closed:
            return
        try:
            async with self._checking:
                if self._on_new_guild or await self._is_stored(guild.id):
                    await self._mark_left(guild.id)
        except StoreError as error:
            _log.error("Server %d removed the bot; the next check notes that: %s", guild.id, error)
        finally:
            self._services.guild_settings.forget(guild.id)

    async def on_guild_join(self, guild: discord.Guild) -> None:
        """Restore what is stored of a guild that invites the bot back, or welcome a new one."""
        if self._services.is_closed:
            return
        is_new = False
        try:
            async with self._checking:
                if self._on_new_guild and not await self._is_stored(guild.id):
                    await self._services.store.note_guild(guild.id)
                    is_new = True
                await self._mark_present([guild.id])
        except StoreError as error:
            _log.error("Server %d is back; the next check notes that: %s", guild.id, error)
        if is_new and self._on_new_guild:
            await self._on_new_guild(guild)

    async def check(self) -> None:
        """Note which guilds of this process's shards left or returned, and delete expired data.

        Call it once the bot is ready. Raises `StoreError` or `LibraryError`.
        """
        async with self._checking:
            if await self._reconcile():
                await self._delete_expired()
        await self._services.store.trainings.delete_expired()

    async def _check_daily(self) -> None:
        await self._bot.wait_until_ready()
        while True:
            try:
                await self.check()
            except (StoreError, LibraryError) as error:
                _log.error("The check for servers that removed the bot failed: %s", error)
                await asyncio.sleep(_RETRY_SECONDS)
            else:
                await asyncio.sleep(_CHECK_SECONDS)

    async def _reconcile(self) -> bool:
        """Compare the stored guilds with the bot's; return False if that can't be trusted."""
        left = await self._services.store.get_left_guilds()
        present = _guild_ids(self._bot)
        await self._mark_present(left.keys() & present)
        stored = await self._stored_guilds() - left.keys()
        missing = stored - present
        self._services.departed_guilds = left.keys() - present
        most = max(_MAX_MOST_MISSING, len(stored) // 2)
        if len(missing) > (most if stored & present else _MAX_ALL_MISSING):
            _log.warning(
                "%d of the %d servers in the database are missing. Is the token that of the same "
                "application? Their data stays. To delete it: namesmith forget-server ID",
                len(missing),
                len(stored),
            )
            return False
        for guild_id in missing:
            await self._mark_left(guild_id)
        return True

    async def _delete_expired(self) -> None:
        left = await self._services.store.get_left_guilds()
        for guild_id, left_at in left.items():
            if self._is_ours(guild_id) and left_at <= self._now() - GRACE:
                await self._services.forget_guild(guild_id)
                self._services.departed_guilds.discard(guild_id)
                _log.info("Deleted the data of server %d: the bot left %s", guild_id, left_at)

    async def _stored_guilds(self) -> set[int]:
        """Return the guilds of this process's shards that something is stored of."""
        count, shard_ids = self._shards()
        stored = await self._services.store.get_guild_ids(count, shard_ids)
        # The name of a folder of styles can be a larger number.
        with_styles = {id for id in self._services.library.guild_ids() if id <= MAX_ID}
        return stored | set(filter(self._is_ours, with_styles))

    async def _is_stored(self, guild_id: int) -> bool:
        services = self._services
        return guild_id in services.library.guild_ids() or await services.store.has_guild(guild_id)

    async def _mark_left(self, guild_id: int) -> None:
        """Keep what is stored of a guild, but don't use it; cancel its trainings."""
        services = self._services
        await services.store.mark_guild_left(guild_id, self._now())
        services.departed_guilds.add(guild_id)
        services.guild_settings.forget(guild_id)
        for training in await services.store.trainings.list_active():
            if guild_id in (training.guild_id, training.origin_guild_id):
                await services.training_manager.cancel(training.id)

    async def _mark_present(self, guild_ids: Iterable[int]) -> None:
        for guild_id in guild_ids:
            await self._services.store.mark_guild_present(guild_id)
            self._services.departed_guilds.discard(guild_id)
            self._services.guild_settings.forget(guild_id)

    def _is_ours(self, guild_id: int) -> bool:
        """Whether a shard of this process serves the guild."""
        count, shard_ids = self._shards()
        return (guild_id >> 22) % count in shard_ids

    def _shards(self) -> tuple[int, set[int]]:
        """Return the number of all shards, and those of this process."""
        bot = self._bot
        return bot.shard_count or 1, set(getattr(bot, "shards", None) or [bot.shard_id or 0])
