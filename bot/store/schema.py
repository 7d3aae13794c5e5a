"""The schema of today: Alembic makes every change that a database has not had, or none.

The changes are in `migrations/versions`; the name of each file begins with its revision.
"""

import contextlib
import logging
from collections.abc import Iterator
from pathlib import Path

from sqlalchemy import Connection, MetaData, func, inspect, select, text

from .address import StoreError

_log = logging.getLogger(__name__)

tables = MetaData()
"""The tables as of the last change: each is declared by the module that reads it."""

VERSION_TABLE = "namesmith_version"
"""Holds the schema's version; a name of its own, for databases that others use too."""

_MIGRATIONS = Path(__file__).parent / "migrations"
_LOCK = (0x6E616D65, 0x736D6974)  # PostgreSQL's advisory lock of whoever changes the schema


def upgrade(connection: Connection, where: str) -> None:
    """Make every schema change that the database has not had, in the transaction begun.

    Other processes wait until it ends. Raises `StoreError`.
    """
    postgresql = connection.dialect.name == "postgresql"
    if postgresql:
        connection.execute(select(func.pg_advisory_xact_lock(*_LOCK)))
    tables = inspect(connection).get_table_names()
    has = None
    if VERSION_TABLE in tables:
        has = connection.scalar(text(f"SELECT version_num FROM {VERSION_TABLE}"))  # noqa: S608
    elif tables and not postgresql:
        raise StoreError(f"{where}: is of another program; name another file in [database] url")
    known = sorted(file.name[:4] for file in _MIGRATIONS.glob("versions/[0-9]*.py"))
    if has == known[-1]:
        return
    if has is not None and has not in known:
        raise StoreError(
            f"{where}: is of a newer Namesmith (schema {has}, this one knows {known[-1]}); "
            "update the bot, or name another database in [database] url"
        )
    with _only_warnings(logging.getLogger("alembic")):
        _run_alembic(connection)
    _log.info("%s: schema %s is now %s", where, has, known[-1])


def _run_alembic(connection: Connection) -> None:
    # It takes 0.1 s and 11 MB to import, which most starts have no use for.
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
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
