"""`/style publish`, `rollback` and `retire`: which version of a style answers."""

import re

import pytest

from bot.library import Library
from bot.loopback import Loopback
from bot.store import Store

from ..conftest import RunBot, no_bot, send
from .shelved import style_of, styles, trained

pytestmark = [pytest.mark.usefixtures("bot"), no_bot]


async def name_of(discord: Loopback, style: str) -> str:
    return (await send(discord, f"!name 1 style:{style}")).content


async def published(library: Library, guild_id: int | None, *names: str) -> None:
    """Publish a version of elves for each of `names`, which gives that name alone."""
    for name in names:
        await library.publish("elves", style_of(name), author="1", guild_id=guild_id)


async def test_what_was_trained_last_is_published_and_answers_at_once(
    discord: Loopback, run_bot: RunBot, store: Store, library: Library
) -> None:
    guild_id = discord.guild.id
    await published(library, guild_id, "Abi")
    for name in ("Arwen", "Elrond"):
        await trained(store, style_of(name), "elves", guild_id)
    async with run_bot(discord):
        assert await name_of(discord, "elves") == "Abi"
        answer = await styles(discord, "publish", style="Elves")
        assert answer.ephemeral
        assert answer.content == (
            "`elves` answers from version 2 now. "
            "Before, it was version 1; `/style rollback elves 1` goes back to it."
        )
        assert await name_of(discord, "elves") == "Elrond"
        answer = await send(discord, "!style publish elves", author="olga")
        assert answer.content.startswith("`elves` answers from version 3 now.")
        assert await name_of(discord, "elves") == "Arwen"
        answer = await styles(discord, "publish", style="elves")
        assert answer.content == (
            "Nothing trained as `elves` waits to be published; `/style train` makes it. "
            "To let a kept version answer, say which: 1, 2, 3."
        )
    (change, *_) = [c for c in await _changes(library, guild_id) if c.version == 3]
    assert change.author == str(discord.user("olga").id)


async def _changes(library: Library, guild_id: int | None) -> list:  # type: ignore[type-arg]
    await library.refresh()
    return library.changes(guild_id)


async def test_a_first_version_tells_how_to_take_it_back(
    discord: Loopback, run_bot: RunBot, store: Store
) -> None:
    await trained(store, style_of("Elrond"), "names", discord.guild.id)
    async with run_bot(discord):
        answer = await styles(discord, "publish", style="names")
        assert answer.content == (
            "`names` answers from version 1 now. "
            "None of its versions did before; `/style retire names` takes it back."
        )
        assert (await send(discord, "!name 1")).content == "Elrond"
        answer = await styles(discord, "retire", style="names")
        assert answer.content == (
            "`names` is retired. By that name, the one that came with me answers here now. "
            "Nothing of it is lost: `/style rollback names` brings version 1 back."
        )
        assert (await send(discord, "!name")).embeds[0]["title"] == "First names"


async def test_an_earlier_version_answers_again_and_the_way_back_is_told(
    discord: Loopback, run_bot: RunBot, library: Library
) -> None:
    await published(library, discord.guild.id, "Abi", "Grom", "Elrond")
    async with run_bot(discord):
        answer = await styles(discord, "rollback", style="elves")
        assert answer.content == (
            "`elves` answers from version 2 now. "
            "Before, it was version 3; `/style rollback elves 3` goes back to it."
        )
        assert await name_of(discord, "elves") == "Grom"
        for command, name in (
            ("rollback elves 3", "Elrond"),
            ("publish elves 1", "Abi"),
            ("rollback elves version:2", "Grom"),
            ("rollback elves v3", "Elrond"),
        ):
            answer = await send(discord, f"!style {command}", author="olga")
            assert re.match(r"`elves` answers from version \d now\.", answer.content)
            assert await name_of(discord, "elves") == name
        await styles(discord, "rollback", style="elves", version=1)
        assert await name_of(discord, "elves") == "Abi"


