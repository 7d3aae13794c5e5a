"""Store: server settings and saved names; trainings.py and sessions.py have the rest.

Several processes may share a database.
"""

import hashlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Self

import sqlalchemy as sa

from .database import Database
from .schema import (
    MAX_NAME,
    MAX_SAVED,
    MAX_STYLE,
    InvalidValueError,
    UtcDateTime,
    marked,
    tables,
    validate_settings,
    validate_text,
)
from .sessions import GatewaySessions
from .shard_locks import ShardLocks
from .trainings import Trainings

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
    sa.Column("offered", sa.JSON),
    sa.Column("left_at", UtcDateTime),
    sa.Column("manager_role", sa.BigInteger),
)
_saved_names = sa.Table(
    "namesmith_saved_names",
    tables,
    sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True),
    sa.Column("user_id", sa.BigInteger, nullable=False),
    sa.Column("digest", sa.LargeBinary, nullable=False),  # PostgreSQL cannot index long text
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("style", sa.Text, nullable=False),
    sa.Column("saved_at", UtcDateTime, nullable=False),
    sa.UniqueConstraint("user_id", "digest", name="namesmith_saved_once"),
    sqlite_autoincrement=True,  # never reuses an id, which buttons in old messages contain
)


@dataclass(frozen=True)
class GuildSettings:
    """The settings of a server; None, or empty, means the bot's default."""

    style: str | None = None
    count: int | None = None
    temperature: float | None = None
    new_only: bool | None = None
    channels: tuple[int, ...] = ()
    """The only channels in which the bot answers; empty: all of them."""
    blocked: tuple[str, ...] = ()
    """Words that names must not contain, in addition to the bot's own list."""
    prefix: str | None = None
    offered: tuple[str, ...] = ()
    """The styles that members can use, besides the server's own; empty: all of them."""
    manager_role: int | None = None
    """The role whose members can manage the server's styles, as those with Manage Server can."""


@dataclass(frozen=True)
class SavedName:
    """A saved name; `saved_at` is in UTC."""

    id: int
    name: str
    style: str
    saved_at: datetime


