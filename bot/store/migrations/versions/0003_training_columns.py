"""Give trainings typed columns in place of the JSON column `told`, and rename some columns."""

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_TABLE = "namesmith_trainings"
_RENAMED = {"home_id": "origin_guild_id", "file": "file_name", "begun_at": "started_at"}
_SUMMARY_KEYS = {  # old key in `told`: new key in `corpus_summary`
    "samples": "samples",
    "duplicates": "duplicates",
    "blanks": "blank_lines",
    "characters": "characters",
    "distinct": "distinct_characters",
    "alphabet": "alphabet",
    "lengths": "lengths",
    "shown": "examples",
    "digest": "digest",
    "warnings": "warnings",
}
_REPORT_KEYS = {
    "report": "metrics",
    "history": "history",
    "steps": "steps",
    "seconds": "seconds",
    "warnings": "warnings",
}
_ADDED: dict[str, Any] = {
    "corpus_summary": sa.JSON(none_as_null=True),
    "report": sa.JSON(none_as_null=True),
    "failure": sa.Text(),
    "cancelled_by": sa.BigInteger(),
    "decided_by": sa.BigInteger(),
    "published_version": sa.Integer(),
    "sample_names": sa.Text(),
    "is_outcome_shown": sa.Boolean(),
}
_REQUIRED = {"corpus_summary": "'{}'", "is_outcome_shown": sa.false()}
"""Columns that are never NULL, with the defaults that SQLite needs to add them."""

_trainings = sa.table(
    _TABLE,
    sa.column("id", sa.BigInteger),
    sa.column("state", sa.Text),
    sa.column("told", sa.JSON),
    *(sa.column(name, type_) for name, type_ in _ADDED.items()),
)


def upgrade() -> None:
    """Add the columns, fill them from `told`, and drop `told`."""
    for old, new in _RENAMED.items():
        op.execute(f"ALTER TABLE {_TABLE} RENAME COLUMN {old} TO {new}")
    for name, type_ in _ADDED.items():
        default: Any = _REQUIRED.get(name)
        if isinstance(default, str):
            default = sa.text(default)
        column: sa.Column[Any] = sa.Column(
            name, type_, server_default=default, nullable=name not in _REQUIRED
        )
        op.add_column(_TABLE, column)
    connection = op.get_bind()
    rows = connection.execute(sa.select(_trainings.c.id, _trainings.c.told)).all()
    for id, told in rows:
        update = sa.update(_trainings).where(_trainings.c.id == id)
        connection.execute(update.values(_columns_from(told)))
    _replace_state("waiting", "queued")
    op.drop_column(_TABLE, "told")


def downgrade() -> None:
    """Restore `told` from the columns, and drop them."""
    op.add_column(
        _TABLE, sa.Column("told", sa.JSON, server_default=sa.text("'{}'"), nullable=False)
    )
    connection = op.get_bind()
    columns = [_trainings.c[name] for name in ("id", "state", *_ADDED)]
    for row in connection.execute(sa.select(*columns)).all():
        update = sa.update(_trainings).where(_trainings.c.id == row.id)
        connection.execute(update.values(told=_told_from(row)))
    _replace_state("queued", "waiting")
    for name in _ADDED:
        op.drop_column(_TABLE, name)
    for old, new in _RENAMED.items():
        op.execute(f"ALTER TABLE {_TABLE} RENAME COLUMN {new} TO {old}")


def _columns_from(told: Mapping[str, Any]) -> dict[str, Any]:
    decided = told.get("decided") or {}
    is_finished = "report" in told or "history" in told
    return {
        "corpus_summary": {new: told[old] for old, new in _SUMMARY_KEYS.items() if old in told},
        "report": {new: told[old] for old, new in _REPORT_KEYS.items() if old in told}
        if is_finished
        else None,
        "failure": _storable(told.get("failed")),
        "cancelled_by": told.get("cancelled_by"),
        "decided_by": decided.get("by"),
        "published_version": decided.get("version"),
        "sample_names": _storable(told.get("names")),
        "is_outcome_shown": bool(told.get("ending_shown")),
    }


def _told_from(row: sa.Row[Any]) -> dict[str, Any]:
    told = {old: row.corpus_summary[new] for old, new in _SUMMARY_KEYS.items()
            if new in row.corpus_summary}  # fmt: skip
    if row.report is not None:
        told |= {old: row.report[new] for old, new in _REPORT_KEYS.items() if new in row.report}
    optional = {"failed": row.failure, "cancelled_by": row.cancelled_by, "names": row.sample_names}
    told |= {key: value for key, value in optional.items() if value is not None}
    if row.state == "published":
        told["decided"] = {"by": row.decided_by, "version": row.published_version}
    elif row.state == "discarded" and row.report is not None:
        told["decided"] = {"by": row.decided_by}
    if row.is_outcome_shown:
        told["ending_shown"] = True
    return told


def _replace_state(old: str, new: str) -> None:
    op.execute(sa.update(_trainings).where(_trainings.c.state == old).values(state=new))


def _storable(text: str | None) -> str | None:
    """Replace what PostgreSQL stores in JSON but not in text: NUL and lone surrogates."""
    return text and "".join("\ufffd" if c == "\0" or "\ud800" <= c <= "\udfff" else c for c in text)
