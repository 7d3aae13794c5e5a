"""A shard has one process, also on other machines; a lost connection frees its shards."""

import pytest

from bot.store import Store

from .conftest import OpenStore
from .postgres import Postgres

APPLICATION = 2**62


@pytest.fixture
def url(postgres_url: str) -> str:
    """The locks are PostgreSQL's."""
    return postgres_url


async def test_one_process_a_shard(open_store: OpenStore) -> None:
    first, second = await open_store(), await open_store()
    assert await first.shard_locks.acquire(APPLICATION, [0, 1]) is None
    assert await first.shard_locks.is_held()
    assert str(await second.shard_locks.acquire(APPLICATION, [2, 1])).startswith(
        "shard 1: namesmith: process "
    )
    assert await first.shard_locks.acquire(APPLICATION, [2]) is None  # all or none
    assert await second.shard_locks.acquire(7, [0, 1]) is None
    await first.shard_locks.release()
    assert not await first.shard_locks.is_held()
    assert await second.shard_locks.acquire(APPLICATION, [0, 1, 2]) is None


async def test_lost_connection(store: Store, postgres: Postgres, url: str) -> None:
    assert await store.shard_locks.acquire(APPLICATION, [0]) is None
    database = url.rpartition("/")[2]
    end = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{}'"
    await postgres.run(end.format(database))
    assert not await store.shard_locks.is_held()
    other = await Store.open(url)
    assert await other.shard_locks.acquire(APPLICATION, [0]) is None
    assert await store.shard_locks.acquire(APPLICATION, [0]) is not None
    await other.close()
    assert await store.shard_locks.acquire(APPLICATION, [0]) is None


@pytest.mark.parametrize("application_id", [1, 2, 3, 4, 5, 2**63 - 1])
async def test_any_application(store: Store, url: str, application_id: int) -> None:
    assert await store.shard_locks.acquire(application_id, [0, 99_999]) is None
    other = await Store.open(url)
    owner = await other.shard_locks.acquire(application_id, [99_999])
    assert str(owner).startswith("shard 99999: namesmith: process ")
    await other.close()
