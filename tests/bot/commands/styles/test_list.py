"""`/style list`: the styles available in a server or in direct messages."""

import re
from pathlib import Path

import pytest

from bot.library import Library
from bot.loopback import Loopback, Message
from bot.store import Store

from ...conftest import RunBot, buttons_of, footer_of, no_bot, press, send
from .helpers import description_of, make_style, use_style

pytestmark = [pytest.mark.usefixtures("bot"), no_bot]

DATE = r"<t:\d+:D>"


def entries_of(message: Message) -> dict[str, str]:
    """Return the line of facts about each style, by the style's name."""
    lines = description_of(message).split("\n")
    names = [re.search(r"`(.*)`$", line) for line in lines[::2]]
    return {name[1]: facts for name, facts in zip(names, lines[1::2], strict=True) if name}


async def test_built_in_styles(discord: Loopback, run_bot: RunBot) -> None:
    async with run_bot(discord):
        for answer in (
            await use_style(discord, "list", author="ada"),
            await send(discord, "!style"),
            await send(discord, "!style list"),
            await send(discord, "!style", channel=discord.dm("ada")),
        ):
            entries = entries_of(answer)
            assert list(entries) == ["names", "dinosaurs", "surnames"]
            assert description_of(answer).startswith("**First names** `names`\n")
            assert re.fullmatch(
                rf"-# 8,422 samples · built in · {DATE} · \*\*default style\*\*", entries["names"]
            )
            assert "default style" not in entries["surnames"]
            assert footer_of(answer) == "3 styles · details: /style info"
            assert not answer.ephemeral


async def test_own_styles_have_versions(
    discord: Loopback, run_bot: RunBot, library: Library, store: Store
) -> None:
    guild_id = discord.guild.id
    await library.publish("orcs", make_style("Grom", title="Orcs"), author="shell: a")
    for names in (["Abi"], ["Elrond"]):
        artifact = make_style(*names, title="Elves")
        await library.publish("elves", artifact, author="1", guild_id=guild_id)
    await store.update_guild_settings(guild_id, style="elves")
    async with run_bot(discord):
        entries = entries_of(await use_style(discord, "list"))
        assert list(entries) == ["names", "elves", "orcs", "dinosaurs", "surnames"]
        assert re.fullmatch(
            rf"-# 1 sample · this server · version 2 of {DATE} · \*\*default style\*\*",
            entries["elves"],
        )
        assert re.fullmatch(rf"-# 1 sample · all servers · version 1 of {DATE}", entries["orcs"])
        direct = entries_of(await send(discord, "!style", channel=discord.dm("ada")))
        assert list(direct) == ["names", "orcs", "dinosaurs", "surnames"]


async def test_retired_styles_are_left_out(
    discord: Loopback, run_bot: RunBot, library: Library
) -> None:
    await library.publish("orcs", make_style("Grom"), author="1")
    await library.retire("orcs", author="1")
    async with run_bot(discord):
        assert "orcs" not in entries_of(await use_style(discord, "list"))


async def test_pages_work_after_a_restart(
    discord: Loopback, run_bot: RunBot, library: Library
) -> None:
    for number in range(9):
        await library.publish(f"s{number}", make_style("Abi"), author="1")
    async with run_bot(discord):
        answer = await send(discord, "!style")
        assert len(entries_of(answer)) == 10
        assert footer_of(answer) == "12 styles · page 1 of 2 · details: /style info"
        assert buttons_of(answer)["Back"]["disabled"]
    async with run_bot(discord):
        other_users = await press(discord, answer, "Next", author="ben")
        assert other_users.ephemeral
        assert len(entries_of(other_users)) == 2
        assert len(entries_of(answer)) == 10
        assert await press(discord, answer, "Next") is answer
        assert list(entries_of(answer)) == ["dinosaurs", "surnames"]
        assert buttons_of(answer)["Next"]["disabled"]


async def test_broken_style_is_marked(
    discord: Loopback, run_bot: RunBot, library: Library, tmp_path: Path
) -> None:
    await library.publish("orcs", make_style("Grom"), author="1")
    (tmp_path / "data" / "styles" / "orcs" / "0001.onnx").write_bytes(b"torn")
    async with run_bot(discord):
        entries = entries_of(await use_style(discord, "list"))
        assert entries["orcs"] == "-# can't be opened right now"
        assert "8,422 samples" in entries["names"]


async def test_titles_are_escaped(discord: Loopback, run_bot: RunBot, library: Library) -> None:
    title = "@everyone [x](https://example.org) **" + "*" * 300
    await library.publish("orcs", make_style("Grom", title=title), author="1")
    async with run_bot(discord):
        answer = await use_style(discord, "list")
        assert not answer.mention_everyone
        assert r"\[x\]\(" in description_of(answer)


async def test_unknown_subcommand(discord: Loopback, run_bot: RunBot) -> None:
    async with run_bot(discord):
        answer = await send(discord, "!style publsih elves")
        assert answer.content == "There is no such command. See `!help style`."
