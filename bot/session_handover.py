"""Session hand-over: a process that stops leaves its gateway sessions to the next one.

Discord keeps the events of a session that was not closed by the bot's side as ended, and sends
them to the connection that resumes it. So no command is lost while a bot restarts, if that takes
less than the three seconds in which an interaction must be answered. Nor does the new process
identify, of which Discord allows one in five seconds.
"""

import asyncio
import contextlib
import logging
from typing import Any

import discord
import yarl

from .config import ConfigError
from .guild_cache import CompactState, GuildCache
from .store import GatewaySession, Store, StoreError

_log = logging.getLogger(__name__)

_RESUMABLE_CLOSE = 4000
"""A close code after which Discord keeps the session; after 1000 and 1001 it doesn't."""

_CLOSE_SECONDS = 1.0
"""How long to wait for the end of a connection."""


_LOCK_SECONDS, _LOCK_POLL_SECONDS, _LOCK_CHECK_SECONDS = 60.0, 0.1, 10.0
"""How long to wait until another process leaves its shards, between two attempts, and between two
checks of locks that are held."""


class SessionHandover:
    """The shards and sessions that a client takes over at its start, and leaves at its end."""

    def __init__(self, client: discord.AutoShardedClient, store: Store) -> None:
        self._client = client
        self._store = store
        self._taken: dict[int, GatewaySession] = {}
        self._restored: set[int] = set()
        self._locked: list[int] = []
        self._is_lock_failing = False

    async def lock(self, shard_ids: list[int]) -> None:
        """Lock the shards in the database; wait a minute for another process that has them.

        Raises `ConfigError` if it keeps them.
        """
        loop = asyncio.get_running_loop()
        deadline, is_logged = loop.time() + _LOCK_SECONDS, False
        while owner := await self._acquire(shard_ids):
            if loop.time() > deadline:
                raise ConfigError(
                    f"Another process with this database has {owner}. "
                    "Stop it, or choose other [discord] shard_ids."
                )
            if not is_logged:
                is_logged = True
                _log.info(
                    "Waiting %.0f s until another process ends, which has %s", _LOCK_SECONDS, owner
                )
            await asyncio.sleep(_LOCK_POLL_SECONDS)
        self._locked = shard_ids

    async def watch_locks(self) -> None:
        """Lock the shards again after the connection to the database was lost.

        Raises `ConfigError` if another process has them now.
        """
        while True:
            await asyncio.sleep(_LOCK_CHECK_SECONDS)
            if not await self._store.shard_locks.is_held() and (
                owner := await self._acquire(self._locked)
            ):
                raise ConfigError(f"Another process with this database has taken {owner}.")

    async def _acquire(self, shard_ids: list[int]) -> str | None:
        application_id = self._client.application_id or 0
        try:
            owner = await self._store.shard_locks.acquire(application_id, shard_ids)
        except StoreError as error:
            if not self._is_lock_failing:
                _log.warning("The shards cannot be locked, which is tried again: %s", error)
            self._is_lock_failing = True
            return None
        self._is_lock_failing = False
        return owner

    async def take(self, shard_ids: list[int]) -> list[int]:
        """Take the stored sessions of these shards; return the shards, those with one first."""
        client = self._client
        assert client.application_id is not None  # noqa: S101, the client has logged in
        assert client.shard_count is not None  # noqa: S101, set before it connects
        try:
            sessions = await self._store.sessions.take(
                client.application_id, client.shard_count, client.intents.value, shard_ids
            )
        except StoreError as error:
            _log.warning("The sessions of the last process cannot be resumed: %s", error)
            return shard_ids
        self._taken = {session.shard_id: session for session in sessions}
        return sorted(shard_ids, key=lambda shard_id: shard_id not in self._taken)

    def restore(self, shard_id: int) -> dict[str, Any] | None:
        """Restore the guilds of a shard; return how to resume its session, None if there is none.

        The result has the arguments of `DiscordWebSocket.from_client`.
        """
        session = self._taken.pop(shard_id, None)
        if session is None:
            return None
        try:
            self._guild_cache.load(session.guilds)
        except ValueError as error:
            _log.warning("Shard %d starts a new session: %s", shard_id, error)
            return None
        self._restored.add(shard_id)
        return {
            "gateway": yarl.URL(session.gateway_url),
            "session": session.session_id,
            "sequence": session.sequence,
        }

    def discard(self, shard_id: int) -> None:
        """Remove the restored guilds of a shard that identifies; Discord will send them."""
        if shard_id in self._restored:
            self._restored.discard(shard_id)
            for guild_id in self._guilds_of(shard_id):
                self._guild_cache.pop(guild_id)

    def complete(self, shard_id: int) -> None:
        """Let the client be ready: the shard's session is resumed, which sends no READY."""
        if shard_id not in self._restored:
            return
        self._restored.discard(shard_id)
        state: Any = self._client._connection
        self._client.dispatch("shard_ready", shard_id)
        state._ready_tasks[shard_id] = asyncio.create_task(asyncio.sleep(0))
        if len(state._ready_tasks) == len(state.shard_ids):
            state._ready_task = asyncio.create_task(state._delay_ready())

    async def leave(self) -> None:
        """Close the connections of all shards, and store their sessions for the next process."""
        shards = [info._parent for info in self._client.shards.values()]
        await asyncio.gather(*map(_disconnect, shards))
        live = [each for each in shards if each.ws.session_id and each.ws.sequence is not None]
        # Those that were taken are of shards that this process did not start yet.
        for session in (*self._taken.values(), *map(self._session_of, live)):
            try:
                await self._store.sessions.save(session)
            except StoreError as error:
                _log.warning("Shard %d cannot be resumed: %s", session.shard_id, error)
        self._locked = []
        await self._store.shard_locks.release()

    @property
    def _guild_cache(self) -> GuildCache:
        state: Any = self._client._connection
        assert isinstance(state, CompactState)  # noqa: S101, the stand-alone client has it
        return state.guild_cache

    def _guilds_of(self, shard_id: int) -> list[int]:
        shard_count = self._client.shard_count or 1
        return [id for id in self._guild_cache if (id >> 22) % shard_count == shard_id]

    def _session_of(self, shard: Any) -> GatewaySession:
        client = self._client
        return GatewaySession(
            application_id=client.application_id or 0,
            shard_count=client.shard_count or 1,
            shard_id=shard.id,
            intents=client.intents.value,
            session_id=shard.ws.session_id,
            sequence=shard.ws.sequence,
            gateway_url=str(shard.ws.gateway),
            guilds=self._guild_cache.dump(self._guilds_of(shard.id)),
        )


async def _disconnect(shard: Any) -> None:
    """End the connection of a shard, not its session, after the event that it handles."""
    shard._cancel_task()
    if task := shard._task:
        await asyncio.wait([task], timeout=_CLOSE_SECONDS)
    with contextlib.suppress(TimeoutError, OSError, discord.DiscordException):
        async with asyncio.timeout(_CLOSE_SECONDS):
            await shard.ws.close(code=_RESUMABLE_CLOSE)
