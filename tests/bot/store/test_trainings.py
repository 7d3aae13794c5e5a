"""Trainings: kept with their list until they are over, and with what came of it until it is used.

Each change is made once, whoever else makes it too.
"""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.ext.asyncio import create_async_engine

from bot.store import KEPT, OFFERED, NotKeptError, State, Store, Training
from bot.store.schema import _MIGRATIONS, VERSION_TABLE

from .conftest import Opening

GUILD, HOME, ANN, BEN = 2**63 - 1, 2**62, 2**61, 17
OVER: tuple[State, ...] = ("done", "failed", "cancelled", "published", "discarded")
TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20)
TOLD = st.dictionaries(
    TEXT, st.recursive(TEXT | st.integers(-(2**53), 2**53) | st.none(), st.lists, max_leaves=5)
)


async def add(store: Store, corpus: bytes = b"Ann\n", **more: Any) -> Training:
    about: dict[str, Any] = {"style": "elves", "guild_id": GUILD, "home_id": HOME, "user_id": ANN}
    about |= {"channel_id": 3, "recipe": "fast", "file": "elves.txt", "told": {}, **more}
    return await store.trainings.add(corpus, **about)


async def aged(store: Store, id: int, by: timedelta) -> None:
    await store.trainings.change(id, created_at=datetime.now(UTC) - by)


async def test_what_is_offered_outlasts_a_restart(store: Store, opened: Opening) -> None:
    training = await add(store, b"\xff\0list", told={"samples": 3, "shown": ["Ann", "悪", "\0"]})
    assert training.created_at.utcoffset() == timedelta(0)
    assert abs(datetime.now(UTC) - training.created_at) < timedelta(minutes=5)
    assert training == Training(
        *(training.id, "elves", GUILD, HOME, ANN, 3, None, "fast", "elves.txt", "offered"),
        *(training.created_at, None, {"samples": 3, "shown": ["Ann", "悪", "\0"]}),
    )
    await store.close()
    again = (await opened()).trainings
    assert await again.get(training.id) == training
    assert await again.corpus(training.id) == b"\xff\0list"
    assert await again.candidate(training.id) is None
    assert await again.get(training.id + 1) is None
    assert await again.corpus(training.id + 1) is None


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(corpus=st.binary(min_size=1), told=TOLD)
async def test_any_list_and_all_that_is_told_come_back(
    store: Store, corpus: bytes, told: dict[str, Any]
) -> None:
    training = await add(store, corpus, told=told)
    assert await store.trainings.corpus(training.id) == corpus
    assert training.told == told


async def test_a_list_of_two_mebibytes_is_kept(store: Store) -> None:
    corpus = bytes(range(256)) * 2**13
    training = await add(store, corpus)
    assert await store.trainings.corpus(training.id) == corpus


@pytest.mark.parametrize("state", OVER)
async def test_the_list_goes_when_it_is_over_and_what_came_of_it_when_that_is_used(
    store: Store, state: State
) -> None:
    id = (await add(store)).id
    for under_way in ("waiting", "running"):
        await store.trainings.change(id, state=under_way)
        assert await store.trainings.corpus(id) == b"Ann\n"
    await store.trainings.change(id, state="done", candidate=b"artifact")
    assert await store.trainings.corpus(id) is None
    assert await store.trainings.candidate(id) == b"artifact"
    await store.trainings.change(id, message_id=5)
    assert await store.trainings.candidate(id) == b"artifact"
    if state != "done":
        changed = await store.trainings.change(id, was=["done"], state=state)
        assert changed is not None
        assert changed.state == state
        assert await store.trainings.candidate(id) is None


async def test_of_many_who_change_it_at_once_one_does(opened: Opening) -> None:
    stores = [await opened(), await opened()]
    id = (await add(stores[0])).id
    changes = [
        stores[turn % 2].trainings.change(id, was=["offered"], state="waiting", message_id=turn)
        for turn in range(10)
    ]
    (changed,) = [found for found in await asyncio.gather(*changes) if found]
    assert await stores[1].trainings.get(id) == changed
    assert await stores[1].trainings.change(id + 1, state="waiting") is None


async def test_those_of_a_guild_and_those_under_way_are_found(store: Store) -> None:
    trainings = store.trainings
    ids = [(await add(store, guild_id=guild)).id for guild in (GUILD, None, GUILD, 1)]
    now = datetime.now(UTC)
    for age, id in enumerate(ids[:3]):
        begun_at = now - timedelta(minutes=age)
        await trainings.change(id, state="waiting" if age else "running", begun_at=begun_at)
    assert [t.id for t in await trainings.of(GUILD, ("waiting", "running"))] == [ids[2], ids[0]]
    assert [t.id for t in await trainings.of(None, ["waiting"])] == [ids[1]]
    assert await trainings.of(1, ("waiting", "running")) == []
    assert [t.id for t in await trainings.under_way()] == [ids[2], ids[1], ids[0]]
    assert await trainings.begun_since(GUILD, now - timedelta(minutes=5)) == 2
    assert await trainings.begun_since(GUILD, now - timedelta(minutes=1)) == 1
    assert await trainings.begun_since(None, now - timedelta(minutes=5)) == 1
    assert await trainings.begun_since(1, now - timedelta(minutes=5)) == 0


