"""`/manage-styles pattern`: preview, publish, cancel; a pattern is used like any style."""

from typing import Any

import pytest

from bot.library import Library
from bot.loopback import Loopback, Message

from ...conftest import RunBot, buttons_of, footer_of, invoke, names_in, no_bot, press, send
from .helpers import allow_manage, description_of, error_text, make_style, text_of, use_style

pytestmark = [pytest.mark.usefixtures("bot"), no_bot]

FAUNS = ("Aelar", "Belir", "Corin", "Dovan", "Elmer", "Fenna")
TOWNS = ("Oxford", "Wells", "Zenda", "Yarm", "Upton", "Thorpe")


@pytest.fixture(autouse=True)
async def styles(discord: Loopback, library: Library) -> None:
    """Two styles of the server, and an Aelar of Wells."""
    for name, samples in (("fauns", FAUNS), ("towns", TOWNS)):
        content = make_style(*samples, title=name.capitalize())
        await library.publish(name, content, author="1", guild_id=discord.guild.id)


async def preview(discord: Loopback, pattern: str = "{fauns} of {towns}", **more: Any) -> Message:
    return await use_style(discord, "pattern", name="lords", pattern=pattern, **more)


async def publish(discord: Loopback, pattern: str = "{fauns} of {towns}", **more: Any) -> Message:
    return await press(discord, await preview(discord, pattern, **more), "Publish", author="olga")


def check_lords(names: list[str], joint: str = " of ") -> None:
    assert names
    for name in names:
        elf, town = name.split(joint)
        assert elf[0] in "ABCDEF"
        assert town[0] in "OWZYUT"


async def test_preview_shows_names_and_publish_makes_them_a_style(
    discord: Loopback, run_bot: RunBot
) -> None:
    async with run_bot(discord):
        shown = await preview(discord, " {Fauns} of { TOWNS } ", title="Elf lords")
        assert shown.embeds[0]["title"] == "lords: publish this pattern?"
        names = names_in(shown)
        assert len(names) == 5
        check_lords(names)
        assert "{fauns} of {towns}" in text_of(shown), "the styles' own names"
        assert footer_of(shown) == "For this server"
        assert "no style" in (await send(discord, "!name style:lords")).content
        published = await press(discord, shown, "Publish", author="olga")
        assert published.embeds[0]["title"] == "lords: published"
        assert "Version 1 of `lords` is now live." in text_of(published)
        assert "/manage-styles retire lords" in text_of(published)
        assert not buttons_of(published)
        answer = await send(discord, "!name 4 style:lords seed:1")
        assert answer.embeds[0]["title"] == "Elf lords"
        check_lords(names_in(answer))
        same = await invoke(discord, "name", {"style": "lords", "count": 4, "seed": 1})
        assert names_in(same) == names_in(answer)
        info = text_of(await use_style(discord, "info", style="lords"))
        assert "**Pattern** `{fauns} of {towns}`" in info
        examples = info.split("\n")[1].split(" · ")
        assert len(examples) == 5
        check_lords(examples)
        assert "Elf lords" in text_of(await use_style(discord, "list"))


async def test_as_text(discord: Loopback, run_bot: RunBot) -> None:
    async with run_bot(discord):
        command = '!style pattern lords "{fauns}, {towns}" title:"Lords, short"'
        shown = await send(discord, command, author="olga")
        check_lords(names_in(shown), ", ")
        await press(discord, shown, "Publish", author="olga")
        answer = await send(discord, "!name aelar, w 3 style:lords new:no")
        assert answer.embeds[0]["title"] == "Lords, short"
        assert all(name.startswith("Aelar, W") for name in names_in(answer))


async def test_buttons_of_an_answer(discord: Loopback, run_bot: RunBot) -> None:
    async with run_bot(discord):
        await publish(discord)
        answer = await send(discord, "!name 3 style:lords seed:1")
        first = names_in(answer)
        await press(discord, answer, "Again")
        again = names_in(answer)
        check_lords(again)
        assert not {*first} & {*again}
        mean = sum(map(len, again)) / 3
        await press(discord, answer, "Longer")
        assert all(len(name) > mean for name in names_in(answer))
        offer = await press(discord, answer, "Save")
        assert offer.ephemeral
        rated = await invoke(discord, "rate", {"name": "aelar of wells", "style": "lords"})
        lines = description_of(rated).split("\n")
        assert rated.embeds[0]["title"] == "Aelar of Wells"
        assert lines[0].startswith("Aelar: more typical than **")
        assert lines[0].endswith("** of *Fauns*.")
        assert lines[1].endswith("** of *Towns*.")
        assert lines[2] == "All parts are in their styles' lists."
        refused = await invoke(discord, "rate", {"name": "Aelar", "style": "lords"})
        assert error_text(refused) == "`Aelar` doesn't fit the pattern `{fauns} of {towns}`."
        blended = await invoke(
            discord,
            "blend",
            {"first": "Aelar of Wells", "second": "Corin of Zenda", "style": "lords"},
        )
        assert "names of a pattern can't be blended" in error_text(blended)


async def test_autocomplete_spans_parts(discord: Loopback, run_bot: RunBot) -> None:
    async with run_bot(discord):
        await publish(discord)
        choices = await discord.autocomplete(
            "name", {"prefix": "aelar of w", "style": "lords"}, focused="prefix"
        )
        names = [choice["name"] for choice in choices]
        assert names
        assert all(name.startswith("Aelar of W") for name in names)


