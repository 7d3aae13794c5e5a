"""Application commands: registration, sync, and validation."""

from typing import Any

import discord
import pytest
from discord import Interaction
from hypothesis import given
from hypothesis import strategies as st

from bot.loopback import Loopback
from bot.loopback.payloads.application_commands import CommandRegistry
from bot.loopback.state.encoding import SnowflakeGenerator
from bot.loopback.state.errors import DiscordError

from .conftest import Client, RunBot, create_bot


def with_commands(*names: str) -> Client:
    bot = create_bot()
    for name in names:

        async def answer(interaction: Interaction) -> None:
            await interaction.response.send_message("yes")

        bot.tree.command(name=name, description=f"does {name}")(answer)
    return bot


async def test_sync_registers_commands(loopback: Loopback, run_bot: RunBot) -> None:
    bot = with_commands("one", "two")
    async with run_bot(loopback, bot):
        synced = await bot.tree.sync()
        await loopback.wait_commands()
        assert [command.name for command in synced] == ["one", "two"]
        assert [command["name"] for command in loopback.commands] == ["one", "two"]
        assert [command.id for command in await bot.tree.fetch_commands()] == [
            int(command["id"]) for command in loopback.commands
        ]


async def test_sync_preserves_ids(loopback: Loopback, run_bot: RunBot) -> None:
    bot = with_commands("one", "two")
    async with run_bot(loopback, bot):
        await bot.tree.sync()
        before = {command["name"]: command["id"] for command in loopback.commands}
        bot.tree.remove_command("one")
        await bot.tree.sync()
        assert {command["name"]: command["id"] for command in loopback.commands} == {
            "two": before["two"]
        }


async def test_guild_commands(loopback: Loopback, run_bot: RunBot) -> None:
    bot = with_commands("one")
    async with run_bot(loopback, bot):
        guild = discord.Object(loopback.guild.id)
        bot.tree.copy_global_to(guild=guild)
        await bot.tree.sync(guild=guild)
        assert loopback.commands == []
        assert [command["guild_id"] for command in loopback.guild_commands] == [
            str(loopback.guild.id)
        ]
        assert (await (await loopback.invoke("one")).answer()).content == "yes"


def test_options_have_localizations() -> None:
    choices = [{"name": "Elf", "value": "elf"}]
    kind = {"type": 3, "name": "kind", "description": "d", "required": False, "choices": choices}
    train = {"type": 1, "name": "train", "description": "d", "options": [kind]}
    body = {"name": "style", "description": "d", "options": [train]}
    names = {"name_localizations": None}
    both = names | {"description_localizations": None}
    listed = kind | both | {"choices": [choices[0] | names]}
    del listed["required"]
    registry = CommandRegistry(1, SnowflakeGenerator())
    command, _ = registry.upsert(None, body)
    assert command["options"] == [train | both | {"options": [listed]}]
    assert registry.edit(None, int(command["id"]), {})["options"] == command["options"]


async def test_fetch_edit_and_delete(loopback: Loopback, run_bot: RunBot) -> None:
    bot = with_commands("one")
    async with run_bot(loopback, bot):
        (command,) = await bot.tree.sync()
        await command.edit(description="a new description")
        assert loopback.commands[0]["description"] == "a new description"
        assert (await bot.tree.fetch_command(command.id)).description == "a new description"
        await command.delete()
        assert loopback.commands == []
        with pytest.raises(discord.NotFound) as unknown:
            await bot.tree.fetch_command(command.id)
        assert unknown.value.code == 10063


async def test_upsert_command(loopback: Loopback, run_bot: RunBot) -> None:
    bot = create_bot()
    async with run_bot(loopback, bot):
        body: Any = {"name": "solo", "description": "alone", "type": 1}
        for _ in range(2):
            await bot.http.upsert_global_command(loopback.application_id, body)
        assert [command["name"] for command in loopback.commands] == ["solo"]


INVALID: dict[str, tuple[dict[str, Any], str]] = {
    "a name with capitals": ({"name": "Name"}, "APPLICATION_COMMAND_INVALID_NAME"),
    "no description": ({"description": ""}, "BASE_TYPE_REQUIRED"),
    "a long description": ({"description": "x" * 101}, "BASE_TYPE_MAX_LENGTH"),
    "an option twice": (
        {"options": [{"type": 3, "name": "a", "description": "d"}] * 2},
        "APPLICATION_COMMAND_OPTIONS_NAME_ALREADY_EXISTS",
    ),
    "required after optional": (
        {
            "options": [
                {"type": 3, "name": "a", "description": "d"},
                {"type": 3, "name": "b", "description": "d", "required": True},
            ]
        },
        "APPLICATION_COMMAND_OPTIONS_REQUIRED_INVALID",
    ),
    "an unknown type": ({"type": "1"}, "BASE_TYPE_CHOICES"),
}


@pytest.mark.parametrize("case", INVALID)
def test_invalid_command(case: str) -> None:
    change, code = INVALID[case]
    registry = CommandRegistry(1, SnowflakeGenerator())
    with pytest.raises(DiscordError) as error:
        registry.replace_all(None, [{"name": "name", "description": "d"} | change])
    assert code in str(error.value.json())
    assert registry.commands(None) == []


def test_duplicate_name() -> None:
    registry = CommandRegistry(1, SnowflakeGenerator())
    with pytest.raises(DiscordError) as error:
        registry.replace_all(None, [{"name": "name", "description": "d"}] * 2)
    assert "APPLICATION_COMMANDS_DUPLICATE_NAME" in str(error.value.json())


def test_command_limit() -> None:
    registry = CommandRegistry(1, SnowflakeGenerator())
    many = [{"name": f"c{number}", "description": "d"} for number in range(101)]
    with pytest.raises(DiscordError) as error:
        registry.replace_all(None, many)
    assert error.value.json()["code"] == 30032


@given(st.sets(st.from_regex(r"[a-z]{1,8}", fullmatch=True), max_size=10))
def test_listed_commands_match_registered(names: set[str]) -> None:
    registry = CommandRegistry(1, SnowflakeGenerator())
    registry.replace_all(None, [{"name": name, "description": "d"} for name in names])
    listed = registry.commands(None)
    assert {command["name"] for command in listed} == names
    assert len({command["id"] for command in listed}) == len(names)
