"""Database addresses, and the one-line errors for a database that cannot be used."""

import asyncio
import contextlib
import sqlite3
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import quote

import asyncpg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.store import Store, StoreError
from bot.store.database_errors import store_errors

from .conftest import open_error
from .postgres import PASSWORD, Postgres, postgres_server


@pytest.mark.parametrize("strange", ["with space", "per%cent", "what?", "ha#sh", "ünï", "co:lon@"])
async def test_folder_may_have_any_name(tmp_path: Path, strange: str) -> None:
    file = tmp_path / strange / "deep" / "namesmith.sqlite3"
    store = await Store.open(f"sqlite:///{file}")
    await store.close()
    assert file.read_bytes()[:6] == b"SQLite"


async def test_relative_path_is_resolved_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    store = await Store.open("sqlite:///data/here.db")
    monkeypatch.chdir("/")
    assert await store.save_names(1, ["a"], "names") == 1
    await store.close()
    assert (tmp_path / "data" / "here.db").is_file()


async def test_sqlite_uses_write_ahead_log(tmp_path: Path) -> None:
    store = await Store.open(f"sqlite:///{tmp_path}/names.db")
    await store.close()
    with contextlib.closing(sqlite3.connect(tmp_path / "names.db")) as connection:
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)


@pytest.mark.parametrize("url", ["sqlite://", "sqlite:///", "sqlite:///:memory:", "sqlite:///a\0b"])
async def test_sqlite_needs_a_file(url: str) -> None:
    assert "[database] url: names no file" in await open_error(url)


async def test_foreign_database_is_unchanged(tmp_path: Path) -> None:
    file = tmp_path / "other.db"
    with contextlib.closing(sqlite3.connect(file)) as connection:
        connection.execute("CREATE TABLE birds (name)")
    before = file.read_bytes()
    line = await open_error(f"sqlite:///{file}")
    assert line == f"{file}: belongs to another program; choose another file in [database] url"
    assert file.read_bytes() == before


async def test_text_file_is_unchanged(tmp_path: Path) -> None:
    file = tmp_path / "letter.txt"
    file.write_text("Dear Ann,\n" * 1000)
    assert (await open_error(f"sqlite:///{file}")).startswith(
        f"{file}: file is not a database; restore"
    )
    assert file.read_text() == "Dear Ann,\n" * 1000


async def test_damaged_file(tmp_path: Path) -> None:
    file = tmp_path / "names.db"
    store = await Store.open(f"sqlite:///{file}")
    await store.save_names(1, [f"{i}" * 200 for i in range(500)], "names")
    await store.close()
    content = bytearray(file.read_bytes())
    content[4096:] = b"\xa5" * (len(content) - 4096)  # all pages but the first
    file.write_bytes(content)
    assert f"{file}: database disk image is malformed; the file is damaged" in await open_error(
        f"sqlite:///{file}"
    )


