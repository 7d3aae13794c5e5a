"""A list becomes a style on a worker that has no bot: queued, told of, given up, taken up again."""

import asyncio
from pathlib import Path

import pytest

from bot.config import TrainingSettings
from bot.sampling.artifact import Artifact
from bot.store import Store, StoreError
from bot.training import (
    Cancelled,
    Done,
    Failed,
    Progress,
    Running,
    Trainer,
    TrainingFailed,
    TrainingRefused,
    Waiting,
)

from .conftest import begun, end, offered, reached, until, updates

NAMES = "".join(f"{a}{b}{c}\n" for a in "BDFGKL" for b in "aeiou" for c in "nrst").encode()


async def test_a_list_becomes_a_style(trainer: Trainer, store: Store) -> None:
    preview = await trainer.preview(NAMES, "elves.txt")
    assert (preview.samples, preview.examples[0]) == (120, "Ban")
    offer = await offered(trainer, NAMES, corpus_summary=preview)
    assert (offer.state, offer.corpus_summary) == ("offered", preview)
    await trainer.begin(offer.id, channel_id=3, message_id=4)
    told = await updates(trainer, offer.id)
    assert told[0] == Waiting(1, 1)
    measured = [u.progress for u in told if isinstance(u, Running) and u.progress]
    assert [p.step for p in measured] == sorted(p.step for p in measured)
    assert all(0 < p.step <= p.steps and p.names for p in measured)
    assert isinstance(told[-1], Done)
    assert told[-1].training == await store.trainings.get(offer.id)
    finished = told[-1].training
    assert finished.corpus_summary == preview
    assert preview.digest
    report = finished.report
    assert report is not None
    assert {"metrics", "history", "steps", "seconds", "warnings"} <= report.model_fields_set
    assert report.metrics["nats_per_character"] > 0
    assert report.history[-1][0] <= report.steps
    assert report.seconds > 0
    candidate = await store.trainings.get_candidate(offer.id)
    assert candidate is not None
    artifact = Artifact.read(candidate, "candidate")
    assert set("".join(artifact.vocabulary.characters)) == set(NAMES.decode()) - {"\n"}
    assert await store.trainings.get_corpus(offer.id) is None


async def test_a_list_that_is_none_is_refused_with_its_line(trainer: Trainer) -> None:
    bad = b"Ann\n\xff\xfe\n"
    with pytest.raises(TrainingRefused, match=r"^elves\.txt:2: Byte 1 \(0xff\)"):
        await trainer.preview(bad, "elves.txt")
    failed = await end(trainer, await begun(trainer, bad))
    assert isinstance(failed, Failed)
    assert failed.reason.startswith("elves.txt:2: Byte 1 (0xff)")


async def test_the_worker_has_no_bot(trainer: Trainer) -> None:
    assert (await trainer._workers.run("jobs:facts"))["bot"] is False


@pytest.mark.usefixtures("jobs")
async def test_progress_is_told_as_it_comes(trainer: Trainer) -> None:
    told = await updates(trainer, await begun(trainer, b"counts 30"))
    assert told[0] == Waiting(1, 1)
    measured = [u.progress for u in told if isinstance(u, Running) and u.progress]
    assert [p.step for p in measured] == sorted({p.step for p in measured})
    assert len(measured) > 5
    step = measured[0].step
    assert measured[0] == Progress(step, 30, 0.5, 2.5, 2.25, 1.0, ("Ann", "Ben"))


@pytest.mark.usefixtures("jobs")
async def test_servers_take_turns_and_are_told_their_places(
    trainer: Trainer, tmp_path: Path
) -> None:
    corpus = b"waits %s" % bytes(tmp_path / "a")
    first = await begun(trainer, corpus, guild_id=1)
    await reached(trainer, first, Running)
    ids = [await begun(trainer, corpus, guild_id=guild) for guild in (1, 1, 2, None)]
    following = [trainer.follow(id) for id in ids]
    assert [await anext(follow) for follow in following] == [
        Waiting(place, 4)
        for place in (3, 4, 1, 2)  # server 1 has its turn already
    ]
    await trainer.cancel(ids[2])
    assert [await anext(follow) for follow in following] == [
        *(Waiting(2, 3), Waiting(3, 3), Cancelled(), Waiting(1, 3))
    ]
    await trainer.cancel(first)
    assert await end(trainer, first) == Cancelled()
    await reached(trainer, ids[3], Running)


@pytest.mark.usefixtures("jobs")
async def test_what_runs_is_given_up_at_once_and_the_worker_is_free_again(
    trainer: Trainer, store: Store, tmp_path: Path
) -> None:
    file = tmp_path / "stopped"
    id = await begun(trainer, b"waits %s" % bytes(file))
    await reached(trainer, id, Running)
    following = asyncio.create_task(end(trainer, id))
    await asyncio.sleep(0)
    await trainer.cancel(id)
    assert await following == Cancelled()
    kept = await store.trainings.get(id)
    assert kept is not None
    assert kept.state == "cancelled"
    assert await store.trainings.get_corpus(id) is None
    await until(file.exists)
    assert isinstance(await end(trainer, await begun(trainer, b"counts 1")), Done)
    await trainer.cancel(id)  # it is over: nothing happens
    assert await end(trainer, id) == Cancelled()


