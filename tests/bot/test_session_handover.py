"""A restart: the next process resumes the gateway sessions, so no command is lost or done twice."""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest

from bot.client import Namesmith, serve
from bot.config import Settings
from bot.guild_cache import CompactState, GuildCache
from bot.loopback import Loopback, Permission
from bot.loopback.gateway.sessions import SessionStarts
from bot.store import Store

from ..openapi import CheckedLoopback
from .conftest import names_in

SettingsFor = Callable[..., Settings]


@pytest.fixture(autouse=True)
def _quick_stops(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.client._RECEIVE_SECONDS", 0.02)
    monkeypatch.setattr("bot.identify._REFUSED_SECONDS", (0.01, 0.02))


@pytest.fixture
async def discord() -> AsyncIterator[Loopback]:
    """A loopback with three guilds for two shards, which identify as seldom as on Discord."""
    starts = SessionStarts(max_concurrency=16)
    async with CheckedLoopback(guilds=3, starts=starts, acknowledge_timeout=60.0) as loopback:
        yield loopback
        assert loopback.violations == []


@contextlib.asynccontextmanager
async def run_until_stopped(
    discord: Loopback, settings: Settings, *, stop: bool = True
) -> AsyncIterator[Namesmith]:
    """Run a bot; end it as SIGTERM does, or else cancel it."""
    terminated, clients = asyncio.Event(), list[Namesmith]()

    def add(client: Namesmith) -> None:
        client._connection.guild_ready_timeout = 0.1
        clients.append(client)

    task = asyncio.create_task(serve(settings, discord.token, terminated, add))
    await discord.wait_until(lambda: clients and clients[-1].is_ready())
    try:
        yield clients[-1]
    finally:
        terminated.set() if stop else task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


def two_shards(settings_for: SettingsFor, discord: Loopback, **more: Any) -> Settings:
    return settings_for(discord, discord={"shard_count": 2} | more)


def records_of(bot: Namesmith) -> dict[int, bytes]:
    state = bot._connection
    assert isinstance(state, CompactState)
    return state.guild_cache._records


async def ask_everywhere(discord: Loopback) -> list[Any]:
    """Use a text command and a slash command in each guild; return what waits for the answers."""
    waiting: list[Any] = []
    for guild in discord.guilds:
        channel = discord.channel("general", guild)
        waiting.append(discord.wait_reply(await discord.say("!name Tr", channel=channel)))
        waiting.append((await discord.invoke("name", channel=channel)).answer())
    return waiting


async def test_commands_during_a_restart(discord: Loopback, settings_for: SettingsFor) -> None:
    settings = two_shards(settings_for, discord)
    async with run_until_stopped(discord, settings):
        await asyncio.gather(*await ask_everywhere(discord))
    starts = discord._backend.gateway.starts.count
    for _ in range(2):
        waiting = await ask_everywhere(discord)
        async with run_until_stopped(discord, settings):
            waiting += await ask_everywhere(discord)
            answers = await asyncio.gather(*waiting)
        assert all(map(names_in, answers))
        assert len({answer.id for answer in answers}) == 12
    assert discord._backend.gateway.starts.count == starts
    for guild in discord.guilds:
        messages = discord.messages(discord.channel("general", guild)).values()
        assert sum(message.author is discord.bot for message in messages) == 2 + 2 * 4


async def test_guilds_are_known_after_a_restart(
    discord: Loopback, settings_for: SettingsFor
) -> None:
    guild = discord.guild
    thread = discord.create_thread("plots")
    role = discord.create_role("poets", "ada", discord.bot)
    discord.set_permissions("general", discord.bot, deny=Permission.ATTACH_FILES)
    discord.set_preferred_locale("de", guild)
    discord.set_system_channel(guild, discord.channel("general"))
    settings = two_shards(settings_for, discord)
    async with run_until_stopped(discord, settings) as first:
        before = dict(records_of(first))
    invited = discord.create_guild()
    async with run_until_stopped(discord, settings) as second:
        after = records_of(second)
        known, me = second.get_guild(guild.id), second.user
        assert known is not None
        assert me is not None
        assert second.get_guild(invited.id) is not None
        assert known.me.id == me.id
        assert known.me.get_role(role.id) is not None
        assert known.get_thread(thread.id) is not None
        general = known.get_channel(discord.channel("general").id)
        assert general is not None
        assert not general.permissions_for(known.me).attach_files
        assert general.permissions_for(known.me).send_messages
    assert before.items() < after.items()
    assert after.keys() - before.keys() == {invited.id}


async def test_guild_that_leaves_during_a_restart(
    discord: Loopback, settings_for: SettingsFor
) -> None:
    settings, left = two_shards(settings_for, discord), discord.guilds[1]
    async with run_until_stopped(discord, settings):
        pass
    discord.remove_bot(left)
    async with run_until_stopped(discord, settings) as bot:
        await discord.wait_until(lambda: bot.get_guild(left.id) is None)
        assert len(bot.guilds) == 2


async def test_session_that_discord_has_ended(discord: Loopback, settings_for: SettingsFor) -> None:
    settings, left = two_shards(settings_for, discord), discord.guilds[1]
    async with run_until_stopped(discord, settings):
        pass
    discord._backend.gateway.starts.interval = 0
    discord._backend.gateway.sessions.clear()
    discord.remove_bot(left)
    async with run_until_stopped(discord, settings) as bot:
        answers = await asyncio.gather(*await ask_everywhere(discord))
        assert all(map(names_in, answers))
        assert {guild.id for guild in bot.guilds} == {guild.id for guild in discord.guilds}


async def test_killed_bot_leaves_no_session(discord: Loopback, settings_for: SettingsFor) -> None:
    settings = two_shards(settings_for, discord)
    discord._backend.gateway.starts.interval = 0
    async with run_until_stopped(discord, settings, stop=False):
        pass
    async with run_until_stopped(discord, settings):
        await asyncio.gather(*await ask_everywhere(discord))
    assert discord._backend.gateway.starts.count == 4
    assert discord._backend.gateway.resume_count == 0


@pytest.mark.parametrize(
    "change",
    [
        {"guilds": b"garbage"},
        {"guilds": GuildCache(CompactState.__new__(CompactState)).dump([]) + b"\xff"},
        {"gateway_url": "ws://127.0.0.1:1"},
        {"session_id": "unknown"},
        {"sequence": 10**9},
    ],
    ids=["no-guilds", "cut-guilds", "no-gateway", "unknown-session", "wrong-sequence"],
)
async def test_damaged_session(
    discord: Loopback, settings_for: SettingsFor, store: Store, change: dict[str, Any]
) -> None:
    settings = two_shards(settings_for, discord)
    discord._backend.gateway.starts.interval = 0
    async with run_until_stopped(discord, settings) as bot:
        intents, application_id = bot.intents.value, discord.application_id
    for session in await store.sessions.take(application_id, 2, intents, [0, 1]):
        damaged = type(session)(**{**session.__dict__, **change})
        await store.sessions.save(damaged)
    async with run_until_stopped(discord, settings) as bot:
        answers = await asyncio.gather(*await ask_everywhere(discord))
        assert all(map(names_in, answers))
        assert {guild.id for guild in bot.guilds} == {guild.id for guild in discord.guilds}
    assert discord._backend.gateway.starts.count == 4


async def test_interaction_that_expires_during_a_restart(
    settings_for: SettingsFor, caplog: pytest.LogCaptureFixture
) -> None:
    async with CheckedLoopback(guilds=2, acknowledge_timeout=0.5) as discord:
        settings = two_shards(settings_for, discord)
        async with run_until_stopped(discord, settings):
            pass
        call = await discord.invoke("name")
        text = await discord.say("!name Tr")
        with pytest.raises(TimeoutError, match="did not respond"):
            await call.wait_acknowledged()
        async with run_until_stopped(discord, settings):
            assert names_in(await discord.wait_reply(text))
    assert [r.message for r in caplog.records if r.levelno >= logging.ERROR or r.exc_info] == []


async def test_stop_during_the_start(
    discord: Loopback, settings_for: SettingsFor, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = two_shards(settings_for, discord)
    async with run_until_stopped(discord, settings):
        pass
    with monkeypatch.context() as patch:
        terminated = asyncio.Event()

        async def launch(self: Namesmith, *_: object, **__: object) -> None:
            terminated.set()
            await asyncio.Event().wait()

        patch.setattr(Namesmith, "launch_shard", launch)
        await serve(settings, discord.token, terminated)
    async with run_until_stopped(discord, settings):
        await asyncio.gather(*await ask_everywhere(discord))
    assert discord._backend.gateway.resume_count == 2


async def test_other_intents_start_anew(discord: Loopback, settings_for: SettingsFor) -> None:
    discord._backend.gateway.starts.interval = 0
    async with run_until_stopped(discord, two_shards(settings_for, discord, message_content=False)):
        pass
    async with run_until_stopped(discord, two_shards(settings_for, discord)):
        await asyncio.gather(*await ask_everywhere(discord))
    assert discord._backend.gateway.resume_count == 0


async def test_only_shard_0_syncs_commands(
    discord: Loopback, settings_for: SettingsFor, tmp_path: Path
) -> None:
    settings = two_shards(settings_for, discord, shards_per_process=1, process_index="bot-1")
    task = asyncio.create_task(serve(settings, discord.token))
    await discord.wait_ready([1])
    assert discord.commands == []
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task
