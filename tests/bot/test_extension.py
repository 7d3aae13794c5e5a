"""The plugin in somebody's bot: what it opens is closed, what it adds is taken back."""

import asyncio
import threading
from collections.abc import AsyncIterator
from pathlib import Path

import discord
import pytest
from discord.ext import commands

import bot
from bot.commands.settings import bot_defaults
from bot.config import ConfigError, Settings, host_settings


@pytest.fixture
async def host(tmp_path: Path) -> AsyncIterator[commands.Bot]:
    """Somebody's bot, not connected, that keeps its data in a folder of the test's."""
    host = commands.Bot("?", intents=discord.Intents.none(), help_command=None)
    host.namesmith_settings = Settings(  # type: ignore[attr-defined]
        bot={"data_dir": str(tmp_path / "data")}  # type: ignore[arg-type]
    )
    async with host:
        yield host


def kept_by(bot: commands.Bot) -> dict[str, int]:
    """Return how much of everything there is that a plugin could leave behind."""
    threads = [thread.name for thread in threading.enumerate()]
    return {
        "commands": len(bot.all_commands),
        "slash commands": len(bot.tree.get_commands()),
        "listeners": sum(map(len, bot.extra_events.values())),
        "items": len(bot._connection._view_store._dynamic_items),
        "views": len(bot._connection._view_store._views),
        "cogs": len(bot.cogs),
        "tasks": len(asyncio.all_tasks()),
        "sampling threads": sum(name.startswith("sampling") for name in threads),
    }


async def settled(bot: commands.Bot, wanted: dict[str, int]) -> None:
    """Wait until no more is kept than `wanted`: threads need a moment to end."""
    async with asyncio.timeout(10):
        while kept_by(bot) != wanted:  # noqa: ASYNC110, threads ring no bell
            await asyncio.sleep(0)


async def test_it_is_loaded_reloaded_and_unloaded_without_a_trace(host: commands.Bot) -> None:
    bare = kept_by(host)
    await host.load_extension("bot")
    loaded = kept_by(host)
    assert loaded["commands"] > bare["commands"]
    assert loaded["items"] > bare["items"]
    for _ in range(10):
        await host.reload_extension("bot")
    await settled(host, loaded)
    await host.unload_extension("bot")
    await settled(host, bare)


async def test_what_it_opened_is_closed_once_with_the_last_of_its_cogs(host: commands.Bot) -> None:
    await host.load_extension("bot")
    cogs = list(host.cogs.values())
    services = cogs[0].services  # type: ignore[attr-defined]
    closed = []
    close = services.store.close

    async def counted() -> None:
        closed.append(len(host.cogs))
        await close()

    services.store.close = counted
    for cog in cogs:
        assert closed == []
        await host.remove_cog(cog.qualified_name)
    await host.unload_extension("bot")
    await services.close()
    assert closed == [0]


async def test_a_setup_that_fails_half_way_leaves_nothing_open(host: commands.Bot) -> None:
    @host.command(name="name")
    async def taken(ctx: commands.Context[commands.Bot]) -> None:
        """A command of the host's that is called as one of ours."""

    bare = kept_by(host)
    with pytest.raises(commands.ExtensionFailed, match="name"):
        await host.load_extension("bot")
    await settled(host, bare)
    host.remove_command("name")
    await host.load_extension("bot")


async def test_commands_that_the_host_has_can_be_left_out(host: commands.Bot) -> None:
    @host.command(name="settings")
    async def theirs(ctx: commands.Context[commands.Bot]) -> None:
        """A command of the host's."""

    changed = host.namesmith_settings.bot.model_copy(  # type: ignore[attr-defined]
        update={"disabled_commands": ["settings", "saved"]}
    )
    host.namesmith_settings = Settings(bot=changed)  # type: ignore[attr-defined]
    await host.load_extension("bot")
    assert host.get_command("settings") is theirs
    assert host.tree.get_command("saved") is None
    assert host.tree.get_command("rate")


async def test_the_prefix_is_a_servers_to_set_where_the_host_goes_by_ours(
    host: commands.Bot,
) -> None:
    def settable() -> str | None:
        services = host.cogs["Namesmith"].services  # type: ignore[attr-defined]
        return bot_defaults(services, host, 1).prefix

    await host.load_extension("bot")
    assert settable() is None
    host.command_prefix = bot.prefix
    await host.reload_extension("bot")
    assert settable() == "!"


async def test_a_database_that_cannot_be_opened_leaves_nothing_open(
    host: commands.Bot, tmp_path: Path
) -> None:
    bare = kept_by(host)
    (tmp_path / "taken").write_text("not a folder")
    host.namesmith_settings = Settings(  # type: ignore[attr-defined]
        bot={"data_dir": str(tmp_path / "taken")}  # type: ignore[arg-type]
    )
    with pytest.raises(commands.ExtensionFailed):
        await host.load_extension("bot")
    await settled(host, bare)


def test_a_hosts_config_can_hold_our_sections(tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    assert host_settings(file) == Settings()
    file.write_text('token = "the host\'s own"\n[shop]\nopen = true\n')
    assert host_settings(file) == Settings()
    file.write_text(
        'token = "t"\n[namesmith.names]\ncount = 3\n[namesmith.limits]\nuser_commands=1'
    )
    assert host_settings(file).names.count == 3
    assert host_settings(file).limits.user_commands == 1
    file.write_text("[namesmith.names]\ncounts = 3\n")
    with pytest.raises(ConfigError, match=r"config\.toml: \[names\] counts: no such setting"):
        host_settings(file)


def test_our_own_config_wins_where_it_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "config.toml").write_text("[namesmith.names]\ncount = 3\n")
    (tmp_path / "ours.toml").write_text("[names]\ncount = 4\n")
    monkeypatch.setenv("NAMESMITH_CONFIG", str(tmp_path / "ours.toml"))
    assert host_settings(tmp_path / "config.toml").names.count == 4
    monkeypatch.setenv("NAMESMITH_NAMES__COUNT", "5")
    assert host_settings(tmp_path / "config.toml").names.count == 5
