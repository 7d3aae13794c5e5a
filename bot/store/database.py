"""Database: its address, schema upgrades, connections and transactions.

SQLite by default, PostgreSQL for bots on several machines. Both run the same statements. Every
failure is raised as `StoreError`, in one line that says what failed and how to fix it.

Work on a connection is an ordinary function. SQLAlchemy runs it in a greenlet, which gives way to
the event loop while an asynchronous driver waits. `sqlalchemy.ext.asyncio` does the same, but
imports the ORM, which takes 6 MB and 60 ms.
"""

import asyncio
import contextlib
import logging
import os
import sqlite3
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from functools import cached_property, partial
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Self, TypeVar

from sqlalchemy import (
    URL,
    Connection,
    Engine,
    Executable,
    Row,
    create_engine,
    event,
    make_url,
)
from sqlalchemy.exc import ArgumentError
from sqlalchemy.util import greenlet_spawn

from ..atomic_write import PRIVATE_FILE, make_private_folder
from ..observer import observer
from .database_errors import describe, store_errors
from .schema import InvalidValueError, StoreError
from .schema_upgrade import upgrade

_log = logging.getLogger(__name__)
T = TypeVar("T")

_CONNECT_TIMEOUT = 10
"""Seconds to wait for SQLite's lock, or for a connection to PostgreSQL."""
_READ_TIMEOUT = 5
"""Seconds that a transaction that only reads may take."""
_WRITE_TIMEOUT = 5
"""Seconds that a running bot waits while another program locks SQLite for writing."""
_STATEMENT_TIMEOUT = 30
"""Seconds that PostgreSQL may take for one statement."""
_URL_HELP = (
    "use sqlite:///FILE or postgresql://USER:PASSWORD@HOST/NAME, and in the password "
    "write %40 for @, %3A for :, %2F for /, %25 for %"
)

_upgrade_lock = threading.Lock()
"""Alembic keeps its context in globals, so a process upgrades one database at a time."""


@dataclass(frozen=True)
class DatabaseAddress:
    """The location of a database: a SQLite file, or PostgreSQL if `file` is None."""

    location: str
    """The address without user and password, for messages."""
    file: Path | None = None
    dsn: str = field(default="", repr=False)
    """The connection string for PostgreSQL's driver."""

    @classmethod
    def parse(cls, url: str) -> Self:
        """Parse `[database] url`; raises `StoreError`."""
        scheme, _, rest = url.partition("://")
        if scheme in ("sqlite", "sqlite+aiosqlite"):
            path = rest.removeprefix("/")
            if path == rest or path in ("", ":memory:") or "\0" in path:
                raise StoreError(
                    "[database] url: names no file; write sqlite:///FILE with three slashes"
                )
            return cls(path, file=Path(path).absolute())
        if scheme not in ("postgres", "postgresql", "postgresql+asyncpg"):
            raise StoreError(f"[database] url: is not a SQLite or PostgreSQL URL; {_URL_HELP}")
        try:
            parts = make_url(url).set(drivername="postgresql")
        except (ArgumentError, ValueError):  # its message may quote the password
            raise StoreError(f"[database] url: is invalid; {_URL_HELP}") from None
        # A second @ means that part of the password was parsed as the host, which is shown.
        if url.count("@") > (parts.username is not None):
            raise StoreError(f"[database] url: is invalid; {_URL_HELP}")
        shown = URL.create("postgresql", host=parts.host, port=parts.port, database=parts.database)
        return cls(shown.render_as_string(), dsn=parts.render_as_string(hide_password=False))


