"""What lasts: what servers set, the names that people save, and the trainings under way.

Several processes may share a database. What a server set is kept in memory for half a minute, so
another process's change is seen within that time, and one's own at once.
"""

import hashlib
from collections.abc import Sequence
from datetime import UTC, datetime
from time import monotonic
from typing import Any, Self

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from .database import Database
from .kept import (
    MAX_NAME,
    MAX_SAVED,
    MAX_STYLE,
    GuildSettings,
    NotKeptError,
    SavedName,
    checked_changes,
    checked_text,
    utc,
)
from .schema import tables
from .trainings import Trainings

FRESH = 30.0
"""Seconds for which what a server set is taken from memory."""

_guilds = sa.Table(
    "namesmith_guilds",
    tables,
    sa.Column("id", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("style", sa.Text),
    sa.Column("count", sa.Integer),
    sa.Column("temperature", sa.Double),
    sa.Column("new_only", sa.Boolean),
    sa.Column("channels", sa.JSON),
    sa.Column("blocked", sa.JSON),
    sa.Column("prefix", sa.Text),
)
_saved = sa.Table(
    "namesmith_saved_names",
    tables,
    sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True),
    sa.Column("user_id", sa.BigInteger, nullable=False),
    sa.Column("digest", sa.LargeBinary, nullable=False),  # PostgreSQL indexes no long text
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("style", sa.Text, nullable=False),
    sa.Column("saved_at", sa.DateTime(timezone=True), nullable=False),
    sa.UniqueConstraint("user_id", "digest", name="namesmith_saved_once"),
    sqlite_autoincrement=True,  # an id in an old message never comes to mean another name
)


