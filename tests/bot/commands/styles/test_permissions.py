"""Permissions of `/manage-styles`: who may change which styles, and where styles are visible."""

from collections.abc import AsyncIterator

import pytest

from bot.library import Change, Library
from bot.loopback import Intent, Loopback
from bot.loopback.gateway.dispatch import Dispatch
from bot.store import Store

from ....openapi import CheckedLoopback
from ...conftest import RunBot, names_in, no_bot, press, send
from .helpers import add_candidate, allow_manage, make_style, publish_versions, use_style

pytestmark = [pytest.mark.usefixtures("bot"), no_bot]

MANAGERS_ONLY = "You need the permission Manage Server for that."
OWNER_ONLY = "Only the bot's owner can change styles for all servers."
DIRECT_MESSAGE = (
    "To change a server's styles, run this in that server; you need Manage Server there. "
    "Only the bot's owner can change styles for all servers."
)
COMMANDS = [
    "publish fauns",
    "publish fauns 1",
    "rollback fauns",
    "retire fauns",
    "log",
    "log fauns",
]


@pytest.fixture
async def discord() -> AsyncIterator[Loopback]:
    """A Discord with two servers; olga owns the application and both servers."""
    async with CheckedLoopback(guilds=2) as loopback:
        yield loopback
        assert loopback.violations == []


@pytest.mark.parametrize("command", COMMANDS)
async def test_members_need_manage_server(
    discord: Loopback, run_bot: RunBot, library: Library, command: str
) -> None:
    await publish_versions(library, discord.guild.id, "Abi")
    async with run_bot(discord):
        for group in ("style", "manage-styles"):
            assert (await send(discord, f"!{group} {command}")).content == MANAGERS_ONLY
        with pytest.raises(ValueError, match="ada lacks the permission MANAGE_GUILD"):
            await use_style(discord, command.split()[0], author="ada", style="fauns")
        assert (await send(discord, "!name 1 style:fauns new:no")).content == "Abi"


@pytest.mark.parametrize(
    "command",
    [
        "train",
        "train elves",
        "train a b:c",
        "pattern",
        "publish",
        "rollback x y:z",
        "retire",
        "log :",
    ],
)
async def test_permission_comes_before_usage(
    discord: Loopback, run_bot: RunBot, command: str
) -> None:
    """Nobody is asked for options of a command that they may not use."""
    async with run_bot(discord):
        assert (await send(discord, f"!style {command}")).content == MANAGERS_ONLY
        answer = await send(discord, f"!style {command}", channel=discord.dm("ada"))
        assert answer.content == DIRECT_MESSAGE
    allow_manage(discord, "ben")
    async with run_bot(discord):
        answer = await send(discord, "!style train", author="ben")
        assert answer.content.startswith("file: attach the file to your message.")


@pytest.mark.parametrize("command", COMMANDS)
async def test_managers_cannot_change_global_styles(
    discord: Loopback, run_bot: RunBot, command: str
) -> None:
    allow_manage(discord, "ben")
    async with run_bot(discord):
        answer = await send(discord, f"!style {command} for-all:yes", author="ben")
        assert answer.content == OWNER_ONLY
        answer = await send(discord, f"!style {command}", author="ben", channel=discord.dm("ben"))
        assert answer.content == DIRECT_MESSAGE


async def test_managers_change_own_styles(
    discord: Loopback, run_bot: RunBot, library: Library
) -> None:
    await publish_versions(library, discord.guild.id, "Abi", "Elrond")
    allow_manage(discord, "ben")
    async with run_bot(discord):
        answer = await use_style(discord, "rollback", author="ben", style="fauns")
        assert answer.content.startswith("Version 1 of `fauns` is now live.")
        answer = await send(discord, "!style retire fauns", author="ben")
        assert answer.content.startswith("`fauns` is retired.")
        answer = await use_style(discord, "log", author="ben")
        assert f"<@{discord.user('ben').id}> retired `fauns`" in answer.embeds[0]["description"]


async def test_owner_changes_global_styles(
    discord: Loopback, run_bot: RunBot, store: Store, library: Library
) -> None:
    await add_candidate(store, make_style("Grom"), "owls", None)
    second = discord.channel("general", discord.guilds[1])
    async with run_bot(discord):
        answer = await use_style(discord, "publish", style="owls", for_all=True)
        assert answer.content.startswith("Version 1 of `owls` is now live.")
        for channel in ("general", second, discord.dm("ada")):
            assert (
                await send(discord, "!name 1 style:owls new:no", channel=channel)
            ).content == "Grom"
        direct = discord.dm("olga")
        answer = await send(discord, "!style retire owls", author="olga", channel=direct)
        assert answer.content.startswith("`owls` is retired.")
        answer = await send(discord, "!style rollback owls", author="olga", channel=direct)
        assert answer.content.startswith("Version 1 of `owls` is now live.")
    (last, *_) = library.changes() or await _read_changes(library)
    assert last.author == str(discord.user("olga").id)


