"""Server settings: validation and storage."""

import asyncio
import itertools
import math
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.store import GuildSettings, InvalidValueError, Store

from .conftest import OpenStore

GUILD = 2**63 - 1
ALL = GuildSettings(
    "fauns", 7, 1.25, True, (2**62, 5), ("bad", "вред", "悪"), "n!", ("fauns", "owls")
)

CHARACTERS = st.characters(exclude_categories=["Cs"], exclude_characters="\0")
WORDS = st.text(CHARACTERS, min_size=1, max_size=100).map(str.strip).filter(bool)
CHANGES = st.fixed_dictionaries(
    {},
    optional={
        "style": st.none() | WORDS,
        "count": st.none() | st.integers(1, 25),
        "temperature": st.none() | st.floats(0.1, 2),
        "new_only": st.none() | st.booleans(),
        "channels": st.lists(st.integers(1, 2**63 - 1), max_size=50, unique=True).map(tuple),
        "blocked": st.lists(WORDS, max_size=20, unique_by=str.casefold).map(tuple),
        "offered": st.lists(WORDS, max_size=20, unique=True).map(tuple),
        "prefix": st.none() | st.from_regex(r"\S(.{0,8}\S)?", fullmatch=True),
    },
).filter(lambda changes: "\0" not in str(changes.get("prefix")))

INVALID: list[tuple[dict[str, Any], str]] = [
    ({"style": ""}, "style"),
    ({"style": "s" * 101}, "style"),
    ({"count": 0}, "count"),
    ({"count": 26}, "count"),
    ({"count": True}, "count"),
    ({"count": 2.5}, "count"),
    ({"temperature": 0.09}, "temperature"),
    ({"temperature": 2.01}, "temperature"),
    ({"temperature": math.nan}, "temperature"),
    ({"temperature": "1"}, "temperature"),
    ({"new_only": 1}, "new"),
    ({"channels": range(1, 52)}, "50 channels"),
    ({"channels": [2**63]}, "channel"),
    ({"channels": ["5"]}, "channel"),
    ({"blocked": [str(i) for i in range(201)]}, "200 words"),
    ({"blocked": [" "]}, "word"),
    ({"blocked": ["w" * 101]}, "word"),
    ({"blocked": ["a\0b"]}, "can.t be stored"),
    ({"blocked": ["\ud83d"]}, "can.t be stored"),
    ({"offered": [f"s{i}" for i in range(1001)]}, "1,000 styles"),
    ({"offered": ["fauns", ""]}, "style"),
    ({"prefix": ""}, "prefix"),
    ({"prefix": " !"}, "prefix"),
    ({"prefix": "!" * 11}, "prefix"),
    ({"prefix": "a\nb"}, "prefix"),
    ({"prefix": "a\0b"}, "can.t be stored"),
]

_ids = itertools.count(1)


async def test_new_guild_has_no_settings(store: Store) -> None:
    assert await store.get_guild_settings(GUILD) == GuildSettings()


async def test_settings_survive_a_restart(store: Store, open_store: OpenStore) -> None:
    assert await store.update_guild_settings(GUILD, **vars(ALL)) == ALL
    assert await store.get_guild_settings(GUILD) == ALL
    await store.close()
    assert await (await open_store()).get_guild_settings(GUILD) == ALL


async def test_update_changes_only_given_fields(store: Store) -> None:
    await store.update_guild_settings(GUILD, count=3, style="fauns", blocked=["x"])
    changed = await store.update_guild_settings(GUILD, count=None, prefix="?", blocked=None)
    assert changed == GuildSettings(style="fauns", prefix="?")
    assert changed == await store.get_guild_settings(GUILD)
    assert await store.update_guild_settings(GUILD) == changed
    assert await store.get_guild_settings(GUILD - 1) == GuildSettings()


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(changes=st.lists(CHANGES, max_size=5))
async def test_valid_values_round_trip(store: Store, changes: list[dict[str, Any]]) -> None:
    guild = next(_ids)
    expected: dict[str, Any] = {}
    for change in changes:
        expected |= change
        await store.update_guild_settings(guild, **change)
        assert await store.get_guild_settings(guild) == GuildSettings(**expected)


