"""Trainings: each uploaded list and its state, from the offer until the style is published.

They survive a restart, so a finished training can still be published days later.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

import sqlalchemy as sa
from msgspec import Struct, ValidationError, convert, to_builtins

from .database import Database
from .schema import (
    MAX_NAME,
    MAX_STYLE,
    SafeText,
    StoreError,
    UtcDateTime,
    marked,
    tables,
    validate_text,
)

OFFER_TTL = timedelta(hours=1)
"""How long an offered training can be confirmed."""
RETENTION = timedelta(days=7)
"""How long a training stays in the database."""

State = Literal[
    "offered", "queued", "running", "done", "failed", "cancelled", "published", "discarded"
]
"""Offered until a member confirms it; done until a member publishes or discards it."""

ACTIVE_STATES: tuple[State, ...] = ("queued", "running")
"""Confirmed and not finished."""

_STATES_WITH_CORPUS: tuple[State, ...] = ("offered", *ACTIVE_STATES)


class LayoutChoice(Struct, frozen=True):
    """One way to find the names in a file."""

    id: str
    label: str = ""
    """The heading of a column, a key, or a separator."""
    examples: tuple[str, ...] = ()


class EncodingChoice(Struct, frozen=True):
    """Another encoding that a file may have."""

    id: str
    name: str
    example: str = ""
    """A line of the list, read in this encoding."""


class CorpusSummary(Struct, frozen=True):
    """What the preview job found in a list, and how the list is read."""

    samples: int = 0
    duplicates: int = 0
    blank_lines: int = 0
    characters: int = 0
    distinct_characters: int = 0
    alphabet: tuple[str, ...] = ()
    """The first of its distinct characters."""
    lengths: tuple[tuple[int, int], ...] = ()
    """Pairs of a sample length and how many samples have it, ascending."""
    examples: tuple[str, ...] = ()
    digest: str = ""
    warnings: tuple[str, ...] = ()
    """Those of earlier versions."""
    encoding: str = ""
    encoding_name: str = ""
    """Empty for UTF-8."""
    encodings: tuple[EncodingChoice, ...] = ()
    accents: tuple[str, ...] = ()
    """Lines with characters that are not ASCII, if the encoding is not UTF-8."""
    invisible: int = 0
    """Invisible characters that were removed."""
    kind: Literal["lines", "table", "json", "code", "separated"] = "lines"
    """What the file looks like."""
    columns: tuple[str, ...] = ()
    """The headings of a table's columns; "" for one without."""
    layout: str = "lines"
    """The id of the layout in use, one of `layouts`."""
    layouts: tuple[LayoutChoice, ...] = ()
    is_tidied: bool = False
    clutter: dict[str, int] = {}
    """What tidying removes, by kind, and from how many lines."""

    @property
    def reading(self) -> dict[str, Any]:
        """How to read the list, as jobs take it."""
        return {"encoding": self.encoding, "layout": self.layout, "is_tidied": self.is_tidied}


class TrainingReport(Struct, frozen=True):
    """What a finished training job measured."""

    metrics: dict[str, Any] = {}
    """The evaluation, by metric; bot/commands/styles validates what it shows."""
    history: tuple[tuple[int, float, float], ...] = ()
    """Step, training loss and validation loss of each evaluation, in nats per character."""
    steps: int = 0
    seconds: float = 0.0
    poor: str = ""
    """What is wrong with a poor style, as one line."""
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True)
class NewTraining:
    """A training to offer."""

    style: str
    guild_id: int | None
    """The guild that will own the style; None: every guild."""
    origin_guild_id: int | None
    """The guild in which the command was used; None: a direct message."""
    user_id: int
    channel_id: int
    recipe: str
    file_name: str
    corpus: bytes
    """The content of the uploaded file."""
    corpus_summary: CorpusSummary


@dataclass(frozen=True)
class Training:
    """A stored training without its corpus and its candidate, which are large; times in UTC."""

    id: int
    style: str
    guild_id: int | None
    """The guild that owns the style; None: every guild."""
    origin_guild_id: int | None
    """The guild in which the command was used; None: a direct message."""
    user_id: int | None
    """The author; None after /forget-me."""
    channel_id: int
    message_id: int | None
    """The message that shows the progress; None until the training is confirmed."""
    recipe: str
    file_name: str
    state: State
    created_at: datetime
    started_at: datetime | None
    """When it was confirmed."""
    corpus_summary: CorpusSummary
    report: TrainingReport | None = None
    failure: str | None = None
    """Why it failed, in one line."""
    cancelled_by: int | None = None
    decided_by: int | None = None
    """Who published or discarded it; None after /forget-me."""
    published_version: int | None = None
    sample_names: str | None = None
    """The generated names in its message, as Markdown."""
    is_outcome_shown: bool = False
    """Whether its message shows how it ended."""


