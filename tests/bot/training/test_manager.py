"""Trainings on a worker without the bot's code: queued, followed, cancelled and resumed."""

import asyncio
import logging
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.config_sections import TrainingSettings
from bot.request_id import RequestIdFilter, begin_request, request_id
from bot.sampling.artifact import Artifact
from bot.store import Store, StoreError
from bot.training import (
    Cancelled,
    Done,
    Failed,
    InvalidCorpusError,
    Progress,
    Queued,
    Running,
    TrainingError,
    TrainingManager,
)

from .conftest import TIMEOUT, all_events, last_event, offer, start, wait_for_event, wait_until

NAMES = "".join(f"{a}{b}{c}\n" for a in "BDFGKL" for b in "aeiou" for c in "nrst").encode()


async def test_list_becomes_a_style(manager: TrainingManager, store: Store) -> None:
    preview = await manager.preview(NAMES, "fauns.txt")
    assert (preview.samples, preview.examples[0]) == (120, "Ban")
    assert preview.digest
    offered = await offer(manager, NAMES, corpus_summary=preview)
    assert (offered.state, offered.corpus_summary) == ("offered", preview)
    await manager.start(offered.id, channel_id=3, message_id=4)
    events = await all_events(manager, offered.id)
    assert events[0] == Queued(1, 1)
    reports = [e.progress for e in events if isinstance(e, Running) and e.progress]
    assert [p.step for p in reports] == sorted(p.step for p in reports)
    assert all(0 < p.step <= p.max_steps and p.names for p in reports)
    done = events[-1]
    assert isinstance(done, Done)
    assert done.training == await store.trainings.get(offered.id)
    assert done.training.corpus_summary == preview
    report = done.training.report
    assert report is not None
    assert min(report.steps, report.seconds) > 0
    assert report.metrics["nats_per_character"] > 0
    assert 0 < report.history[-1][0] <= report.steps
    candidate = await store.trainings.get_candidate(offered.id)
    assert candidate is not None
    artifact = Artifact.read(candidate, "candidate")
    assert set("".join(artifact.vocabulary.characters)) == set(NAMES.decode()) - {"\n"}
    assert await store.trainings.get_corpus(offered.id) is None


@pytest.mark.usefixtures("jobs")
async def test_trainings_have_the_ids_of_their_requests(
    manager: TrainingManager, store: Store, caplog: pytest.LogCaptureFixture
) -> None:
    """In the log and on the worker, also of those that the end of another one starts."""
    caplog.set_level(logging.INFO)
    caplog.handler.addFilter(RequestIdFilter())

    async def request() -> tuple[int, str]:
        begin_request()
        return await start(manager, b"name_task"), request_id()

    started = [await asyncio.create_task(request()) for _ in range(3)]
    for id, request_of in started:
        assert isinstance(await last_event(manager, id), Done)
        key = await store.trainings.get_candidate(id)
        assert key is not None
        assert key.startswith(f"namesmith-{request_of}-".encode())
    ended = [record for record in caplog.records if "done after" in record.getMessage()]
    assert [vars(record)["request_id"] for record in ended] == [each for _, each in started]


async def test_invalid_list_is_refused(manager: TrainingManager) -> None:
    invalid = b"Ann\n"
    with pytest.raises(InvalidCorpusError, match=r"^fauns\.txt: Only 1 distinct") as caught:
        await manager.preview(invalid, "fauns.txt")
    assert caught.value.reason == ("too few", 1, 20)
    failed = await last_event(manager, await start(manager, invalid))
    assert isinstance(failed, Failed)
    assert failed.reason.startswith("fauns.txt: Only 1 distinct")


async def test_worker_needs_no_bot(manager: TrainingManager) -> None:
    async with manager._pool.connect() as client:
        assert (await client.run("jobs:describe_worker"))["bot"] is False


