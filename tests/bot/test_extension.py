"""The extension in another bot: `unload_extension` and failures leave nothing behind."""

import asyncio
import re
import sys
import threading
import tomllib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import discord
import pytest
from discord.ext import commands
from msgspec.structs import asdict, replace

import bot
from bot.commands.settings import bot_defaults
from bot.config import ConfigError, Settings, host_settings
from bot.services import services_of


@pytest.fixture
async def host(tmp_path: Path) -> AsyncIterator[commands.Bot]:
    """Another bot, not connected, with a temporary data folder."""
    host = commands.Bot("?", intents=discord.Intents.none(), help_command=None)
    host.namesmith_settings = Settings(  # type: ignore[attr-defined]
        bot={"data_dir": str(tmp_path / "data")}
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


async def test_close_as_a_background_read_ends(host: commands.Bot) -> None:
    """No cancellation is lost; `asyncio.wait_for` would lose this one, and unloading never end."""
    await host.load_extension("bot")
    services = services_of(host)
    assert services

    async def check() -> None:
        await services.store.get_left_guilds()
        await asyncio.Event().wait()

    before = asyncio.all_tasks()
    services.run_in_background(check())
    while len(tasks := asyncio.all_tasks() - before) < 2:  # noqa: ASYNC110
        await asyncio.sleep(0)
    closing: list[asyncio.Task[None]] = []
    for task in tasks:
        task.add_done_callback(lambda _: closing.append(asyncio.create_task(services.close())))
    async with asyncio.timeout(60):
        while not closing or not closing[0].done():  # noqa: ASYNC110
            await asyncio.sleep(0)
    assert all(task.done() for task in tasks)


@pytest.mark.parametrize("part", ["library", "store", "training_manager"])
async def test_unload_ends_though_a_part_hangs(
    host: commands.Bot, part: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    await host.load_extension("bot")
    services = services_of(host)
    assert services
    close = getattr(services, part).close
    monkeypatch.setattr(getattr(services, part), "close", asyncio.Event().wait)
    module = sys.modules[type(services).__module__]
    for name in ("_CLOSE_SECONDS", "_TRAINING_CLOSE_SECONDS"):
        monkeypatch.setattr(module, name, 0.05)
    async with asyncio.timeout(60):
        await host.reload_extension("bot")
    assert "did not close within 0.05 s" in caplog.text
    assert services_of(host) is not services
    await close()


def configure(host: commands.Bot, **settings: Any) -> None:
    """Set settings of `[bot]`, besides the data folder."""
    changed = asdict(host.namesmith_settings.bot) | settings  # type: ignore[attr-defined]
    host.namesmith_settings = Settings(bot=changed)  # type: ignore[attr-defined]


def add_host_command(host: commands.Bot, name: str, kind: str) -> None:
    """Add a text command with that name or alias, a slash command, or both, to the host."""

    async def text(ctx: commands.Context[commands.Bot]) -> None:
        """A command of the host."""

    async def slash(interaction: discord.Interaction) -> None:
        """A slash command of the host."""

    if kind == "text":
        host.command(name=name)(text)
    elif kind == "alias":
        host.command(name="other", aliases=[name])(text)
    elif kind == "hybrid":
        host.hybrid_command(name=name)(text)
    elif kind == "slash":
        host.tree.command(name=name)(slash)
    else:
        host.tree.add_command(discord.app_commands.Group(name=name, description="A group."))


OWN_COMMANDS = ("name", "rate", "blend", "saved", "settings", "style", "manage-styles", "forget-me")


@pytest.mark.parametrize("kind", ["text", "alias", "hybrid", "slash", "group"])
@pytest.mark.parametrize("name", OWN_COMMANDS)
async def test_clash_leaves_the_host_untouched(host: commands.Bot, name: str, kind: str) -> None:
    add_host_command(host, name, kind)
    bare, tree, texts = resources(host), host.tree.get_commands(), dict(host.all_commands)
    with pytest.raises(commands.ExtensionFailed) as caught:
        await host.load_extension("bot")
    message = str(caught.value.original)
    assert f"already has a command {name}." in message
    assert "\n" not in message
    await wait_for_resources(host, bare)
    assert (host.tree.get_commands(), dict(host.all_commands)) == (tree, texts)


async def test_clash_says_what_to_write(host: commands.Bot) -> None:
    """Each of the two settings that the error names lets the extension load."""
    for name, kind in (("name", "text"), ("style", "slash")):
        add_host_command(host, name, kind)
    bare, tree, texts = resources(host), host.tree.get_commands(), dict(host.all_commands)
    with pytest.raises(commands.ExtensionFailed, match="a command name and style") as caught:
        await host.load_extension("bot")
    message = str(caught.value.original)
    written = re.findall(r"(?:command_names|disabled_commands) = (?:\{.*?\}|\[.*?\])", message)
    assert len(written) == 2
    for setting in written:
        configure(host, **{"command_names": {}, "disabled_commands": []} | tomllib.loads(setting))
        await host.load_extension("bot")
        assert host.get_command("rate")
        await host.unload_extension("bot")
    await wait_for_resources(host, bare)
    assert (host.tree.get_commands(), dict(host.all_commands)) == (tree, texts)


@pytest.mark.parametrize(
    ("name", "kind", "is_left_out"),
    [("help", "slash", True), ("help", "group", True), ("help", "text", False)]
    + [("about", kind, True) for kind in ("text", "alias", "hybrid", "slash")],
)
async def test_hosts_help_stays(
    host: commands.Bot, name: str, kind: str, *, is_left_out: bool
) -> None:
    """A host can have its own help and about. Ours need another name then."""
    add_host_command(host, name, kind)
    own, text = host.tree.get_command(name), host.get_command(name)
    await host.load_extension("bot")
    assert host.get_command(name) is text
    assert (host.tree.get_command(name) is own) == is_left_out
    assert {"help", "about"} - {name} <= {each.name for each in host.tree.get_commands()}
    await host.unload_extension("bot")
    assert host.tree.get_command(name) is own
    configure(host, command_names={name: f"my-{name}"})
    await host.load_extension("bot")
    assert host.tree.get_command(f"my-{name}")


async def test_hosts_message_command_stays(host: commands.Bot) -> None:
    async def rate(interaction: discord.Interaction, message: discord.Message) -> None:
        """A message command of the host."""

    menu = discord.app_commands.ContextMenu(name="Rate this name", callback=rate)
    host.tree.add_command(menu)
    for _ in range(2):
        await host.load_extension("bot")
        assert host.tree.get_command(menu.name, type=menu.type) is menu
        await host.unload_extension("bot")
    assert host.tree.get_command(menu.name, type=menu.type) is menu


async def test_clash_with_a_cog(host: commands.Bot) -> None:
    class Other(commands.Cog, name="Namesmith ratings"):
        pass

    await host.add_cog(Other())
    bare = resources(host)
    with pytest.raises(commands.ExtensionFailed, match="a cog Namesmith ratings"):
        await host.load_extension("bot")
    await wait_for_resources(host, bare)
    configure(host, disabled_commands=["rate"])
    await host.load_extension("bot")


async def test_too_many_slash_commands(host: commands.Bot) -> None:
    for number in range(98):
        add_host_command(host, f"host{number}", "slash")
    bare = resources(host)
    with pytest.raises(commands.ExtensionFailed, match="98 slash commands"):
        await host.load_extension("bot")
    await wait_for_resources(host, bare)
    configure(host, disabled_commands=["rate", "blend", "saved", "settings", "style", "forget-me"])
    await host.load_extension("bot")


async def test_all_commands_can_be_renamed(host: commands.Bot) -> None:
    for name in OWN_COMMANDS:
        add_host_command(host, name, "hybrid")
    bare = resources(host)
    configure(host, command_names={name: f"my-{name}" for name in OWN_COMMANDS})
    for _ in range(2):
        await host.load_extension("bot")
        renamed = {f"my-{name}" for name in OWN_COMMANDS}
        assert renamed <= {command.name for command in host.tree.get_commands()}
        assert renamed <= host.all_commands.keys()
        retire: Any = host.get_command("my-manage-styles retire")
        assert "/my-manage-styles rollback" in retire.app_command.description
        await host.unload_extension("bot")
    await wait_for_resources(host, bare)


@pytest.mark.parametrize(
    ("names", "problem"),
    [
        ({"style": "Styles"}, "lower case"),
        ({"style": "rate"}, "two commands would be called rate"),
        ({"style": "my style"}, "must be text matching"),
        ({"helper": "aid"}, "command_names"),
    ],
)
def test_impossible_command_names(names: dict[str, str], problem: str) -> None:
    with pytest.raises(ValueError, match=problem):
        Settings(bot={"command_names": names})


async def test_disabled_commands(host: commands.Bot) -> None:
    @host.command(name="settings")
    async def host_command(ctx: commands.Context[commands.Bot]) -> None:
        """A command of the host."""

    changed = replace(
        host.namesmith_settings.bot,  # type: ignore[attr-defined]
        disabled_commands=["settings", "saved"],
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
        bot={"data_dir": str(tmp_path / "file")}
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
