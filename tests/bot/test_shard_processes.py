"""Two processes with two shards each, one PostgreSQL, one object store: a kill, an upgrade."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from bot.client import serve
from bot.config import ConfigError, Settings
from bot.loopback import Loopback
from bot.loopback.gateway.sessions import SessionStarts
from bot.store import Store

from ..openapi import CheckedLoopback
from ..shard_processes import Load, ShardProcesses, shard_processes
from .library.conftest import bucket, s3
from .store.conftest import postgres, postgres_url
from .store.postgres import Postgres

__all__ = ["bucket", "postgres", "postgres_url", "s3"]


@pytest.fixture
async def discord() -> AsyncIterator[Loopback]:
    """A loopback with a guild for each of four shards."""
    starts = SessionStarts(max_concurrency=4)
    async with CheckedLoopback(guilds=4, starts=starts, acknowledge_timeout=60.0) as loopback:
        yield loopback
        assert loopback.violations == []


@pytest.fixture
async def processes(
    discord: Loopback, tmp_path: Path, postgres_url: str, bucket: str
) -> AsyncIterator[ShardProcesses]:
    variables = {
        "NAMESMITH_DATABASE__URL": postgres_url,
        "NAMESMITH_LIBRARY__URL": bucket,
        "NAMESMITH_LIBRARY__POLL_SECONDS": "0.5",
    }
    async with shard_processes(discord, tmp_path, 4, **variables) as processes:
        yield processes


async def test_kill_and_rolling_restart(discord: Loopback, processes: ShardProcesses) -> None:
    await asyncio.gather(*map(processes.start, range(2)))
    await asyncio.gather(*map(processes.wait_connected, range(2)))
    load, gateway = Load(processes, interval=0.4), discord._backend.gateway
    async with load.run():
        killed_at = time.monotonic()
        await processes.kill(1)
        await processes.start(1)
        await processes.wait_connected(1)
        restarted_at = time.monotonic()
        await processes.stop(0)
        await processes.start(0)
        await processes.wait_connected(0)
        await processes.replace(1)
        await processes.wait_connected(1)
        load.give_up(1, before=restarted_at)
    lost = [command for command in load.commands if not command.answers]
    assert all(command.process == 1 and command.sent_at < restarted_at for command in lost)
    assert {command.answers for command in load.commands if command not in lost} == {1}
    assert load.since(killed_at, 0)
    assert load.since(restarted_at, 1)
    assert gateway.starts.count == 6
    assert gateway.resume_count == 4
    log = processes.log()
    assert "Traceback" not in log
    assert log.count("Synced 11 commands") == 1


async def test_same_shards_twice(
    settings_for: Callable[..., Settings],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    postgres: Postgres,
    postgres_url: str,
) -> None:
    monkeypatch.setattr("bot.session_handover._LOCK_SECONDS", 0.2)
    monkeypatch.setattr("bot.session_handover._LOCK_CHECK_SECONDS", 1.0)
    async with CheckedLoopback() as discord:
        database = {"url": postgres_url}
        running = asyncio.create_task(
            serve(settings_for(discord, database=database), discord.token)
        )
        await discord.wait_ready()
        other = settings_for(discord, database=database, bot={"data_dir": str(tmp_path / "other")})
        with pytest.raises(
            ConfigError, match=r"^Another process with this database has shard 0: n"
        ):
            await serve(other, discord.token)
        store = await Store.open(postgres_url)
        end = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{}'"
        await postgres.run(end.format(postgres_url.rpartition("/")[2]))
        assert await store.shard_locks.acquire(discord.application_id, [0]) is None
        with pytest.raises(
            ConfigError, match="Another process with this database has taken shard 0"
        ):
            await running
        await store.close()
