"""The database is gone, locked or deleted: names go on, and everything else says so quickly."""

import asyncio
import contextlib
import shutil
import sqlite3
from collections.abc import AsyncIterator, Callable
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from bot.loopback import Loopback, Message
from bot.store import Store, database

from .conftest import UNREACHABLE, Problems, RunBot, invoke, names_in, press, send
from .store.conftest import postgres, postgres_url
from .tcp_proxy import Proxy

__all__ = ["postgres", "postgres_url"]


@pytest.fixture
async def lock(tmp_path: Path) -> AsyncIterator[Callable[[], None]]:
    """A function that locks the SQLite file for writing, as another program would."""
    connections: list[sqlite3.Connection] = []

    def begin() -> None:
        connection = sqlite3.connect(tmp_path / "data" / "namesmith.sqlite3", isolation_level=None)
        connection.execute("BEGIN EXCLUSIVE")
        connections.append(connection)

    yield begin
    for connection in connections:
        connection.close()


async def test_names_without_postgresql(
    discord: Loopback,
    run_bot: RunBot,
    postgres_url: str,
    caplog: pytest.LogCaptureFixture,
    problems: Problems,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("bot.guild_settings_cache._RETRY_SECONDS", 0.0)
    monkeypatch.setattr("bot.guild_settings_cache.SETTINGS_CACHE_SECONDS", -1.0)
    proxy = Proxy(postgres_url)
    port = await proxy.open()
    url = postgres_url.replace(f":{urlsplit(postgres_url).port}/", f":{port}/")
    store = await Store.open(postgres_url)
    await store.update_guild_settings(discord.guild.id, count=3)
    async with run_bot(discord, database={"url": url}):
        assert len(names_in(await send(discord, "!name Tr"))) == 3
        proxy.cut()
        for _ in range(3):
            assert len(names_in(await send(discord, "!name Tr"))) == 3  # as it was last
            assert names_in(await invoke(discord, "name", {"prefix": "Tr"}))
        (line,) = (line for line in problems() if "trainings of the previous run" not in line)
        assert line.startswith("The database can't be reached (")
        assert "TRACEBACK" not in line
        caplog.clear()
        for text in ("!saved", "!settings"):
            assert (await send(discord, text, author="olga")).content == UNREACHABLE
        assert len(problems()) == 2
        assert "TRACEBACK" not in "".join(problems())
        await proxy.open(port)
        assert "no saved names" in (await send(discord, "!saved")).content
        await send(discord, "!name Tr")
        assert problems()[-1] == "The database is back."
    await store.close()


async def test_names_without_postgresql_in_an_unknown_server(
    discord: Loopback, run_bot: RunBot, postgres_url: str
) -> None:
    proxy = Proxy(postgres_url)
    port = await proxy.open()
    url = postgres_url.replace(f":{urlsplit(postgres_url).port}/", f":{port}/")
    async with run_bot(discord, database={"url": url}):
        proxy.cut()
        assert len(names_in(await send(discord, "!name Tr"))) == 5


async def test_locked_sqlite(
    discord: Loopback,
    run_bot: RunBot,
    lock: Callable[[], None],
    problems: Problems,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(database, "_WRITE_TIMEOUT", 2)
    async with run_bot(discord):
        message = await send(discord, "!name Tr 1")
        lock()
        saving = asyncio.create_task(press(discord, message, "Save"))
        await asyncio.sleep(0.2)
        start = asyncio.get_running_loop().time()
        assert "no saved names" in (await send(discord, "!saved")).content
        assert names_in(await send(discord, "!name Tr"))
        assert asyncio.get_running_loop().time() - start < 1.5  # reads don't wait for the write
        assert not saving.done()
        assert (await saving).content == UNREACHABLE
    (line,) = problems()
    assert "locked" in line
    assert "TRACEBACK" not in line


async def test_slow_database_defers(
    discord: Loopback, run_bot: RunBot, lock: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Save and /settings are deferred while SQLite is locked, and then say what happened."""
    monkeypatch.setattr(database, "_WRITE_TIMEOUT", 2)
    async with run_bot(discord):
        message = await send(discord, "!name Tr 1")
        settings = await invoke(discord, "settings", author="olga")
        lock()
        for call in (
            await discord.press(message, _save_id(message)),
            await discord.select(settings, "namesmith-set:temperature", ["=0.5"], author="olga"),
        ):
            start = asyncio.get_running_loop().time()
            await call.wait_acknowledged()
            assert asyncio.get_running_loop().time() - start < 2.0
            assert await discord.wait_until(partial(_error, call)) == UNREACHABLE


def _save_id(message: Message) -> str:
    items = [item for row in message.components for item in row["components"]]
    return str(next(item["custom_id"] for item in items if item["label"] == "Save"))


def _error(call: object) -> str | None:
    messages = [getattr(call, "response", None), *getattr(call, "followups", [])]
    texts = [m.content for m in messages if m and m.content]
    return next((text for text in texts if text == UNREACHABLE), None)


@pytest.mark.parametrize("with_folder", [False, True])
async def test_deleted_sqlite_file(
    discord: Loopback,
    run_bot: RunBot,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    with_folder: bool,
) -> None:
    data = tmp_path / "data"
    async with run_bot(discord):
        await press(discord, await send(discord, "!name Tr 1"), "Save")
        if with_folder:
            shutil.rmtree(data)
        else:
            (data / "namesmith.sqlite3").unlink()
        assert "no saved names" in (await send(discord, "!saved")).content
        saved = await press(discord, await send(discord, "!name Tr 1"), "Save")
        assert saved.content == "Saved 1 name. See `/saved`."
        assert caplog.text.count("was deleted; created a new database") == 1
        with contextlib.closing(sqlite3.connect(data / "namesmith.sqlite3")) as connection:
            assert connection.execute("SELECT count(*) FROM namesmith_saved_names").fetchone() == (
                1,
            )


async def test_replaced_sqlite_file(discord: Loopback, run_bot: RunBot, tmp_path: Path) -> None:
    """A backup that is moved over the file is read at once."""
    file, backup = tmp_path / "data" / "namesmith.sqlite3", tmp_path / "backup"
    async with run_bot(discord):
        message = await send(discord, "!name Tr 1")
        with contextlib.closing(sqlite3.connect(file)) as connection:
            connection.execute("VACUUM INTO ?", (str(backup),))
        await press(discord, message, "Save")
        backup.replace(file)
        assert "no saved names" in (await send(discord, "!saved")).content
