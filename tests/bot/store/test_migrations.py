"""Migrations of databases that hold data of each earlier schema version."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from msgspec.structs import replace
from sqlalchemy.ext.asyncio import create_async_engine

from bot.store import CorpusSummary, GuildSettings, NewTraining, Training, TrainingReport
from bot.store.schema_upgrade import MIGRATIONS, VERSION_TABLE

from .conftest import OpenStore

ANN, BEN, GUILD = 2**61, 17, 2**63 - 1
NOW = datetime.now(UTC).replace(microsecond=0)

PREVIEW: dict[str, Any] = {
    "samples": 412,
    "duplicates": 3,
    "blanks": 1,
    "characters": 2871,
    "distinct": 31,
    "alphabet": ["'", "a", "é", "悪", "\u0000"],
    "lengths": [[3, 100], [4, 300], [9, 12]],
    "shown": ["Ann", "Béa"],
    "digest": "ab" * 64,
    "warnings": ["fauns.txt: looks like a table of 2 columns"],
}
"""The JSON of an offered training, as version 0002 wrote it."""
DONE = PREVIEW | {
    "report": {"nats_per_character": 1.75, "share_new": 0.6, "corpus_quantiles": [0.5, 1.5]},
    "history": [[0, 3.4, 3.5], [100, 1.9, 2.0]],
    "steps": 1000,
    "seconds": 52.5,
    "warnings": ["the style repeats its list"],
}
"""The JSON of a finished training, as version 0002 wrote it."""
ROWS: dict[str, tuple[str, dict[str, Any]]] = {
    "offered": ("offered", PREVIEW),
    "waiting": ("waiting", PREVIEW),
    "running": ("running", PREVIEW),
    "unseen": ("done", DONE),
    "seen": ("done", DONE | {"names": "*Abi*\nBea", "ending_shown": True}),
    "failed": (
        "failed",
        PREVIEW | {"failed": "its job broke:\u0000 OSError", "ending_shown": True},
    ),
    "cancelled": ("cancelled", PREVIEW | {"cancelled_by": ANN}),
    "forgotten": ("cancelled", PREVIEW),
    "published": ("published", DONE | {"decided": {"by": BEN, "version": 3}, "names": "Abi"}),
    "nobody": ("published", DONE | {"decided": {"by": None, "version": 4}}),
    "discarded": ("discarded", DONE | {"decided": {"by": ANN}}),
    "dropped": ("discarded", PREVIEW),
}
"""Trainings of version 0002 by their style: state and JSON."""
SUMMARY = CorpusSummary(
    samples=412,
    duplicates=3,
    blank_lines=1,
    characters=2871,
    distinct_characters=31,
    alphabet=("'", "a", "é", "悪", "\u0000"),
    lengths=((3, 100), (4, 300), (9, 12)),
    examples=("Ann", "Béa"),
    digest="ab" * 64,
    warnings=("fauns.txt: looks like a table of 2 columns",),
)
REPORT = TrainingReport(
    metrics={"nats_per_character": 1.75, "share_new": 0.6, "corpus_quantiles": [0.5, 1.5]},
    history=((0, 3.4, 3.5), (100, 1.9, 2.0)),
    steps=1000,
    seconds=52.5,
    warnings=("the style repeats its list",),
)

Run = Callable[[Callable[[sa.Connection], Any]], Any]


@pytest.fixture
def run(url: str) -> Run:
    """Run a function with a connection to the database, in one transaction."""
    scheme, _, rest = url.partition("://")
    driver = {"sqlite": "sqlite+aiosqlite", "postgresql": "postgresql+asyncpg"}[scheme]
    if scheme == "sqlite":
        Path(rest).parent.mkdir(parents=True, exist_ok=True)

    async def run_sync(work: Callable[[sa.Connection], Any]) -> Any:
        engine = create_async_engine(f"{driver}://{rest}")
        async with engine.begin() as connection:
            result = await connection.run_sync(work)
        await engine.dispose()
        return result

    return run_sync


def migrate(connection: sa.Connection, revision: str) -> None:
    """Upgrade or downgrade the database to `revision`."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes.update(connection=connection, version_table=VERSION_TABLE)
    exists = sa.inspect(connection).has_table(VERSION_TABLE)
    move = command.downgrade if exists and revision < current(connection) else command.upgrade
    move(config, revision)


def drop_all(connection: sa.Connection) -> None:
    """Drop all tables."""
    found = sa.MetaData()
    found.reflect(connection)
    found.drop_all(connection)


def current(connection: sa.Connection) -> str:
    return str(connection.scalar(sa.text(f"SELECT version_num FROM {VERSION_TABLE}")))


