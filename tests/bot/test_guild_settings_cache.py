"""The cache of server settings."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.guild_settings_cache import SETTINGS_CACHE_SECONDS, GuildSettingsCache
from bot.store import GuildSettings, Store, StoreError

GUILD = 7


@pytest.fixture
async def stores(tmp_path: Path) -> AsyncIterator[tuple[Store, Store]]:
    """One database, as two processes open it."""
    url = f"sqlite:///{tmp_path}/names.sqlite3"
    stores = await Store.open(url), await Store.open(url)
    yield stores
    for store in stores:
        await store.close()


@pytest.fixture
def cache(stores: tuple[Store, Store]) -> GuildSettingsCache:
    return GuildSettingsCache(stores[0])


async def test_expires(
    stores: tuple[Store, Store], cache: GuildSettingsCache, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = 1000.0
    monkeypatch.setattr("bot.guild_settings_cache.monotonic", lambda: now)
    assert await cache.get(GUILD) == GuildSettings()
    await stores[1].update_guild_settings(GUILD, count=3)
    now += SETTINGS_CACHE_SECONDS
    assert await cache.get(GUILD) == GuildSettings()
    now += 0.001
    assert await cache.get(GUILD) == GuildSettings(count=3)


async def test_own_change_is_visible_at_once(cache: GuildSettingsCache) -> None:
    async def change(count: int) -> None:
        await cache.update(GUILD, count=count)
        seen = await cache.get(GUILD)
        assert seen.count is not None
        assert seen.count >= count

    for count in range(1, 26):
        reads = [cache.get(GUILD) for _ in range(5)]
        await asyncio.gather(*reads[:2], change(count), *reads[2:])
        assert (await cache.get(GUILD)).count == count


@pytest.mark.parametrize("steps", [1, 5, 20])
async def test_cancelled_update_still_applies(
    stores: tuple[Store, Store], cache: GuildSettingsCache, steps: int
) -> None:
    updating = asyncio.create_task(cache.update(GUILD, count=3))
    for _ in range(steps):
        await asyncio.sleep(0)
    updating.cancel()
    await asyncio.wait([updating])
    await asyncio.gather(*(cache.get(GUILD) for _ in range(5)))
    await asyncio.gather(*stores[0]._database._running)
    async with asyncio.timeout(SETTINGS_CACHE_SECONDS / 2):  # an outdated cache stays longer
        while (await cache.get(GUILD)).count != 3:  # noqa: ASYNC110, the task is not exposed
            await asyncio.sleep(0)
    assert await stores[1].get_guild_settings(GUILD) == GuildSettings(count=3)


async def test_concurrent_gets_share_a_read(
    cache: GuildSettingsCache, monkeypatch: pytest.MonkeyPatch
) -> None:
    reads = 0
    read = Store.get_guild_settings

    async def count(store: Store, guild_id: int) -> GuildSettings:
        nonlocal reads
        reads += 1
        return await read(store, guild_id)

    monkeypatch.setattr(Store, "get_guild_settings", count)
    await asyncio.gather(*(cache.get(GUILD) for _ in range(20)))
    assert reads == 1


async def test_cached_settings_need_no_database(
    stores: tuple[Store, Store], cache: GuildSettingsCache
) -> None:
    await cache.update(GUILD, count=3)
    assert await cache.get(GUILD) == GuildSettings(count=3)
    await stores[0].close()
    assert await cache.get(GUILD) == GuildSettings(count=3)


async def test_failed_read_is_not_cached(stores: tuple[Store, Store]) -> None:
    cache = GuildSettingsCache(stores[0])
    await stores[0].close()
    for _ in range(2):
        with pytest.raises(StoreError, match="closed"):
            await cache.read(GUILD)
    assert not cache._reads


async def test_last_settings_without_database(
    stores: tuple[Store, Store], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    now = 1000.0
    monkeypatch.setattr("bot.guild_settings_cache.monotonic", lambda: now)
    cache = GuildSettingsCache(stores[0])
    await cache.update(GUILD, count=3)
    assert (await cache.get(GUILD)).count == 3
    await stores[0].close()
    for _ in range(3):
        now += SETTINGS_CACHE_SECONDS + 1
        assert (await cache.get(GUILD)).count == 3
        assert await cache.get(GUILD + 1) == GuildSettings()
    assert caplog.text.count("The database can't be reached") == 1
    cache.forget(GUILD)
    assert await cache.get(GUILD) == GuildSettings()


async def test_slow_database_is_not_waited_for(
    stores: tuple[Store, Store], monkeypatch: pytest.MonkeyPatch
) -> None:
    async def hang(store: Store, guild_id: int) -> GuildSettings:
        await asyncio.Event().wait()
        return GuildSettings()

    monkeypatch.setattr(Store, "get_guild_settings", hang)
    monkeypatch.setattr("bot.guild_settings_cache._SETTINGS_SECONDS", 0.01)
    cache = GuildSettingsCache(stores[0])
    async with asyncio.timeout(5):
        for guild in range(GUILD, GUILD + 1000):
            assert await cache.get(guild) == GuildSettings()


async def test_direct_messages_have_no_settings(cache: GuildSettingsCache) -> None:
    assert await cache.get(None) == GuildSettings()


async def test_drops_expired_guilds(
    cache: GuildSettingsCache, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = 1000.0
    monkeypatch.setattr("bot.guild_settings_cache.monotonic", lambda: now)
    for guild in range(1, 101):
        now += 1
        await cache.get(guild)
    assert len(cache._reads) == SETTINGS_CACHE_SECONDS + 1
