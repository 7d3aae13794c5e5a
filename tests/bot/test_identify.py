"""Turns to identify: shards of all processes start sessions as seldom as Discord wants it."""

import asyncio
import logging
import time
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

from bot.client import serve
from bot.config import Settings
from bot.identify import IdentifyTurns
from bot.loopback.gateway.sessions import SessionStarts
from bot.store import StoreError

from ..openapi import CheckedLoopback

SettingsFor = Callable[..., Settings]


def limits(max_concurrency: int = 1, remaining: int = 99, reset_after: int = 0) -> Any:
    return SimpleNamespace(
        max_concurrency=max_concurrency, remaining=remaining, reset_after=reset_after
    )


def make_turns(*answers: Any, shared_delay: float | StoreError = 0.0) -> IdentifyTurns:
    """Return turns for which Discord gives these limits, or raises them, one after another."""
    left = list(answers)

    async def fetch() -> Any:
        answer = left.pop(0) if len(left) > 1 else left[0]
        if isinstance(answer, Exception):
            raise answer
        return answer

    async def take_turn(bucket: int, seconds: float) -> float:
        del bucket, seconds
        if isinstance(shared_delay, StoreError):
            raise shared_delay
        return shared_delay

    return IdentifyTurns(fetch, take_turn)


async def seconds_of(turns: IdentifyTurns, *shard_ids: int) -> float:
    start = time.monotonic()
    for shard_id in shard_ids:
        await turns.wait(shard_id)
        turns.succeed(shard_id)
    return time.monotonic() - start


@pytest.fixture(autouse=True)
def _short_turns(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.identify.TURN_SECONDS", 0.3)
    monkeypatch.setattr("bot.identify._REFUSED_SECONDS", (0.2, 0.3))


async def test_shards_of_a_bucket_wait() -> None:
    assert await seconds_of(make_turns(limits(2)), 0, 2, 4, 1) >= 0.6
    assert await seconds_of(make_turns(limits(16)), *range(16)) < 0.3 * 15


async def test_other_processes_are_waited_for() -> None:
    assert await seconds_of(make_turns(limits(), shared_delay=0.4), 0) >= 0.4


async def test_without_limits_and_database(caplog: pytest.LogCaptureFixture) -> None:
    turns = make_turns(OSError("gone"), shared_delay=StoreError("gone"))
    assert await seconds_of(turns, 0, 1) >= 0.3
    assert "Connecting without regard to other processes: gone" in caplog.text


async def test_refused_shard_waits_longer() -> None:
    turns = make_turns(limits(16))
    await turns.wait(0)
    assert await seconds_of(turns, 0) >= 0.2


async def test_turn_ends_while_a_shard_connects(monkeypatch: pytest.MonkeyPatch) -> None:
    taken = []

    async def take_turn(bucket: int, seconds: float) -> float:
        del seconds
        taken.append(bucket)
        return 0.0

    async def fetch() -> Any:
        return limits()

    turns = IdentifyTurns(fetch, take_turn)
    await turns.wait(0)
    monkeypatch.setattr("bot.identify._LATE_SECONDS", 60.0)
    await turns.confirm(0)
    assert taken == [0]
    monkeypatch.setattr("bot.identify._LATE_SECONDS", -1.0)
    await turns.confirm(0)
    assert taken == [0, 0]


async def test_no_starts_left(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.ERROR)
    empty = limits(remaining=0, reset_after=300)
    assert await seconds_of(make_turns(empty, empty, limits()), 0) >= 1.9
    assert caplog.text.count("started too many sessions today") == 1


async def test_two_bots_take_turns(
    settings_for: SettingsFor, monkeypatch: pytest.MonkeyPatch
) -> None:
    starts = SessionStarts(max_concurrency=2, interval=0.1)
    async with CheckedLoopback(guilds=4, starts=starts) as discord:
        halves = [{"shard_count": 4, "shard_ids": ids} for ids in ([0, 1], [2, 3])]
        both = [settings_for(discord, discord=half) for half in halves]
        monkeypatch.setattr("bot.identify.TURN_SECONDS", 1.0)
        tasks = [asyncio.create_task(serve(each, discord.token)) for each in both]
        await discord.wait_ready(range(4))
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    assert (starts.count, starts.refused) == (4, 0)
