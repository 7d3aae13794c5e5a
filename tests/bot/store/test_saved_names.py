"""Saved names: saved once, all or none, and only their owner's."""

import asyncio
import itertools
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.store import MAX_SAVED, InvalidValueError, Store

from .conftest import OpenStore

ANN, BEN = 2**63 - 1, 17
CHARACTERS = st.characters(exclude_categories=["Cs"], exclude_characters="\0")
NAMES = st.text(CHARACTERS, min_size=1, max_size=60).filter(lambda name: bool(name.strip()))

_ids = itertools.count(1000)


async def names_of(store: Store, user: int) -> list[str]:
    return [saved.name for saved in await store.get_saved_names(user)]


async def test_newest_name_comes_first(store: Store) -> None:
    assert await store.save_names(ANN, ["Tristie", "Trella"], "names") == 2
    assert await store.save_names(ANN, ["Rex"], "dinosaurs") == 1
    saved = await store.get_saved_names(ANN)
    assert [(s.name, s.style) for s in saved] == [
        ("Rex", "dinosaurs"),
        ("Trella", "names"),
        ("Tristie", "names"),
    ]
    for one in saved:
        assert one.saved_at.utcoffset() == timedelta(0)
        assert abs(datetime.now(UTC) - one.saved_at) < timedelta(minutes=5)


async def test_names_survive_a_restart(store: Store, open_store: OpenStore) -> None:
    await store.save_names(ANN, ["Tristie"], "names")
    before = await store.get_saved_names(ANN)
    await store.close()
    assert await (await open_store()).get_saved_names(ANN) == before


async def test_duplicates_are_saved_once(store: Store) -> None:
    assert await store.save_names(ANN, ["Rex", "Ann", "Rex"], "names") == 2
    assert await store.save_names(ANN, ["Ann", "Cid"], "dinosaurs") == 1
    assert await store.save_names(ANN, [], "names") == 0
    assert await store.save_names(BEN, ["Ann"], "names") == 1
    assert sorted(await names_of(store, ANN)) == ["Ann", "Cid", "Rex"]


async def test_names_are_paged(store: Store) -> None:
    names = [f"n{i}" for i in range(25)]
    await store.save_names(ANN, names, "names")
    pages = [
        await store.get_saved_names(ANN, offset=offset, limit=10) for offset in (0, 10, 20, 30)
    ]
    assert [saved.name for page in pages for saved in page] == names[::-1]
    assert [len(page) for page in pages] == [10, 10, 5, 0]
    assert [s.name for s in await store.get_saved_names(ANN, offset=23)] == ["n1", "n0"]
    assert await store.count_saved_names(ANN) == 25
    assert await store.count_saved_names(BEN) == 0


async def test_delete_needs_ownership(store: Store) -> None:
    await store.save_names(ANN, ["a", "b", "c"], "names")
    await store.save_names(BEN, ["d"], "names")
    ids = {
        saved.name: saved.id for user in (ANN, BEN) for saved in await store.get_saved_names(user)
    }
    assert await store.delete_saved_names(ANN, [ids["a"], ids["c"], ids["d"], 10**9]) == 2
    assert await store.delete_saved_names(ANN, [ids["a"]]) == 0
    assert await store.delete_saved_names(ANN, []) == 0
    assert (await names_of(store, ANN), await names_of(store, BEN)) == (["b"], ["d"])


async def test_ids_are_never_reused(store: Store) -> None:
    await store.save_names(ANN, ["a", "b"], "names")
    old = [saved.id for saved in await store.get_saved_names(ANN)]
    await store.forget_user(ANN)
    await store.save_names(ANN, ["c", "d"], "names")
    assert await store.delete_saved_names(ANN, old) == 0


async def test_forget_user_deletes_names(store: Store, open_store: OpenStore) -> None:
    await store.save_names(ANN, ["a", "b"], "names")
    await store.save_names(BEN, ["c"], "names")
    assert await store.forget_user(ANN) == 2
    assert await store.forget_user(ANN) == 0
    again = await open_store()
    assert (await names_of(again, ANN), await names_of(again, BEN)) == ([], ["c"])


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(names=st.lists(NAMES, unique=True, max_size=10))
async def test_any_name_round_trips(store: Store, names: list[str]) -> None:
    user = next(_ids)
    assert await store.save_names(user, names, "names") == len(names)
    assert await names_of(store, user) == names[::-1]
    assert await store.save_names(user, names, "names") == 0


