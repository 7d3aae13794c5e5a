"""Health: whether the bot can answer commands, and what is in the way."""

import asyncio
import time
from typing import Any

from ..services import Services
from ..store import StoreError

_CACHE_SECONDS = 1.0
"""Time for which an answer holds, so that many checks cost as much as one."""

_DATABASE_SECONDS = 2.0
"""Time limit for the database; a check should be answered before its sender gives up."""


class Health:
    """Checks the gateway connection of `bot`, and the library and the database of `services`."""

    def __init__(self, bot: Any, services: Services) -> None:
        self._bot = bot
        self._services = services
        self._problems: dict[str, str] = {}
        self._checked_at = -_CACHE_SECONDS
        self._checking = asyncio.Lock()

    async def problems(self) -> dict[str, str]:
        """Return what is wrong with the gateway, the library and the database; "" if nothing."""
        async with self._checking:
            if time.monotonic() - self._checked_at >= _CACHE_SECONDS:
                database = await self._database_problem()
                gateway, library = gateway_problem(self._bot), self._services.library.problem
                self._problems = {"gateway": gateway, "library": library, "database": database}
                self._checked_at = time.monotonic()
            return self._problems

    async def _database_problem(self) -> str:
        try:
            async with asyncio.timeout(_DATABASE_SECONDS):
                await self._services.store.check()
        except TimeoutError:
            return f"no answer in {_DATABASE_SECONDS:g} s"
        except StoreError as error:
            return str(error)
        return ""


def connected_shards(bot: Any) -> dict[int, bool]:
    """Return whether each started shard of this process is connected; a plain bot has shard 0."""
    shards = getattr(bot, "shards", None)
    if shards is not None:
        return {id: not shard.is_closed() for id, shard in shards.items()}
    websocket = getattr(bot, "ws", None)
    return {bot.shard_id or 0: websocket.open} if websocket else {}


def gateway_problem(bot: Any) -> str:
    """Return which shards of this process are not connected; empty if all are."""
    if bot.is_closed():
        return "the bot is shutting down"
    connected = connected_shards(bot)
    lost = sorted(id for id, is_connected in connected.items() if not is_connected)
    if lost:
        shards = f"shard {lost[0]} is" if len(lost) == 1 else f"shards {_join(lost)} are"
        return f"{shards} not connected"
    if not bot.is_ready():
        total = len(getattr(bot, "shard_ids", None) or ()) or bot.shard_count or 1
        return f"starting, {len(connected)} of {total} shards are connected"
    return ""


def _join(ids: list[int]) -> str:
    return ", ".join(map(str, ids))