@pytest.mark.usefixtures("jobs")
async def test_progress_reaches_followers(manager: TrainingManager, tmp_path: Path) -> None:
    file, started = tmp_path / "end", datetime.now(UTC)
    id = await start(manager, b"wait_for %s" % bytes(file))
    events, reports = [], list[Progress]()
    async with asyncio.timeout(TIMEOUT):
        async for event in manager.follow(id):
            events.append(event)
            if isinstance(event, Running) and event.progress:
                reports.append(event.progress)
            if len(reports) == 6:
                file.touch()
    assert events[0] == Queued(1, 1)
    assert [p.step for p in reports] == sorted({p.step for p in reports})
    assert len(reports) > 5
    first = reports[0]
    assert (first.epoch, first.loss, first.validation_loss) == (0.5, 2.5, 2.25)
    assert (first.max_steps, first.names) == (1000, ("Ann", "Ben"))
    assert first.finishes_at < datetime.now(UTC) + timedelta(seconds=42)
    assert first.finishes_at > started + timedelta(seconds=40)


@pytest.mark.usefixtures("jobs")
async def test_queue_positions(manager: TrainingManager, tmp_path: Path) -> None:
    corpus = b"wait_for_cancel %s" % bytes(tmp_path / "a")
    first = await start(manager, corpus, guild_id=1)
    await wait_for_event(manager, first, Running)
    ids = [await start(manager, corpus, guild_id=guild) for guild in (1, 1, 2, None)]
    feeds = [manager.follow(id) for id in ids]
    assert [await anext(feed) for feed in feeds] == [
        Queued(position, 4)
        for position in (3, 4, 1, 2)  # guild 1 was served already
    ]
    await manager.cancel(ids[2])
    assert [await anext(feed) for feed in feeds] == [
        *(Queued(2, 3), Queued(3, 3), Cancelled(), Queued(1, 3))
    ]
    await manager.cancel(first)
    assert await last_event(manager, first) == Cancelled()
    await wait_for_event(manager, ids[3], Running)


@pytest.mark.usefixtures("jobs")
async def test_fifty_queued_trainings_and_a_storm_of_cancels(
    manager: TrainingManager, store: Store, tmp_path: Path
) -> None:
    """Each ends once, and nothing of them is left; the next training runs."""
    file = tmp_path / "stopped"
    corpus = b"wait_for_cancel %s" % bytes(file)
    ids = [await start(manager, corpus, guild_id=number % 7) for number in range(50)]
    await wait_for_event(manager, ids[0], Running)
    following = [asyncio.create_task(last_event(manager, id)) for id in ids]
    await asyncio.sleep(0)
    cancels = [(id, manager.cancel(id)) for id in ids * 4]
    results = await asyncio.gather(*(cancel for _, cancel in cancels))
    assert sum(results) == 50  # the other presses find it cancelled
    assert await asyncio.gather(*following) == [Cancelled()] * 50
    await wait_until(file.exists)  # the running job has heard of it
    assert isinstance(await last_event(manager, await start(manager, b"finish")), Done)
    await wait_until(lambda: not (manager._feeds or manager._tasks or manager._queue.ids()))
    assert await store.trainings.list_active() == []


@pytest.mark.usefixtures("jobs")
async def test_cancel_stops_a_running_job(
    manager: TrainingManager, store: Store, tmp_path: Path
) -> None:
    file = tmp_path / "stopped"
    id = await start(manager, b"wait_for_cancel %s" % bytes(file))
    await wait_for_event(manager, id, Running)
    following = asyncio.create_task(last_event(manager, id))
    await asyncio.sleep(0)
    await manager.cancel(id)
    assert await following == Cancelled()
    stored = await store.trainings.get(id)
    assert stored is not None
    assert stored.state == "cancelled"
    assert await store.trainings.get_corpus(id) is None
    await wait_until(file.exists)
    assert isinstance(await last_event(manager, await start(manager, b"finish")), Done)
    await manager.cancel(id)  # has no effect: it has ended
    assert await last_event(manager, id) == Cancelled()


@pytest.mark.usefixtures("jobs")
async def test_preview_during_a_training(manager: TrainingManager, tmp_path: Path) -> None:
    id = await start(manager, b"wait_for_cancel %s" % bytes(tmp_path / "a"))
    await wait_for_event(manager, id, Running)
    assert (await manager.preview(NAMES, "fauns.txt")).samples == 120
    await manager.cancel(id)


@pytest.mark.usefixtures("jobs")
async def test_offer_starts_once(manager: TrainingManager) -> None:
    offered = await offer(manager, b"finish")
    starts = [manager.start(offered.id, channel_id=3, message_id=4) for _ in range(3)]
    results = await asyncio.gather(*starts, return_exceptions=True)
    assert sorted(type(r).__name__ for r in results) == ["Training", *["TrainingError"] * 2]
    assert isinstance(await last_event(manager, offered.id), Done)
    cancelled = await offer(manager, b"finish")
    await manager.cancel(cancelled.id)
    with pytest.raises(TrainingError, match="upload it again"):
        await manager.start(cancelled.id, channel_id=3, message_id=4)