async def test_offers_go_after_an_hour_and_all_else_after_a_week(store: Store) -> None:
    soon = timedelta(minutes=1)
    kept = [(await add(store)).id for _ in range(3)]
    await aged(store, kept[1], OFFERED - soon)
    await store.trainings.change(kept[2], state="done")
    await aged(store, kept[2], KEPT - soon)
    gone = [(await add(store)).id for _ in range(3)]
    await aged(store, gone[0], OFFERED + soon)
    await store.trainings.change(gone[1], state="done")
    await aged(store, gone[1], KEPT + soon)
    await store.trainings.change(gone[2], state="running")
    await aged(store, gone[2], KEPT + soon)
    assert await store.trainings.let_old_go() == 3
    assert await store.trainings.let_old_go() == 0
    assert [await store.trainings.get(id) for id in gone] == [None] * 3
    assert all([await store.trainings.get(id) for id in kept])


async def test_of_a_persons_offers_the_newest_are_kept(store: Store) -> None:
    begun, bens = await add(store), await add(store, user_id=BEN)
    await store.trainings.change(begun.id, state="waiting")
    offers = [await add(store) for _ in range(4)]
    assert await store.trainings.drop_offers(ANN, but=2) == 2
    left = [one.id for one in [begun, bens, *offers] if await store.trainings.get(one.id)]
    assert left == [begun.id, bens.id, *(one.id for one in offers[2:])]


async def test_a_guild_that_is_forgotten_has_no_trainings(store: Store) -> None:
    gone = [await add(store), await add(store, home_id=1), await add(store, guild_id=None)]
    await store.trainings.change(gone[2].id, home_id=GUILD)
    left = await add(store, guild_id=1, home_id=1)
    await store.forget_guild(GUILD)
    assert [await store.trainings.get(one.id) for one in gone] == [None] * 3
    assert await store.trainings.get(left.id) == left


async def test_of_a_person_who_is_forgotten_the_offers_go_and_the_rest_is_nobodys(
    store: Store,
) -> None:
    offer, running, bens = await add(store), await add(store), await add(store, user_id=BEN)
    await store.trainings.change(running.id, state="running")
    assert await store.forget_user(ANN) == 0  # no saved name
    assert await store.trainings.get(offer.id) is None
    left = await store.trainings.get(running.id)
    assert left is not None
    assert (left.user_id, left.state) == (None, "running")
    assert await store.trainings.corpus(running.id) == b"Ann\n"
    assert await store.trainings.get(bens.id) == bens


async def test_nothing_is_lost_of_a_training_that_ends_while_a_person_is_forgotten(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    running = await add(store)
    before = await store.trainings.change(running.id, state="running")
    assert before is not None
    await store.trainings.change(running.id, state="done", told={"steps": 9}, candidate=b"style")

    async def read_before(_: int) -> list[Training]:
        return [before]

    monkeypatch.setattr(store.trainings, "_of_user", read_before)
    await store.forget_user(ANN)
    left = await store.trainings.get(running.id)
    assert left is not None
    assert (left.user_id, left.state, left.told) == (None, "done", {"steps": 9})


async def test_what_ended_is_untold_until_its_message_says_so(store: Store) -> None:
    now = datetime.now(UTC)
    ended = await add(store)
    await store.trainings.change(ended.id, state="failed", begun_at=now)
    await add(store)
    assert [one.id for one in await store.trainings.untold()] == [ended.id]
    await store.trainings.change(ended.id, told={"ending_shown": True})
    assert await store.trainings.untold() == []


async def test_who_cancelled_or_decided_a_training_is_forgotten_too(store: Store) -> None:
    cancelled, published = await add(store, user_id=BEN), await add(store, user_id=BEN)
    told = {**cancelled.told, "cancelled_by": ANN}
    await store.trainings.change(cancelled.id, state="cancelled", told=told)
    told = {**published.told, "decided": {"by": ANN, "version": 3}}
    await store.trainings.change(published.id, state="published", told=told)
    assert await store.trainings.count_of(ANN) == 2
    await store.forget_user(ANN)
    assert (await store.trainings.count_of(ANN), await store.trainings.count_of(BEN)) == (0, 2)
    assert await store.trainings.get(cancelled.id) == replace(cancelled, state="cancelled")
    left = await store.trainings.get(published.id)
    assert left is not None
    assert left.told == {**published.told, "decided": {"by": None, "version": 3}}


async def test_an_id_never_comes_to_mean_another_training(store: Store) -> None:
    old = (await add(store)).id
    await store.forget_guild(GUILD)
    assert (await add(store)).id > old


@pytest.mark.parametrize("field", ["style", "file"])
async def test_a_name_that_is_none_is_refused(store: Store, field: str) -> None:
    for name, why in ((" ", "must have 1 to"), ("a\0", "NUL"), ("n" * 3000, "must have 1 to")):
        with pytest.raises(NotKeptError, match=why) as refused:
            await add(store, b"", **{field: name})
        assert "\n" not in str(refused.value)


async def test_a_database_of_before_there_were_trainings_gets_their_table(
    url: str, opened: Opening
) -> None:
    scheme, _, rest = url.partition("://")
    driver = {"sqlite": "sqlite+aiosqlite", "postgresql": "postgresql+asyncpg"}[scheme]
    store = await opened()
    await store.save(ANN, ["Rex"], "names")
    await store.close()
    engine = create_async_engine(f"{driver}://{rest}")

    def downgrade(connection: sa.Connection) -> None:
        config = Config()
        config.set_main_option("script_location", str(_MIGRATIONS))
        config.attributes.update(connection=connection, version_table=VERSION_TABLE)
        command.downgrade(config, "0001")

    async with engine.begin() as connection:
        await connection.run_sync(downgrade)
    await engine.dispose()
    again = await opened()
    assert await again.count_saved(ANN) == 1
    assert (await add(again)).state == "offered"