class Store:
    """Settings, saved names and trainings in one database. Every change is one transaction.

    Every method raises `StoreError` if the database cannot be reached, and its subclass
    `InvalidValueError` for a value that cannot be stored.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self.trainings = Trainings(database)
        self.sessions = GatewaySessions(database)
        self.shard_locks = ShardLocks(database)

    @classmethod
    async def open(cls, url: str) -> Self:
        """Open `sqlite:///FILE` or `postgresql://USER:PASSWORD@HOST/NAME` and upgrade its schema.

        Raises `StoreError`.
        """
        return cls(await Database.open(url))

    async def close(self) -> None:
        """Wait for running transactions, then close the database."""
        await self.shard_locks.release()
        await self._database.close()

    async def check(self) -> None:
        """Read from the database; raises `StoreError` if it can't be used."""
        await self._database.execute(sa.select(_guilds.c.id).limit(1))

    async def get_guild_settings(self, guild_id: int) -> GuildSettings:
        """Return the server's settings; the bot's defaults while the bot is not in the server."""
        rows = await self._database.execute(sa.select(_guilds).where(_guilds.c.id == guild_id))
        is_used = rows and rows[0].left_at is None
        return _settings_from(rows[0]) if is_used else GuildSettings()

    async def update_guild_settings(self, guild_id: int, **changes: Any) -> GuildSettings:
        """Change the given fields of `GuildSettings`; None resets a field to the bot's default.

        Raises `InvalidValueError` for an invalid value; nothing changes then.
        """
        if not changes:
            return await self.get_guild_settings(guild_id)
        values = validate_settings(changes)
        insert = self._database.insert(_guilds).values(id=guild_id, **values)
        upsert = insert.on_conflict_do_update(index_elements=["id"], set_=values)
        (row,) = await self._database.execute(upsert.returning(_guilds), writes=True)
        return _settings_from(row)

    async def get_guild_ids(
        self, shard_count: int = 1, shard_ids: Collection[int] = (0,)
    ) -> set[int]:
        """Return the servers of these shards that have settings or trainings, or were noted."""
        shard = _guilds.c.id // 2**22 % shard_count
        ids = sa.select(_guilds.c.id).where(shard.in_(shard_ids))
        found = {row.id for row in await self._database.execute(ids)}
        trained = await self.trainings.get_guild_ids()
        return found | {id for id in trained if (id >> 22) % shard_count in shard_ids}

    async def has_guild(self, guild_id: int) -> bool:
        """Return whether the server has settings or trainings, or was noted."""
        found = sa.select(_guilds.c.id).where(_guilds.c.id == guild_id)
        return bool(await self._database.execute(found)) or await self.trainings.has_guild(guild_id)

    async def get_left_guilds(self) -> dict[int, datetime]:
        """Return when the bot left each server that has removed it, in UTC."""
        left = sa.select(_guilds.c.id, _guilds.c.left_at).where(_guilds.c.left_at.is_not(None))
        return {row.id: row.left_at for row in await self._database.execute(left)}

    async def note_guild(self, guild_id: int) -> None:
        """Store that the bot was in the server; its settings are the bot's defaults."""
        insert = self._database.insert(_guilds).values(id=guild_id).on_conflict_do_nothing()
        await self._database.execute(insert.returning(_guilds.c.id), writes=True)

    async def mark_guild_left(self, guild_id: int, when: datetime) -> None:
        """Note that the bot left the server, unless that is known; its settings are kept."""
        insert = self._database.insert(_guilds).values(id=guild_id, left_at=when)
        first = sa.func.coalesce(_guilds.c.left_at, insert.excluded.left_at)
        upsert = insert.on_conflict_do_update(index_elements=["id"], set_={"left_at": first})
        await self._database.execute(upsert.returning(_guilds.c.id), writes=True)

    async def mark_guild_present(self, guild_id: int) -> None:
        """Note that the bot is in the server, so that its settings are used again."""
        update = sa.update(_guilds).where(_guilds.c.id == guild_id, _guilds.c.left_at.is_not(None))
        update = update.values(left_at=None).returning(_guilds.c.id)
        await self._database.execute(update, writes=True)

    async def forget_guild(self, guild_id: int) -> None:
        """Delete the server's settings and trainings."""
        await self.trainings.forget_guild(guild_id)
        delete = _delete(_guilds, _guilds.c.id == guild_id)
        await self._database.execute(delete, writes=True)

    async def save_names(self, user_id: int, names: Sequence[str], style: str) -> int:
        """Save all of `names` or none; return how many were not saved before.

        A name is saved once, whichever style it came from. Raises `InvalidValueError` for an
        invalid name, and if the person would have more than `MAX_SAVED` names.
        """
        validate_text(style, marked("A style's name"), MAX_STYLE)
        unique = {validate_text(name, marked("A name"), MAX_NAME): None for name in names}
        if len(unique) > MAX_SAVED:
            raise InvalidValueError("You can save up to {} names.", MAX_SAVED)
        if not unique:
            return 0
        common = {"user_id": user_id, "style": style, "saved_at": datetime.now(UTC)}
        rows = [common | {"name": name, "digest": _digest(name)} for name in unique]
        insert = self._database.insert(_saved_names).values(rows).on_conflict_do_nothing()

        def work(connection: sa.Connection) -> int:
            if self._database.is_postgresql:  # else two concurrent saves could exceed the limit
                connection.execute(sa.select(sa.func.pg_advisory_xact_lock(user_id)))
            new = len(connection.execute(insert.returning(_saved_names.c.id)).all())
            count = connection.execute(_count(user_id)).scalar_one()
            if new and count > MAX_SAVED:
                raise InvalidValueError(
                    "You can save up to {} names and have {}. Delete some first.",
                    MAX_SAVED,
                    count - new,
                )
            return new

        return await self._database.run(work, writes=True)

    async def get_saved_names(
        self, user_id: int, *, offset: int = 0, limit: int | None = None
    ) -> list[SavedName]:
        """Return the person's saved names, newest first."""
        table = _saved_names
        columns = sa.select(table.c.id, table.c.name, table.c.style, table.c.saved_at)
        newest = columns.where(table.c.user_id == user_id).order_by(table.c.id.desc())
        rows = await self._database.execute(newest.offset(offset).limit(limit))
        return [SavedName(**row._mapping) for row in rows]

    async def count_saved_names(self, user_id: int) -> int:
        """Return how many names the person has saved."""
        ((count,),) = await self._database.execute(_count(user_id))
        return int(count)

    async def delete_saved_names(self, user_id: int, ids: Sequence[int]) -> int:
        """Delete those names in `ids` that belong to the person; return how many there were."""
        table = _saved_names
        delete = _delete(table, table.c.user_id == user_id, table.c.id.in_(ids))
        return len(await self._database.execute(delete, writes=True))

    async def forget_user(self, user_id: int) -> int:
        """Delete the person's data; return how many saved names there were."""
        await self.trainings.forget_user(user_id)
        delete = _delete(_saved_names, _saved_names.c.user_id == user_id)
        return len(await self._database.execute(delete, writes=True))


def _settings_from(row: sa.Row[Any]) -> GuildSettings:
    values = {name: row._mapping[name] for name in GuildSettings.__dataclass_fields__}
    values |= {name: tuple(values[name] or ()) for name in ("channels", "blocked", "offered")}
    if values["temperature"] is not None:  # SQLite may return a whole number as an integer
        values["temperature"] = float(values["temperature"])
    return GuildSettings(**values)


def _count(user_id: int) -> sa.Select[Any]:
    count = sa.select(sa.func.count()).select_from(_saved_names)
    return count.where(_saved_names.c.user_id == user_id)


def _delete(table: sa.Table, *where: sa.ColumnElement[bool]) -> sa.Executable:
    return sa.delete(table).where(*where).returning(table.c.id)


def _digest(name: str) -> bytes:
    return hashlib.blake2b(name.encode(), digest_size=16).digest()
