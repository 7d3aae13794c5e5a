"""Tasks end, or are left behind, within a time limit."""

import asyncio
import contextlib
import logging

import pytest

from bot import tasks
from bot.tasks import cancel_tasks, finish_within


async def lose_cancellations(count: int, ended: list[int]) -> None:
    """Lose `count` cancellations, as `asyncio.wait_for` sometimes does, and end with the next."""
    for _ in range(count):
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.Event().wait()
    try:
        await asyncio.Event().wait()
    finally:
        ended.append(count)


async def test_lost_cancellation_is_repeated(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tasks, "_REPEAT_SECONDS", 0.01)
    ended: list[int] = []
    running = [asyncio.create_task(lose_cancellations(count, ended)) for count in range(4)]
    await asyncio.sleep(0)
    await cancel_tasks(running, "Jobs", seconds=60)
    assert ended == [0, 1, 2, 3]
    assert all(task.cancelled() for task in running)
    await cancel_tasks([], "Jobs", seconds=60)


async def test_endless_task_is_left_behind(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(tasks, "_REPEAT_SECONDS", 0.01)
    ended: list[int] = []
    counts = (0, 10_000)
    running = [asyncio.create_task(lose_cancellations(count, ended)) for count in counts]
    await asyncio.sleep(0)
    await cancel_tasks(running, "Jobs", seconds=0.05)
    assert ended == [0]
    assert caplog.messages == ["Jobs: 1 did not end within 0.05 s"]
    while not running[1].done():
        running[1].cancel()
        await asyncio.sleep(0)


async def test_slow_close_is_left_behind(caplog: pytest.LogCaptureFixture) -> None:
    ended: list[int] = []
    await finish_within(0.05, lose_cancellations(0, ended), "The database")
    assert caplog.messages == ["The database did not close within 0.05 s"]
    await asyncio.sleep(0)
    assert ended == [0]


async def test_failed_close_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    async def close() -> None:
        raise OSError("no space left")

    await finish_within(60, close(), "The database")
    assert caplog.messages == ["The database did not close: no space left"]
    assert caplog.records[0].levelno == logging.ERROR


async def test_quick_close_logs_nothing(caplog: pytest.LogCaptureFixture) -> None:
    await finish_within(60, asyncio.sleep(0), "The database")
    assert not caplog.messages
