"""What is kept of trainings: the list while one is to be learned, the style until it is published.

So a restart loses none, and a training that is over can still be published days later.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

import sqlalchemy as sa

from .database import Database
from .kept import MAX_NAME, MAX_STYLE, checked_text, utc
from .schema import tables

State = Literal[
    "offered", "waiting", "running", "done", "failed", "cancelled", "published", "discarded"
]
"""Offered until confirmed; done until published or discarded."""

OFFERED = timedelta(hours=1)
"""For so long an offer can be confirmed."""
KEPT = timedelta(days=7)
"""For so long what came of a training is kept."""

_NEEDS_CORPUS = ("offered", "waiting", "running")


@dataclass(frozen=True)
class Training:
    """A list that is to become a style, is becoming one, or has; times are in UTC.

    Its corpus and its candidate, which are large, are asked for by themselves.
    """

    id: int
    style: str
    guild_id: int | None
    """Whose style it is; None: every server's."""
    home_id: int | None
    """The server where it was asked for; None: a direct message."""
    user_id: int | None
    """Who asked; None: who was forgotten since."""
    channel_id: int
    message_id: int | None
    """The message that tells how it goes, from its beginning on."""
    recipe: str
    file: str
    """The name of the list's file."""
    state: State
    created_at: datetime
    begun_at: datetime | None
    """When it was confirmed."""
    told: Mapping[str, Any]
    """The preview; once done, the report, history, steps, seconds, digest and warnings too."""


_trainings = sa.Table(
    "namesmith_trainings",
    tables,
    sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True),
    sa.Column("style", sa.Text, nullable=False),
    sa.Column("guild_id", sa.BigInteger),
    sa.Column("home_id", sa.BigInteger),
    sa.Column("user_id", sa.BigInteger),
    sa.Column("channel_id", sa.BigInteger, nullable=False),
    sa.Column("message_id", sa.BigInteger),
    sa.Column("recipe", sa.Text, nullable=False),
    sa.Column("file", sa.Text, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
    sa.Column("begun_at", sa.DateTime(timezone=True)),
    sa.Column("told", sa.JSON, nullable=False),
    sa.Column("corpus", sa.LargeBinary),
    sa.Column("candidate", sa.LargeBinary),
    sqlite_autoincrement=True,  # a button in an old message never comes to mean another training
)
_ROW = [_trainings.c[name] for name in Training.__dataclass_fields__]