class _JsonStruct(sa.TypeDecorator[Struct]):
    """A struct stored as JSON and validated when it is read."""

    impl = sa.JSON(none_as_null=True)
    cache_ok = True

    def __init__(self, model: type[Struct]) -> None:
        super().__init__()
        self.model = model

    def process_bind_param(self, value: Struct | None, dialect: Any) -> Any:
        return None if value is None else to_builtins(value)

    def process_result_value(self, value: Any, dialect: Any) -> Struct | None:
        if value is None:
            return None
        try:
            return convert(value, self.model, strict=False)
        except ValidationError as error:
            kind = self.model.__name__
            raise StoreError(f"namesmith_trainings: a {kind} cannot be read: {error}") from error


_table = sa.Table(
    "namesmith_trainings",
    tables,
    sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True),
    sa.Column("style", sa.Text, nullable=False),
    sa.Column("guild_id", sa.BigInteger),
    sa.Column("origin_guild_id", sa.BigInteger),
    sa.Column("user_id", sa.BigInteger),
    sa.Column("channel_id", sa.BigInteger, nullable=False),
    sa.Column("message_id", sa.BigInteger),
    sa.Column("recipe", sa.Text, nullable=False),
    sa.Column("file_name", sa.Text, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("created_at", UtcDateTime, nullable=False),
    sa.Column("started_at", UtcDateTime),
    sa.Column("corpus_summary", _JsonStruct(CorpusSummary), nullable=False),
    sa.Column("report", _JsonStruct(TrainingReport)),
    sa.Column("failure", SafeText),
    sa.Column("cancelled_by", sa.BigInteger),
    sa.Column("decided_by", sa.BigInteger),
    sa.Column("published_version", sa.Integer),
    sa.Column("sample_names", SafeText),
    sa.Column("is_outcome_shown", sa.Boolean, nullable=False),
    sa.Column("corpus", sa.LargeBinary),
    sa.Column("candidate", sa.LargeBinary),
    sqlite_autoincrement=True,  # never reuses an id, which buttons in old messages contain
)
_COLUMNS = [_table.c[name] for name in Training.__dataclass_fields__]
_USER_COLUMNS = (_table.c.user_id, _table.c.cancelled_by, _table.c.decided_by)


