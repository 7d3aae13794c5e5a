"""The database under the store: its connections and its transactions.

SQLite by default, PostgreSQL for many hosts; both run the same statements. Whatever goes wrong here
is a `StoreError`.
"""

import asyncio
import contextlib
import sqlite3
import threading
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any, Self, TypeVar

from sqlalchemy import URL, Connection, Engine, Executable, Row, create_engine, event
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from .address import HOW, Place, StoreError, reason, told
from .schema import upgrade

T = TypeVar("T")

_PATIENCE = 10
"""Seconds to wait for SQLite's lock, or for PostgreSQL to let us in."""
_COMMAND = 30
"""Seconds that PostgreSQL may take over one statement."""

_upgrading = threading.Lock()
"""Alembic keeps what it works on in globals: in one process, one database at a time."""


class Database:
    """Transactions on one database, until it is closed.

    A transaction runs to its end even where whoever waits for it is cancelled: half of one would
    leave SQLite locked until its connection is collected.
    """

    def __init__(self, place: Place) -> None:
        self.is_postgresql = place.file is None
        self._where = place.where
        self._engine = _engine(place)
        self._running: set[asyncio.Task[Any]] = set()
        self._closed = False

    @classmethod
    async def open(cls, url: str) -> Self:
        """Bring the schema of the database at `url` up to date, and open it.

        Raises `StoreError`.
        """
        place = Place.of(url)
        await asyncio.to_thread(_prepare, place)
        return cls(place)

    async def run(
        self,
        work: Callable[[AsyncConnection], Awaitable[T]],
        *,
        writes: bool,
        ended: Callable[[], object] = lambda: None,
    ) -> T:
        """Do `work` in one transaction, all or nothing of it, and return what it comes to.

        `ended` is called when the transaction has, well or not. Raises `StoreError`.
        """
        if self._closed:
            raise StoreError(f"{self._where}: is closed already")
        running = asyncio.create_task(self._transaction(work, writes, ended))
        self._running.add(running)
        running.add_done_callback(self._running.discard)
        return await asyncio.shield(running)

    async def rows(
        self,
        statement: Executable,
        *,
        writes: bool = False,
        ended: Callable[[], object] = lambda: None,
    ) -> Sequence[Row[Any]]:
        """Run `statement` in a transaction of its own, and return its rows; raises `StoreError`."""

        async def work(connection: AsyncConnection) -> Sequence[Row[Any]]:
            return (await connection.execute(statement)).all()

        return await self.run(work, writes=writes, ended=ended)

    async def close(self) -> None:
        """Let what is running end, then let the connections go."""
        self._closed = True
        await asyncio.gather(*self._running, return_exceptions=True)
        await self._engine.dispose()

    async def _transaction(
        self,
        work: Callable[[AsyncConnection], Awaitable[T]],
        writes: bool,
        ended: Callable[[], object],
    ) -> T:
        try:
            with told(self._where):
                async with self._engine.execution_options(writes=writes).begin() as connection:
                    return await work(connection)
        finally:
            ended()


def _engine(place: Place) -> AsyncEngine:
    if place.file is None:
        return create_async_engine(
            "postgresql+asyncpg://",
            async_creator=partial(_connect, place),
            pool_pre_ping=True,
            pool_size=5,
            max_overflow=5,
            hide_parameters=True,
        )
    # One connection: within a process writers queue for it, in order, and never for SQLite's lock.
    one = {"pool_size": 1, "max_overflow": 0}
    engine = create_async_engine(_sqlite("aiosqlite", place.file), **one, **_on_sqlite())
    _listen(engine.sync_engine)
    return engine


def _on_sqlite() -> dict[str, Any]:
    return {"connect_args": {"timeout": _PATIENCE}, "hide_parameters": True}


def _sqlite(driver: str, file: Path) -> URL:
    return URL.create(f"sqlite+{driver}", database=str(file))


def _listen(engine: Engine) -> None:
    event.listen(engine, "connect", _set_up)
    event.listen(engine, "begin", _begin)


async def _connect(place: Place) -> Any:
    """Connect to PostgreSQL by all that its URLs may say: sslmode, a socket's folder, passfile."""
    try:
        import asyncpg
    except ImportError:
        raise StoreError(
            "[database] url: PostgreSQL needs asyncpg: pip install 'namesmith[postgres]'"
        ) from None
    try:
        return await asyncpg.connect(place.dsn, timeout=_PATIENCE, command_timeout=_COMMAND)
    except TimeoutError:
        raise StoreError(
            f"{place.where}: no answer in {_PATIENCE} s; is that host right?"
        ) from None
    except ValueError:  # whose words may quote the password
        raise StoreError(f"[database] url: cannot be read; {HOW}") from None
    except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        raise StoreError(f"{place.where}: {reason(error)}") from error


def _set_up(connection: Any, _record: object) -> None:
    connection.isolation_level = None  # else sqlite3 begins by itself, and not before a CREATE
    cursor = connection.cursor()
    cursor.execute("PRAGMA foreign_keys = ON")
    cursor.close()


def _begin(connection: Connection) -> None:
    # A transaction that reads first and then writes could find that another wrote in between.
    writes = connection.get_execution_options().get("writes", True)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _prepare(place: Place) -> None:
    """Make the folder and the schema, on a thread, for all of Alembic's work is synchronous."""
    if place.file is not None:
        try:
            place.file.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise StoreError(
                f"{place.where}: its folder cannot be made ({error.strerror}); "
                "name another in [bot] data_dir or in [database] url"
            ) from error
    with _upgrading, told(place.where):
        if place.file is None:
            asyncio.run(_upgrade_postgresql(place))
        else:
            _upgrade_sqlite(place.file, place.where)
            _write_ahead(place.file)


async def _upgrade_postgresql(place: Place) -> None:
    engine = _engine(place)
    try:
        async with engine.begin() as connection:
            await connection.run_sync(upgrade, place.where)
    finally:
        await engine.dispose()


def _upgrade_sqlite(file: Path, where: str) -> None:
    """Do it with no thread of a driver's, which could outlive the loop that it answers to."""
    engine = create_engine(_sqlite("pysqlite", file), **_on_sqlite())
    _listen(engine)
    try:
        with engine.begin() as connection:
            upgrade(connection, where)
    finally:
        engine.dispose()


def _write_ahead(file: Path) -> None:
    """Let readers not wait for a writer. The file remembers it, and works without."""
    with (
        contextlib.closing(sqlite3.connect(file, timeout=_PATIENCE)) as connection,
        contextlib.suppress(sqlite3.OperationalError),  # another start is at it
    ):
        connection.execute("PRAGMA journal_mode = WAL")
