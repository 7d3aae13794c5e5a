"""`/manage-styles publish`, `rollback` and `retire`: which version of a style is live."""

import re

import pytest

from bot.library import Change, Library
from bot.loopback import Loopback
from bot.store import Store

from ...conftest import RunBot, no_bot, send
from .helpers import add_candidate, make_style, publish_versions, use_style

pytestmark = [pytest.mark.usefixtures("bot"), no_bot]


async def draw_name(discord: Loopback, style: str) -> str:
    return (await send(discord, f"!name 1 style:{style} new:no")).content


async def read_changes(library: Library, guild_id: int | None) -> list[Change]:
    await library.refresh()
    return library.changes(guild_id)


async def test_newest_candidate_is_published(
    discord: Loopback, run_bot: RunBot, store: Store, library: Library
) -> None:
    guild_id = discord.guild.id
    await publish_versions(library, guild_id, "Abi")
    for name in ("Arwen", "Elrond"):
        await add_candidate(store, make_style(name), "fauns", guild_id)
    async with run_bot(discord):
        assert await draw_name(discord, "fauns") == "Abi"
        answer = await use_style(discord, "publish", style="Fauns")
        assert answer.ephemeral
        assert answer.content == (
            "Version 2 of `fauns` is now live. "
            "To go back to version 1: `/manage-styles rollback fauns 1`."
        )
        assert await draw_name(discord, "fauns") == "Elrond"
        answer = await send(discord, "!style publish fauns", author="olga")
        assert answer.content.startswith("Version 3 of `fauns` is now live.")
        assert await draw_name(discord, "fauns") == "Arwen"
        answer = await use_style(discord, "publish", style="fauns")
        assert answer.content == (
            "No training of `fauns` is ready to publish. "
            "To publish an older version, choose one: 1, 2, 3."
        )
    (change, *_) = [c for c in await read_changes(library, guild_id) if c.version == 3]
    assert change.author == str(discord.user("olga").id)


async def test_first_version_can_be_undone(
    discord: Loopback, run_bot: RunBot, store: Store
) -> None:
    await add_candidate(store, make_style("Elrond"), "names", discord.guild.id)
    async with run_bot(discord):
        answer = await use_style(discord, "publish", style="names")
        assert answer.content == (
            "Version 1 of `names` is now live. No version was live before. "
            "To undo this: `/manage-styles retire names`."
        )
        assert (await send(discord, "!name 1 new:no")).content == "Elrond"
        answer = await use_style(discord, "retire", style="names")
        assert answer.content == (
            "`names` is retired. The built-in style of the same name is live instead. "
            "To restore version 1: `/manage-styles rollback names`."
        )
        assert (await send(discord, "!name")).embeds[0]["title"] == "First names"


async def test_rollback_to_earlier_versions(
    discord: Loopback, run_bot: RunBot, library: Library
) -> None:
    await publish_versions(library, discord.guild.id, "Abi", "Grom", "Elrond")
    async with run_bot(discord):
        answer = await use_style(discord, "rollback", style="fauns")
        assert answer.content == (
            "Version 2 of `fauns` is now live. "
            "To go back to version 3: `/manage-styles rollback fauns 3`."
        )
        assert await draw_name(discord, "fauns") == "Grom"
        for command, name in (
            ("rollback fauns 3", "Elrond"),
            ("publish fauns 1", "Abi"),
            ("rollback fauns version:2", "Grom"),
            ("rollback fauns v3", "Elrond"),
        ):
            answer = await send(discord, f"!style {command}", author="olga")
            assert re.match(r"Version \d of `fauns` is now live\.", answer.content)
            assert await draw_name(discord, "fauns") == name
        await use_style(discord, "rollback", style="fauns", version=1)
        assert await draw_name(discord, "fauns") == "Abi"


async def test_rollback_restores_a_retired_style(
    discord: Loopback, run_bot: RunBot, library: Library
) -> None:
    await publish_versions(library, discord.guild.id, "Abi", "Elrond")
    async with run_bot(discord):
        answer = await send(discord, "!style retire fauns", author="olga")
        assert answer.content == (
            "`fauns` is retired. It can't be used for names any more. "
            "To restore version 2: `/manage-styles rollback fauns`."
        )
        text = await draw_name(discord, "fauns")
        assert text.startswith("There is no style `fauns`.")
        answer = await use_style(discord, "retire", style="fauns")
        assert answer.content == (
            "`fauns` is already retired. To restore it: `/manage-styles rollback fauns`."
        )
        answer = await use_style(discord, "rollback", style="fauns")
        assert answer.content.startswith("Version 2 of `fauns` is now live.")
        assert await draw_name(discord, "fauns") == "Elrond"


