"""Stored trainings: their states, data, limits of age, and removal of people's ids."""

import asyncio
from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.store import (
    OFFER_TTL,
    RETENTION,
    CorpusSummary,
    InvalidValueError,
    NewTraining,
    State,
    Store,
    StoreError,
    Training,
    TrainingReport,
)

from .conftest import OpenStore

GUILD, ORIGIN, ANN, BEN = 2**63 - 1, 2**62, 2**61, 17
ENDED: tuple[State, ...] = ("done", "failed", "cancelled", "published", "discarded")
SUMMARY = CorpusSummary(samples=3, examples=("Ann", "悪", "\0"), lengths=((3, 2), (4, 1)))
REPORT = TrainingReport(metrics={"share_new": 0.5}, history=((0, 3.5, 3.25),), steps=9)

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
TEXTS = st.lists(TEXT, max_size=5).map(tuple)
COUNTS = st.integers(0, 2**53)
PAIRS = st.lists(st.tuples(COUNTS, COUNTS), max_size=5).map(tuple)
SUMMARIES = st.builds(
    CorpusSummary,
    samples=COUNTS,
    duplicates=COUNTS,
    blank_lines=COUNTS,
    characters=COUNTS,
    distinct_characters=COUNTS,
    alphabet=TEXTS,
    lengths=PAIRS,
    examples=TEXTS,
    digest=TEXT,
    warnings=TEXTS,
)


async def add(store: Store, corpus: bytes = b"Ann\n", **changes: Any) -> Training:
    new = NewTraining(
        style="fauns",
        guild_id=GUILD,
        origin_guild_id=ORIGIN,
        user_id=ANN,
        channel_id=3,
        recipe="fast",
        file_name="fauns.txt",
        corpus=corpus,
        corpus_summary=CorpusSummary(),
    )
    return await store.trainings.add(replace(new, **changes))


async def set_age(store: Store, id: int, age: timedelta) -> None:
    await store.trainings.update(id, created_at=datetime.now(UTC) - age)


async def test_offer_survives_a_restart(store: Store, open_store: OpenStore) -> None:
    training = await add(store, b"\xff\0list", corpus_summary=SUMMARY)
    assert training.created_at.utcoffset() == timedelta(0)
    assert abs(datetime.now(UTC) - training.created_at) < timedelta(minutes=5)
    assert training == Training(
        *(training.id, "fauns", GUILD, ORIGIN, ANN, 3, None, "fast", "fauns.txt", "offered"),
        *(training.created_at, None, SUMMARY),
    )
    await store.close()
    reopened = (await open_store()).trainings
    assert await reopened.get(training.id) == training
    assert await reopened.get_corpus(training.id) == b"\xff\0list"
    assert await reopened.get_candidate(training.id) is None
    assert await reopened.get(training.id + 1) is None
    assert await reopened.get_corpus(training.id + 1) is None


async def test_every_column_round_trips(store: Store) -> None:
    id = (await add(store, corpus_summary=SUMMARY)).id
    now = datetime.now(UTC)
    changes: dict[str, Any] = {"state": "done", "started_at": now, "message_id": 2**63 - 1}
    changes |= {"report": REPORT, "failure": "broken", "cancelled_by": ANN, "decided_by": BEN}
    changes |= {"published_version": 7, "sample_names": "*Ann*, 悪", "is_outcome_shown": True}
    changed = await store.trainings.update(id, **changes)
    assert changed is not None
    assert {name: getattr(changed, name) for name in changes} == changes
    assert changed == await store.trainings.get(id)
    assert all(getattr(changed, field.name) is not None for field in fields(Training))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(corpus=st.binary(min_size=1), summary=SUMMARIES)
async def test_any_corpus_round_trips(store: Store, corpus: bytes, summary: CorpusSummary) -> None:
    training = await add(store, corpus, corpus_summary=summary)
    assert await store.trainings.get_corpus(training.id) == corpus
    assert training.corpus_summary == summary


async def test_two_mebibyte_corpus(store: Store) -> None:
    corpus = bytes(range(256)) * 2**13
    training = await add(store, corpus)
    assert await store.trainings.get_corpus(training.id) == corpus