def insert(connection: sa.Connection, table: str, rows: list[dict[str, Any]]) -> None:
    """Insert rows with the types that the database has."""
    found = sa.Table(table, sa.MetaData(), autoload_with=connection)
    connection.execute(sa.insert(found), rows)


def fill_0001(connection: sa.Connection) -> None:
    guild: dict[str, Any] = {
        "id": GUILD,
        "style": "fauns",
        "count": 7,
        "temperature": 1.25,
        "new_only": True,
    }
    guild |= {"channels": [5, 2**62], "blocked": ["вред"], "prefix": None}
    insert(connection, "namesmith_guilds", [guild])
    name: dict[str, Any] = {"user_id": ANN, "digest": b"0" * 16, "name": "Rex 悪", "style": "names"}
    insert(connection, "namesmith_saved_names", [name | {"saved_at": NOW}])


def fill_0002(connection: sa.Connection) -> None:
    common: dict[str, Any] = {
        "guild_id": GUILD,
        "home_id": 5,
        "user_id": BEN,
        "channel_id": 3,
        "message_id": 4,
    }
    common |= {"recipe": "fast", "file": "fauns.txt", "created_at": NOW, "begun_at": NOW}
    rows = [
        common
        | {"style": style, "state": state, "told": told}
        | {"corpus": b"Ann\n", "candidate": b"style" if state == "done" else None}
        for style, (state, told) in ROWS.items()
    ]
    rows[0] |= {"begun_at": None, "message_id": None, "guild_id": None, "home_id": None}
    insert(connection, "namesmith_trainings", rows)


def table_rows(connection: sa.Connection, table: str) -> list[dict[str, Any]]:
    found = sa.Table(table, sa.MetaData(), autoload_with=connection)
    rows = connection.execute(sa.select(found).order_by(found.c.id))
    return [dict(row._mapping) for row in rows]


def schema_of(connection: sa.Connection) -> dict[str, Any]:
    """Return the columns, keys and constraints of all tables, without defaults for old rows."""
    inspector = sa.inspect(connection)
    return {
        table: (
            {
                each["name"]: (str(each["type"]), each["nullable"], "seq" in str(each["default"]))
                for each in inspector.get_columns(table)
            },
            inspector.get_pk_constraint(table),
            inspector.get_unique_constraints(table),
            inspector.get_foreign_keys(table),
            inspector.get_indexes(table),
        )
        for table in inspector.get_table_names()
    }


async def test_new_database_equals_a_migrated_one(run: Run, open_store: OpenStore) -> None:
    async def schema() -> tuple[Any, ...]:
        rules = "SELECT sql LIKE '%AUTOINCREMENT%' FROM sqlite_master ORDER BY name"
        is_sqlite = await run(lambda connection: connection.dialect.name == "sqlite")
        found = await run(lambda c: c.execute(sa.text(rules)).all()) if is_sqlite else None
        return await run(schema_of), found, await run(current)

    await (await open_store()).close()
    created = await schema()
    await run(drop_all)
    await run(lambda connection: migrate(connection, "head"))
    assert created == await schema()


async def test_new_database_down_to_0001_and_back(run: Run, open_store: OpenStore) -> None:
    await (await open_store()).close()
    await run(lambda connection: migrate(connection, "0001"))
    store = await open_store()
    assert await store.save_names(ANN, ["Ann"], "names") == 1
    assert await store.trainings.list_active() == []


async def test_from_0001(run: Run, open_store: OpenStore) -> None:
    await run(lambda connection: migrate(connection, "0001"))
    await run(fill_0001)
    store = await open_store()
    settings = GuildSettings("fauns", 7, 1.25, True, (5, 2**62), ("вред",))
    assert await store.get_guild_settings(GUILD) == settings
    (saved,) = await store.get_saved_names(ANN)
    assert (saved.name, saved.style, saved.saved_at) == ("Rex 悪", "names", NOW)
    assert await store.trainings.list_active() == []