@pytest.mark.parametrize(
    ("typed", "text"),
    [
        ("rollback fauns 7", "`fauns` has no version 7. Available versions: 1."),
        ("rollback fauns 1", "Version 1 of `fauns` is already live."),
        ("publish fauns 1", "Version 1 of `fauns` is already live."),
        ("rollback owls", "This server has no style `owls` of its own. Available: `fauns`."),
        ("retire names", "This server has no style `names` of its own. Available: `fauns`."),
        (
            "publish owls",
            "No training of `owls` is ready to publish. Use `/manage-styles train` to start one.",
        ),
        (
            "publish o/../x",
            "A style's name can have letters, digits, - and _ only. `/` isn't allowed.",
        ),
        (
            "rollback fauns",
            "`fauns` has no earlier live version. Choose one of its versions: `1`.",
        ),
        (
            "rollback fauns for-all:yes",
            "There is no style `fauns` for all servers. Use `/manage-styles train` to create one.",
        ),
    ],
)
async def test_errors(
    discord: Loopback, run_bot: RunBot, library: Library, typed: str, text: str
) -> None:
    await publish_versions(library, discord.guild.id, "Abi")
    async with run_bot(discord):
        answer = await send(discord, f"!style {typed}", author="olga")
        assert answer.content == text
        assert await draw_name(discord, "fauns") == "Abi"


@pytest.mark.parametrize(
    ("typed", "text"),
    [
        (
            "rollback",
            "style: this is missing. Usage: `!style rollback style [version] [for-all:yes]`",
        ),
        ("retire", "style: this is missing. Usage: `!style retire style [for-all:yes]`"),
        (
            "rollback fauns version:two",
            "version: that's not a number. Usage: `!style rollback style [version] [for-all:yes]`",
        ),
        (
            "retire fauns for-all:maybe",
            "for-all: choose yes or no. Usage: `!style retire style [for-all:yes]`",
        ),
    ],
)
async def test_invalid_options_show_usage(
    discord: Loopback, run_bot: RunBot, typed: str, text: str
) -> None:
    async with run_bot(discord):
        assert (await send(discord, f"!style {typed}", author="olga")).content == text


async def test_retiring_makes_room(
    discord: Loopback, run_bot: RunBot, store: Store, library: Library
) -> None:
    guild_id = discord.guild.id
    await publish_versions(library, guild_id, "Abi")
    await add_candidate(store, make_style("Grom"), "owls", guild_id)
    async with run_bot(discord, training={"max_guild_styles": 1}):
        answer = await use_style(discord, "publish", style="owls")
        assert answer.content == (
            "This server has reached its limit of 1 own style. "
            "Use `/manage-styles retire` to make room."
        )
        await use_style(discord, "retire", style="fauns")
        answer = await use_style(discord, "publish", style="owls")
        assert answer.content.startswith("Version 1 of `owls` is now live.")
        answer = await use_style(discord, "rollback", style="fauns")
        assert answer.content.startswith("This server has reached its limit of 1 own style.")


async def test_old_versions_make_room(
    discord: Loopback, run_bot: RunBot, store: Store, library: Library
) -> None:
    guild_id = discord.guild.id
    await publish_versions(library, guild_id, "Abi", "Grom", "Elrond")
    max_bytes = len(make_style("Elrond")) + len(make_style("Bo"))
    await add_candidate(store, make_style("Bo"), "fauns", guild_id)
    async with run_bot(discord, training={"max_guild_bytes": max_bytes}):
        answer = await use_style(discord, "publish", style="fauns")
        assert answer.content == (
            "Version 4 of `fauns` is now live. "
            "To go back to version 3: `/manage-styles rollback fauns 3`."
        )
        answer = await use_style(discord, "rollback", style="fauns", version=2)
        assert answer.content == "`fauns` has no version 2. Available versions: 3, 4."


async def test_storage_limit(
    discord: Loopback, run_bot: RunBot, store: Store, library: Library
) -> None:
    guild_id = discord.guild.id
    await publish_versions(library, guild_id, "Abi", "Grom")
    await library.publish("owls", make_style("Grom"), author="1", guild_id=guild_id)
    await library.retire("owls", author="1", guild_id=guild_id)
    await add_candidate(store, make_style("Bo"), "fauns", guild_id)
    async with run_bot(discord, training={"max_guild_bytes": 2 * len(make_style("Elrond"))}):
        answer = await use_style(discord, "publish", style="fauns")
        assert re.fullmatch(
            r"This server's own styles take up \d kB of \d kB, and `fauns` needs \d kB more\. "
            r"Retired styles count too\. Ask the owner of the bot for room\.",
            answer.content,
        )
        assert await draw_name(discord, "fauns") == "Grom"


async def test_global_styles_have_no_limits(
    discord: Loopback, run_bot: RunBot, store: Store
) -> None:
    await add_candidate(store, make_style("Grom"), "owls", None)
    async with run_bot(discord, training={"max_guild_styles": 0, "max_guild_bytes": 0}):
        answer = await use_style(discord, "publish", style="owls", for_all=True)
        assert answer.content.startswith("Version 1 of `owls` is now live.")