@pytest.mark.parametrize(
    "name",
    ["👩‍👩‍👧‍👦", "مُحَمَّد", "שָׁלוֹם", "\u202eoloc", "\uff21", "a\u0301", "á", "%s '; --", "\U0010ffff"],
)
async def test_every_script_is_accepted(store: Store, name: str) -> None:
    await store.save_names(ANN, ["a", "á"], name)
    await store.save_names(ANN, [name], name)
    assert name in await names_of(store, ANN)


async def test_longest_name_is_saved(store: Store) -> None:
    longest = "".join(map(chr, range(0x10000, 0x10000 + 2000)))  # 8,000 bytes, hard to compress
    assert await store.save_names(ANN, [longest], "songs") == 1
    assert await names_of(store, ANN) == [longest]


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("", "1 to 2,000"),
        (" \n", "1 to 2,000"),
        ("n" * 2001, "2,000"),
        ("a\0", "can.t be stored"),
        ("\udc80", "can.t be stored"),
    ],
)
async def test_invalid_name_saves_none(store: Store, name: str, why: str) -> None:
    with pytest.raises(InvalidValueError, match=why) as refused:
        await store.save_names(ANN, ["Rex", name], "names")
    assert "\n" not in str(refused.value)
    assert await store.count_saved_names(ANN) == 0


async def test_limit_of_1000_names(store: Store) -> None:
    await store.save_names(ANN, [str(i) for i in range(MAX_SAVED - 3)], "names")
    with pytest.raises(InvalidValueError, match=r"1,000 names.*997"):
        await store.save_names(ANN, ["a", "b", "c", "d"], "names")
    assert await store.save_names(ANN, ["a", "b", "c"], "names") == 3
    assert await store.save_names(ANN, ["a", "0"], "names") == 0  # known ones need no room
    with pytest.raises(InvalidValueError, match="Delete"):
        await store.save_names(ANN, ["d"], "names")
    with pytest.raises(InvalidValueError, match="1,000"):
        await store.save_names(BEN, [str(i) for i in range(MAX_SAVED + 1)], "names")
    assert await store.count_saved_names(ANN) == MAX_SAVED
    await store.delete_saved_names(ANN, [(await store.get_saved_names(ANN, limit=1))[0].id])
    assert await store.save_names(ANN, ["d"], "names") == 1


async def test_limit_holds_across_processes(open_store: OpenStore) -> None:
    one, other = await open_store(), await open_store()
    outcomes = await asyncio.gather(
        one.save_names(ANN, [f"a{i}" for i in range(600)], "names"),
        other.save_names(ANN, [f"b{i}" for i in range(600)], "names"),
        return_exceptions=True,
    )
    assert sorted(map(type, outcomes), key=str) == [InvalidValueError, int]
    assert await one.count_saved_names(ANN) == 600


async def test_concurrent_saves_count_once(open_store: OpenStore) -> None:
    stores = [await open_store(), await open_store()]
    names = [f"n{i}" for i in range(20)]
    saving = [
        stores[turn % 2].save_names(ANN, names[turn:] + names[:turn], "names") for turn in range(20)
    ]
    assert sum(await asyncio.gather(*saving)) == 20
    assert sorted(await names_of(stores[0], ANN)) == sorted(names)


@pytest.mark.parametrize("steps", range(0, 40, 3))
async def test_cancelled_save_is_atomic(store: Store, steps: int) -> None:
    await store.count_saved_names(ANN)  # so that the steps are those of saving, not of connecting
    saving = asyncio.create_task(store.save_names(ANN, [f"n{i}" for i in range(50)], "names"))
    for _ in range(steps):
        await asyncio.sleep(0)
    saving.cancel()
    await asyncio.gather(saving, return_exceptions=True)
    assert await store.count_saved_names(ANN) in (0, 50)
    assert await store.save_names(ANN, ["after"], "names") == 1
