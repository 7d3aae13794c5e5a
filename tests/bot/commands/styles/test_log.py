"""`/manage-styles log`: who changed which style, and when."""

import re

import pytest

from bot.library import Library
from bot.loopback import Loopback

from ...conftest import RunBot, buttons_of, footer_of, no_bot, press, send
from .helpers import allow_manage, description_of, make_style, use_style

pytestmark = [pytest.mark.usefixtures("bot"), no_bot]


async def test_newest_changes_come_first(
    discord: Loopback, run_bot: RunBot, library: Library
) -> None:
    ada, guild_id = discord.user("ada").id, discord.guild.id
    first = await library.publish("fauns", make_style("A"), author=f"{ada}", guild_id=guild_id)
    second = await library.publish("fauns", make_style("B"), author="shell: al", guild_id=guild_id)
    await library.roll_back("fauns", author=f"{ada}", guild_id=guild_id)
    await library.publish("owls", make_style("C"), author=f"{ada}", guild_id=guild_id)
    await library.retire("owls", author=f"{ada}", guild_id=guild_id)
    await library.publish("trolls", make_style("D"), author=f"{ada}")
    async with run_bot(discord):
        answer = await use_style(discord, "log")
        assert answer.ephemeral
        assert answer.embeds[0]["title"] == "Changes to the styles of this server"
        lines = description_of(answer).split("\n")
        assert [re.sub(r"^<t:\d+:R> ", "", line) for line in lines[2:]] == [
            f"<@{ada}> rolled `fauns` back to version 1 · `{first.digest[:12]}`",
            rf"shell\: al published version 2 of `fauns` · `{second.digest[:12]}`",
            f"<@{ada}> published version 1 of `fauns` · `{first.digest[:12]}`",
        ]
        assert "retired `owls`" in lines[0]
        assert footer_of(answer) == "5 changes"
        assert answer.mentions == []
        for owls in (
            await use_style(discord, "log", style="owls"),
            await send(discord, "!style log owls", author="olga"),
        ):
            assert footer_of(owls) == "2 changes"
        for all_servers in (
            await use_style(discord, "log", for_all=True),
            await send(discord, "!style log", author="olga", channel=discord.dm("olga")),
        ):
            assert "published version 1 of `trolls`" in description_of(all_servers)
            assert all_servers.embeds[0]["title"] == "Changes to the styles of all servers"


async def test_pages_need_manage_server(
    discord: Loopback, run_bot: RunBot, library: Library
) -> None:
    for number in range(12):
        artifact = make_style("A" * (number + 1))
        await library.publish("fauns", artifact, author="1", guild_id=discord.guild.id)
    allow_manage(discord, "cleo")
    async with run_bot(discord):
        answer = await send(discord, "!style log fauns", author="olga")
        assert "version 12 " in description_of(answer).split("\n")[0]
        assert footer_of(answer) == "12 changes · page 1 of 2"
    async with run_bot(discord):
        refused = await press(discord, answer, "Older", author="ben")
        assert refused.content == "You need the permission Manage Server for that."
        other_managers = await press(discord, answer, "Older", author="cleo")
        assert other_managers.ephemeral
        assert "version 1 " in description_of(other_managers).split("\n")[-1]
        assert await press(discord, answer, "Older", author="olga") is answer
        assert len(description_of(answer).split("\n")) == 2
        assert buttons_of(answer)["Older"]["disabled"]


async def test_empty_log(discord: Loopback, run_bot: RunBot) -> None:
    async with run_bot(discord):
        answer = await use_style(discord, "log")
        assert answer.content == "No changes to the styles of this server yet."
        answer = await use_style(discord, "log", style="fauns")
        assert answer.content == (
            "This server has no style `fauns` of its own. Use `/manage-styles train` to create one."
        )
