"""The names that people save: each once, all of a choice or none, theirs alone."""

import asyncio
import itertools
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.store import MAX_SAVED, NotKeptError, Store

from .conftest import Opening

ANN, BEN = 2**63 - 1, 17
CHARACTERS = st.characters(exclude_categories=["Cs"], exclude_characters="\0")
NAMES = st.text(CHARACTERS, min_size=1, max_size=60).filter(lambda name: bool(name.strip()))

_ids = itertools.count(1000)


async def names_of(store: Store, user: int) -> list[str]:
    return [saved.name for saved in await store.saved(user)]


async def test_saved_names_come_back_newest_first_with_style_and_time(store: Store) -> None:
    assert await store.save(ANN, ["Tristie", "Trella"], "names") == 2
    assert await store.save(ANN, ["Rex"], "dinosaurs") == 1
    saved = await store.saved(ANN)
    assert [(s.name, s.style) for s in saved] == [
        ("Rex", "dinosaurs"),
        ("Trella", "names"),
        ("Tristie", "names"),
    ]
    for one in saved:
        assert one.saved_at.utcoffset() == timedelta(0)
        assert abs(datetime.now(UTC) - one.saved_at) < timedelta(minutes=5)


async def test_saved_names_outlast_a_restart(store: Store, opened: Opening) -> None:
    await store.save(ANN, ["Tristie"], "names")
    before = await store.saved(ANN)
    await store.close()
    assert await (await opened()).saved(ANN) == before


async def test_a_name_is_saved_once_and_only_new_ones_count(store: Store) -> None:
    assert await store.save(ANN, ["Rex", "Ann", "Rex"], "names") == 2
    assert await store.save(ANN, ["Ann", "Cid"], "dinosaurs") == 1
    assert await store.save(ANN, [], "names") == 0
    assert await store.save(BEN, ["Ann"], "names") == 1
    assert sorted(await names_of(store, ANN)) == ["Ann", "Cid", "Rex"]


async def test_names_are_had_by_the_page(store: Store) -> None:
    names = [f"n{i}" for i in range(25)]
    await store.save(ANN, names, "names")
    pages = [await store.saved(ANN, offset=offset, limit=10) for offset in (0, 10, 20, 30)]
    assert [saved.name for page in pages for saved in page] == names[::-1]
    assert [len(page) for page in pages] == [10, 10, 5, 0]
    assert [s.name for s in await store.saved(ANN, offset=23)] == ["n1", "n0"]
    assert await store.count_saved(ANN) == 25
    assert await store.count_saved(BEN) == 0


async def test_only_ones_own_names_are_deleted(store: Store) -> None:
    await store.save(ANN, ["a", "b", "c"], "names")
    await store.save(BEN, ["d"], "names")
    ids = {saved.name: saved.id for user in (ANN, BEN) for saved in await store.saved(user)}
    assert await store.delete_saved(ANN, [ids["a"], ids["c"], ids["d"], 10**9]) == 2
    assert await store.delete_saved(ANN, [ids["a"]]) == 0
    assert await store.delete_saved(ANN, []) == 0
    assert (await names_of(store, ANN), await names_of(store, BEN)) == (["b"], ["d"])


async def test_an_id_never_comes_to_mean_another_name(store: Store) -> None:
    await store.save(ANN, ["a", "b"], "names")
    old = [saved.id for saved in await store.saved(ANN)]
    await store.forget_user(ANN)
    await store.save(ANN, ["c", "d"], "names")
    assert await store.delete_saved(ANN, old) == 0


async def test_a_person_who_is_forgotten_has_saved_nothing(store: Store, opened: Opening) -> None:
    await store.save(ANN, ["a", "b"], "names")
    await store.save(BEN, ["c"], "names")
    assert await store.forget_user(ANN) == 2
    assert await store.forget_user(ANN) == 0
    again = await opened()
    assert (await names_of(again, ANN), await names_of(again, BEN)) == ([], ["c"])


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(names=st.lists(NAMES, unique=True, max_size=10))
async def test_any_name_comes_back_as_it_was(store: Store, names: list[str]) -> None:
    user = next(_ids)
    assert await store.save(user, names, "names") == len(names)
    assert await names_of(store, user) == names[::-1]
    assert await store.save(user, names, "names") == 0


