"""Fixtures that run every store test twice: on SQLite and on a real PostgreSQL."""

import itertools
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path

import pytest

from bot.store import InvalidValueError, Store, StoreError

from .postgres import NoPostgresError, Postgres, postgres_server

OpenStore = Callable[[], Awaitable[Store]]
_numbers = itertools.count()


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """A PostgreSQL server for the whole run."""
    try:
        with postgres_server() as server:
            yield server
    except NoPostgresError as missing:
        pytest.skip(str(missing))


@pytest.fixture
async def postgres_url(postgres: Postgres) -> str:
    """The URL of a new database on the server."""
    name = f"names_{next(_numbers)}"
    await postgres.run(f"CREATE DATABASE {name}")
    return postgres.url(name)


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of a new database of each kind."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/data/namesmith.sqlite3"
    made: str = request.getfixturevalue("postgres_url")
    return made


@pytest.fixture
async def open_store(url: str) -> AsyncIterator[OpenStore]:
    """Open the database once more; closes every open store at the end."""
    stores: list[Store] = []

    async def open_again() -> Store:
        stores.append(await Store.open(url))
        return stores[-1]

    yield open_again
    for store in stores:
        await store.close()


@pytest.fixture
async def store(open_store: OpenStore) -> Store:
    """An empty store."""
    return await open_store()


async def open_error(url: str) -> str:
    """Return the one-line error with which `url` cannot be open_store."""
    with pytest.raises(StoreError) as refused:
        await Store.open(url)
    line = str(refused.value)
    assert "\n" not in line
    assert not isinstance(refused.value, InvalidValueError)
    return line
