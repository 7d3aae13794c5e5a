"""`!help`, made of what the slash commands tell of themselves."""

import re

import pytest

from bot.loopback import Loopback

from ..conftest import send

pytestmark = pytest.mark.usefixtures("bot")


async def test_help_lists_the_commands(discord: Loopback) -> None:
    (embed,) = (await send(discord, "!help")).embeds
    told = dict(line.split("` ", 1) for line in embed["description"].split("\n"))
    assert told.pop("`!help") == "Tell what I can do"
    described = {f"`!{one['name']}": one["description"] for one in discord.commands}
    assert told == {name: described[name] for name in sorted(described)}


async def test_help_of_a_command_says_of_each_option_what_the_slash_command_says(
    discord: Loopback,
) -> None:
    (embed,) = (await send(discord, "!help name")).embeds
    lines = embed["description"].split("\n")
    assert lines[0] == "`!name [prefix] [count] [option:value ...]`"
    (name,) = (command for command in discord.commands if command["name"] == "name")
    assert lines[1] == name["description"]
    told = dict(line.split(": ", 1) for line in lines[2:])
    assert told.keys() == {
        "`prefix`",
        "`style`",
        "`count`",
        "`suffix`, `ends`",
        "`contains`, `has`",
        "`length`",
        "`temperature`",
        "`new-only`, `new`",
        "`seed`",
    }
    assert list(told.values()) == [option["description"] for option in name["options"]]


async def test_help_of_a_group_lists_its_commands(discord: Loopback) -> None:
    (embed,) = (await send(discord, "!help style")).embeds
    (style,) = (command for command in discord.commands if command["name"] == "style")
    about, *lines = embed["description"].split("\n")
    assert about == style["description"]
    described = {f"`!style {one['name']}`": one["description"] for one in style["options"]}
    assert dict(re.findall("^(`.*`) (.*)$", "\n".join(lines), re.MULTILINE)) == described
    assert "!help style cancel: that command with its options" in embed["footer"]["text"]


async def test_help_of_a_command_in_a_group_is_as_of_any(discord: Loopback) -> None:
    (embed,) = (await send(discord, "!help style rollback")).embeds
    lines = embed["description"].split("\n")
    assert lines[0] == "`!style rollback style [version] [for-all:yes]`"
    assert [line.split(":")[0] for line in lines[2:]] == ["`style`", "`version`", "`for-all`"]
    wrong = await send(discord, "!help style nonsense")
    assert wrong.content == "There is no such command; see `!help style`."
    wrong = await send(discord, "!help name nonsense")
    assert wrong.content == "There is no such command; see `!help name`."


async def test_help_of_what_there_is_not_is_told_in_one_line(discord: Loopback) -> None:
    answer = await send(discord, "!help nonsense")
    assert answer.content == "There is no such command; see `!help`."
    assert not (await send(discord, "!help @everyone")).mention_everyone