class Trainings:
    """The trainings in one database. Every change is one transaction.

    Every method raises `StoreError` if the database cannot be reached.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, new: NewTraining) -> Training:
        """Store an offered training; raises `InvalidValueError` for an invalid name."""
        validate_text(new.style, marked("A style's name"), MAX_STYLE)
        validate_text(new.file_name, marked("A file's name"), MAX_NAME)
        row = {name: getattr(new, name) for name in NewTraining.__dataclass_fields__}
        row |= {"state": "offered", "created_at": datetime.now(UTC), "is_outcome_shown": False}
        insert = sa.insert(_table).values(row).returning(*_COLUMNS)
        return Training(**(await self._database.execute(insert, writes=True))[0]._mapping)

    async def get(self, id: int) -> Training | None:
        """Return the training, or None if it does not exist or was deleted."""
        found = await self._select(_table.c.id == id)
        return found[0] if found else None

    async def get_corpus(self, id: int) -> bytes | None:
        """Return the uploaded list, or None once the training has ended."""
        return await self._get_blob(_table.c.corpus, id)

    async def get_candidate(self, id: int) -> bytes | None:
        """Return the artifact of a finished training, or None once it is published or discarded."""
        return await self._get_blob(_table.c.candidate, id)

    async def update(
        self, id: int, *, expected: Collection[State] = (), **changes: Any
    ) -> Training | None:
        """Change the given columns and return the changed training.

        Returns None and changes nothing if the training is deleted or its state is not one of
        `expected`; so of two concurrent updates one wins. A new state deletes the data that it
        does not need: the corpus when the training ends, the candidate when that is published or
        discarded.
        """
        if "state" in changes and changes["state"] not in _STATES_WITH_CORPUS:
            changes["corpus"] = None
        if "state" in changes and changes["state"] != "done":
            changes["candidate"] = None
        where = [_table.c.id == id, *([_table.c.state.in_(expected)] if expected else [])]
        update = sa.update(_table).where(*where).values(changes).returning(*_COLUMNS)
        rows = await self._database.execute(update, writes=True)
        return Training(**rows[0]._mapping) if rows else None

    async def list_by_guild(
        self, guild_id: int | None, states: Collection[State]
    ) -> list[Training]:
        """Return trainings of the guild's styles (None: of global styles), newest first."""
        where = _owned_by(guild_id), _table.c.state.in_(states)
        return await self._select(*where, order_by=[_table.c.id.desc()])

    async def list_active(self) -> list[Training]:
        """Return the queued and running trainings of all guilds, first confirmed first."""
        is_active = _table.c.state.in_(ACTIVE_STATES)
        return await self._select(is_active, order_by=[_table.c.started_at, _table.c.id])

    async def list_unreported(self) -> list[Training]:
        """Return ended trainings whose message does not show the outcome yet."""
        has_ended = _table.c.state.in_(("done", "failed", "cancelled"))
        was_started = _table.c.started_at.is_not(None)
        return await self._select(has_ended, was_started, ~_table.c.is_outcome_shown)

    async def count_started_since(self, guild_id: int | None, when: datetime) -> int:
        """Return how many trainings of the guild's styles were confirmed since `when` (UTC)."""
        count = sa.select(sa.func.count()).select_from(_table)
        since = count.where(_owned_by(guild_id), _table.c.started_at >= when)
        ((found,),) = await self._database.execute(since)
        return int(found)

    async def delete_expired(self) -> int:
        """Delete old offers and old trainings; return how many."""
        now = datetime.now(UTC)
        is_old_offer = (_table.c.state == "offered") & (_table.c.created_at < now - OFFER_TTL)
        return await self._delete(is_old_offer | (_table.c.created_at < now - RETENTION))

    async def delete_old_offers(self, user_id: int, keep: int) -> int:
        """Delete all but the person's `keep` newest offers; return how many."""
        is_offer = (_table.c.state == "offered") & (_table.c.user_id == user_id)
        newest = sa.select(_table.c.id).where(is_offer).order_by(_table.c.id.desc()).limit(keep)
        return await self._delete(is_offer & _table.c.id.not_in(newest))

    async def forget_guild(self, guild_id: int) -> int:
        """Delete trainings of the guild's styles and those started there; return how many."""
        is_owned = _table.c.guild_id == guild_id
        return await self._delete(is_owned | (_table.c.origin_guild_id == guild_id))

    async def get_guild_ids(self) -> set[int]:
        """Return the guilds whose styles were trained or in which a training was started."""
        columns = (_table.c.guild_id, _table.c.origin_guild_id)
        found = sa.union(*(sa.select(each).where(each.is_not(None)) for each in columns))
        return {id for (id,) in await self._database.execute(found)}

    async def has_guild(self, guild_id: int) -> bool:
        """Return whether `get_guild_ids` would return the guild."""
        names_guild = sa.or_(_table.c.guild_id == guild_id, _table.c.origin_guild_id == guild_id)
        return bool(
            await self._database.execute(sa.select(_table.c.id).where(names_guild).limit(1))
        )

    async def count_by_user(self, user_id: int) -> int:
        """Return how many trainings name the person."""
        count = sa.select(sa.func.count()).select_from(_table)
        names_user = sa.or_(*(column == user_id for column in _USER_COLUMNS))
        ((found,),) = await self._database.execute(count.where(names_user))
        return int(found)

    async def forget_user(self, user_id: int) -> None:
        """Delete the person's offers, and remove their id from all other trainings."""
        is_offer = (_table.c.state == "offered") & (_table.c.user_id == user_id)

        def work(connection: sa.Connection) -> None:
            connection.execute(sa.delete(_table).where(is_offer))
            for column in _USER_COLUMNS:
                update = sa.update(_table).where(column == user_id).values({column: None})
                connection.execute(update)

        await self._database.run(work, writes=True)

    async def _select(
        self,
        *where: sa.ColumnElement[bool],
        order_by: Collection[sa.ColumnElement[Any]] = (),
    ) -> list[Training]:
        select = sa.select(*_COLUMNS).where(*where).order_by(*order_by)
        return [Training(**row._mapping) for row in await self._database.execute(select)]

    async def _get_blob(self, column: sa.Column[bytes], id: int) -> bytes | None:
        rows = await self._database.execute(sa.select(column).where(_table.c.id == id))
        return rows[0][0] if rows else None

    async def _delete(self, where: sa.ColumnElement[bool]) -> int:
        delete = sa.delete(_table).where(where).returning(_table.c.id)
        return len(await self._database.execute(delete, writes=True))


def _owned_by(guild_id: int | None) -> sa.ColumnElement[bool]:
    return _table.c.guild_id.is_not_distinct_from(guild_id)