class Database:
    """Transactions on one database.

    A transaction runs to its end even if the task that waits for it is cancelled. Otherwise SQLite
    would stay locked until the connection is garbage-collected. With SQLite, reads have their own
    connection, so they don't wait for a write; a file that was deleted or replaced is opened anew.
    """

    def __init__(self, address: DatabaseAddress) -> None:
        self.is_postgresql = address.file is None
        self._address = address
        self._location = address.location
        self._open_engines()
        self._running: set[asyncio.Task[Any]] = set()
        self._is_closed = False
        self._reopening = asyncio.Lock()

    @classmethod
    async def open(cls, url: str) -> Self:
        """Upgrade the schema of the database at `url`, then open it; raises `StoreError`."""
        address = DatabaseAddress.parse(url)
        await asyncio.to_thread(_prepare, address)
        return cls(address)

    async def run(self, work: Callable[[Connection], T], *, writes: bool) -> T:
        """Run `work` in one transaction and return its result; all of its changes or none apply.

        Raises `StoreError`.
        """
        if self._is_closed:
            raise StoreError(f"{self._location}: is already closed")
        started, is_failed = time.perf_counter(), False
        running = asyncio.create_task(self._run_transaction(work, writes))
        self._running.add(running)
        running.add_done_callback(self._end_transaction)
        try:
            async with asyncio.timeout(None if writes else _READ_TIMEOUT):
                return await asyncio.shield(running)
        except TimeoutError:
            is_failed = True
            raise StoreError(f"{self._location}: no answer in {_READ_TIMEOUT} s") from None
        except StoreError as error:
            is_failed = not isinstance(error, InvalidValueError)
            raise
        finally:
            observer().count_transaction(
                writes=writes, is_failed=is_failed, seconds=time.perf_counter() - started
            )

    async def execute(self, statement: Executable, *, writes: bool = False) -> Sequence[Row[Any]]:
        """Run `statement` in its own transaction and return its rows; raises `StoreError`."""
        return await self.run(lambda connection: connection.execute(statement).all(), writes=writes)

    async def connect(self, settings: Mapping[str, str]) -> Any:
        """Open another connection of asyncpg to PostgreSQL, with its `server_settings`."""
        return await _connect_postgresql(self._address, **settings)

    def errors(self) -> AbstractContextManager[None]:
        """Convert the exceptions of such a connection to `StoreError`."""
        return store_errors(self._location)

    @cached_property
    def insert(self) -> Any:
        """The `insert` that supports ON CONFLICT; only the dialect in use is imported."""
        if self.is_postgresql:
            from sqlalchemy.dialects import postgresql

            return postgresql.insert
        from sqlalchemy.dialects import sqlite

        return sqlite.insert

    async def close(self) -> None:
        """Wait for running transactions, then close the connections."""
        self._is_closed = True
        await asyncio.gather(*self._running, return_exceptions=True)
        await self._dispose()

    async def _run_transaction(self, work: Callable[[Connection], T], writes: bool) -> T:
        with store_errors(self._location):
            if self._file_id != _file_id(self._address.file):
                await self._reopen()
            engine = self._engine if writes else self._reader
            return await greenlet_spawn(_run_work, engine.execution_options(writes=writes), work)

    def _end_transaction(self, running: "asyncio.Task[Any]") -> None:
        self._running.discard(running)
        if not running.cancelled():
            running.exception()  # a read that nobody waits for any more may fail

    def _open_engines(self) -> None:
        self._engine = _create_engine(self._address)
        self._reader = self._engine if self.is_postgresql else _create_engine(self._address)
        self._file_id = _file_id(self._address.file)

    async def _dispose(self) -> None:
        await greenlet_spawn(self._engine.dispose)
        await greenlet_spawn(self._reader.dispose)

    async def _reopen(self) -> None:
        """Open the SQLite file that is there now; a new one if it was deleted."""
        file = self._address.file
        assert file is not None  # noqa: S101, PostgreSQL has no file
        async with self._reopening:
            if self._file_id == _file_id(file):
                return
            await self._dispose()
            change = "was replaced; opened the new file"
            if not file.exists():
                change = "was deleted; created a new database"
            _log.warning("%s: %s", self._location, change)
            for suffix in ("-wal", "-shm"):  # else SQLite adds the old file's changes to the new
                file.with_name(file.name + suffix).unlink(missing_ok=True)
            await asyncio.to_thread(_prepare, self._address)
            self._open_engines()


def _file_id(file: Path | None) -> tuple[int, int] | None:
    """Return what tells the file from one that replaced it, None if it does not exist."""
    try:
        status = file.stat() if file else None
    except OSError:
        return None
    return (status.st_dev, status.st_ino) if status else None


def _run_work(engine: Engine, work: Callable[[Connection], T]) -> T:
    with engine.begin() as connection:
        return work(connection)