async def test_a_retired_style_answers_no_more_until_it_is_brought_back(
    discord: Loopback, run_bot: RunBot, library: Library
) -> None:
    await published(library, discord.guild.id, "Abi", "Elrond")
    async with run_bot(discord):
        answer = await send(discord, "!style retire elves", author="olga")
        assert answer.content == (
            "`elves` is retired. No style answers by that name here now. "
            "Nothing of it is lost: `/style rollback elves` brings version 2 back."
        )
        told = await name_of(discord, "elves")
        assert told.startswith("There is no such style; there are `names`, ")
        again = await styles(discord, "retire", style="elves")
        assert again.content == (
            "`elves` is retired already; `/style rollback elves` brings it back."
        )
        answer = await styles(discord, "rollback", style="elves")
        assert answer.content.startswith("`elves` answers from version 2 now.")
        assert await name_of(discord, "elves") == "Elrond"


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ("rollback elves 7", "`elves` has no version 7; kept: 1."),
        ("rollback elves 1", "Version 1 of `elves` answers already."),
        ("publish elves 1", "Version 1 of `elves` answers already."),
        ("rollback orcs", "This server has no style `orcs` of its own. There is `elves`."),
        ("retire names", "This server has no style `names` of its own. There is `elves`."),
        (
            "publish orcs",
            "Nothing trained as `orcs` waits to be published; `/style train` makes it.",
        ),
        (
            "publish o/../x",
            r"A style's name can have letters, digits, - and \_ only. SOLIDUS isn't allowed.",
        ),
        (
            "rollback elves",
            r"elves has no earlier live version. Choose one of its versions\: 1.",
        ),
        (
            "rollback elves for-all:yes",
            (
                "There is no style `elves` of every server. "
                "There is none yet; `/style train` makes one."
            ),
        ),
    ],
)
async def test_what_cannot_be_done_is_told_in_a_line(
    discord: Loopback, run_bot: RunBot, library: Library, typed: str, told: str
) -> None:
    await published(library, discord.guild.id, "Abi")
    async with run_bot(discord):
        answer = await send(discord, f"!style {typed}", author="olga")
        assert answer.content == told
        assert await name_of(discord, "elves") == "Abi"


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        (
            "rollback",
            "style: that is missing. Usage: `!style rollback style [version] [for-all:yes]`",
        ),
        ("retire", "style: that is missing. Usage: `!style retire style [for-all:yes]`"),
        (
            "rollback elves version:two",
            "version: that is not a number. Usage: `!style rollback style [version] [for-all:yes]`",
        ),
        (
            "retire elves for-all:maybe",
            "for-all: say yes or no. Usage: `!style retire style [for-all:yes]`",
        ),
    ],
)
async def test_what_cannot_be_read_is_told_with_how_it_is_typed(
    discord: Loopback, run_bot: RunBot, typed: str, told: str
) -> None:
    async with run_bot(discord):
        assert (await send(discord, f"!style {typed}", author="olga")).content == told


async def test_a_server_may_have_so_many_styles_and_retiring_makes_room(
    discord: Loopback, run_bot: RunBot, store: Store, library: Library
) -> None:
    guild_id = discord.guild.id
    await published(library, guild_id, "Abi")
    await trained(store, style_of("Grom"), "orcs", guild_id)
    async with run_bot(discord, training={"max_guild_styles": 1}):
        answer = await styles(discord, "publish", style="orcs")
        assert answer.content == (
            "This server has 1 of the 1 styles that it may have of its own. "
            "`/style retire` makes room for another."
        )
        await styles(discord, "retire", style="elves")
        answer = await styles(discord, "publish", style="orcs")
        assert answer.content.startswith("`orcs` answers from version 1 now.")
        answer = await styles(discord, "rollback", style="elves")
        assert answer.content.startswith("This server has 1 of the 1 styles")


async def test_its_styles_may_take_so_many_bytes_and_old_versions_make_room(
    discord: Loopback, run_bot: RunBot, store: Store, library: Library
) -> None:
    guild_id = discord.guild.id
    await published(library, guild_id, "Abi", "Grom", "Elrond")
    room = len(style_of("Elrond")) + len(style_of("Bo"))
    await trained(store, style_of("Bo"), "elves", guild_id)
    async with run_bot(discord, training={"max_guild_bytes": room}):
        answer = await styles(discord, "publish", style="elves")
        assert answer.content == (
            "`elves` answers from version 4 now. "
            "Before, it was version 3; `/style rollback elves 3` goes back to it."
        )
        answer = await styles(discord, "rollback", style="elves", version=2)
        assert answer.content == "`elves` has no version 2; kept: 3, 4."


async def test_where_old_versions_make_too_little_room_that_is_told(
    discord: Loopback, run_bot: RunBot, store: Store, library: Library
) -> None:
    guild_id = discord.guild.id
    await published(library, guild_id, "Abi", "Grom")
    await library.publish("orcs", style_of("Grom"), author="1", guild_id=guild_id)
    await library.retire("orcs", author="1", guild_id=guild_id)
    await trained(store, style_of("Bo"), "elves", guild_id)
    async with run_bot(discord, training={"max_guild_bytes": 2 * len(style_of("Elrond"))}):
        answer = await styles(discord, "publish", style="elves")
        assert re.fullmatch(
            r"This server's own styles take \d kB of the \d kB that they may, and `elves` needs "
            r"\d kB more\. Retired ones count: all of them is kept\. The owner of this bot can "
            r"delete some, or raise `\[training\] max_guild_bytes`\.",
            answer.content,
        )
        assert await name_of(discord, "elves") == "Grom"


async def test_those_of_every_server_have_no_limit(
    discord: Loopback, run_bot: RunBot, store: Store
) -> None:
    await trained(store, style_of("Grom"), "orcs", None)
    async with run_bot(discord, training={"max_guild_styles": 0, "max_guild_bytes": 0}):
        answer = await styles(discord, "publish", style="orcs", for_all=True)
        assert answer.content.startswith("`orcs` answers from version 1 now.")