async def test_from_0002(run: Run, open_store: OpenStore) -> None:
    await run(lambda connection: migrate(connection, "0002"))
    await run(fill_0001)
    await run(fill_0002)
    store = await open_store()
    assert await store.count_saved_names(ANN) == 1
    states = {"waiting": "queued"}
    found: dict[str, Training] = {}
    for id, (style, (state, told)) in enumerate(ROWS.items(), 1):
        training = await store.trainings.get(id)
        assert training is not None
        found[style] = training
        assert (training.style, training.state) == (style, states.get(state, state))
        assert (training.created_at, training.file_name) == (NOW, "fauns.txt")
        warnings = tuple(told["warnings"])
        assert training.corpus_summary == replace(SUMMARY, warnings=warnings)
        assert training.report == (REPORT if "report" in told else None)
        assert training.failure == ("its job broke:\ufffd OSError" if style == "failed" else None)
        assert training.is_outcome_shown == (style in ("seen", "failed"))
        assert training.cancelled_by == (ANN if style == "cancelled" else None)
        assert await store.trainings.get_corpus(id) == b"Ann\n"
    columns = {
        style: (training.decided_by, training.published_version, training.sample_names)
        for style, training in found.items()
    }
    decided = {style: values for style, values in columns.items() if any(values)}
    assert decided == {
        "seen": (None, None, "*Abi*\nBea"),
        "published": (BEN, 3, "Abi"),
        "nobody": (None, 4, None),
        "discarded": (ANN, None, None),
    }
    offered, active = found["offered"], found["waiting"]
    assert (offered.guild_id, offered.origin_guild_id, offered.started_at) == (None, None, None)
    assert (active.guild_id, active.origin_guild_id, active.started_at) == (GUILD, 5, NOW)
    assert [t.style for t in await store.trainings.list_active()] == ["waiting", "running"]
    unreported = [t.style for t in await store.trainings.list_unreported()]
    assert unreported == ["unseen", "cancelled", "forgotten"]
    assert await store.trainings.count_by_user(ANN) == 2


async def test_from_0003_and_back(run: Run, open_store: OpenStore) -> None:
    await run(lambda connection: migrate(connection, "0003"))
    await run(fill_0001)
    before = await run(lambda connection: table_rows(connection, "namesmith_guilds"))
    store = await open_store()
    assert (await store.get_guild_settings(GUILD)).offered == ()
    await store.update_guild_settings(GUILD, offered=["fauns"])
    await store.close()
    await run(lambda connection: migrate(connection, "0003"))
    assert await run(lambda connection: table_rows(connection, "namesmith_guilds")) == before


async def test_from_0004_and_back(run: Run, open_store: OpenStore) -> None:
    await run(lambda connection: migrate(connection, "0004"))
    await run(fill_0001)
    before = await run(lambda connection: table_rows(connection, "namesmith_guilds"))
    store = await open_store()
    assert await store.get_left_guilds() == {}
    await store.mark_guild_left(GUILD, NOW)
    await store.mark_guild_left(GUILD, NOW + timedelta(days=1))  # known already
    assert await store.get_left_guilds() == {GUILD: NOW}
    assert await store.get_guild_settings(GUILD) == GuildSettings()
    await store.mark_guild_present(GUILD)
    assert (await store.get_guild_settings(GUILD)).count == 7
    await store.close()
    await run(lambda connection: migrate(connection, "0004"))
    assert await run(lambda connection: table_rows(connection, "namesmith_guilds")) == before


async def test_ids_continue(run: Run, open_store: OpenStore) -> None:
    await run(lambda connection: migrate(connection, "0002"))
    await run(fill_0002)
    store = await open_store()
    await store.forget_guild(GUILD)
    offer: dict[str, Any] = {
        "style": "owls",
        "guild_id": None,
        "origin_guild_id": None,
        "recipe": "fast",
    }
    offer |= {"user_id": ANN, "channel_id": 3, "file_name": "owls.txt", "corpus": b"Og\n"}
    added = await store.trainings.add(NewTraining(**offer, corpus_summary=SUMMARY))
    assert added.id == len(ROWS) + 1


async def test_down_to_0002(run: Run, open_store: OpenStore) -> None:
    await run(lambda connection: migrate(connection, "0002"))
    await run(fill_0002)
    before = await run(lambda connection: table_rows(connection, "namesmith_trainings"))
    await (await open_store()).close()
    await run(lambda connection: migrate(connection, "0002"))
    after = await run(lambda connection: table_rows(connection, "namesmith_trainings"))
    changed = json.dumps(PREVIEW | ROWS["failed"][1]).replace("\\u0000 ", "\\ufffd ")
    before[list(ROWS).index("failed")]["told"] = json.loads(changed)
    assert after == before
    assert await run(current) == "0002"
    store = await open_store()
    assert len(await store.trainings.list_active()) == 2


async def test_down_to_0001(run: Run, open_store: OpenStore) -> None:
    store = await open_store()
    await store.save_names(ANN, ["Rex"], "names")
    await store.close()
    await run(lambda connection: migrate(connection, "0001"))
    reopened = await open_store()
    assert await reopened.count_saved_names(ANN) == 1
    since = datetime.now(UTC) - timedelta(days=1)
    assert await reopened.trainings.count_started_since(None, since) == 0