def _create_engine(address: DatabaseAddress) -> Engine:
    """Return an engine with an asynchronous driver, to be used in `greenlet_spawn`."""
    if address.file is None:
        if find_spec("asyncpg") is None:
            raise StoreError("[database] url: PostgreSQL needs asyncpg: pip install asyncpg")
        engine: Engine = create_engine(
            "postgresql+asyncpg://",
            creator=lambda: engine.dialect.loaded_dbapi.connect(
                async_creator_fn=partial(_connect_postgresql, address)
            ),
            pool_pre_ping=True,
            pool_size=5,
            max_overflow=5,
            hide_parameters=True,
        )
        return engine
    # With one connection, writers of this process queue in order and never wait for SQLite's lock.
    pool = {"pool_size": 1, "max_overflow": 0}
    engine = create_engine(
        _sqlite_url("aiosqlite", address.file), **pool, **_sqlite_options(_WRITE_TIMEOUT)
    )
    _register_sqlite_events(engine)
    return engine


async def _connect_postgresql(address: DatabaseAddress, **settings: str) -> Any:
    """Connect with every option that a libpq URL allows: sslmode, a socket's folder, passfile."""
    import asyncpg

    try:
        return await asyncpg.connect(
            address.dsn,
            timeout=_CONNECT_TIMEOUT,
            command_timeout=_STATEMENT_TIMEOUT,
            server_settings=settings,
        )
    except TimeoutError:
        raise StoreError(
            f"{address.location}: no answer in {_CONNECT_TIMEOUT} s; is that host right?"
        ) from None
    except ValueError:  # its message may quote the password
        raise StoreError(f"[database] url: is invalid; {_URL_HELP}") from None
    except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        raise StoreError(f"{address.location}: {describe(error)}") from error


def _sqlite_options(timeout: float = _CONNECT_TIMEOUT) -> dict[str, Any]:
    return {"connect_args": {"timeout": timeout}, "hide_parameters": True}


def _sqlite_url(driver: str, file: Path) -> URL:
    return URL.create(f"sqlite+{driver}", database=str(file))


def _register_sqlite_events(engine: Engine) -> None:
    event.listen(engine, "connect", _configure_sqlite)
    event.listen(engine, "begin", _begin_sqlite)


def _configure_sqlite(connection: Any, _record: object) -> None:
    connection.isolation_level = None  # else sqlite3 begins by itself, but not before a CREATE
    cursor = connection.cursor()
    cursor.execute("PRAGMA foreign_keys = ON")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    # A transaction that reads first and then writes fails if another one wrote in between.
    writes = connection.get_execution_options().get("writes", True)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _prepare(address: DatabaseAddress) -> None:
    """Create the folder and upgrade the schema; blocking, because Alembic is synchronous."""
    if address.file is not None:
        try:
            make_private_folder(address.file.parent)
            address.file.touch(mode=PRIVATE_FILE)  # SQLite gives its other files the same mode
            _make_private(address.file)
        except OSError as error:
            raise StoreError(
                f"{address.location}: its folder cannot be created ({error.strerror}); "
                "choose another folder in [bot] data_dir or in [database] url"
            ) from error
    with _upgrade_lock, store_errors(address.location):
        if address.file is None:
            asyncio.run(_upgrade_postgresql(address))
        else:
            _upgrade_sqlite(address.file, address.location)
            _enable_write_ahead_log(address.file)


def _make_private(file: Path) -> None:
    """Take from others the access that earlier versions gave them to the file, if it is ours."""
    for each in (file, *(file.with_name(file.name + suffix) for suffix in ("-wal", "-shm"))):
        with contextlib.suppress(OSError):
            if os.name == "posix" and each.stat().st_mode & 0o077:
                each.chmod(PRIVATE_FILE)


async def _upgrade_postgresql(address: DatabaseAddress) -> None:
    engine = _create_engine(address)
    try:
        await greenlet_spawn(
            _run_work, engine, lambda connection: upgrade(connection, address.location)
        )
    finally:
        await greenlet_spawn(engine.dispose)


def _upgrade_sqlite(file: Path, location: str) -> None:
    """Upgrade with the synchronous driver: aiosqlite's thread could outlive this event loop."""
    engine = create_engine(_sqlite_url("pysqlite", file), **_sqlite_options())
    _register_sqlite_events(engine)
    try:
        with engine.begin() as connection:
            upgrade(connection, location)
    finally:
        engine.dispose()


def _enable_write_ahead_log(file: Path) -> None:
    """Let readers run beside a writer. The file remembers the mode and works without it."""
    with (
        contextlib.closing(sqlite3.connect(file, timeout=_CONNECT_TIMEOUT)) as connection,
        contextlib.suppress(sqlite3.OperationalError),  # another process is changing it
    ):
        connection.execute("PRAGMA journal_mode = WAL")
