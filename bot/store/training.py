"""One training as it is kept: a row of the table, and who had a part in it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

import sqlalchemy as sa

from .kept import utc
from .schema import tables

State = Literal[
    "offered", "waiting", "running", "done", "failed", "cancelled", "published", "discarded"
]
"""Offered until confirmed; done until published or discarded."""

UNDER_WAY: tuple[State, ...] = ("waiting", "running")
"""Confirmed, and not over."""


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


table = sa.Table(
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
COLUMNS = [table.c[name] for name in Training.__dataclass_fields__]


def people(told: Mapping[str, Any]) -> tuple[Any, ...]:
    """Return who cancelled or decided it."""
    return told.get("cancelled_by"), told.get("decided", {}).get("by")


def without(told: Mapping[str, Any], user_id: int) -> dict[str, Any]:
    """Return what is told of a training but for that person's part in it."""
    kept = dict(told)
    if kept.get("cancelled_by") == user_id:
        del kept["cancelled_by"]
    if (decided := kept.get("decided")) and decided["by"] == user_id:
        kept["decided"] = decided | {"by": None}
    return kept


def training_of(row: sa.Row[Any]) -> Training:
    """Return the training that a row holds, its times in UTC whatever the database says."""
    found = dict(row._mapping)
    found["created_at"] = utc(found["created_at"])
    found["begun_at"] = found["begun_at"] and utc(found["begun_at"])
    return Training(**found)
