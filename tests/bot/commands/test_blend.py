"""`!blend` and `/blend`, asked by people on a loopback Discord."""

import pytest

from bot.loopback import Loopback
from bot.store import Store

from ..conftest import RunBot, buttons_of, footer_of, names_in, no_bot, press, send

pytestmark = pytest.mark.usefixtures("bot")


async def test_two_names_give_names_between_them(discord: Loopback) -> None:
    answer = await send(discord, "!blend Marina Isabella 7")
    names = names_in(answer)
    assert len(set(names)) == 7
    assert all(name.startswith("M") for name in names)
    assert not {"Marina", "Isabella"} & set(names)
    assert answer.embeds[0]["title"] == "Marina \N{MULTIPLICATION SIGN} Isabella"
    assert "First names" in footer_of(answer)


async def test_a_chat_and_a_slash_command_mean_the_same(discord: Loopback) -> None:
    by_slash = await discord.invoke(
        "blend", {"first": "Tyra", "second": "Stego", "style": "dinosaurs", "count": 3, "seed": 5}
    )
    in_chat = await send(discord, "!blend Tyra Stego 3 style:dinosaurs seed:5")
    assert names_in(in_chat) == names_in(await by_slash.answer())
    assert "seed 5" in footer_of(in_chat)


async def test_again_gives_others_and_save_keeps_them(discord: Loopback) -> None:
    answer = await send(discord, "!blend Marina Isabella")
    names = names_in(answer)
    assert list(buttons_of(answer)) == ["Again", "Save"]
    for _ in range(3):
        assert await press(discord, answer, "Again") is answer
        assert names_in(answer) != names
    own = await press(discord, answer, "Again", "ben")
    assert own.ephemeral
    assert own.visible_to is discord.user("ben")
    assert (await press(discord, answer, "Save", "ben")).content == "Which of them?"


@no_bot
async def test_again_works_after_a_restart(discord: Loopback, run_bot: RunBot) -> None:
    async with run_bot(discord):
        answer = await send(discord, "!blend Marina Isabella 4")
    names = names_in(answer)
    async with run_bot(discord):
        assert await press(discord, answer, "Again") is answer
        assert names_in(answer) != names
        assert len(names_in(answer)) == 4


async def test_names_too_long_for_a_button_come_without_again(discord: Loopback) -> None:
    answer = await send(discord, f"!blend {'Maria' * 9} {'Bella' * 9}")
    assert list(buttons_of(answer)) == ["Save"]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("!blend Marina", "second: that is missing. Usage: `!blend first second [count] "),
        ("!blend T5 Anna", "This style has no `5`"),
        ("!blend Anna Bella count:26", "count: `26` is out of range: 1 to 25."),
        ('!blend Anna "Bella', "second: the quotation marks do not pair up."),
        ("!blend Anna Bella style:elves", "There is no such style; there are `names`"),
    ],
)
async def test_what_cannot_be_is_told_in_one_line(discord: Loopback, text: str, told: str) -> None:
    answer = await send(discord, text)
    assert answer.content.startswith(told)
    assert not answer.embeds


async def test_it_works_in_a_direct_message(discord: Loopback) -> None:
    answer = await send(discord, "!blend Anna Bella", author="ben", channel=discord.dm("ben"))
    assert names_in(answer)


@no_bot
async def test_no_blocked_word_is_blended_or_repeated(
    discord: Loopback, run_bot: RunBot, store: Store
) -> None:
    async with run_bot(discord):
        names = names_in(await send(discord, "!blend Marina Isabella 5 seed:1"))
    await store.update_guild_settings(discord.guild.id, blocked=(names[0], "Bozo"))
    async with run_bot(discord):
        others = names_in(await send(discord, "!blend Marina Isabella 5 seed:1"))
        assert names[0] not in others
        assert others[:3] == names[1:4]
        refused = await send(discord, "!blend Bozo Anna")
        assert refused.content.startswith("That word is blocked here.")
