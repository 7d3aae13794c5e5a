"""`!blend` and `/blend`: names between two names, their buttons, errors."""

import pytest

from bot.loopback import Loopback
from bot.store import Store

from ..conftest import (
    RunBot,
    buttons_of,
    footer_of,
    invoke,
    italic_names,
    names_in,
    no_bot,
    press,
    send,
)

pytestmark = pytest.mark.usefixtures("bot")


async def test_blends_are_between_two_names(discord: Loopback) -> None:
    answer = await send(discord, "!blend Marina Isabella 7")
    names = names_in(answer)
    assert len(set(names)) == 7
    assert all(name.startswith("M") for name in names)
    assert not {"Marina", "Isabella"} & set(names)
    assert answer.embeds[0]["title"] == "Marina \N{MULTIPLICATION SIGN} Isabella"
    assert "First names" in footer_of(answer)


async def test_text_equals_slash(discord: Loopback) -> None:
    by_slash = await invoke(
        discord,
        "blend",
        {"first": "Tyra", "second": "Stego", "style": "dinosaurs", "count": 3, "seed": 5},
    )
    by_text = await send(discord, "!blend Tyra Stego 3 style:dinosaurs seed:5")
    assert names_in(by_text) == names_in(by_slash)
    assert "seed 5" in footer_of(by_text)


async def test_again_and_save(discord: Loopback) -> None:
    answer = await send(discord, "!blend Marina Isabella")
    assert list(buttons_of(answer)) == ["Again", "Save"]
    for _ in range(3):
        names = names_in(answer)
        assert await press(discord, answer, "Again") is answer
        assert not {*names} & {*names_in(answer)}
    own = await press(discord, answer, "Again", "ben")
    assert own.ephemeral
    assert own.visible_to is discord.user("ben")
    question = await press(discord, answer, "Save", "ben")
    assert question.content == "Which names do you want to save?"


async def test_three_names_are_blended(discord: Loopback) -> None:
    by_text = await send(discord, "!blend Marina Isabella Theodore 7 seed:5")
    assert len(names_in(by_text)) == 7
    assert not {"Marina", "Isabella", "Theodore"} & set(names_in(by_text))
    cross = " \N{MULTIPLICATION SIGN} "
    assert by_text.embeds[0]["title"] == cross.join(("Marina", "Isabella", "Theodore"))
    options = {"first": "Marina", "second": "Isabella", "count": 7, "seed": 5}
    by_slash = await invoke(discord, "blend", options | {"third": "Theodore"})
    assert names_in(by_slash) == names_in(by_text)
    assert names_in(await invoke(discord, "blend", options)) != names_in(by_text)


async def test_third_name_can_be_quoted_or_named(discord: Loopback) -> None:
    plain = await send(discord, "!blend Anna Bert Carla seed:1")
    for text in ('!blend Anna Bert "Carla" seed:1', "!blend Anna Bert third:Carla seed:1"):
        assert names_in(await send(discord, text)) == names_in(plain)
    error = await send(discord, "!blend Anna Bert Car5la")
    assert error.content.startswith("This style doesn't use the character `5`")


@no_bot
async def test_buttons_of_three_names_work_after_a_restart(
    discord: Loopback, run_bot: RunBot
) -> None:
    """Their query needs the custom ids of both buttons."""
    async with run_bot(discord):
        answer = await send(discord, "!blend Margaret Elizabeth Victoria 4")
    names = names_in(answer)
    assert list(buttons_of(answer)) == ["Again", "Save"]
    async with run_bot(discord):
        question = await press(discord, answer, "Save", "ben")
        assert question.content == "Which names do you want to save?"
        assert await press(discord, answer, "Again") is answer
        assert len(names_in(answer)) == 4
        assert not set(names) & set(names_in(answer))
        assert "Victoria" in answer.embeds[0]["title"]


async def test_blends_are_new_by_default(discord: Loopback) -> None:
    known = await send(discord, "!blend Marina Isabella 25 new:no seed:3")
    assert italic_names(known)
    assert footer_of(known).endswith("italic = already in the list")
    for option in ("", "new:yes "):
        new = await send(discord, f"!blend Marina Isabella 25 {option}seed:3")
        assert len(names_in(new)) == 25
        assert italic_names(new) == []
        await press(discord, new, "Again")
        assert italic_names(new) == []
    await press(discord, known, "Again")
    assert italic_names(known)


@no_bot
async def test_again_works_after_a_restart(discord: Loopback, run_bot: RunBot) -> None:
    async with run_bot(discord):
        answer = await send(discord, "!blend Marina Isabella 4")
    names = names_in(answer)
    async with run_bot(discord):
        assert await press(discord, answer, "Again") is answer
        assert names_in(answer) != names
        assert len(names_in(answer)) == 4


async def test_long_names_have_no_again_button(discord: Loopback) -> None:
    answer = await send(discord, f"!blend {'Maria' * 9} {'Bella' * 18}")
    assert list(buttons_of(answer)) == ["Save"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("!blend Marina", "second: this is missing. Usage: `!blend first second [third] "),
        ("!blend T5 Anna", "This style doesn't use the character `5`"),
        ("!blend Anna Bella count:101", "count: `101` is out of range. Choose 1 to 100."),
        ('!blend Anna "Bella', "This style doesn't use the character `\"`"),
        ("!blend Anna Bella style:fauns", "There is no style `fauns`."),
    ],
)
async def test_errors_say_what_to_do(discord: Loopback, text: str, message: str) -> None:
    answer = await send(discord, text)
    assert answer.content.startswith(message)
    assert not answer.embeds


async def test_direct_messages_work(discord: Loopback) -> None:
    answer = await send(discord, "!blend Anna Bella", author="ben", channel=discord.dm("ben"))
    assert names_in(answer)


@no_bot
async def test_blocked_words_are_not_shown(
    discord: Loopback, run_bot: RunBot, store: Store
) -> None:
    async with run_bot(discord):
        names = names_in(await send(discord, "!blend Marina Isabella 5 seed:1"))
    await store.update_guild_settings(discord.guild.id, blocked=(names[0], "Bozo"))
    async with run_bot(discord):
        others = names_in(await send(discord, "!blend Marina Isabella 5 seed:1"))
        assert names[0] not in others
        assert len(others) == len(names)
        error = await send(discord, "!blend Bozo Anna")
        assert error.content.startswith("That word is blocked here.")
