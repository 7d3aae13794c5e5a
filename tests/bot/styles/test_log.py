"""`/style log`: who changed which style, and when."""

import re

import pytest

from bot.library import Library
from bot.loopback import Loopback

from ..conftest import RunBot, buttons_of, footer_of, no_bot, press, send
from .shelved import description_of, let_manage, style_of, styles

pytestmark = [pytest.mark.usefixtures("bot"), no_bot]


async def test_the_changes_of_a_server_are_told_newest_first(
    discord: Loopback, run_bot: RunBot, library: Library
) -> None:
    ada, guild_id = discord.user("ada").id, discord.guild.id
    first = await library.publish("elves", style_of("A"), author=f"{ada}", guild_id=guild_id)
    second = await library.publish("elves", style_of("B"), author="shell: al", guild_id=guild_id)
    await library.roll_back("elves", author=f"{ada}", guild_id=guild_id)
    await library.publish("orcs", style_of("C"), author=f"{ada}", guild_id=guild_id)
    await library.retire("orcs", author=f"{ada}", guild_id=guild_id)
    await library.publish("trolls", style_of("D"), author=f"{ada}")
    async with run_bot(discord):
        answer = await styles(discord, "log")
        assert answer.ephemeral
        assert answer.embeds[0]["title"] == "Changes to the styles of this server"
        told = description_of(answer).split("\n")
        assert [re.sub(r"^<t:\d+:R> ", "", line) for line in told[2:]] == [
            f"<@{ada}> rolled back to `elves` version 1 · `{first.digest[:12]}`",
            rf"shell\: al published `elves` version 2 · `{second.digest[:12]}`",
            f"<@{ada}> published `elves` version 1 · `{first.digest[:12]}`",
        ]
        assert "retired `orcs`" in told[0]
        assert footer_of(answer) == "5 changes"
        assert answer.mentions == []
        for one in (
            await styles(discord, "log", style="orcs"),
            await send(discord, "!style log orcs", author="olga"),
        ):
            assert footer_of(one) == "2 changes"
        for everyones in (
            await styles(discord, "log", for_all=True),
            await send(discord, "!style log", author="olga", channel=discord.dm("olga")),
        ):
            assert "published `trolls` version 1" in description_of(everyones)
            assert everyones.embeds[0]["title"] == "Changes to the styles of every server"


async def test_pages_are_turned_by_managers_alone_also_after_a_restart(
    discord: Loopback, run_bot: RunBot, library: Library
) -> None:
    for number in range(12):
        content = style_of("A" * (number + 1))
        await library.publish("elves", content, author="1", guild_id=discord.guild.id)
    let_manage(discord, "cleo")
    async with run_bot(discord):
        answer = await send(discord, "!style log elves", author="olga")
        assert "version 12 " in description_of(answer).split("\n")[0]
        assert footer_of(answer) == "12 changes · page 1 of 2"
    async with run_bot(discord):
        refused = await press(discord, answer, "Older", author="ben")
        assert refused.content == "You need Manage Server here for that."
        theirs = await press(discord, answer, "Older", author="cleo")
        assert theirs.ephemeral
        assert "version 1 " in description_of(theirs).split("\n")[-1]
        assert await press(discord, answer, "Older", author="olga") is answer
        assert len(description_of(answer).split("\n")) == 2
        assert buttons_of(answer)["Older"]["disabled"]


async def test_where_nothing_was_changed_that_is_said(discord: Loopback, run_bot: RunBot) -> None:
    async with run_bot(discord):
        answer = await styles(discord, "log")
        assert answer.content == "No style of this server was changed yet."
        answer = await styles(discord, "log", style="elves")
        assert answer.content == (
            "This server has no style `elves` of its own. "
            "There is none yet; `/style train` makes one."
        )