@pytest.mark.parametrize(
    "name",
    ["👩‍👩‍👧‍👦", "مُحَمَّد", "שָׁלוֹם", "\u202eoloc", "\uff21", "a\u0301", "á", "%s '; --", "\U0010ffff"],
)
async def test_names_of_every_script_are_names(store: Store, name: str) -> None:
    await store.save(ANN, ["a", "á"], name)
    await store.save(ANN, [name], name)
    assert name in await names_of(store, ANN)


async def test_a_name_of_two_thousand_characters_is_saved(store: Store) -> None:
    longest = "".join(map(chr, range(0x10000, 0x10000 + 2000)))  # 8,000 bytes, hard to compress
    assert await store.save(ANN, [longest], "songs") == 1
    assert await names_of(store, ANN) == [longest]


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("", "1 to 2,000"),
        (" \n", "1 to 2,000"),
        ("n" * 2001, "2,000"),
        ("a\0", "NUL"),
        ("\udc80", "half"),
    ],
)
async def test_a_name_that_is_none_is_refused_with_all_that_come_with_it(
    store: Store, name: str, why: str
) -> None:
    with pytest.raises(NotKeptError, match=why) as refused:
        await store.save(ANN, ["Rex", name], "names")
    assert "\n" not in str(refused.value)
    assert await store.count_saved(ANN) == 0


async def test_a_person_saves_a_thousand_names_and_no_more(store: Store) -> None:
    await store.save(ANN, [str(i) for i in range(MAX_SAVED - 3)], "names")
    with pytest.raises(NotKeptError, match=r"1,000 names.*997"):
        await store.save(ANN, ["a", "b", "c", "d"], "names")
    assert await store.save(ANN, ["a", "b", "c"], "names") == 3
    assert await store.save(ANN, ["a", "0"], "names") == 0  # known ones need no room
    with pytest.raises(NotKeptError, match="delete"):
        await store.save(ANN, ["d"], "names")
    with pytest.raises(NotKeptError, match="1,000"):
        await store.save(BEN, [str(i) for i in range(MAX_SAVED + 1)], "names")
    assert await store.count_saved(ANN) == MAX_SAVED
    await store.delete_saved(ANN, [(await store.saved(ANN, limit=1))[0].id])
    assert await store.save(ANN, ["d"], "names") == 1


async def test_the_limit_holds_for_two_processes_at_once(opened: Opening) -> None:
    one, other = await opened(), await opened()
    outcomes = await asyncio.gather(
        one.save(ANN, [f"a{i}" for i in range(600)], "names"),
        other.save(ANN, [f"b{i}" for i in range(600)], "names"),
        return_exceptions=True,
    )
    assert sorted(map(type, outcomes), key=str) == [NotKeptError, int]
    assert await one.count_saved(ANN) == 600


async def test_the_same_names_saved_many_times_at_once_are_new_once(opened: Opening) -> None:
    stores = [await opened(), await opened()]
    names = [f"n{i}" for i in range(20)]
    saving = [
        stores[turn % 2].save(ANN, names[turn:] + names[:turn], "names") for turn in range(20)
    ]
    assert sum(await asyncio.gather(*saving)) == 20
    assert sorted(await names_of(stores[0], ANN)) == sorted(names)


@pytest.mark.parametrize("steps", range(0, 40, 3))
async def test_a_save_that_is_cancelled_is_all_there_or_not_at_all(
    store: Store, steps: int
) -> None:
    await store.count_saved(ANN)  # so that the steps are those of saving, not of connecting
    saving = asyncio.create_task(store.save(ANN, [f"n{i}" for i in range(50)], "names"))
    for _ in range(steps):
        await asyncio.sleep(0)
    saving.cancel()
    await asyncio.gather(saving, return_exceptions=True)
    assert await store.count_saved(ANN) in (0, 50)
    assert await store.save(ANN, ["after"], "names") == 1
