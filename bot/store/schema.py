"""Database schema: table metadata, column types, and the upgrade to the newest version.

Alembic applies every migration that a database lacks, or none of them. The migrations are in
`migrations/versions`; each file name begins with the migration's revision.
"""

import contextlib
import logging
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import (
    Connection,
    DateTime,
    MetaData,
    Text,
    TypeDecorator,
    func,
    inspect,
    select,
    text,
)

from .errors import StoreError

_log = logging.getLogger(__name__)

tables = MetaData()
"""The tables after the newest migration; the module that uses a table declares it."""

VERSION_TABLE = "namesmith_version"
"""Holds the schema version. Not Alembic's default name: other programs may share the database."""

MIGRATIONS = Path(__file__).parent / "migrations"
_POSTGRESQL_LOCK = (0x6E616D65, 0x736D6974)
"""The advisory lock that a process holds while it upgrades the schema."""


class UtcDateTime(TypeDecorator[datetime]):
    """A time in UTC; SQLite stores it without its time zone."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_result_value(self, value: datetime | None, dialect: Any) -> datetime | None:
        """Return the stored time in UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class SafeText(TypeDecorator[str]):
    """Text in which U+FFFD replaces what PostgreSQL cannot store: NUL and lone surrogates."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Any) -> str | None:
        """Return the text to store."""
        return value and re.sub("[\0\ud800-\udfff]", "\ufffd", value)


def upgrade(connection: Connection, location: str) -> None:
    """Apply every migration that the database lacks, in the current transaction.

    Other processes wait until it ends. Raises `StoreError`.
    """
    is_postgresql = connection.dialect.name == "postgresql"
    if is_postgresql:
        connection.execute(select(func.pg_advisory_xact_lock(*_POSTGRESQL_LOCK)))
    table_names = inspect(connection).get_table_names()
    current = None
    if VERSION_TABLE in table_names:
        current = connection.scalar(text(f"SELECT version_num FROM {VERSION_TABLE}"))  # noqa: S608
    elif table_names and not is_postgresql:
        raise StoreError(
            f"{location}: belongs to another program; choose another file in [database] url"
        )
    known = sorted(file.name[:4] for file in MIGRATIONS.glob("versions/[0-9]*.py"))
    if current == known[-1]:
        return
    if current is not None and current not in known:
        raise StoreError(
            f"{location}: was made by a newer Namesmith (schema {current}, this version knows "
            f"{known[-1]}); update the bot, or choose another database in [database] url"
        )
    with _only_warnings(logging.getLogger("alembic")):
        _run_alembic(connection)
    _log.info("%s: upgraded the schema from %s to %s", location, current, known[-1])


def _run_alembic(connection: Connection) -> None:
    # Importing Alembic takes 0.1 s and 11 MB, and most starts upgrade nothing.
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.attributes.update(connection=connection, version_table=VERSION_TABLE)
    command.upgrade(config, "head")


@contextlib.contextmanager
def _only_warnings(log: logging.Logger) -> Iterator[None]:
    level = log.level
    log.setLevel(max(level, logging.WARNING))
    try:
        yield
    finally:
        log.setLevel(level)
