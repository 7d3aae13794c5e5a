"""`/style list`: the styles that answer in a place."""

import re
from pathlib import Path

import pytest

from bot.library import Library
from bot.loopback import Loopback, Message
from bot.store import Store

from ..conftest import RunBot, buttons_of, footer_of, no_bot, press, send
from .shelved import description_of, style_of, styles

pytestmark = [pytest.mark.usefixtures("bot"), no_bot]

DATE = r"<t:\d+:D>"


def entries(message: Message) -> dict[str, str]:
    """Return what is told of each style, by the name that one asks for it with."""
    lines = description_of(message).split("\n")
    calls = [re.search(r"`(.*)`$", line) for line in lines[::2]]
    return {call[1]: told for call, told in zip(calls, lines[1::2], strict=True) if call}


async def test_everyone_sees_the_styles_that_came_with_the_bot(
    discord: Loopback, run_bot: RunBot
) -> None:
    async with run_bot(discord):
        for answer in (
            await styles(discord, "list", author="ada"),
            await send(discord, "!style"),
            await send(discord, "!style list"),
            await send(discord, "!style", channel=discord.dm("ada")),
        ):
            told = entries(answer)
            assert list(told) == ["names", "dinosaurs", "surnames"]
            assert description_of(answer).startswith("**First names** `names`\n")
            assert re.fullmatch(
                rf"-# 8,422 samples · one that came with me · {DATE} · "
                r"\*\*answers when no style is named\*\*",
                told["names"],
            )
            assert "answers when" not in told["surnames"]
            assert footer_of(answer) == "3 styles · /style info tells of one"
            assert not answer.ephemeral


async def test_a_servers_own_come_first_with_their_version_and_its_date(
    discord: Loopback, run_bot: RunBot, library: Library, store: Store
) -> None:
    guild_id = discord.guild.id
    await library.publish("orcs", style_of("Grom", title="Orcs"), author="shell: a")
    for names in (["Abi"], ["Elrond"]):
        content = style_of(*names, title="Elves")
        await library.publish("elves", content, author="1", guild_id=guild_id)
    await store.update_guild_settings(guild_id, style="elves")
    async with run_bot(discord):
        told = entries(await styles(discord, "list"))
        assert list(told) == ["names", "elves", "orcs", "dinosaurs", "surnames"]
        assert re.fullmatch(
            rf"-# 1 sample · this server's own · version 2 of {DATE} · "
            r"\*\*answers when no style is named\*\*",
            told["elves"],
        )
        assert re.fullmatch(rf"-# 1 sample · of every server · version 1 of {DATE}", told["orcs"])
        there = entries(await send(discord, "!style", channel=discord.dm("ada")))
        assert list(there) == ["names", "orcs", "dinosaurs", "surnames"]


async def test_a_retired_style_is_not_among_them(
    discord: Loopback, run_bot: RunBot, library: Library
) -> None:
    await library.publish("orcs", style_of("Grom"), author="1")
    await library.retire("orcs", author="1")
    async with run_bot(discord):
        assert "orcs" not in entries(await styles(discord, "list"))


async def test_many_are_told_in_pages_that_each_turns_for_oneself_also_after_a_restart(
    discord: Loopback, run_bot: RunBot, library: Library
) -> None:
    for number in range(9):
        await library.publish(f"s{number}", style_of("Abi"), author="1")
    async with run_bot(discord):
        answer = await send(discord, "!style")
        assert len(entries(answer)) == 10
        assert footer_of(answer) == "12 styles · page 1 of 2 · /style info tells of one"
        assert buttons_of(answer)["Back"]["disabled"]
    async with run_bot(discord):
        theirs = await press(discord, answer, "Next", author="ben")
        assert theirs.ephemeral
        assert len(entries(theirs)) == 2
        assert len(entries(answer)) == 10
        assert await press(discord, answer, "Next") is answer
        assert list(entries(answer)) == ["dinosaurs", "surnames"]
        assert buttons_of(answer)["Next"]["disabled"]


async def test_one_that_cannot_be_opened_is_told_and_the_others_are_there(
    discord: Loopback, run_bot: RunBot, library: Library, tmp_path: Path
) -> None:
    await library.publish("orcs", style_of("Grom"), author="1")
    (tmp_path / "data" / "styles" / "orcs" / "0001.onnx").write_bytes(b"torn")
    async with run_bot(discord):
        told = entries(await styles(discord, "list"))
        assert told["orcs"] == "-# cannot be opened just now"
        assert "8,422 samples" in told["names"]


async def test_a_title_that_acts_is_shown_inert(
    discord: Loopback, run_bot: RunBot, library: Library
) -> None:
    title = "@everyone [x](https://example.org) **" + "*" * 300
    await library.publish("orcs", style_of("Grom", title=title), author="1")
    async with run_bot(discord):
        answer = await styles(discord, "list")
        assert not answer.mention_everyone
        assert r"\[x\]\(" in description_of(answer)


async def test_what_is_no_command_is_told_in_a_line(discord: Loopback, run_bot: RunBot) -> None:
    async with run_bot(discord):
        answer = await send(discord, "!style publsih elves")
        assert answer.content == "There is no such command; see `!help style`."
