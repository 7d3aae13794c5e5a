"""Shard locks: one process a shard, on whichever machine, so that no command is answered twice.

Advisory locks of PostgreSQL last as long as the connection that holds them. The server notices
within half a minute that the machine of a connection is gone.
"""

import contextlib
import os
import platform
import zlib
from collections.abc import Sequence
from typing import Any

from .database import Database
from .schema import StoreError

_SERVER_SETTINGS = {
    "application_name": f"namesmith: process {os.getpid()} on {platform.node()}"[:63],
    "tcp_keepalives_idle": "15",
    "tcp_keepalives_interval": "5",
    "tcp_keepalives_count": "3",
}

_OWNER = """
SELECT application_name FROM pg_locks JOIN pg_stat_activity USING (pid)
WHERE locktype = 'advisory' AND granted AND classid = $1::bigint AND objid = $2
AND pg_locks.database = (SELECT oid FROM pg_database WHERE datname = current_database())
"""


class ShardLocks:
    """The locks of this process in one database; with SQLite, the data folder's locks suffice.

    Every method raises `StoreError` if the database cannot be reached.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._connection: Any = None

    async def acquire(self, application_id: int, shard_ids: Sequence[int]) -> str | None:
        """Lock the shards, all or none; return who has one of them already, None if none is."""
        if not self._database.is_postgresql:
            return None
        if self._connection is None or self._connection.is_closed():
            self._connection = await self._database.connect(_SERVER_SETTINGS)
        key = zlib.crc32(f"namesmith shards of {application_id}".encode())
        for shard_id in shard_ids:
            # The function takes signed integers; the view has them unsigned.
            signed = key - 2**32 if key >= 2**31 else key
            if not await self._fetch("SELECT pg_try_advisory_lock($1, $2)", signed, shard_id):
                owner = await self._fetch(_OWNER, key, shard_id)
                await self._fetch("SELECT pg_advisory_unlock_all()")
                return f"shard {shard_id}: {owner or 'it just ended'}"
        return None

    async def is_held(self) -> bool:
        """Whether the process still has its locks."""
        if not self._database.is_postgresql:
            return True
        if self._connection is None or self._connection.is_closed():
            return False
        try:
            await self._fetch("SELECT 1")
        except StoreError:
            return False
        return True

    async def release(self) -> None:
        """Release all locks, so that another process can have them."""
        connection, self._connection = self._connection, None
        if connection is not None:
            with contextlib.suppress(StoreError), self._database.errors():
                await connection.close(timeout=1)

    async def _fetch(self, statement: str, *values: Any) -> Any:
        with self._database.errors():
            return await self._connection.fetchval(statement, *values)
