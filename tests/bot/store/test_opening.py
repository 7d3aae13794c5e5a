"""Opening a database: by URL, its schema made or brought up to date, or refused in one line."""

import asyncio
import importlib
import itertools
import logging
import shutil
import sys
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection
from sqlalchemy.ext.asyncio import create_async_engine

from bot.store import Store, StoreError
from bot.store.schema import VERSION_TABLE, tables

from .conftest import Opening, refusal
from .postgres import PASSWORD

STORE = Path(__file__).parents[3] / "bot" / "store"
_names = itertools.count()

NEXT = """
from alembic import op
import sqlalchemy as sa
revision = "0003"
down_revision = "0002"

def upgrade():
    op.add_column("namesmith_guilds", sa.Column("colour", sa.Text))
    {after}
"""

PROCESS = """
import asyncio, sys
from inventor.store import Store

async def main():
    store = await Store.open(sys.argv[1])
    await store.change_guild(1, **{sys.argv[2]: 2})
    await store.save(1, [sys.argv[2], "both"], "names")
    await store.close()

asyncio.run(main())
"""


@pytest.fixture
def copied(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str | None], Any]:
    """The store under another name, with one more schema change if a text for it is given."""
    monkeypatch.syspath_prepend(str(tmp_path))

    def copy(change: str | None) -> Any:
        package = tmp_path / f"copy%{next(_names)}".replace("%", "_")
        shutil.copytree(STORE, package / "store", ignore=shutil.ignore_patterns("__pycache__"))
        (package / "__init__.py").touch()
        if change is not None:
            (package / "store/migrations/versions/0003_colours.py").write_text(change)
        return importlib.import_module(f"{package.name}.store")

    return copy


async def test_the_schema_is_that_of_the_tables_and_making_it_twice_changes_nothing(
    store: Store, opened: Opening, url: str
) -> None:
    await opened()

    def differences(connection: Connection) -> Any:
        told = {"version_table": VERSION_TABLE, "compare_type": True}
        return compare_metadata(MigrationContext.configure(connection, opts=told), tables)

    driver = {"sqlite": "sqlite+aiosqlite", "postgresql": "postgresql+asyncpg"}
    scheme, _, rest = url.partition("://")
    engine = create_async_engine(f"{driver[scheme]}://{rest}")
    async with engine.connect() as connection:
        assert await connection.run_sync(differences) == []
    await engine.dispose()


def test_the_files_of_the_schema_changes_are_named_by_their_revisions() -> None:
    script = ScriptDirectory(str(STORE / "migrations"))
    revisions = [
        (Path(change.path).name[:4], change.revision) for change in script.walk_revisions()
    ]
    assert all(name == revision for name, revision in revisions)
    assert script.get_current_head() == max(name for name, _ in revisions)


async def test_opening_warns_of_nothing_and_leaves_the_log_as_it_is(
    url: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    handlers, level = logging.root.handlers[:], logging.getLogger("alembic").level
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for _ in range(2):
            store = await Store.open(url)
            await store.close()
    (told,) = caplog.records
    assert (told.name, told.levelname) == ("bot.store.schema", "INFO")
    assert PASSWORD not in told.getMessage()
    assert logging.root.handlers == handlers
    assert logging.getLogger("alembic").level == level
    assert not logging.getLogger("sqlalchemy.engine").isEnabledFor(logging.INFO)


async def test_many_stores_opened_at_once_make_the_schema_once(opened: Opening) -> None:
    stores = await asyncio.gather(*(opened() for _ in range(8)))
    saved = [store.save(1, ["a"], "names") for store in stores]
    assert sum(await asyncio.gather(*saved)) == 1


async def test_different_databases_can_be_opened_at_once(postgres_url: str, tmp_path: Path) -> None:
    urls = [postgres_url, *(f"sqlite:///{tmp_path}/{i}.db" for i in range(3))]
    for store in await asyncio.gather(*map(Store.open, urls)):
        assert await store.save(1, ["a"], "names") == 1
        await store.close()


async def test_processes_that_start_at_once_share_a_database(
    url: str, opened: Opening, tmp_path: Path
) -> None:
    (tmp_path / "inventor").mkdir()
    (tmp_path / "inventor/__init__.py").touch()
    shutil.copytree(STORE, tmp_path / "inventor/store")
    starting = [
        await asyncio.create_subprocess_exec(
            sys.executable, "-c", PROCESS, url, field, cwd=tmp_path
        )
        for field in ("count", "temperature")
        for _ in range(2)
    ]
    assert await asyncio.gather(*(process.wait() for process in starting)) == [0] * 4
    store = await opened()
    settings = await store.guild(1)
    assert (settings.count, settings.temperature) == (2, 2.0)
    assert sorted(s.name for s in await store.saved(1)) == ["both", "count", "temperature"]


async def test_a_later_version_adds_its_changes_and_keeps_what_is_there(
    store: Store, url: str, copied: Callable[[str | None], Any]
) -> None:
    await store.change_guild(1, count=3)
    later = await copied(NEXT.format(after="")).Store.open(url)
    assert (await later.guild(1)).count == 3
    await later.close()
    assert "newer Namesmith" in (line := await refusal(url))
    assert "schema 0003, this one knows 0002" in line
    assert (await store.change_guild(1, style="elves")).count == 3  # one that runs on may go on


async def test_a_schema_change_that_fails_is_not_made_by_half(
    store: Store, opened: Opening, url: str, copied: Callable[[str | None], Any]
) -> None:
    later = copied(NEXT.format(after="op.execute('SELECT wrong FROM namesmith_guilds')"))
    with pytest.raises(later.StoreError, match="wrong"):
        await later.Store.open(url)
    again = await opened()
    assert await again.save(1, ["a"], "names") == 1
    good = copied(NEXT.format(after=""))  # would fail, were the column there already
    await (await good.Store.open(url)).close()


async def test_closing_lets_what_runs_end_and_then_nothing_can_be_asked(
    store: Store, opened: Opening
) -> None:
    saving = [asyncio.create_task(store.save(1, [f"n{i}"], "names")) for i in range(20)]
    await asyncio.sleep(0)
    await store.close()
    assert await asyncio.gather(*saving) == [1] * 20
    with pytest.raises(StoreError, match="is closed already"):
        await store.guild(1)
    await store.close()
    assert await (await opened()).count_saved(1) == 20
