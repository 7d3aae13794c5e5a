"""Gateway sessions that the next process resumes, and turns to identify among all processes."""

import time
from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import sqlalchemy as sa

from .database import Database
from .schema import UtcDateTime, tables

SESSION_TTL = timedelta(minutes=3)
"""How long a stored session is resumed; Discord ends one after some minutes."""

_MAX_TURN_SECONDS = 900.0
"""The longest wait for a turn; a clock that was set back makes turns far in the future."""

_sessions = sa.Table(
    "namesmith_sessions",
    tables,
    sa.Column("application_id", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("shard_count", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("shard_id", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("intents", sa.BigInteger, nullable=False),
    sa.Column("session_id", sa.Text, nullable=False),
    sa.Column("sequence", sa.BigInteger, nullable=False),
    sa.Column("gateway_url", sa.Text, nullable=False),
    sa.Column("guilds", sa.LargeBinary, nullable=False),
    sa.Column("saved_at", UtcDateTime, nullable=False),
)
_turns = sa.Table(
    "namesmith_identify_turns",
    tables,
    sa.Column("application_id", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("bucket", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("next_at", sa.Double, nullable=False),  # seconds since 1970
)


@dataclass(frozen=True)
class GatewaySession:
    """A session of a shard that no process has open; `guilds` is what the bot knew, packed."""

    application_id: int
    shard_count: int
    shard_id: int
    intents: int
    session_id: str
    sequence: int
    gateway_url: str
    guilds: bytes


class GatewaySessions:
    """The stored sessions, and the turns to identify. Every change is one transaction.

    Every method raises `StoreError` if the database cannot be reached.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    async def save(self, session: GatewaySession) -> None:
        """Store the session of a shard, in place of an earlier one."""
        values = {**session.__dict__, "saved_at": datetime.now(UTC)}
        insert = self._database.insert(_sessions).values(values)
        upsert = insert.on_conflict_do_update(
            index_elements=["application_id", "shard_count", "shard_id"], set_=values
        )
        await self._database.execute(upsert.returning(_sessions.c.shard_id), writes=True)

    async def take(
        self, application_id: int, shard_count: int, intents: int, shard_ids: Collection[int]
    ) -> list[GatewaySession]:
        """Remove and return the sessions of these shards, so that one process resumes each.

        Also removes sessions that are too old.
        """
        table = _sessions
        columns = [table.c[name] for name in GatewaySession.__dataclass_fields__]
        too_old = datetime.now(UTC) - SESSION_TTL
        delete_old = sa.delete(table).where(table.c.saved_at < too_old)
        take = sa.delete(table).where(
            table.c.application_id == application_id,
            table.c.shard_count == shard_count,
            table.c.intents == intents,
            table.c.shard_id.in_(shard_ids),
        )

        def work(connection: sa.Connection) -> list[GatewaySession]:
            connection.execute(delete_old)
            rows = connection.execute(take.returning(*columns))
            return [GatewaySession(**row._mapping) for row in rows]

        return await self._database.run(work, writes=True)

    async def take_turn(self, application_id: int, bucket: int, seconds: float) -> float:
        """Reserve the bucket's next turn to identify; return in how many seconds it is.

        Turns are `seconds` apart. A process that ends before its turn only wastes it.
        """
        is_postgresql = self._database.is_postgresql
        later, earlier = (
            (sa.func.greatest, sa.func.least) if is_postgresql else (sa.func.max, sa.func.min)
        )
        # PostgreSQL's clock, because each machine has its own.
        clock = sa.extract("epoch", sa.func.now()) if is_postgresql else sa.literal(time.time())
        now = sa.cast(clock, sa.Double)
        insert = self._database.insert(_turns).values(
            application_id=application_id, bucket=bucket, next_at=now + seconds
        )
        turn = later(_turns.c.next_at, now)
        upsert = insert.on_conflict_do_update(
            index_elements=["application_id", "bucket"],
            set_={"next_at": earlier(turn, now + _MAX_TURN_SECONDS) + seconds},
        )
        delay = (_turns.c.next_at - seconds - now).label("delay")
        ((found,),) = await self._database.execute(upsert.returning(delay), writes=True)
        return max(0.0, float(found))
