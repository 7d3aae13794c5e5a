"""What is stored of a server that removes the bot: kept for 30 days, restored, or deleted."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Collection
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.config import Settings
from bot.departed_guilds import GRACE, DepartedGuilds
from bot.loopback import Intent, Loopback
from bot.loopback.gateway.dispatch import Dispatch
from bot.services import Services
from bot.store import GuildSettings, Store, StoreError

from ..openapi import CheckedLoopback
from .commands.styles.helpers import add_candidate, make_style, publish_versions, use_style
from .conftest import RunBot, names_in, send

NOW = datetime(2026, 3, 1, tzinfo=UTC)
GUILDS = [number << 22 for number in range(1, 9)]
HOUR = timedelta(hours=1)


class FakeBot:
    """A client that is in some guilds, as `DepartedGuilds` sees it."""

    def __init__(self, *guild_ids: int) -> None:
        self.shard_id: int | None = None
        self.shard_count: int | None = None
        self.shards: Collection[int] = ()
        self.join(*guild_ids)

    def join(self, *guild_ids: int, unavailable: bool = False) -> None:
        self.guilds = [SimpleNamespace(id=each, unavailable=unavailable) for each in guild_ids]


class Clock:
    def __init__(self) -> None:
        self.time = NOW

    def __call__(self) -> datetime:
        return self.time


@pytest.fixture
async def services(tmp_path: Path) -> AsyncIterator[Services]:
    settings = Settings.of({"bot": {"data_dir": str(tmp_path / "data")}})
    services = await Services.open(settings)
    yield services
    await services.close()


async def fill(services: Services, *guild_ids: int) -> None:
    """Store settings of each guild."""
    for guild_id in guild_ids:
        await services.store.update_guild_settings(guild_id, count=7)


async def left_guilds(services: Services) -> list[int]:
    return sorted(await services.store.get_left_guilds())


async def test_deleted_after_the_grace_period(services: Services) -> None:
    first, second, third = GUILDS[:3]
    await fill(services, first, second)
    await publish_versions(services.library, second, "Abi")
    await publish_versions(services.library, third, "Abi")
    training = await add_candidate(services.store, make_style("Grom"), "owls", second)
    clock, bot = Clock(), FakeBot(first)
    departed = DepartedGuilds(bot, services, clock)
    await departed.check()
    assert await services.store.get_left_guilds() == {second: NOW, third: NOW}
    await services.store.trainings.update(training.id, created_at=NOW + GRACE)
    for passed in (HOUR, GRACE - HOUR):
        clock.time = NOW + passed
        await departed.check()
        assert await services.store.get_left_guilds() == {second: NOW, third: NOW}
        assert services.library.records(second)
    clock.time = NOW + GRACE
    await departed.check()
    assert await left_guilds(services) == []
    assert services.library.guild_ids() == set()
    assert await services.store.get_guild_ids() == {first}
    assert (await services.store.get_guild_settings(first)).count == 7


async def test_restored_on_return(services: Services) -> None:
    first, second = GUILDS[:2]
    await fill(services, first, second)
    await publish_versions(services.library, second, "Abi")
    clock, bot = Clock(), FakeBot(first)
    departed = DepartedGuilds(bot, services, clock)
    await departed.check()
    context = await services.guild_context(second)
    assert context.count == services.settings.names.count
    assert "fauns" not in {card.name for card in context.cards}
    bot.join(first, second)
    clock.time = NOW + 2 * GRACE  # it returned while the bot was offline
    await departed.check()
    assert await left_guilds(services) == []
    context = await services.guild_context(second)
    assert context.count == 7
    assert "fauns" in {card.name for card in context.cards}


async def test_unavailable_guilds_are_kept(services: Services) -> None:
    await fill(services, *GUILDS)
    bot = FakeBot()
    bot.join(*GUILDS, unavailable=True)
    await DepartedGuilds(bot, services).check()
    assert await left_guilds(services) == []


@pytest.mark.parametrize(
    ("stored", "present"),
    [(3, []), (8, []), (8, [99 << 22]), (30, []), (22, GUILDS)],
)
async def test_too_many_missing_guilds(
    services: Services, stored: int, present: list[int], caplog: pytest.LogCaptureFixture
) -> None:
    """A READY without guilds, or the token of another application."""
    guilds = [number << 22 for number in range(1, stored + 1)]
    await fill(services, *guilds)
    gone = 1 << 42
    await services.store.mark_guild_left(gone, NOW - 2 * GRACE)
    await DepartedGuilds(FakeBot(*present), services, Clock()).check()
    assert await left_guilds(services) == [gone]
    assert await services.store.get_guild_ids() == {gone, *guilds}
    missing = len(set(guilds) - set(present))
    assert f"{missing} of the {stored} servers in the database are missing." in caplog.text


async def test_most_guilds_of_a_small_bot_can_go(services: Services) -> None:
    await fill(services, *GUILDS)
    await DepartedGuilds(FakeBot(GUILDS[0]), services, Clock()).check()
    assert await left_guilds(services) == GUILDS[1:]


async def test_a_small_bot_can_lose_all_guilds(services: Services) -> None:
    await fill(services, *GUILDS[:2])
    await DepartedGuilds(FakeBot(), services, Clock()).check()
    assert await left_guilds(services) == GUILDS[:2]


@pytest.mark.parametrize("sharded", [False, True])
async def test_only_guilds_of_own_shards(services: Services, sharded: bool) -> None:
    await fill(services, *GUILDS)
    await services.store.mark_guild_left(GUILDS[1], NOW - 2 * GRACE)  # shard 2
    bot = FakeBot(*GUILDS[2:6])  # shards 3, 0, 1 and 2
    bot.shard_count = 4
    if sharded:
        bot.shards = [0, 3]
    else:
        bot.shard_id = 3
    await DepartedGuilds(bot, services, Clock()).check()
    own = [GUILDS[6], GUILDS[7]] if sharded else [GUILDS[6]]
    assert await left_guilds(services) == [GUILDS[1], *own]


async def test_nothing_is_noted_without_data(services: Services) -> None:
    departed = DepartedGuilds(FakeBot(), services)
    await departed.on_guild_remove(SimpleNamespace(id=GUILDS[0]))  # type: ignore[arg-type]
    assert await services.store.get_guild_ids() == set()


async def test_expired_trainings_are_deleted(services: Services) -> None:
    training = await add_candidate(services.store, make_style("Grom"), "owls", GUILDS[0])
    old = datetime.now(UTC) - timedelta(days=7)
    await services.store.trainings.update(training.id, created_at=old)
    await DepartedGuilds(FakeBot(GUILDS[0]), services).check()
    assert await services.store.trainings.get(training.id) is None


async def test_storage_failure_is_tried_again(
    services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    await fill(services, *GUILDS[:2])
    await services.store.mark_guild_left(GUILDS[0], NOW - GRACE)
    departed = DepartedGuilds(FakeBot(GUILDS[1]), services, Clock())

    async def fail(_: int) -> None:
        raise StoreError("the disk is gone")

    with monkeypatch.context() as patch:
        patch.setattr(services.library, "forget_guild", fail)
        with pytest.raises(StoreError):
            await departed.check()
    assert await left_guilds(services) == GUILDS[:1]
    await departed.check()
    assert await services.store.get_guild_ids() == {GUILDS[1]}


async def test_failing_database_is_one_line(
    services: Services, caplog: pytest.LogCaptureFixture
) -> None:
    departed = DepartedGuilds(FakeBot(), services)
    await services.store.close()
    for event in (departed.on_guild_remove, departed.on_guild_join):
        await event(SimpleNamespace(id=GUILDS[0]))  # type: ignore[arg-type]
    assert [record.exc_info for record in caplog.records] == [None, None]


STEPS = st.lists(
    st.tuples(
        st.sampled_from(["kick", "invite", "offline kick", "offline invite"]), st.integers(0, 2)
    )
    | st.tuples(st.just("wait"), st.integers(1, 40)),
    max_size=25,
)


@given(STEPS)
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_history(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[str, int]]
) -> None:
    """Data is deleted only 30 days after a removal was noticed, and never of a present guild."""
    asyncio.run(run_history(tmp_path_factory.mktemp("data"), steps))


async def run_history(folder: Path, steps: list[tuple[str, int]]) -> None:
    services = await Services.open(Settings.of({"bot": {"data_dir": str(folder)}}))
    others = GUILDS[3:]
    await fill(services, *GUILDS)
    clock, present = Clock(), set(GUILDS[:3])
    noticed: dict[int, datetime] = {}
    deleted: set[int] = set()
    bot = FakeBot(*GUILDS)
    departed = DepartedGuilds(bot, services, clock)
    for step, number in steps:
        guild: Any = SimpleNamespace(id=GUILDS[number % 3])
        if step == "wait":
            clock.time += timedelta(days=number)
        elif step.endswith("kick") and guild.id in present:
            present.remove(guild.id)
        elif step.endswith("invite") and guild.id not in present:
            present.add(guild.id)
        else:
            continue
        bot.join(*present, *others)
        if step == "kick":
            await departed.on_guild_remove(guild)
        elif step == "invite":
            await departed.on_guild_join(guild)
        for each in present:
            noticed.pop(each, None)
        for each in set(GUILDS[:3]) - present - deleted:
            noticed.setdefault(each, clock.time)
        await departed.check()
        for each in [each for each, time in noticed.items() if time <= clock.time - GRACE]:
            deleted.add(each)
            del noticed[each]
        assert await services.store.get_guild_ids() == set(GUILDS) - deleted
        assert await services.store.get_left_guilds() == noticed
        assert services.departed_guilds == noticed.keys()
    await services.close()


async def test_kick_and_return(run_bot: RunBot, store: Store, tmp_path: Path) -> None:
    async with CheckedLoopback(guilds=2) as discord:
        first, second = discord.guilds
        for guild in (first, second):
            await store.update_guild_settings(guild.id, count=7)
        async with run_bot(discord):
            discord.remove_bot(first)
            await wait_for(lambda: store.get_left_guilds(), first.id)
            assert await store.get_guild_settings(first.id) == GuildSettings()
            answer = await send(discord, "!name Tr", channel=discord.channel("general", second))
            assert len(names_in(answer)) == 7
            discord.add_bot(first)
            async with asyncio.timeout(60):
                while await store.get_left_guilds():  # noqa: ASYNC110
                    await asyncio.sleep(0.02)
            answer = await send(discord, "!name Tr", channel=discord.channel("general", first))
            assert len(names_in(answer)) == 7
        assert discord.violations == []


async def wait_for(read: Callable[[], Any], expected: object) -> None:
    async with asyncio.timeout(60):
        while expected not in await read():  # noqa: ASYNC110
            await asyncio.sleep(0.02)


async def test_removed_while_offline(run_bot: RunBot, store: Store) -> None:
    async with CheckedLoopback(guilds=3) as discord:
        first, second, third = discord.guilds
        for guild in discord.guilds:
            await store.update_guild_settings(guild.id, count=7)
        await store.mark_guild_left(third.id, datetime.now(UTC))  # invited back while offline
        discord._backend.state.remove_guild(first)
        async with run_bot(discord):
            await wait_for(lambda: store.get_left_guilds(), first.id)
            assert list(await store.get_left_guilds()) == [first.id]
        await store.mark_guild_present(first.id)
        await store.mark_guild_left(first.id, datetime.now(UTC) - GRACE)
        async with run_bot(discord):
            async with asyncio.timeout(60):
                while first.id in await store.get_guild_ids():  # noqa: ASYNC110
                    await asyncio.sleep(0.02)
        assert await store.get_guild_ids() == {second.id, third.id}
        assert discord.violations == []


async def test_outage_is_no_removal(
    discord: Loopback, run_bot: RunBot, store: Store, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    guild = discord.guild
    await store.update_guild_settings(guild.id, count=7)
    data = {"id": str(guild.id), "unavailable": True}
    async with run_bot(discord):
        discord._backend.gateway.dispatch(Dispatch("GUILD_DELETE", data, Intent.GUILDS, guild.id))
        assert (await use_style(discord, "list")).embeds  # later events are handled in order
        assert await store.get_left_guilds() == {}
        assert len(names_in(await send(discord, "!name Tr"))) == 7
    assert "left" not in caplog.text