async def test_invalid_values_change_nothing(store: Store) -> None:
    await store.update_guild_settings(GUILD, count=3)
    for change, about in INVALID:
        with pytest.raises(InvalidValueError, match=about) as refused:
            await store.update_guild_settings(GUILD, **{"style": "fauns", **change})
        assert "\n" not in str(refused.value)
    assert await store.get_guild_settings(GUILD) == GuildSettings(count=3)


async def test_unknown_setting_is_a_type_error(store: Store) -> None:
    with pytest.raises(TypeError, match="colour"):
        await store.update_guild_settings(GUILD, colour="red")


async def test_duplicates_are_removed(store: Store) -> None:
    changes: dict[str, Any] = {"blocked": [" Bad", "bad ", "x"], "channels": [3, 1, 3]}
    changed = await store.update_guild_settings(GUILD, **changes, offered=["b", "a", "b"])
    assert (changed.blocked, changed.channels) == (("Bad", "x"), (3, 1))
    assert changed.offered == ("b", "a")


async def test_forget_guild_deletes_settings(store: Store, open_store: OpenStore) -> None:
    await store.update_guild_settings(GUILD, count=3)
    await store.update_guild_settings(1, count=4)
    await store.forget_guild(GUILD)
    await store.forget_guild(GUILD)
    for each in (store, await open_store()):
        assert await each.get_guild_settings(GUILD) == GuildSettings()
        assert await each.get_guild_settings(1) == GuildSettings(count=4)


async def test_concurrent_updates_all_apply(open_store: OpenStore) -> None:
    stores = [await open_store(), await open_store()]
    changes = [{name: value} for name, value in vars(ALL).items()]
    await asyncio.gather(
        *(
            store.update_guild_settings(GUILD, **change)
            for change, store in zip(changes, stores * 4, strict=False)
        )
    )
    assert await (await open_store()).get_guild_settings(GUILD) == ALL


async def test_cancel_as_a_read_ends(store: Store) -> None:
    """The task ends, whatever it would do next; `asyncio.wait_for` would lose the cancellation."""

    async def read_and_wait() -> None:
        await store.get_guild_settings(GUILD)
        await asyncio.Event().wait()

    before = asyncio.all_tasks()
    reading = asyncio.create_task(read_and_wait())
    while not (transaction := asyncio.all_tasks() - before - {reading}):  # noqa: ASYNC110
        await asyncio.sleep(0)
    transaction.pop().add_done_callback(lambda _: reading.cancel())
    async with asyncio.timeout(60):
        await asyncio.wait([reading])
    assert reading.cancelled()


@pytest.mark.parametrize("steps", [1, 5, 20])
async def test_cancelled_update_still_applies(store: Store, steps: int) -> None:
    updating = asyncio.create_task(store.update_guild_settings(GUILD, count=3))
    for _ in range(steps):
        await asyncio.sleep(0)
    updating.cancel()
    await asyncio.wait([updating])
    await asyncio.gather(*(store.get_guild_settings(GUILD) for _ in range(5)))
    await asyncio.gather(*store._database._running)
    assert await store.get_guild_settings(GUILD) == GuildSettings(count=3)


@pytest.mark.parametrize("shard_count", [1, 3, 1000])
async def test_servers_of_shards(store: Store, shard_count: int) -> None:
    """Each server is in one shard: the one that Discord sends its events to."""
    guild_ids = [number << 22 | number for number in (0, 1, 2, 3, 5, 1000, 2**40 - 1)]
    for guild_id in guild_ids:
        await store.note_guild(guild_id)
        assert await store.has_guild(guild_id)
    assert not await store.has_guild(7 << 22)
    assert await store.get_guild_ids() == set(guild_ids)
    found = [
        await store.get_guild_ids(shard_count, {shard})
        for shard in {(guild_id >> 22) % shard_count for guild_id in guild_ids}
    ]
    assert set.union(*found) == set(guild_ids)
    assert sum(map(len, found)) == len(guild_ids)
    assert await store.get_guild_ids(shard_count, range(shard_count)) == set(guild_ids)
