"""What is kept of trainings: the list while one is to be learned, the style until it is published.

So a restart loses none, and a training that is over can still be published days later.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa

from .database import Database
from .kept import MAX_NAME, MAX_STYLE, checked_text
from .training import COLUMNS, UNDER_WAY, State, Training, people, table, training_of, without

OFFERED = timedelta(hours=1)
"""For so long an offer can be confirmed."""
KEPT = timedelta(days=7)
"""For so long what came of a training is kept."""

_NEEDS_CORPUS: tuple[State, ...] = ("offered", *UNDER_WAY)


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
        insert = sa.insert(table).values(row).returning(*COLUMNS)
        return training_of((await self._database.rows(insert, writes=True))[0])

    async def get(self, id: int) -> Training | None:
        """Return the training, or None where it is kept no more."""
        rows = await self._database.rows(sa.select(*COLUMNS).where(table.c.id == id))
        return training_of(rows[0]) if rows else None

    async def corpus(self, id: int) -> bytes | None:
        """Return the list as it was brought, or None once the training is over."""
        return await self._blob(table.c.corpus, id)

    async def candidate(self, id: int) -> bytes | None:
        """Return the artifact of a training that is done, or None once it is published or not."""
        return await self._blob(table.c.candidate, id)

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
        where = [table.c.id == id, *([table.c.state.in_(was)] if was else [])]
        update = sa.update(table).where(*where).values(fields).returning(*COLUMNS)
        rows = await self._database.rows(update, writes=True)
        return training_of(rows[0]) if rows else None

    async def of(self, guild_id: int | None, states: Collection[State]) -> list[Training]:
        """Return those for the guild's own styles (None: for every server's), the newest first."""
        newest = self._in(states).where(_of_guild(guild_id)).order_by(table.c.id.desc())
        return _listed(await self._database.rows(newest))

    async def under_way(self) -> list[Training]:
        """Return all that wait or run, of every guild, in the order they were confirmed."""
        chosen = self._in(UNDER_WAY)
        first = chosen.order_by(table.c.begun_at, table.c.id)
        return _listed(await self._database.rows(first))

    async def untold(self) -> list[Training]:
        """Return those that ended and whose message may not say so: none told `ending_shown`."""
        ended = self._in(("done", "failed", "cancelled")).where(table.c.begun_at.is_not(None))
        told = sa.cast(table.c.told, sa.Text).contains('"ending_shown"', autoescape=True)
        return _listed(await self._database.rows(ended.where(~told)))

    async def begun_since(self, guild_id: int | None, when: datetime) -> int:
        """Return how many were confirmed for the guild's own styles since `when`, in UTC."""
        count = sa.select(sa.func.count()).select_from(table)
        since = count.where(_of_guild(guild_id), table.c.begun_at >= when)
        ((found,),) = await self._database.rows(since)
        return int(found)

    async def let_old_go(self) -> int:
        """Delete the offers that nobody took and what is over for days; return how many."""
        now = datetime.now(UTC)
        offer = sa.and_(table.c.state == "offered", table.c.created_at < now - OFFERED)
        return await self._delete(offer | (table.c.created_at < now - KEPT))

    async def drop_offers(self, user_id: int, but: int) -> int:
        """Delete a person's offers but for the newest `but`; return how many."""
        offers = sa.and_(table.c.state == "offered", table.c.user_id == user_id)
        newest = sa.select(table.c.id).where(offers).order_by(table.c.id.desc()).limit(but)
        return await self._delete(offers & table.c.id.not_in(newest))

    async def forget_guild(self, guild_id: int) -> int:
        """Delete all for the guild's styles and all asked for there; return how many."""
        return await self._delete((table.c.guild_id == guild_id) | (table.c.home_id == guild_id))

    async def count_of(self, user_id: int) -> int:
        """Return how many a person had a part in."""
        return len(await self._of_user(user_id))

    async def forget_user(self, user_id: int) -> int:
        """Delete the person's offers, and say of the others no more whose they were.

        Return how many there were.
        """
        theirs = await self._of_user(user_id)
        for found in theirs:
            training: Training | None = found
            while training and not await self._forget_part(training, user_id):
                training = await self.get(found.id)  # it went on meanwhile
        return len(theirs)

    async def _forget_part(self, training: Training, user_id: int) -> bool:
        """Return False, and forget nothing, where its state is another by now."""
        where = table.c.id == training.id, table.c.state == training.state
        if training.state == "offered":
            return await self._delete(sa.and_(*where)) > 0
        asker = None if training.user_id == user_id else training.user_id
        told = without(training.told, user_id)
        was = [training.state]
        return await self.change(training.id, was=was, user_id=asker, told=told) is not None

    async def _of_user(self, user_id: int) -> list[Training]:
        """Return those that the person asked for, cancelled, published or discarded."""
        # What is told may be long: it is read where it may name the person.
        named = sa.cast(table.c.told, sa.Text).contains(str(user_id))
        rows = await self._database.rows(
            sa.select(*COLUMNS).where((table.c.user_id == user_id) | named)
        )
        return [one for one in _listed(rows) if user_id in (one.user_id, *people(one.told))]

    async def _blob(self, column: sa.Column[bytes], id: int) -> bytes | None:
        rows = await self._database.rows(sa.select(column).where(table.c.id == id))
        return rows[0][0] if rows else None

    async def _delete(self, where: sa.ColumnElement[bool]) -> int:
        delete = sa.delete(table).where(where).returning(table.c.id)
        return len(await self._database.rows(delete, writes=True))

    def _in(self, states: Collection[State]) -> sa.Select[Any]:
        return sa.select(*COLUMNS).where(table.c.state.in_(states))


def _of_guild(guild_id: int | None) -> sa.ColumnElement[bool]:
    return table.c.guild_id.is_not_distinct_from(guild_id)


def _listed(rows: Sequence[sa.Row[Any]]) -> list[Training]:
    return [training_of(row) for row in rows]
