"""The message command *Rate this name*."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.commands.markdown import format_name, format_names
from bot.commands.rate_message import find_name
from bot.loopback import Loopback, Message

from ..conftest import RunBot, no_bot, send

pytestmark = pytest.mark.usefixtures("bot")

COMMAND = "Rate this name"


async def rate(discord: Loopback, message: Message, author: str = "ada") -> Message:
    call = await discord.use_context_menu(COMMAND, message, author=author)
    answer = await call.answer()
    assert answer.ephemeral
    return answer


def rated(message: Message) -> str:
    (embed,) = message.embeds
    return str(embed["title"])


@pytest.mark.parametrize("channel", ["general", "dm"])
async def test_rates_the_name_in_a_message(discord: Loopback, channel: str) -> None:
    where = discord.dm("ben") if channel == "dm" else discord.channel(channel)
    message = await discord.say("**Tristan**\nis his name", author="ben", channel=where)
    answer = await rate(discord, message, "ben")
    assert rated(answer) == "Tristan"
    assert answer.attachments[0].filename == "rating.png"


async def test_rates_names_of_the_bot(discord: Loopback) -> None:
    single = await send(discord, "!name Tr 1")
    assert rated(await rate(discord, single)) == single.content
    several = await send(discord, "!name Tr 3 style:dinosaurs")
    first = several.embeds[0]["description"].split("\n")[0].strip("_")
    answer = await rate(discord, several)
    assert rated(answer) == first
    assert "Dinosaurs" in answer.embeds[0]["description"]  # the style that ada used last
    assert rated(await rate(discord, await send(discord, "!rate Tristan"))) == "Tristan"


async def test_messages_without_names(discord: Loopback) -> None:
    for text in ("...", f"{discord.bot.mention} https://example.org", "<:elf:123>"):
        answer = await rate(discord, await discord.say(text))
        assert answer.content == "I see no name in that message. Type one: `/rate`"
    answer = await rate(discord, await discord.say("Ψ"))
    assert answer.content.startswith("This style doesn't use the character `Ψ`.")


@no_bot
async def test_limits_hold(discord: Loopback, run_bot: RunBot) -> None:
    message = await discord.say("Tristan")
    async with run_bot(discord, limits={"user_commands": 1, "user_seconds": 600}):
        assert rated(await rate(discord, message)) == "Tristan"
        assert (await rate(discord, message)).content.startswith("Try again in ")
        assert rated(await rate(discord, message, "ben")) == "Tristan"


@no_bot
async def test_left_out_with_rate(discord: Loopback, run_bot: RunBot) -> None:
    async with run_bot(discord, bot={"disabled_commands": ["rate"]}):
        await discord.wait_commands()
        assert COMMAND not in [command["name"] for command in discord.available_commands()]


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Tristan", "Tristan"),
        ("  Tristan!  \nand others", "Tristan"),
        ("My elf is called `Aelor` now", "Aelor"),
        ("```\nAelor\nBelor\n```", "Aelor"),
        ("```text\nAelor\n```", "Aelor"),
        ("Is \N{LEFT DOUBLE QUOTATION MARK}Aelor\N{RIGHT DOUBLE QUOTATION MARK} good?", "Aelor"),
        ('What about "Aelor"?', "Aelor"),
        ("O'Brien", "O'Brien"),
        ("Wie wäre «Aelor»?", "Aelor"),
        ("「アエロル」はどう", "アエロル"),
        ("# Aelor", "Aelor"),
        ("> - **Aelor**", "Aelor"),
        ("1. __Aelor__ of *Belor*", "Aelor of Belor"),
        ("snake_case_name", "snake_case_name"),
        ("||Aelor||", "Aelor"),
        (r"A\*elor", "A*elor"),
        ("<@123> Aelor <:elf:45> https://example.org/x", "Aelor"),
        ("</name:12> <#1> <@&2> <t:1618953630:R>", ""),
        ("\n\nAelor", "Aelor"),
        ("", ""),
        ("word " * 50, " ".join(["word"] * 16)),
        ("x" * 300, "x" * 80),
    ],
)
def test_find_name(text: str, name: str) -> None:
    assert find_name(text) == name


@given(st.text())
def test_any_text(text: str) -> None:
    name = find_name(text)
    assert len(name) <= 80
    assert "\n" not in name
    assert name == name.strip()


@given(st.text(st.characters(categories=["L"]), min_size=1, max_size=40))
def test_formatted_names_are_found(name: str) -> None:
    for text in (format_name(name), format_names([name]), f"**{name}**", f'"{name}"', f"`{name}`"):
        assert find_name(text) == name
