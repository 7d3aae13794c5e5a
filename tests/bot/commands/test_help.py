"""`!help`: its texts are the descriptions of the slash commands."""

import re

import pytest

from bot.loopback import Loopback

from ..conftest import invoke, send

pytestmark = pytest.mark.usefixtures("bot")


async def test_help_lists_all_commands(discord: Loopback) -> None:
    (embed,) = (await send(discord, "!help")).embeds
    shown = dict(line.split("` ", 1) for line in embed["description"].split("\n"))
    assert shown.pop("`!help") == "Show what I can do."
    described = {f"`!{command['name']}": command["description"] for command in discord.commands}
    assert shown.items() < described.items()
    wanted = [
        f"!{name}" for name in ("name", "blend", "rate", "style", "saved", "forget-me", "about")
    ]
    assert list(shown) == [f"`{name}" for name in wanted]
    assert embed["footer"]["text"] == "!help name: a command with its options"


async def test_help_shows_managing_commands_to_managers(discord: Loopback) -> None:
    (embed,) = (await send(discord, "!help", author="olga")).embeds
    assert "`!settings`" in embed["description"]
    assert "`!manage-styles`" in embed["description"]
    (embed,) = (await send(discord, "!help manage-styles")).embeds
    assert "retire`" not in embed["description"]
    direct = discord.dm("olga")  # the bot's owner
    (embed,) = (await send(discord, "!help", author="olga", channel=direct)).embeds
    assert "settings" not in embed["description"]
    (embed,) = (await send(discord, "!help manage-styles", author="olga", channel=direct)).embeds
    assert "`!manage-styles retire`" in embed["description"]


async def test_help_shows_managing_commands_to_the_manager_role(discord: Loopback) -> None:
    role = discord.create_role("Managers", "ben")
    settings = await invoke(discord, "settings", author="olga")
    await (
        await discord.select(settings, "namesmith-set:manager_role", [role], author="olga")
    ).answer()
    (embed,) = (await send(discord, "!help", author="ben")).embeds
    assert "`!manage-styles`" in embed["description"]
    assert "`!settings`" not in embed["description"]
    (embed,) = (await send(discord, "!help")).embeds
    assert "manage-styles" not in embed["description"]


async def test_command_help_shows_options(discord: Loopback) -> None:
    (embed,) = (await send(discord, "!help name")).embeds
    lines = embed["description"].split("\n")
    assert lines[0] == "`!name [prefix] [count] [option:value ...]`"
    (name,) = (command for command in discord.commands if command["name"] == "name")
    assert lines[1] == name["description"]
    options = dict(line.split(": ", 1) for line in lines[2:])
    assert options.keys() == {
        "`prefix`",
        "`style`",
        "`count`",
        "`suffix`, `ends`",
        "`contains`, `has`",
        "`length`",
        "`temperature`",
        "`new`, `new-only`",
        "`seed`",
    }
    assert list(options.values()) == [option["description"] for option in name["options"]]


async def test_group_help_lists_subcommands(discord: Loopback) -> None:
    (embed,) = (await send(discord, "!help style", author="olga")).embeds
    (style,) = (command for command in discord.commands if command["name"] == "style")
    about, *lines = embed["description"].split("\n")
    assert about == style["description"]
    described = {
        f"`!style {command['name']}`": command["description"] for command in style["options"]
    }
    assert dict(re.findall("^(`.*`) (.*)$", "\n".join(lines), re.MULTILINE)) == described
    assert "!help style list: a command with its options" in embed["footer"]["text"]


async def test_subcommand_help_shows_options(discord: Loopback) -> None:
    (embed,) = (await send(discord, "!help style rollback")).embeds
    lines = embed["description"].split("\n")
    assert lines[0] == "`!style rollback style [version] [for-all:yes]`"
    assert [line.split(":")[0] for line in lines[2:]] == ["`style`", "`version`", "`for-all`"]
    error = await send(discord, "!help style nonsense")
    assert error.content == "There is no such command. See `!help style`."
    error = await send(discord, "!help name nonsense")
    assert error.content == "There is no such command. See `!help name`."


async def test_unknown_command_is_an_error(discord: Loopback) -> None:
    answer = await send(discord, "!help nonsense")
    assert answer.content == "There is no such command. See `!help`."
    assert not (await send(discord, "!help @everyone")).mention_everyone