class Trainings:
    """The trainings in one database. Every change is one transaction.

    Every method raises `StoreError` where the database cannot be reached.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(
        self,
        corpus: bytes,
        *,
        style: str,
        guild_id: int | None,
        home_id: int | None,
        user_id: int,
        channel_id: int,
        recipe: str,
        file: str,
        told: Mapping[str, Any],
    ) -> Training:
        """Keep a list that may become a style, once confirmed; the corpus is the file's bytes.

        Raises `NotKeptError` for a name that cannot be stored.
        """
        row = {
            "corpus": corpus,
            "style": checked_text(style, "A style's name", MAX_STYLE),
            "guild_id": guild_id,
            "home_id": home_id,
            "user_id": user_id,
            "channel_id": channel_id,
            "recipe": recipe,
            "file": checked_text(file, "A file's name", MAX_NAME),
            "state": "offered",
            "created_at": datetime.now(UTC),
            "told": dict(told),
        }
        insert = sa.insert(_trainings).values(row).returning(*_ROW)
        return _training((await self._database.rows(insert, writes=True))[0])

    async def get(self, id: int) -> Training | None:
        """Return the training, or None where it is kept no more."""
        rows = await self._database.rows(sa.select(*_ROW).where(_trainings.c.id == id))
        return _training(rows[0]) if rows else None

    async def corpus(self, id: int) -> bytes | None:
        """Return the list as it was brought, or None once the training is over."""
        return await self._blob(_trainings.c.corpus, id)

    async def candidate(self, id: int) -> bytes | None:
        """Return the artifact of a training that is done, or None once it is published or not."""
        return await self._blob(_trainings.c.candidate, id)

    async def change(
        self, id: int, *, was: Collection[State] = (), **fields: Any
    ) -> Training | None:
        """Set the named columns, and return how the training is then.

        None, and nothing is changed, where it is kept no more or its state is none of `was`: of
        two who change it at once, one does. What a new state has no use for is dropped: the corpus
        when it is over, the candidate when it is published or discarded.
        """
        if "state" in fields and fields["state"] not in _NEEDS_CORPUS:
            fields["corpus"] = None
        if "state" in fields and fields["state"] != "done":
            fields["candidate"] = None
        where = [_trainings.c.id == id, *([_trainings.c.state.in_(was)] if was else [])]
        update = sa.update(_trainings).where(*where).values(fields).returning(*_ROW)
        rows = await self._database.rows(update, writes=True)
        return _training(rows[0]) if rows else None

    async def of(self, guild_id: int | None, states: Collection[State]) -> list[Training]:
        """Return those for the guild's own styles (None: for every server's), the newest first."""
        newest = self._in(states).where(_of_guild(guild_id)).order_by(_trainings.c.id.desc())
        return _listed(await self._database.rows(newest))

    async def under_way(self) -> list[Training]:
        """Return all that wait or run, of every guild, in the order they were confirmed."""
        chosen = self._in(("waiting", "running"))
        first = chosen.order_by(_trainings.c.begun_at, _trainings.c.id)
        return _listed(await self._database.rows(first))

    async def begun_since(self, guild_id: int | None, when: datetime) -> int:
        """Return how many were confirmed for the guild's own styles since `when`, in UTC."""
        count = sa.select(sa.func.count()).select_from(_trainings)
        since = count.where(_of_guild(guild_id), _trainings.c.begun_at >= when)
        ((found,),) = await self._database.rows(since)
        return int(found)

    async def let_old_go(self) -> int:
        """Delete the offers that nobody took and what is over for days; return how many."""
        now = datetime.now(UTC)
        offer = sa.and_(_trainings.c.state == "offered", _trainings.c.created_at < now - OFFERED)
        return await self._delete(offer | (_trainings.c.created_at < now - KEPT))

    async def forget_guild(self, guild_id: int) -> int:
        """Delete all for the guild's styles and all asked for there; return how many."""
        return await self._delete(
            (_trainings.c.guild_id == guild_id) | (_trainings.c.home_id == guild_id)
        )

    async def count_of(self, user_id: int) -> int:
        """Return how many a person had a part in."""
        return len(await self._of_user(user_id))

    async def forget_user(self, user_id: int) -> int:
        """Delete the person's offers, and say of the others no more whose they were.

        Return how many there were.
        """
        theirs = await self._of_user(user_id)
        for training in theirs:
            if training.state == "offered":
                await self._delete(_trainings.c.id == training.id)
            else:
                asker = None if training.user_id == user_id else training.user_id
                told = _without(training.told, user_id)
                await self.change(training.id, user_id=asker, told=told)
        return len(theirs)

    async def _of_user(self, user_id: int) -> list[Training]:
        """Return those that the person asked for, cancelled, published or discarded."""
        rows = await self._database.rows(sa.select(*_ROW))
        return [one for one in _listed(rows) if user_id in (one.user_id, *_people(one.told))]

    async def _blob(self, column: sa.Column[bytes], id: int) -> bytes | None:
        rows = await self._database.rows(sa.select(column).where(_trainings.c.id == id))
        return rows[0][0] if rows else None

    async def _delete(self, where: sa.ColumnElement[bool]) -> int:
        delete = sa.delete(_trainings).where(where).returning(_trainings.c.id)
        return len(await self._database.rows(delete, writes=True))

    def _in(self, states: Collection[State]) -> sa.Select[Any]:
        return sa.select(*_ROW).where(_trainings.c.state.in_(states))


def _people(told: Mapping[str, Any]) -> tuple[Any, ...]:
    """Return who cancelled or decided it."""
    return told.get("cancelled_by"), told.get("decided", {}).get("by")


def _without(told: Mapping[str, Any], user_id: int) -> dict[str, Any]:
    """Return what is told of a training but for that person's part in it."""
    kept = dict(told)
    if kept.get("cancelled_by") == user_id:
        del kept["cancelled_by"]
    if (decided := kept.get("decided")) and decided["by"] == user_id:
        kept["decided"] = decided | {"by": None}
    return kept


def _of_guild(guild_id: int | None) -> sa.ColumnElement[bool]:
    return _trainings.c.guild_id.is_not_distinct_from(guild_id)


def _listed(rows: Sequence[sa.Row[Any]]) -> list[Training]:
    return [_training(row) for row in rows]


def _training(row: sa.Row[Any]) -> Training:
    found = dict(row._mapping)
    found["created_at"] = utc(found["created_at"])
    found["begun_at"] = found["begun_at"] and utc(found["begun_at"])
    return Training(**found)