async def _read_changes(library: Library) -> list[Change]:
    await library.refresh()
    return library.changes()


@pytest.mark.parametrize("role", ["admin", "developer"])
async def test_team_changes_global_styles(run_bot: RunBot, library: Library, role: str) -> None:
    await publish_versions(library, None, "Abi", "Elrond")
    async with CheckedLoopback(team={"ada": role}) as discord, run_bot(discord):
        answer = await send(discord, "!manage-styles rollback fauns for-all:yes")
        assert answer.content.startswith("Version 1 of `fauns` is now live.")
        direct = discord.dm("ada")
        answer = await send(discord, "!style retire fauns", author="ada", channel=direct)
        assert answer.content.startswith("`fauns` is retired.")
        answer = await send(discord, "!style rollback fauns for-all:yes", author="olga")
        assert answer.content.startswith("Version 1 of `fauns` is now live.")
        assert discord.violations == []


@pytest.mark.parametrize("author", ["ben", "cleo"])
async def test_read_only_team_members_cannot(
    run_bot: RunBot, library: Library, author: str
) -> None:
    await publish_versions(library, None, "Abi")
    team = {"ada": "admin", "ben": "read_only"}
    async with CheckedLoopback(team=team) as discord, run_bot(discord):
        allow_manage(discord, author)
        answer = await use_style(discord, "retire", author=author, style="fauns", for_all=True)
        assert answer.content == OWNER_ONLY
        direct = discord.dm(author)
        answer = await send(discord, "!style retire fauns", author=author, channel=direct)
        assert answer.content == DIRECT_MESSAGE
        assert (await send(discord, "!name 1 style:fauns new:no")).content == "Abi"
        assert discord.violations == []


async def test_own_style_stays_in_its_server(
    discord: Loopback, run_bot: RunBot, library: Library
) -> None:
    first, second = discord.guilds
    other_server = discord.channel("general", second)
    artifact = make_style("Abi", "Elrond")
    await library.publish("fauns", artifact, author="1", guild_id=first.id)
    await library.publish("names", make_style("Bo"), author="1", guild_id=second.id)
    async with run_bot(discord):
        answer = await send(discord, "!name 2 style:fauns new:no")
        assert set(names_in(answer)) <= {"Abi", "Elrond"}
        await press(discord, answer, "Again")
        assert set(names_in(answer)) <= {"Abi", "Elrond"}
        other_users = await press(discord, answer, "Again", author="ben")
        assert set(names_in(other_users)) <= {"Abi", "Elrond"}
        for channel in (other_server, discord.dm("ada")):
            refused = await send(discord, "!name style:fauns", channel=channel)
            assert refused.content.startswith("There is no style `fauns`.")
            choices = await discord.autocomplete(
                "name", {"style": "faun"}, focused="style", channel=channel
            )
            assert choices == []
        assert await discord.autocomplete("name", {"style": "faun"}, focused="style")
        assert (await send(discord, "!name 1 new:no", channel=other_server)).content == "Bo"
        assert (await send(discord, "!name")).embeds[0]["title"] == "First names"


async def test_bot_must_be_a_member(discord: Loopback, run_bot: RunBot) -> None:
    guild_id = discord.guilds[1].id
    channel = discord.channel("general", discord.guilds[1])
    left = Dispatch("GUILD_DELETE", {"id": str(guild_id)}, Intent.GUILDS, guild_id)
    async with run_bot(discord):
        discord._backend.gateway.dispatch(left)  # the bot left, but its commands stayed
        await send(discord, "!name")
        refused = await use_style(discord, "retire", channel=channel, style="fauns")
        assert refused.content == (
            "I'm not a member of this server, so it can't have its own styles. Invite me first."
        )
        assert (await use_style(discord, "list", channel=channel)).embeds


async def test_group_has_no_own_styles(discord: Loopback, run_bot: RunBot) -> None:
    group = discord.create_group("ada", "ben")
    async with run_bot(discord):
        assert (await use_style(discord, "list", author="ada", channel=group)).embeds
        with pytest.raises(ValueError, match="not in groups"):
            await use_style(discord, "retire", author="ada", channel=group, style="fauns")