async def test_folder_that_cannot_be_created(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    line = await open_error(f"sqlite:///{tmp_path}/file/names.db")
    assert line.startswith(f"{tmp_path}/file/names.db: its folder cannot be created")
    assert "its folder must exist" in await open_error(f"sqlite:///{tmp_path}")


async def test_locked_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.store.database._CONNECT_TIMEOUT", 0.1)
    with contextlib.closing(sqlite3.connect(tmp_path / "names.db")) as connection:
        connection.execute("BEGIN EXCLUSIVE")
        line = await open_error(f"sqlite:///{tmp_path}/names.db")
    assert line.endswith(
        "database is locked; another program is using it; stop that program or try again"
    )


@given(secret=st.text(st.characters(codec="ascii", exclude_categories=["Cc"]), min_size=5))
@pytest.mark.parametrize(
    "form",
    [
        "mysql://bot:{}@host/names",
        "bot:{}@host/names",
        "postgresql://bot:{}@host:port/names",
        "postgresql://bot:{}@[host/names",
        "postgresql://bot:x@{}@host:99999999/names",
        "postgresql://b/ot:{}@host/names",
    ],
)
async def test_invalid_url_hides_the_password(form: str, secret: str) -> None:
    line = await open_error(form.format(f"<{secret}>"))
    assert line.startswith("[database] url: ")
    assert "%40 for @" in line
    assert f"<{secret}>" not in line


async def test_postgresql_url_schemes(postgres: Postgres) -> None:
    await postgres.run("CREATE DATABASE spelling")
    url = postgres.url("spelling")
    for scheme in ("postgres://", "postgresql://", "postgresql+asyncpg://"):
        await (await Store.open(url.replace("postgresql://", scheme))).close()
    await (await Store.open(f"{url}?sslmode=prefer")).close()
    by_socket = f"postgresql://postgres:{quote(PASSWORD, safe='')}@/spelling?host={postgres.home}"
    await (await Store.open(f"{by_socket}&port={postgres.port}")).close()


async def test_postgresql_errors_hide_password(postgres: Postgres) -> None:
    where = f"postgresql://127.0.0.1:{postgres.port}"
    line = await open_error(postgres.url("postgres", password="hunter2"))
    assert line.startswith(f"{where}/postgres: password authentication failed")
    assert line.endswith("correct the user and password in [database] url")
    assert "hunter2" not in line
    assert f'{where}/none: database "none" does not exist; create it' in await open_error(
        postgres.url("none")
    )
    assert "rejected SSL upgrade" in await open_error(postgres.url("postgres") + "?sslmode=require")
    await postgres.run("CREATE ROLE reader LOGIN PASSWORD 'r'")
    line = await open_error(postgres.url("postgres", user="reader", password="r"))
    assert "permission denied for schema public; allow that user to create tables" in line


async def test_shared_postgresql_database(postgres_url: str) -> None:
    connection = await asyncpg.connect(postgres_url)
    await connection.execute("CREATE TABLE birds (name text)")
    await connection.execute("CREATE TABLE alembic_version (version_num text)")
    await connection.execute("INSERT INTO alembic_version VALUES ('theirs')")
    store = await Store.open(postgres_url)
    assert await store.save_names(1, ["a"], "names") == 1
    await store.close()
    assert await connection.fetchval("SELECT version_num FROM alembic_version") == "theirs"
    await connection.close()


async def test_lost_connection_is_replaced(postgres: Postgres, postgres_url: str) -> None:
    store = await Store.open(postgres_url)
    await asyncio.gather(*(store.count_saved_names(user) for user in range(5)))
    name = postgres_url.rpartition("/")[2]
    ended = await postgres.run(
        f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'"
    )
    assert len(ended) > 1
    assert await store.save_names(1, ["a"], "names") == 1
    await store.close()


async def test_server_shuts_down(postgres: Postgres) -> None:
    with postgres_server() as other:
        store = await Store.open(other.url("postgres"))
        await store.update_guild_settings(1, count=3)
        assert (await store.get_guild_settings(1)).count == 3
    for call in (
        store.get_guild_settings(2),
        store.save_names(1, ["a"], "names"),
        store.forget_user(1),
    ):
        with pytest.raises(StoreError) as lost:
            await call
        assert f"127.0.0.1:{other.port}/postgres: " in str(lost.value)
        assert "\n" not in str(lost.value)
    await store.close()
    assert "start PostgreSQL there" in await open_error(other.url("postgres"))


@pytest.mark.parametrize("number", [2**63, 2**64, -(2**64), 10**30])
async def test_large_numbers_are_refused(store: Store, number: int) -> None:
    """No driver's error, such as SQLite's OverflowError."""
    for work in (
        store.get_guild_settings(number),
        store.update_guild_settings(number, count=3),
        store.save_names(number, ["Trella"], "names"),
        store.delete_saved_names(1, [number]),
        store.forget_guild(number),
        store.forget_user(number),
        store.mark_guild_left(number, datetime.now(UTC)),
        store.trainings.get(number),
        store.trainings.update(number, state="running"),
    ):
        with pytest.raises(StoreError):
            await work
    assert await store.get_guild_ids() == set()


@pytest.mark.parametrize(
    "kind",
    [
        asyncpg.PostgresError,
        asyncpg.InterfaceError,
        asyncpg.InternalClientError,
        asyncpg.ProtocolError,
        ConnectionResetError,
        TimeoutError,
    ],
)
def test_errors_of_the_driver_are_store_errors(kind: type[Exception]) -> None:
    with pytest.raises(StoreError, match=r"^names: gone$"), store_errors("names"):
        raise kind("gone")


def test_other_errors_stay() -> None:
    with pytest.raises(KeyError), store_errors("names"):
        raise KeyError("gone")