async def test_any_failure_can_be_stored(store: Store) -> None:
    id = (await add(store)).id
    changed = await store.trainings.update(id, failure="a\0b \udc80", sample_names="\0")
    assert changed is not None
    assert (changed.failure, changed.sample_names) == ("a\ufffdb \ufffd", "\ufffd")


async def test_invalid_report_is_an_error(store: Store) -> None:
    id = (await add(store)).id
    damage = sa.text('UPDATE namesmith_trainings SET report = \'{"steps": "many"}\'')

    def work(connection: Any) -> None:
        connection.execute(damage)

    await store._database.run(work, writes=True)
    with pytest.raises(StoreError, match="a TrainingReport cannot be read: Expected `int`"):
        await store.trainings.get(id)


@pytest.mark.parametrize("state", ENDED)
async def test_unneeded_data_is_deleted(store: Store, state: State) -> None:
    id = (await add(store)).id
    for active in ("queued", "running"):
        await store.trainings.update(id, state=active)
        assert await store.trainings.get_corpus(id) == b"Ann\n"
    await store.trainings.update(id, state="done", candidate=b"artifact")
    assert await store.trainings.get_corpus(id) is None
    assert await store.trainings.get_candidate(id) == b"artifact"
    await store.trainings.update(id, message_id=5)
    assert await store.trainings.get_candidate(id) == b"artifact"
    if state != "done":
        changed = await store.trainings.update(id, expected=["done"], state=state)
        assert changed is not None
        assert changed.state == state
        assert await store.trainings.get_candidate(id) is None


async def test_one_of_many_updates_wins(open_store: OpenStore) -> None:
    stores = [await open_store(), await open_store()]
    id = (await add(stores[0])).id
    updates = [
        stores[i % 2].trainings.update(id, expected=["offered"], state="queued", message_id=i)
        for i in range(10)
    ]
    (changed,) = [found for found in await asyncio.gather(*updates) if found]
    assert await stores[1].trainings.get(id) == changed
    assert await stores[1].trainings.update(id + 1, state="queued") is None


async def test_lists_by_guild_and_state(store: Store) -> None:
    trainings = store.trainings
    ids = [(await add(store, guild_id=guild)).id for guild in (GUILD, None, GUILD, 1)]
    now = datetime.now(UTC)
    for age, id in enumerate(ids[:3]):
        started_at = now - timedelta(minutes=age)
        await trainings.update(id, state="queued" if age else "running", started_at=started_at)
    active: tuple[State, ...] = ("queued", "running")
    assert [t.id for t in await trainings.list_by_guild(GUILD, active)] == [ids[2], ids[0]]
    assert [t.id for t in await trainings.list_by_guild(None, ["queued"])] == [ids[1]]
    assert await trainings.list_by_guild(1, active) == []
    assert [t.id for t in await trainings.list_active()] == [ids[2], ids[1], ids[0]]
    assert await trainings.count_started_since(GUILD, now - timedelta(minutes=5)) == 2
    assert await trainings.count_started_since(GUILD, now - timedelta(minutes=1)) == 1
    assert await trainings.count_started_since(None, now - timedelta(minutes=5)) == 1
    assert await trainings.count_started_since(1, now - timedelta(minutes=5)) == 0


async def test_expired_trainings_are_deleted(store: Store) -> None:
    margin = timedelta(minutes=1)
    current = [(await add(store)).id for _ in range(3)]
    await set_age(store, current[1], OFFER_TTL - margin)
    await store.trainings.update(current[2], state="done")
    await set_age(store, current[2], RETENTION - margin)
    expired = [(await add(store)).id for _ in range(3)]
    await set_age(store, expired[0], OFFER_TTL + margin)
    await store.trainings.update(expired[1], state="done")
    await set_age(store, expired[1], RETENTION + margin)
    await store.trainings.update(expired[2], state="running")
    await set_age(store, expired[2], RETENTION + margin)
    assert await store.trainings.delete_expired() == 3
    assert await store.trainings.delete_expired() == 0
    assert [await store.trainings.get(id) for id in expired] == [None] * 3
    assert all([await store.trainings.get(id) for id in current])


