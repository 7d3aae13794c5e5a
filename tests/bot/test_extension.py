"""The extension in another bot: `unload_extension` and failures leave nothing behind."""

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
    """Another bot, not connected, with a temporary data folder."""
    host = commands.Bot("?", intents=discord.Intents.none(), help_command=None)
    host.namesmith_settings = Settings(  # type: ignore[attr-defined]
        bot={"data_dir": str(tmp_path / "data")}  # type: ignore[arg-type]
    )
    async with host:
        yield host


def resources(bot: commands.Bot) -> dict[str, int]:
    """Count everything that an extension could leave behind."""
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


async def wait_for_resources(bot: commands.Bot, wanted: dict[str, int]) -> None:
    """Wait until the counts are `wanted`; threads need a moment to end."""
    async with asyncio.timeout(60):
        while resources(bot) != wanted:  # noqa: ASYNC110
            await asyncio.sleep(0)


async def test_unload_leaves_nothing(host: commands.Bot) -> None:
    bare = resources(host)
    await host.load_extension("bot")
    loaded = resources(host)
    assert loaded["commands"] > bare["commands"]
    assert loaded["items"] > bare["items"]
    for _ in range(3):
        await host.reload_extension("bot")
    await wait_for_resources(host, loaded)
    await host.unload_extension("bot")
    await wait_for_resources(host, bare)


async def test_last_cog_closes_the_services(host: commands.Bot) -> None:
    await host.load_extension("bot")
    cogs = list(host.cogs.values())
    services = cogs[0].services  # type: ignore[attr-defined]
    closed = []
    close = services.store.close

    async def close_and_record() -> None:
        closed.append(len(host.cogs))
        await close()

    services.store.close = close_and_record
    for cog in cogs:
        assert closed == []
        await host.remove_cog(cog.qualified_name)
    await host.unload_extension("bot")
    await services.close()
    assert closed == [0]


async def test_failed_setup_leaves_nothing(host: commands.Bot) -> None:
    @host.command(name="name")
    async def host_command(ctx: commands.Context[commands.Bot]) -> None:
        """A command of the host with the name of ours."""

    bare = resources(host)
    with pytest.raises(commands.ExtensionFailed, match="name"):
        await host.load_extension("bot")
    await wait_for_resources(host, bare)
    host.remove_command("name")
    await host.load_extension("bot")


async def test_disabled_commands(host: commands.Bot) -> None:
    @host.command(name="settings")
    async def host_command(ctx: commands.Context[commands.Bot]) -> None:
        """A command of the host."""

    changed = host.namesmith_settings.bot.model_copy(  # type: ignore[attr-defined]
        update={"disabled_commands": ["settings", "saved"]}
    )
    host.namesmith_settings = Settings(bot=changed)  # type: ignore[attr-defined]
    await host.load_extension("bot")
    assert host.get_command("settings") is host_command
    assert host.tree.get_command("saved") is None
    assert host.tree.get_command("rate")


async def test_prefix_setting_needs_our_prefix(host: commands.Bot) -> None:
    """A server can set its prefix only if the host uses `bot.prefix`."""

    async def default_prefix() -> str | None:
        services = host.cogs["Namesmith"].services  # type: ignore[attr-defined]
        return (await bot_defaults(services, host, 1)).prefix

    await host.load_extension("bot")
    assert await default_prefix() is None
    host.command_prefix = bot.prefix
    await host.reload_extension("bot")
    assert await default_prefix() == "!"


async def test_database_error_leaves_nothing(host: commands.Bot, tmp_path: Path) -> None:
    bare = resources(host)
    (tmp_path / "file").write_text("not a folder")
    host.namesmith_settings = Settings(  # type: ignore[attr-defined]
        bot={"data_dir": str(tmp_path / "file")}  # type: ignore[arg-type]
    )
    with pytest.raises(commands.ExtensionFailed):
        await host.load_extension("bot")
    await wait_for_resources(host, bare)


def test_sections_in_the_hosts_config(tmp_path: Path) -> None:
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


def test_named_config_overrides_the_hosts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "config.toml").write_text("[namesmith.names]\ncount = 3\n")
    (tmp_path / "ours.toml").write_text("[names]\ncount = 4\n")
    monkeypatch.setenv("NAMESMITH_CONFIG", str(tmp_path / "ours.toml"))
    assert host_settings(tmp_path / "config.toml").names.count == 4
    monkeypatch.setenv("NAMESMITH_NAMES__COUNT", "5")
    assert host_settings(tmp_path / "config.toml").names.count == 5