@pytest.mark.usefixtures("jobs")
async def test_a_list_can_be_looked_at_while_another_is_learned(
    trainer: Trainer, tmp_path: Path
) -> None:
    id = await begun(trainer, b"waits %s" % bytes(tmp_path / "a"))
    await reached(trainer, id, Running)
    assert (await trainer.preview(NAMES, "elves.txt")).samples == 120
    await trainer.cancel(id)


@pytest.mark.usefixtures("jobs")
async def test_an_offer_is_begun_once(trainer: Trainer) -> None:
    offer = await offered(trainer, b"counts 1")
    beginning = [trainer.begin(offer.id, channel_id=3, message_id=4) for _ in range(3)]
    found = await asyncio.gather(*beginning, return_exceptions=True)
    assert sorted(type(one).__name__ for one in found) == ["Training", *["TrainingFailed"] * 2]
    assert isinstance(await end(trainer, offer.id), Done)
    given_up = await offered(trainer, b"counts 1")
    await trainer.cancel(given_up.id)
    with pytest.raises(TrainingFailed, match="bring it anew"):
        await trainer.begin(given_up.id, channel_id=3, message_id=4)


@pytest.mark.usefixtures("jobs")
async def test_what_was_under_way_is_taken_up_after_a_restart(
    scheduler: str, store: Store, tmp_path: Path
) -> None:
    before = Trainer(TrainingSettings(scheduler=scheduler), store)
    file = tmp_path / "stopped"
    ran = await begun(before, b"waits %s" % bytes(file), origin_guild_id=1)
    await reached(before, ran, Running)
    waited = await begun(before, b"counts 1", origin_guild_id=2, guild_id=None)
    elsewhere = await begun(before, b"counts 1", origin_guild_id=3)
    following = asyncio.create_task(updates(before, waited))
    await asyncio.sleep(0)
    await before.close()
    assert await following == [Waiting(1, 2)]  # and no end of it
    await until(file.exists)
    await store.trainings.update(ran, corpus=b"counts 1")
    after = Trainer(TrainingSettings(scheduler=scheduler), store)
    taken = await after.take_up(lambda home: home in (1, 2))
    assert [training.id for training in taken] == [ran, waited]
    assert await after.take_up(lambda home: home in (1, 2)) == []
    for id in (ran, waited):
        assert isinstance(await end(after, id), Done)
    with pytest.raises(TrainingFailed, match="not under way here"):
        await end(after, elsewhere)
    await after.close()


@pytest.mark.usefixtures("jobs")
async def test_a_training_whose_server_is_forgotten_meanwhile_is_given_up(
    trainer: Trainer, store: Store
) -> None:
    id = await begun(trainer, b"counts 50", guild_id=5, origin_guild_id=5)
    await reached(trainer, id, Running)
    following = asyncio.create_task(end(trainer, id))
    await asyncio.sleep(0)
    await store.forget_guild(5)
    assert await following == Cancelled()


@pytest.mark.usefixtures("jobs")
async def test_what_is_given_up_before_its_first_step_leaves_its_place_to_the_next(
    trainer: Trainer,
) -> None:
    first = await begun(trainer, b"counts 1")
    trainer._stop(first)  # what `cancel` comes to in the very moment in which it is its turn
    assert isinstance(await end(trainer, await begun(trainer, b"counts 1")), Done)


@pytest.mark.usefixtures("jobs")
async def test_who_gives_up_what_is_over_is_told_so_and_changes_nothing(
    trainer: Trainer, store: Store
) -> None:
    id = await begun(trainer, b"counts 1")
    done = await end(trainer, id)
    assert isinstance(done, Done)
    assert not await trainer.cancel(id, 7)
    assert await store.trainings.get(id) == done.training
    offer = await offered(trainer, b"counts 1")
    assert await trainer.cancel(offer.id, 7)
    kept = await store.trainings.get(offer.id)
    assert kept is not None
    assert (kept.state, kept.cancelled_by) == ("cancelled", 7)


@pytest.mark.usefixtures("jobs")
async def test_what_another_process_did_first_is_told_as_it_did_it(
    trainer: Trainer, store: Store
) -> None:
    id = await begun(trainer, b"counts 50")
    await reached(trainer, id, Running)
    await store.trainings.update(id, state="done", candidate=b"the other's")
    assert isinstance(await end(trainer, id), Done)
    assert await store.trainings.get_candidate(id) == b"the other's"


async def test_a_database_that_does_not_answer_is_told_without_its_address(
    trainer: Trainer, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fails(id: int) -> bytes:
        raise StoreError(f"postgresql://db.example/names: no answer for {id}")

    monkeypatch.setattr(store.trainings, "get_corpus", fails)
    failed = await end(trainer, await begun(trainer, b"counts 1"))
    assert failed == Failed("I can't reach my database.")


@pytest.mark.usefixtures("jobs")
async def test_how_it_ended_is_told_later_too(trainer: Trainer, store: Store) -> None:
    id = await begun(trainer, b"counts 1")
    done = await end(trainer, id)
    assert await updates(trainer, id) == [done]
    with pytest.raises(TrainingFailed, match="not under way here"):
        await end(trainer, 10**6)
    id = await begun(trainer, b"breaks")
    failed = await end(trainer, id)
    assert await updates(trainer, id) == [failed]