@pytest.mark.usefixtures("jobs")
async def test_restart_resumes_trainings(scheduler: str, store: Store, tmp_path: Path) -> None:
    before = TrainingManager(TrainingSettings(scheduler=scheduler), store)
    file = tmp_path / "stopped"
    running = await start(before, b"wait_for_cancel %s" % bytes(file), origin_guild_id=1)
    await wait_for_event(before, running, Running)
    queued = await start(before, b"finish", origin_guild_id=2, guild_id=None)
    elsewhere = await start(before, b"finish", origin_guild_id=3)
    following = asyncio.create_task(all_events(before, queued))
    await asyncio.sleep(0)
    await before.close()
    assert await following == [Queued(1, 2)]  # without a final event
    await wait_until(file.exists)
    await store.trainings.update(running, corpus=b"finish")
    after = TrainingManager(TrainingSettings(scheduler=scheduler), store)
    resumed = await after.resume(lambda guild_id: guild_id in (1, 2))
    assert [training.id for training in resumed] == [running, queued]
    assert await after.resume(lambda guild_id: guild_id in (1, 2)) == []
    for id in (running, queued):
        assert isinstance(await last_event(after, id), Done)
    with pytest.raises(TrainingError, match="not running here"):
        await last_event(after, elsewhere)
    await after.close()


@pytest.mark.usefixtures("jobs")
async def test_forgotten_guild_ends_training(
    manager: TrainingManager, store: Store, tmp_path: Path
) -> None:
    file = tmp_path / "end"
    id = await start(manager, b"wait_for %s" % bytes(file), guild_id=5, origin_guild_id=5)
    await wait_for_event(manager, id, Running)
    following = asyncio.create_task(last_event(manager, id))
    await asyncio.sleep(0)
    await store.forget_guild(5)
    file.touch()
    assert await following == Cancelled()


@pytest.mark.usefixtures("jobs")
async def test_cancel_before_the_first_step(manager: TrainingManager) -> None:
    first = await start(manager, b"finish")
    manager._stop(first)  # as `cancel` does at the moment at which the task is created
    assert isinstance(await last_event(manager, await start(manager, b"finish")), Done)


@pytest.mark.usefixtures("jobs")
async def test_cancel_after_the_end(manager: TrainingManager, store: Store) -> None:
    id = await start(manager, b"finish")
    done = await last_event(manager, id)
    assert isinstance(done, Done)
    assert not await manager.cancel(id, 7)
    assert await store.trainings.get(id) == done.training
    offered = await offer(manager, b"finish")
    assert await manager.cancel(offered.id, 7)
    stored = await store.trainings.get(offered.id)
    assert stored is not None
    assert (stored.state, stored.cancelled_by) == ("cancelled", 7)


@pytest.mark.usefixtures("jobs")
async def test_other_process_finishes_first(
    manager: TrainingManager, store: Store, tmp_path: Path
) -> None:
    file = tmp_path / "end"
    id = await start(manager, b"wait_for %s" % bytes(file))
    await wait_for_event(manager, id, Running)
    await store.trainings.update(id, state="done", candidate=b"theirs")
    file.touch()
    assert isinstance(await last_event(manager, id), Done)
    assert await store.trainings.get_candidate(id) == b"theirs"


async def test_database_error_hides_address(
    manager: TrainingManager, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(id: int) -> bytes:
        raise StoreError(f"postgresql://db.example/names: no answer for {id}")

    monkeypatch.setattr(store.trainings, "get_corpus", fail)
    failed = await last_event(manager, await start(manager, b"finish"))
    assert failed == Failed("I can't reach my database.")


@pytest.mark.usefixtures("jobs")
async def test_follow_after_the_end(manager: TrainingManager) -> None:
    id = await start(manager, b"finish")
    done = await last_event(manager, id)
    assert await all_events(manager, id) == [done]
    with pytest.raises(TrainingError, match="not running here"):
        await last_event(manager, 10**6)
    id = await start(manager, b"fail")
    failed = await last_event(manager, id)
    assert await all_events(manager, id) == [failed]
