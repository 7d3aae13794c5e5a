"""Whose styles one may change, who may, and who sees them."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from bot.library import Library
from bot.loopback import Intent, Loopback
from bot.loopback.gateway.dispatch import Dispatch
from bot.store import State, Store

from ...openapi import CheckedLoopback
from ..conftest import RunBot, names_in, no_bot, press, send
from .shelved import let_manage, style_of, styles, trained

pytestmark = [pytest.mark.usefixtures("bot"), no_bot]

MANAGERS = "You need Manage Server here for that."
OWNERS = "Only the owner of this bot changes the styles of every server."
IN_DIRECT = (
    "A server's own styles are changed in that server, by who may manage it. "
    "Those of every server are for the owner of this bot."
)
COMMANDS = [
    "publish elves",
    "publish elves 1",
    "rollback elves",
    "retire elves",
    "log",
    "log elves",
]


@pytest.fixture
async def discord() -> AsyncIterator[Loopback]:
    """A Discord with two servers; olga owns the application, and both."""
    async with CheckedLoopback(guilds=2) as loopback:
        yield loopback
        assert loopback.violations == []


@pytest.mark.parametrize("command", COMMANDS)
async def test_who_does_not_manage_the_server_changes_no_style_and_reads_no_log(
    discord: Loopback, run_bot: RunBot, library: Library, command: str
) -> None:
    await library.publish("elves", style_of("Abi"), author="1", guild_id=discord.guild.id)
    what, *options = command.split()
    given: dict[str, Any] = dict(zip(("style", "version"), options, strict=False))
    if "version" in given:
        given["version"] = int(given["version"])
    async with run_bot(discord):
        assert (await send(discord, f"!style {command}")).content == MANAGERS
        answer = await styles(discord, what, author="ada", **given)
        assert answer.content == MANAGERS
        assert answer.ephemeral
        assert (await send(discord, "!name 1 style:elves")).content == "Abi"


@pytest.mark.parametrize("command", COMMANDS)
async def test_only_the_applications_owner_changes_those_of_every_server(
    discord: Loopback, run_bot: RunBot, command: str
) -> None:
    let_manage(discord, "ben")
    async with run_bot(discord):
        answer = await send(discord, f"!style {command} for-all:yes", author="ben")
        assert answer.content == OWNERS
        there = discord.dm("ben")
        assert (await send(discord, f"!style {command}", author="ben", channel=there)).content == (
            IN_DIRECT
        )


async def test_who_manages_the_server_changes_its_own_styles(
    discord: Loopback, run_bot: RunBot, library: Library
) -> None:
    for name in ("Abi", "Elrond"):
        await library.publish("elves", style_of(name), author="1", guild_id=discord.guild.id)
    let_manage(discord, "ben")
    async with run_bot(discord):
        answer = await styles(discord, "rollback", author="ben", style="elves")
        assert answer.content.startswith("`elves` answers from version 1 now.")
        answer = await send(discord, "!style retire elves", author="ben")
        assert answer.content.startswith("`elves` is retired.")
        answer = await styles(discord, "log", author="ben")
        assert f"<@{discord.user('ben').id}> retired `elves`" in answer.embeds[0]["description"]


async def test_the_owner_changes_those_of_every_server_there_and_in_direct_messages(
    discord: Loopback, run_bot: RunBot, store: Store, library: Library
) -> None:
    await trained(store, style_of("Grom"), "orcs", None)
    second = discord.channel("general", discord.guilds[1])
    async with run_bot(discord):
        answer = await styles(discord, "publish", style="orcs", for_all=True)
        assert answer.content.startswith("`orcs` answers from version 1 now.")
        for place in ("general", second, discord.dm("ada")):
            assert (await send(discord, "!name 1 style:orcs", channel=place)).content == "Grom"
        there = discord.dm("olga")
        answer = await send(discord, "!style retire orcs", author="olga", channel=there)
        assert answer.content.startswith("`orcs` is retired.")
        answer = await styles(discord, "rollback", channel=there, style="orcs")
        assert answer.content.startswith("`orcs` answers from version 1 now.")
    (last, *_) = library.changes() or await _refreshed(library)
    assert last.author == str(discord.user("olga").id)


@pytest.mark.parametrize("role", ["admin", "developer"])
async def test_a_teams_admins_and_developers_change_those_of_every_server(
    run_bot: RunBot, library: Library, role: str
) -> None:
    for name in ("Abi", "Elrond"):
        await library.publish("elves", style_of(name), author="1")
    async with CheckedLoopback(team={"ada": role}) as discord, run_bot(discord):
        answer = await styles(discord, "rollback", author="ada", style="elves", for_all=True)
        assert answer.content.startswith("`elves` answers from version 1 now.")
        there = discord.dm("ada")
        answer = await send(discord, "!style retire elves", author="ada", channel=there)
        assert answer.content.startswith("`elves` is retired.")
        answer = await send(discord, "!style rollback elves for-all:yes", author="olga")
        assert answer.content.startswith("`elves` answers from version 1 now.")
        assert discord.violations == []


@pytest.mark.parametrize("who", ["ben", "cleo"])
async def test_a_teams_read_only_member_and_those_outside_of_it_change_none_of_every_server(
    run_bot: RunBot, library: Library, who: str
) -> None:
    await library.publish("elves", style_of("Abi"), author="1")
    async with (
        CheckedLoopback(team={"ada": "admin", "ben": "read_only"}) as discord,
        run_bot(discord),
    ):
        let_manage(discord, who)
        answer = await styles(discord, "retire", author=who, style="elves", for_all=True)
        assert answer.content == OWNERS
        there = discord.dm(who)
        answer = await send(discord, "!style retire elves", author=who, channel=there)
        assert answer.content == IN_DIRECT
        assert (await send(discord, "!name 1 style:elves")).content == "Abi"
        assert discord.violations == []


async def _refreshed(library: Library) -> list:  # type: ignore[type-arg]
    await library.refresh()
    return library.changes()


async def test_a_servers_own_style_is_that_servers_alone_under_buttons_too(
    discord: Loopback, run_bot: RunBot, library: Library
) -> None:
    first, second = discord.guilds
    there = discord.channel("general", second)
    await library.publish("elves", style_of("Abi", "Elrond"), author="1", guild_id=first.id)
    await library.publish("names", style_of("Bo"), author="1", guild_id=second.id)
    async with run_bot(discord):
        answer = await send(discord, "!name 2 style:elves")
        assert set(names_in(answer)) <= {"Abi", "Elrond"}
        await press(discord, answer, "Again")
        assert set(names_in(answer)) <= {"Abi", "Elrond"}
        theirs = await press(discord, answer, "Again", author="ben")
        assert set(names_in(theirs)) <= {"Abi", "Elrond"}
        for place in (there, discord.dm("ada")):
            refused = await send(discord, "!name style:elves", channel=place)
            assert refused.content.startswith("There is no such style; there are `names`, ")
            offered = await discord.autocomplete(
                "name", {"style": "elv"}, focused="style", channel=place
            )
            assert offered == []
        assert await discord.autocomplete("name", {"style": "elv"}, focused="style")
        assert (await send(discord, "!name 1", channel=there)).content == "Bo"
        assert (await send(discord, "!name")).embeds[0]["title"] == "First names"


async def test_the_styles_of_a_server_go_with_the_bot(
    discord: Loopback, run_bot: RunBot, store: Store, library: Library, tmp_path: Path
) -> None:
    first, second = discord.guilds
    for guild in (first, second):
        await library.publish("elves", style_of("Abi"), author="1", guild_id=guild.id)
        await trained(store, style_of("Grom"), "orcs", guild.id)
    folder = tmp_path / "data" / "styles"
    async with run_bot(discord):
        discord.remove_bot(second)
        await discord.wait_until(lambda: not (folder / f"@{second.id}").exists())
        assert (await send(discord, "!name 1 style:elves")).content == "Abi"
    done: tuple[State, ...] = ("done",)
    assert await store.trainings.list_by_guild(second.id, done) == []
    assert len(await store.trainings.list_by_guild(first.id, done)) == 1


async def test_in_a_server_that_has_only_the_commands_there_are_no_styles_of_its_own(
    discord: Loopback, run_bot: RunBot
) -> None:
    guild_id = discord.guilds[1].id
    there = discord.channel("general", discord.guilds[1])
    gone = Dispatch("GUILD_DELETE", {"id": str(guild_id)}, Intent.GUILDS, guild_id)
    async with run_bot(discord):
        discord._backend.gateway.dispatch(gone)  # the bot left, its commands did not
        await send(discord, "!name")
        refused = await styles(discord, "retire", channel=there, style="elves")
        assert refused.content == (
            "I am not in this server, so it has no styles of its own. Invite me first."
        )
        assert (await styles(discord, "list", channel=there)).embeds


async def test_where_the_bot_is_not_there_are_no_styles_of_ones_own(
    discord: Loopback, run_bot: RunBot
) -> None:
    group = discord.create_group("ada", "ben")
    async with run_bot(discord):
        assert (await styles(discord, "list", author="ada", channel=group)).embeds
        refused = await styles(discord, "retire", author="ada", channel=group, style="elves")
        assert refused.content == IN_DIRECT