async def test_roll_back_retire_and_restart(discord: Loopback, run_bot: RunBot) -> None:
    async with run_bot(discord):
        await publish(discord)
        shown = await preview(discord, "{fauns}, {towns}")
        assert footer_of(shown) == "For this server · replaces version 1"
    async with run_bot(discord):
        await press(discord, shown, "Publish", author="olga")
        check_lords(names_in(await send(discord, "!name 3 style:lords")), ", ")
        answer = await use_style(discord, "rollback", style="lords")
        assert answer.content.startswith("Version 1 of `lords` is now live.")
        check_lords(names_in(await send(discord, "!name 3 style:lords")))
        log = description_of(await use_style(discord, "log", style="lords"))
        assert [line.split(" · ")[0].split("> ")[-1] for line in log.split("\n")] == [
            "rolled `lords` back to version 1",
            "published version 2 of `lords`",
            "published version 1 of `lords`",
        ]
        await use_style(discord, "retire", style="lords")
        assert "no style" in (await send(discord, "!name style:lords")).content
    async with run_bot(discord):
        await use_style(discord, "rollback", style="lords")
        check_lords(names_in(await send(discord, "!name 3 style:lords")))


async def test_a_retired_part_is_named(discord: Loopback, run_bot: RunBot) -> None:
    async with run_bot(discord):
        await publish(discord)
        await use_style(discord, "retire", style="towns")
        answer = await send(discord, "!name style:lords")
        assert answer.content == (
            "The pattern `{fauns} of {towns}` needs the style `towns`, which isn't available here."
        )
        assert "**Pattern**" in text_of(await use_style(discord, "info", style="lords"))
        await use_style(discord, "rollback", style="towns")
        check_lords(names_in(await send(discord, "!name 3 style:lords")))


async def test_cancel_stores_nothing(discord: Loopback, run_bot: RunBot, library: Library) -> None:
    async with run_bot(discord):
        answer = await press(discord, await preview(discord), "Cancel", author="olga")
        assert answer.content == "Cancelled. No style has changed."
        assert not answer.embeds
    await library.refresh()
    assert {record.style for record in library.records(discord.guild.id)} == {"fauns", "towns"}


@pytest.mark.parametrize(
    ("name", "pattern", "message"),
    [
        ("lords", "{fauns", "The part `{fauns` isn't closed."),
        ("lords", "fauns", "A pattern needs a style in braces"),
        ("lords", "{elfs} of {towns}", "There is no style `elfs`."),
        ("towns", "{fauns} of {towns}", "The pattern `{fauns} of {towns}` refers to itself: its"),
        ("lords", "{fauns}" * 9, "A pattern can have at most 8 parts. This one has 9."),
        ("a b", "{fauns}", "A style's name can have letters, digits, - and _ only."),
    ],
)
async def test_bad_input_gets_one_line(
    discord: Loopback, run_bot: RunBot, name: str, pattern: str, message: str
) -> None:
    async with run_bot(discord):
        answer = await use_style(discord, "pattern", name=name, pattern=pattern)
        assert error_text(answer).startswith(message)


async def test_who_may_make_patterns(discord: Loopback, run_bot: RunBot) -> None:
    async with run_bot(discord):
        options = {"name": "lords", "pattern": "{fauns}"}
        answer = await send(discord, '!style pattern lords "{fauns}"', author="ben")
        assert "Manage Server" in answer.content
        allow_manage(discord, "ada")
        shown = await use_style(discord, "pattern", author="ada", **options)
        refused = await press(discord, shown, "Publish", author="ben")
        assert "Manage Server" in error_text(refused)
        answer = await use_style(discord, "pattern", author="ada", for_all=True, **options)
        assert error_text(answer) == "Only the bot's owner can change styles for all servers."
        answer = await use_style(discord, "pattern", for_all=True, **options)
        assert error_text(answer).startswith("There is no style `fauns`."), "a style of one server"
        shown = await use_style(
            discord, "pattern", name="pairs", pattern="{names} and {names}", for_all=True
        )
        assert footer_of(shown) == "For all servers"
        await press(discord, shown, "Publish", author="olga")
        direct = await send(discord, "!name 2 style:pairs", author="ben", channel=discord.dm("ben"))
        assert all(" and " in name for name in names_in(direct))


async def test_limits_count_patterns(discord: Loopback, run_bot: RunBot) -> None:
    async with run_bot(discord, training={"max_guild_styles": 3}):
        await publish(discord)
        answer = await use_style(discord, "pattern", name="more", pattern="{fauns}")
        assert "limit of 3 own styles" in error_text(answer)


async def test_two_presses_publish_once(
    discord: Loopback, run_bot: RunBot, library: Library
) -> None:
    async with run_bot(discord):
        shown = await preview(discord)
        button = buttons_of(shown)["Publish"]["custom_id"]
        calls = [await discord.press(shown, button, author="olga") for _ in range(2)]
        for call in calls:
            await call.answer()
    await library.refresh()
    (record,) = [r for r in library.records(discord.guild.id) if r.style == "lords"]
    assert record.versions == (1,)


async def test_blocked_words_and_odd_text(discord: Loopback, run_bot: RunBot) -> None:
    async with run_bot(discord):
        refused = await preview(discord, "{fauns} the fucker")
        assert error_text(refused) == "That word is blocked here."
        await publish(discord, "*{fauns}* `of` <@1> {{_x_}} \\ {towns}")
        answer = await send(discord, "!name 2 style:lords")
        assert all(name.endswith(tuple("damnes")) for name in names_in(answer))
        assert all("* `of` <@1> {_x_} \\ " in name for name in names_in(answer))
