"""Schema upgrade: every migration that a database lacks is applied, or none of them.

The migrations are in `migrations/versions`; each file name begins with the migration's revision. A
new database gets the tables of the newest one at once, so most bots never import Alembic.
"""

import logging
from pathlib import Path

from sqlalchemy import (
    Column,
    Connection,
    MetaData,
    PrimaryKeyConstraint,
    String,
    Table,
    func,
    insert,
    inspect,
    select,
    text,
)

from .schema import StoreError, tables

_log = logging.getLogger(__name__)

VERSION_TABLE = "namesmith_version"
"""Holds the schema version. Not Alembic's default name: other programs may share the database."""

MIGRATIONS = Path(__file__).parent / "migrations"
_POSTGRESQL_LOCK = (0x6E616D65, 0x736D6974)
"""The advisory lock that a process holds while it upgrades the schema."""


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
    if current is None:
        _create_tables(connection, known[-1])
        _log.info("%s: created the tables of schema %s", location, known[-1])
        return
    _run_alembic(connection)
    _log.info("%s: upgraded the schema from %s to %s", location, current, known[-1])


def _create_tables(connection: Connection, revision: str) -> None:
    """Create the tables of the newest schema, and the version table as Alembic makes it."""
    tables.create_all(connection, checkfirst=False)
    key = PrimaryKeyConstraint("version_num", name=f"{VERSION_TABLE}_pkc")
    version = Table(VERSION_TABLE, MetaData(), Column("version_num", String(32)), key)
    version.create(connection)
    connection.execute(insert(version).values(version_num=revision))


def _run_alembic(connection: Connection) -> None:
    # Importing Alembic takes 0.1 s and 11 MB, and most starts upgrade nothing.
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.attributes.update(connection=connection, version_table=VERSION_TABLE)
    command.upgrade(config, "head")
