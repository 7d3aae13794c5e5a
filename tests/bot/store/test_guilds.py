"""What a server sets: checked, kept, seen by others soon and by oneself at once."""

import asyncio
import itertools
import math
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.store import FRESH, GuildSettings, NotKeptError, Store

from .conftest import Opening

GUILD = 2**63 - 1
ALL = GuildSettings("elves", 7, 1.25, True, (2**62, 5), ("bad", "вред", "悪"), "n!")

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
        "prefix": st.none() | st.from_regex(r"\S(.{0,8}\S)?", fullmatch=True),
    },
).filter(lambda changes: "\0" not in str(changes.get("prefix")))

REFUSED: list[tuple[dict[str, Any], str]] = [
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
    ({"blocked": ["a\0b"]}, "NUL"),
    ({"blocked": ["\ud83d"]}, "half of one"),
    ({"prefix": ""}, "prefix"),
    ({"prefix": " !"}, "prefix"),
    ({"prefix": "!" * 11}, "prefix"),
    ({"prefix": "a\nb"}, "prefix"),
    ({"prefix": "a\0b"}, "NUL"),
]

_ids = itertools.count(1)


async def test_a_guild_has_set_nothing_at_first(store: Store) -> None:
    assert await store.guild(GUILD) == GuildSettings()


async def test_what_is_set_outlasts_a_restart(store: Store, opened: Opening) -> None:
    assert await store.change_guild(GUILD, **vars(ALL)) == ALL
    assert await store.guild(GUILD) == ALL
    await store.close()
    assert await (await opened()).guild(GUILD) == ALL


async def test_only_what_is_named_changes_and_none_puts_it_back(store: Store) -> None:
    await store.change_guild(GUILD, count=3, style="elves", blocked=["x"])
    changed = await store.change_guild(GUILD, count=None, prefix="?", blocked=None)
    assert changed == GuildSettings(style="elves", prefix="?") == await store.guild(GUILD)
    assert await store.change_guild(GUILD) == changed
    assert await store.guild(GUILD - 1) == GuildSettings()


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(changes=st.lists(CHANGES, max_size=5))
async def test_anything_within_the_bounds_comes_back_as_it_was(
    store: Store, changes: list[dict[str, Any]]
) -> None:
    guild = next(_ids)
    expected: dict[str, Any] = {}
    for change in changes:
        expected |= change
        await store.change_guild(guild, **change)
        assert await store.guild(guild) == GuildSettings(**expected)


async def test_what_is_out_of_bounds_is_refused_in_a_line_and_nothing_changes(
    store: Store,
) -> None:
    await store.change_guild(GUILD, count=3)
    for change, about in REFUSED:
        with pytest.raises(NotKeptError, match=about) as refused:
            await store.change_guild(GUILD, **{"style": "elves", **change})
        assert "\n" not in str(refused.value)
    assert await store.guild(GUILD) == GuildSettings(count=3)


async def test_a_setting_that_there_is_not_is_a_mistake_of_the_caller(store: Store) -> None:
    with pytest.raises(TypeError, match="colour"):
        await store.change_guild(GUILD, colour="red")


async def test_words_and_channels_are_kept_once_and_trimmed(store: Store) -> None:
    changed = await store.change_guild(GUILD, blocked=[" Bad", "bad ", "x"], channels=[3, 1, 3])
    assert (changed.blocked, changed.channels) == (("Bad", "x"), (3, 1))


async def test_a_guild_that_is_forgotten_has_set_nothing(store: Store, opened: Opening) -> None:
    await store.change_guild(GUILD, count=3)
    await store.change_guild(1, count=4)
    await store.forget_guild(GUILD)
    await store.forget_guild(GUILD)
    for one in (store, await opened()):
        assert await one.guild(GUILD) == GuildSettings()
        assert await one.guild(1) == GuildSettings(count=4)


async def test_changes_of_many_processes_at_once_are_all_kept(opened: Opening) -> None:
    one, other = await opened(), await opened()
    changes = [{name: value} for name, value in vars(ALL).items()]
    await asyncio.gather(
        *(
            store.change_guild(GUILD, **c)
            for c, store in zip(changes, [one, other] * 4, strict=False)
        )
    )
    assert await (await opened()).guild(GUILD) == ALL


async def test_anothers_change_is_seen_half_a_minute_later(
    opened: Opening, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = 1000.0
    monkeypatch.setattr("bot.store.store.monotonic", lambda: now)
    one, other = await opened(), await opened()
    assert await one.guild(GUILD) == GuildSettings()
    await other.change_guild(GUILD, count=3)
    now += FRESH
    assert await one.guild(GUILD) == GuildSettings()  # from memory: no question to the database
    now += 0.001
    assert await one.guild(GUILD) == GuildSettings(count=3)


async def test_ones_own_change_is_seen_at_once_by_whoever_reads_meanwhile(store: Store) -> None:
    async def change(count: int) -> None:
        await store.change_guild(GUILD, count=count)
        seen = await store.guild(GUILD)
        assert seen.count is not None
        assert seen.count >= count

    for count in range(1, 26):
        reading = [store.guild(GUILD) for _ in range(5)]
        await asyncio.gather(*reading[:2], change(count), *reading[2:])
        assert (await store.guild(GUILD)).count == count


@pytest.mark.parametrize("steps", [1, 5, 20])
async def test_a_change_whose_asker_is_gone_is_made_and_seen(store: Store, steps: int) -> None:
    changing = asyncio.create_task(store.change_guild(GUILD, count=3))
    for _ in range(steps):
        await asyncio.sleep(0)
    changing.cancel()
    await asyncio.wait([changing])
    await asyncio.gather(*(store.guild(GUILD) for _ in range(5)))
    await asyncio.gather(*store._database._running)
    assert await store.guild(GUILD) == GuildSettings(count=3)


async def test_memory_holds_no_guild_longer_than_it_may_be_used(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = 1000.0
    monkeypatch.setattr("bot.store.store.monotonic", lambda: now)
    for guild in range(1, 101):
        now += 1
        await store.guild(guild)
    assert len(store._fresh) == FRESH + 1
