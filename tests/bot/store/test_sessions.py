"""Gateway sessions are taken once; turns to identify are apart, whichever process asks."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from bot.store import GatewaySession, Store
from bot.store.sessions import _sessions, _turns

from .conftest import OpenStore

APPLICATION = 2**62
SESSION = GatewaySession(
    application_id=APPLICATION,
    shard_count=4,
    shard_id=1,
    intents=37377,
    session_id="a" * 32,
    sequence=2**40,
    gateway_url="wss://gateway-us-east1-b.discord.gg",
    guilds=b"\0packed",
)


async def take(store: Store, *shard_ids: int, intents: int = 37377) -> list[GatewaySession]:
    return await store.sessions.take(APPLICATION, 4, intents, shard_ids)


async def test_session_is_taken_once(open_store: OpenStore) -> None:
    first, second = await open_store(), await open_store()
    await first.sessions.save(replace(SESSION, sequence=1))
    await first.sessions.save(SESSION)
    await first.sessions.save(replace(SESSION, shard_id=2))
    assert await take(second, 0, 1) == [SESSION]
    assert await take(first, 0, 1) == []
    taken = await asyncio.gather(*(take(store, 2) for store in (first, second) * 4))
    assert sum(map(len, taken)) == 1


async def test_other_sessions_stay(store: Store) -> None:
    await store.sessions.save(SESSION)
    assert await take(store, 1, intents=5) == []
    assert await store.sessions.take(APPLICATION, 8, SESSION.intents, [1]) == []
    assert await store.sessions.take(7, 4, SESSION.intents, [1]) == []
    assert await take(store, 1) == [SESSION]


async def test_old_sessions_are_deleted(store: Store) -> None:
    await store.sessions.save(SESSION)
    old = {"saved_at": datetime.now(UTC) - timedelta(minutes=4)}
    update = sa.update(_sessions).values(old).returning(_sessions.c.shard_id)
    await store._database.execute(update, writes=True)
    assert await take(store, 3) == []
    assert await store._database.execute(sa.select(_sessions)) == []


async def test_turns_are_apart(open_store: OpenStore) -> None:
    stores = [await open_store() for _ in range(3)]
    delays = await asyncio.gather(
        *(store.sessions.take_turn(APPLICATION, 0, 5.5) for store in stores * 4)
    )
    delays.sort()
    assert delays[0] == 0
    for number, delay in enumerate(delays):
        assert delay == pytest.approx(5.5 * number, abs=2)
    assert await stores[0].sessions.take_turn(APPLICATION, 1, 5.5) == 0
    assert await stores[0].sessions.take_turn(7, 0, 5.5) == 0


async def test_turn_after_a_wrong_clock(store: Store) -> None:
    await store.sessions.take_turn(APPLICATION, 0, 5)
    update = sa.update(_turns).values(next_at=4e9).returning(_turns.c.bucket)
    await store._database.execute(update, writes=True)
    assert await store.sessions.take_turn(APPLICATION, 0, 5) == pytest.approx(900, abs=2)
