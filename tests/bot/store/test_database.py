"""Opening a database and upgrading its schema, also by several processes at once."""

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
from bot.store.schema import tables
from bot.store.schema_upgrade import VERSION_TABLE

from .conftest import OpenStore, open_error
from .postgres import PASSWORD

STORE = Path(__file__).parents[3] / "bot" / "store"
USED_BY_STORE = ("atomic_write.py", "observer.py")
_numbers = itertools.count()

LAST_REVISION = max(file.name[:4] for file in (STORE / "migrations/versions").glob("0*.py"))
NEXT_REVISION = f"{int(LAST_REVISION) + 1:04}"
NEXT = f"""
from alembic import op
import sqlalchemy as sa
revision = "{NEXT_REVISION}"
down_revision = "{LAST_REVISION}"

def upgrade():
    op.add_column("namesmith_guilds", sa.Column("colour", sa.Text))
    {{after}}
"""

PROCESS = """
import asyncio, sys
from inventor.store import Store

async def main():
    store = await Store.open(sys.argv[1])
    await store.update_guild_settings(1, **{sys.argv[2]: 2})
    await store.save_names(1, [sys.argv[2], "both"], "names")
    await store.close()

asyncio.run(main())
"""


@pytest.fixture
def copy_store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str | None], Any]:
    """Copy the store package under a new name, with one more migration if one is given."""
    monkeypatch.syspath_prepend(str(tmp_path))

    def copy(change: str | None) -> Any:
        package = tmp_path / f"copy%{next(_numbers)}".replace("%", "_")
        shutil.copytree(STORE, package / "store", ignore=shutil.ignore_patterns("__pycache__"))
        (package / "__init__.py").touch()
        for module in USED_BY_STORE:
            shutil.copy(STORE.parent / module, package)
        if change is not None:
            (package / "store/migrations/versions" / f"{NEXT_REVISION}_colours.py").write_text(
                change
            )
        return importlib.import_module(f"{package.name}.store")

    return copy


async def test_schema_matches_the_tables(store: Store, open_store: OpenStore, url: str) -> None:
    await open_store()

    def differences(connection: Connection) -> Any:
        options = {"version_table": VERSION_TABLE, "compare_type": True}
        return compare_metadata(MigrationContext.configure(connection, opts=options), tables)

    driver = {"sqlite": "sqlite+aiosqlite", "postgresql": "postgresql+asyncpg"}
    scheme, _, rest = url.partition("://")
    engine = create_async_engine(f"{driver[scheme]}://{rest}")
    async with engine.connect() as connection:
        assert await connection.run_sync(differences) == []
    await engine.dispose()


def test_migration_files_have_revisions() -> None:
    script = ScriptDirectory(str(STORE / "migrations"))
    revisions = [
        (Path(change.path).name[:4], change.revision) for change in script.walk_revisions()
    ]
    assert all(name == revision for name, revision in revisions)
    assert script.get_current_head() == max(name for name, _ in revisions)


async def test_opening_leaves_logging_alone(url: str, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    handlers, level = logging.root.handlers[:], logging.getLogger("alembic").level
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for _ in range(2):
            store = await Store.open(url)
            await store.close()
    # Alembic's lines are the host's to filter; the stand-alone client does.
    (record,) = [record for record in caplog.records if not record.name.startswith("alembic.")]
    assert (record.name, record.levelname) == ("bot.store.schema_upgrade", "INFO")
    assert not any(PASSWORD in record.getMessage() for record in caplog.records)
    assert logging.root.handlers == handlers
    assert logging.getLogger("alembic").level == level
    assert not logging.getLogger("sqlalchemy.engine").isEnabledFor(logging.INFO)


async def test_concurrent_opens_share_schema(open_store: OpenStore) -> None:
    stores = await asyncio.gather(*(open_store() for _ in range(8)))
    saved = [store.save_names(1, ["a"], "names") for store in stores]
    assert sum(await asyncio.gather(*saved)) == 1


async def test_databases_open_concurrently(postgres_url: str, tmp_path: Path) -> None:
    urls = [postgres_url, *(f"sqlite:///{tmp_path}/{i}.db" for i in range(3))]
    for store in await asyncio.gather(*map(Store.open, urls)):
        assert await store.save_names(1, ["a"], "names") == 1
        await store.close()


async def test_processes_share_a_database(url: str, open_store: OpenStore, tmp_path: Path) -> None:
    (tmp_path / "inventor").mkdir()
    (tmp_path / "inventor/__init__.py").touch()
    shutil.copytree(STORE, tmp_path / "inventor/store")
    for module in USED_BY_STORE:
        shutil.copy(STORE.parent / module, tmp_path / "inventor")
    processes = [
        await asyncio.create_subprocess_exec(
            sys.executable, "-c", PROCESS, url, field, cwd=tmp_path
        )
        for field in ("count", "temperature")
        for _ in range(2)
    ]
    assert await asyncio.gather(*(process.wait() for process in processes)) == [0] * 4
    store = await open_store()
    settings = await store.get_guild_settings(1)
    assert (settings.count, settings.temperature) == (2, 2.0)
    assert sorted(s.name for s in await store.get_saved_names(1)) == [
        "both",
        "count",
        "temperature",
    ]


async def test_newer_version_keeps_data(
    store: Store, url: str, copy_store: Callable[[str | None], Any]
) -> None:
    await store.update_guild_settings(1, count=3)
    later = await copy_store(NEXT.format(after="")).Store.open(url)
    assert (await later.get_guild_settings(1)).count == 3
    await later.close()
    assert "newer Namesmith" in (line := await open_error(url))
    assert f"schema {NEXT_REVISION}, this version knows {LAST_REVISION}" in line
    assert (
        await store.update_guild_settings(1, style="fauns")
    ).count == 3  # the older process keeps working


async def test_failed_migration_rolls_back(
    store: Store, open_store: OpenStore, url: str, copy_store: Callable[[str | None], Any]
) -> None:
    later = copy_store(NEXT.format(after="op.execute('SELECT wrong FROM namesmith_guilds')"))
    with pytest.raises(later.StoreError, match="wrong"):
        await later.Store.open(url)
    again = await open_store()
    assert await again.save_names(1, ["a"], "names") == 1
    good = copy_store(NEXT.format(after=""))  # fails if the column already exists
    await (await good.Store.open(url)).close()


async def test_close_waits_for_transactions(store: Store, open_store: OpenStore) -> None:
    saving = [asyncio.create_task(store.save_names(1, [f"n{i}"], "names")) for i in range(20)]
    await asyncio.sleep(0)
    await store.close()
    assert await asyncio.gather(*saving) == [1] * 20
    with pytest.raises(StoreError, match="is already closed"):
        await store.get_guild_settings(1)
    await store.close()
    assert await (await open_store()).count_saved_names(1) == 20