class Store:
    """What lasts, in one database. Every change is one transaction.

    Every method raises `StoreError` where the database cannot be reached, and `NotKeptError`, which
    is one, for what may not be kept.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self.trainings = Trainings(database)
        self._insert = _insert_of(database)
        self._fresh: dict[int, tuple[float, GuildSettings]] = {}  # the oldest first
        self._changes = 0

    @classmethod
    async def open(cls, url: str) -> Self:
        """Open `sqlite:///FILE` or `postgresql://USER:PASSWORD@HOST/NAME`, made up to date first.

        Raises `StoreError`.
        """
        return cls(await Database.open(url))

    async def close(self) -> None:
        """Let what is running end, and the database go."""
        await self._database.close()

    async def guild(self, guild_id: int) -> GuildSettings:
        """Return what the server has set, as it was at most `FRESH` seconds ago."""
        now = monotonic()
        self._let_old_go(now)
        if guild_id in self._fresh:
            return self._fresh[guild_id][1]
        changes = self._changes
        rows = await self._database.rows(sa.select(_guilds).where(_guilds.c.id == guild_id))
        settings = _settings(rows[0]) if rows else GuildSettings()
        if changes == self._changes:  # else what was read may be what was there before
            self._fresh.pop(guild_id, None)
            self._fresh[guild_id] = now, settings
        return settings

    async def change_guild(self, guild_id: int, **changes: Any) -> GuildSettings:
        """Set the named fields of `GuildSettings` and no others; None is the bot's own default.

        Raises `NotKeptError` for a value out of its bounds; nothing is changed then.
        """
        if not changes:
            return await self.guild(guild_id)
        values = checked_changes(changes)
        insert = self._insert(_guilds).values(id=guild_id, **values)
        change = insert.on_conflict_do_update(index_elements=["id"], set_=values)
        return _settings((await self._change(guild_id, change.returning(_guilds)))[0])

    async def forget_guild(self, guild_id: int) -> None:
        """Delete all that the server has set, and its trainings."""
        await self.trainings.forget_guild(guild_id)
        await self._change(guild_id, _delete(_guilds, _guilds.c.id == guild_id))

    async def save(self, user_id: int, names: Sequence[str], style: str) -> int:
        """Save `names`, all or none; return how many of them were not saved before.

        A name is saved once, whichever style it came from. Raises `NotKeptError` for more than
        `MAX_SAVED` in all, an empty name, or one over `MAX_NAME` characters.
        """
        checked_text(style, "A style's name", MAX_STYLE)
        wanted = {checked_text(name, "A name", MAX_NAME): None for name in names}
        if len(wanted) > MAX_SAVED:
            raise NotKeptError(f"At most {MAX_SAVED:,} names can be saved.")
        if not wanted:
            return 0
        about = {"user_id": user_id, "style": style, "saved_at": datetime.now(UTC)}
        rows = [about | {"name": name, "digest": _digest(name)} for name in wanted]
        insert = self._insert(_saved).values(rows).on_conflict_do_nothing()

        async def work(connection: AsyncConnection) -> int:
            if self._database.is_postgresql:  # or two saves at once could both be the last allowed
                await connection.execute(sa.select(sa.func.pg_advisory_xact_lock(user_id)))
            new = len((await connection.execute(insert.returning(_saved.c.id))).all())
            count = (await connection.execute(_count(user_id))).scalar_one()
            if new and count > MAX_SAVED:
                raise NotKeptError(
                    f"At most {MAX_SAVED:,} names can be saved, and {count - new:,} are; "
                    "delete some of those first."
                )
            return new

        return await self._database.run(work, writes=True)

    async def saved(
        self, user_id: int, *, offset: int = 0, limit: int | None = None
    ) -> list[SavedName]:
        """Return the names that the person saved, the newest first."""
        chosen = sa.select(_saved.c.id, _saved.c.name, _saved.c.style, _saved.c.saved_at)
        newest = chosen.where(_saved.c.user_id == user_id).order_by(_saved.c.id.desc())
        rows = await self._database.rows(newest.offset(offset).limit(limit))
        return [SavedName(row.id, row.name, row.style, utc(row.saved_at)) for row in rows]

    async def count_saved(self, user_id: int) -> int:
        """Return how many names the person has saved."""
        ((count,),) = await self._database.rows(_count(user_id))
        return int(count)

    async def delete_saved(self, user_id: int, ids: Sequence[int]) -> int:
        """Delete those of `ids` that are this person's; return how many there were."""
        theirs = _delete(_saved, _saved.c.user_id == user_id, _saved.c.id.in_(ids))
        return len(await self._database.rows(theirs, writes=True))

    async def forget_user(self, user_id: int) -> int:
        """Delete all that is kept of a person; return how many names went."""
        await self.trainings.forget_user(user_id)
        theirs = _delete(_saved, _saved.c.user_id == user_id)
        return len(await self._database.rows(theirs, writes=True))

    async def _change(self, guild_id: int, change: sa.Executable) -> Sequence[sa.Row[Any]]:
        def ended() -> None:
            self._changes += 1
            self._fresh.pop(guild_id, None)

        return await self._database.rows(change, writes=True, ended=ended)

    def _let_old_go(self, now: float) -> None:
        while self._fresh and next(iter(self._fresh.values()))[0] < now - FRESH:
            del self._fresh[next(iter(self._fresh))]


def _insert_of(database: Database) -> Any:
    """Return what makes an `INSERT ... ON CONFLICT` there; the other dialect need not be loaded."""
    if database.is_postgresql:
        from sqlalchemy.dialects import postgresql

        return postgresql.insert
    from sqlalchemy.dialects import sqlite

    return sqlite.insert


def _settings(row: sa.Row[Any]) -> GuildSettings:
    found = {name: row._mapping[name] for name in GuildSettings.__dataclass_fields__}
    found |= {name: tuple(found[name] or ()) for name in ("channels", "blocked")}
    if found["temperature"] is not None:  # SQLite may return a whole number as an integer
        found["temperature"] = float(found["temperature"])
    return GuildSettings(**found)


def _count(user_id: int) -> sa.Select[Any]:
    return sa.select(sa.func.count()).select_from(_saved).where(_saved.c.user_id == user_id)


def _delete(table: sa.Table, *where: sa.ColumnElement[bool]) -> sa.Executable:
    return sa.delete(table).where(*where).returning(table.c.id)


def _digest(name: str) -> bytes:
    return hashlib.blake2b(name.encode(), digest_size=16).digest()
