"""Every test of the store runs twice: on SQLite, and on a real PostgreSQL."""

import itertools
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path

import pytest

from bot.store import NotKeptError, Store, StoreError

from .postgres import NoPostgresError, Postgres, postgres_server

Opening = Callable[[], Awaitable[Store]]
_numbers = itertools.count()


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """A PostgreSQL for the whole run."""
    try:
        with postgres_server() as server:
            yield server
    except NoPostgresError as missing:
        pytest.skip(str(missing))


@pytest.fixture
async def postgres_url(postgres: Postgres) -> str:
    """A new database of the server's."""
    name = f"names_{next(_numbers)}"
    await postgres.run(f"CREATE DATABASE {name}")
    return postgres.url(name)


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Where a new database may be made."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/data/namesmith.sqlite3"
    made: str = request.getfixturevalue("postgres_url")
    return made


@pytest.fixture
async def opened(url: str) -> AsyncIterator[Opening]:
    """Open the database once more; what is open in the end is closed."""
    stores: list[Store] = []

    async def once_more() -> Store:
        stores.append(await Store.open(url))
        return stores[-1]

    yield once_more
    for store in stores:
        await store.close()


@pytest.fixture
async def store(opened: Opening) -> Store:
    """A store of nothing yet."""
    return await opened()


async def refusal(url: str) -> str:
    """Return why `url` cannot be opened."""
    with pytest.raises(StoreError) as refused:
        await Store.open(url)
    line = str(refused.value)
    assert "\n" not in line
    assert not isinstance(refused.value, NotKeptError)
    return line