async def test_old_offers_are_deleted(store: Store) -> None:
    started, bens = await add(store), await add(store, user_id=BEN)
    await store.trainings.update(started.id, state="queued")
    offers = [await add(store) for _ in range(4)]
    assert await store.trainings.delete_old_offers(ANN, keep=2) == 2
    left = [t.id for t in [started, bens, *offers] if await store.trainings.get(t.id)]
    assert left == [started.id, bens.id, *(offer.id for offer in offers[2:])]


async def test_forget_guild_deletes_trainings(store: Store) -> None:
    gone = [await add(store), await add(store, origin_guild_id=1), await add(store, guild_id=None)]
    await store.trainings.update(gone[2].id, origin_guild_id=GUILD)
    left = await add(store, guild_id=1, origin_guild_id=1)
    await store.forget_guild(GUILD)
    assert [await store.trainings.get(training.id) for training in gone] == [None] * 3
    assert await store.trainings.get(left.id) == left


async def test_forget_user_removes_the_author(store: Store) -> None:
    offer, running, bens = await add(store), await add(store), await add(store, user_id=BEN)
    await store.trainings.update(running.id, state="running")
    assert await store.forget_user(ANN) == 0  # no saved name
    assert await store.trainings.get(offer.id) is None
    left = await store.trainings.get(running.id)
    assert left is not None
    assert (left.user_id, left.state) == (None, "running")
    assert await store.trainings.get_corpus(running.id) == b"Ann\n"
    assert await store.trainings.get(bens.id) == bens


async def test_forget_user_keeps_results(open_store: OpenStore) -> None:
    stores = [await open_store(), await open_store()]
    for _ in range(5):
        running = await add(stores[0])
        await stores[0].trainings.update(running.id, state="running")
        end: dict[str, Any] = {"state": "done", "report": REPORT, "candidate": b"style"}
        await asyncio.gather(
            stores[0].forget_user(ANN), stores[1].trainings.update(running.id, **end)
        )
        left = await stores[0].trainings.get(running.id)
        assert left is not None
        assert (left.user_id, left.state, left.report) == (None, "done", REPORT)
        assert await stores[0].trainings.get_candidate(running.id) == b"style"


async def test_unreported_trainings(store: Store) -> None:
    ended = await add(store)
    await store.trainings.update(ended.id, state="failed", started_at=datetime.now(UTC))
    await add(store)
    assert [training.id for training in await store.trainings.list_unreported()] == [ended.id]
    await store.trainings.update(ended.id, is_outcome_shown=True)
    assert await store.trainings.list_unreported() == []


async def test_forget_user_clears_every_id(store: Store) -> None:
    cancelled, published = await add(store, user_id=BEN), await add(store, user_id=BEN)
    await store.trainings.update(cancelled.id, state="cancelled", cancelled_by=ANN)
    decision: dict[str, Any] = {"decided_by": ANN, "published_version": 3}
    await store.trainings.update(published.id, state="published", **decision)
    assert await store.trainings.count_by_user(ANN) == 2
    await store.forget_user(ANN)
    assert await store.trainings.count_by_user(ANN) == 0
    assert await store.trainings.count_by_user(BEN) == 2
    assert await store.trainings.get(cancelled.id) == replace(cancelled, state="cancelled")
    left = await store.trainings.get(published.id)
    assert left == replace(published, state="published", published_version=3)


async def test_ids_are_never_reused(store: Store) -> None:
    old = (await add(store)).id
    await store.forget_guild(GUILD)
    assert (await add(store)).id > old


@pytest.mark.parametrize("field", ["style", "file_name"])
async def test_invalid_text_is_refused(store: Store, field: str) -> None:
    length, character = "must have 1 to", "can.t be stored"
    for name, why in ((" ", length), ("a\0", character), ("n" * 3000, length)):
        with pytest.raises(InvalidValueError, match=why) as refused:
            await add(store, b"", **{field: name})
        assert "\n" not in str(refused.value)
