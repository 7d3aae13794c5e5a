"""docs/hosting.md: its backups are made and restored, and the first version's data is upgraded."""

import asyncio
import contextlib
import os
import re
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from discord.gateway import DiscordWebSocket
from discord.http import Route

from bot.loopback import Loopback, Message

from ..bot.commands.styles.helpers import use_style
from ..bot.conftest import invoke, names_in, press, send
from ..bot.store.postgres import PASSWORD, NoPostgresError, Postgres, postgres_server
from ..bot_runner import bot_settings, run_bot
from ..openapi import CheckedLoopback
from ..processes import REPOSITORY
from .test_containers import tool
from .test_systemd import UNIT

PAGE = (REPOSITORY / "docs" / "hosting.md").read_text(encoding="utf-8")
FIRST = Path(__file__).with_name("first_database.sql")
"""A dump of the SQLite file of the first version that had one."""


def commands_of(heading: str, *, restore: bool = False) -> list[str]:
    """Return the commands under a heading, up to or from the words "To restore"."""
    section = re.split(r"\n##+ ", PAGE.partition(f"# {heading}\n")[2])[0]
    before, _, after = section.partition("\nTo restore")
    return re.findall(r"(?m)^    \$ (.*)$", after if restore else before)


async def run_shell(lines: list[str], folder: Path, **environment: str) -> None:
    """Run `lines` in `folder` in one shell, to the end or the first failure."""
    process = await asyncio.create_subprocess_exec(
        *("bash", "-euc", "\n".join(lines)),
        cwd=folder,
        env=os.environ | environment,
        stderr=asyncio.subprocess.PIPE,
    )
    _, errors = await process.communicate()
    assert process.returncode == 0, errors.decode()


@pytest.fixture(scope="module")
def postgres() -> Iterator[Postgres]:
    try:
        with postgres_server() as server:
            yield server
    except NoPostgresError as error:
        pytest.skip(str(error))


async def change(discord: Loopback, style: str, names: int) -> None:
    """Publish a style, and save the names of an answer."""
    preview = await use_style(discord, "pattern", name=style, pattern="{elves}")
    await press(discord, preview, "Publish", author="olga")
    for number in range(names):
        await press(discord, await send(discord, f"!name 1 style:{style} seed:{number}"), "Save")


async def saved(discord: Loopback) -> list[str]:
    message: Message = await invoke(discord, "saved")
    return names_in(message)


def in_folders(lines: list[str], data: Path, backups: Path) -> list[str]:
    """Return commands of the page as a user runs them, for the bot of a test."""
    text = "\n".join(lines).replace("/var/lib/namesmith", str(data))
    text = text.replace("/var/backups/namesmith", str(backups))
    text = re.sub(r"sudo (-u namesmith )?", "", text).replace("-o namesmith ", "")
    return [line for line in text.split("\n") if not line.startswith("systemctl")]


@pytest.fixture(autouse=True)
def same_urls(monkeypatch: pytest.MonkeyPatch) -> None:
    """Give discord.py its URLs back after a test."""
    monkeypatch.setattr(Route, "BASE", Route.BASE)
    monkeypatch.setattr(DiscordWebSocket, "DEFAULT_GATEWAY", DiscordWebSocket.DEFAULT_GATEWAY)


async def test_sqlite_is_backed_up_and_restored(tmp_path: Path) -> None:
    tool("sqlite3")
    data, backups = tmp_path / "data", tmp_path / "backups"
    async with CheckedLoopback() as discord:
        settings = bot_settings(discord, data, limits={"user_commands": 0, "channel_commands": 0})
        async with run_bot(discord, settings):
            await change(discord, "first", names=2)
            before = await saved(discord)
            backup = in_folders(commands_of("SQLite"), data, backups)
            await run_shell(backup, tmp_path)
            await change(discord, "second", names=3)
            assert len(await saved(discord)) > len(before) > 0
        restore = in_folders(commands_of("SQLite", restore=True), data, backups)
        assert any("cp" in line for line in restore)
        await run_shell([backup[0], *restore], tmp_path)
        async with run_bot(discord, settings):
            assert await saved(discord) == before
            assert names_in(await send(discord, "!name style:first"))
            assert "second" in (await send(discord, "!name style:second")).content


async def test_postgresql_is_backed_up_and_restored(tmp_path: Path, postgres: Postgres) -> None:
    tool("pg_dump")
    await postgres.run("CREATE DATABASE namesmith")
    connection = {
        "PGHOST": "127.0.0.1",
        "PGPORT": str(postgres.port),
        "PGPASSWORD": PASSWORD,
    }

    async def run(lines: list[str]) -> None:
        """Run the commands in the database's container here, with the test's administrator."""
        own = [line for line in lines if "docker compose exec" in line]
        text = "\n".join(own).replace("docker compose exec -T database ", "")
        text = text.replace("--username=namesmith", "--username=postgres")
        await run_shell([text], tmp_path, **connection)

    async with CheckedLoopback() as discord:
        limits = {"user_commands": 0, "channel_commands": 0}
        database = {"url": postgres.url("namesmith")}
        settings = bot_settings(discord, tmp_path / "data", limits=limits, database=database)
        async with run_bot(discord, settings):
            await change(discord, "first", names=2)
            before = await saved(discord)
            await run(commands_of("PostgreSQL"))
            await change(discord, "second", names=3)
            assert len(await saved(discord)) > len(before) > 0
        await run(commands_of("PostgreSQL", restore=True))
        async with run_bot(discord, settings):
            assert await saved(discord) == before


async def test_data_of_the_first_version_is_upgraded(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    (tmp_path / "data").mkdir()
    file = tmp_path / "data" / "namesmith.sqlite3"
    async with CheckedLoopback() as discord:
        with contextlib.closing(sqlite3.connect(file)) as connection:
            connection.executescript(FIRST.read_text(encoding="utf-8"))
            # The members of a loopback have new ids each time.
            ada = discord.user("ada").id
            connection.execute("UPDATE namesmith_saved_names SET user_id = ?", (ada,))
            connection.commit()
        async with run_bot(discord, bot_settings(discord, tmp_path / "data")):
            answer = await send(discord, "$name")  # the server's prefix, style and count
            assert answer.embeds[0]["title"] == "Dinosaurs"
            assert len(names_in(answer)) == 3
            assert (await saved(discord)) == ["Trudie · names"]
            assert "blocked" in (await send(discord, "$name Trella")).content
    assert "upgraded the schema from 0001 to " in caplog.text


def test_page_and_unit_have_the_same_paths() -> None:
    unit = UNIT.read_text(encoding="utf-8")
    for path in ("/opt/namesmith/bin/", "/etc/namesmith/discord_token", "User=namesmith"):
        assert path in unit
        assert path.removeprefix("User=") in PAGE


def test_page_names_files_that_exist() -> None:
    for path in re.findall(r"deploy/[\w./]+\w", PAGE):
        is_own = "secret" in path  # what the reader makes
        assert is_own or (REPOSITORY / path).exists(), path
