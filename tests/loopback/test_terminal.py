"""The terminal chat: what a line does, and what is shown for it."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from discord.ext import commands

from bot.loopback import Loopback

from .cogs import Cog, equipped
from .conftest import Client, Running
from .typist import Typist, at, typed

PANEL = "[1 More] [2 Later] [3 New] [4 Rate] [5 Off (off)] [6 Choose ▾] [7 Choose ▾]"


@pytest.fixture(autouse=True)
async def cog(loopback: Loopback, running: Running) -> AsyncIterator[Cog]:
    """The cog of a bot that runs on the loopback."""
    bot, cog = equipped()
    async with running(loopback, bot):
        await loopback.wait_commands()
        yield cog


@pytest.mark.parametrize("line", ["!echo hello", "@bot echo hello", "@namesmith echo hello"])
async def test_what_is_said_to_the_bot_is_answered(line: str, loopback: Loopback, cog: Cog) -> None:
    cog.bot.command_prefix = commands.when_mentioned_or("!")
    assert (await typed(loopback, line)).written == ["hello"]


async def test_what_is_said_to_nobody_is_not_waited_for(loopback: Loopback) -> None:
    chat = await typed(loopback, "hello", "12 elves", "  ", "!echo yes")
    assert chat.written == ["There's nothing to press here yet.", "yes"]
    assert [message.content for message in loopback.messages("general").values()] == [
        "hello",
        "!echo yes",
        "yes",
    ]


async def test_a_bot_that_says_nothing_is_told_of(
    loopback: Loopback, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.loopback.terminal.repl.ANSWER_TIMEOUT", 0.2)
    assert (await typed(loopback, "!nothing")).written == ["The bot didn't answer."]


async def test_commands_are_used_by_their_names_and_options(loopback: Loopback) -> None:
    chat = await typed(loopback, "/repeat text:a b count:2", "/style train name:elf")
    assert chat.written == ["a ba b", "training elf"]


async def test_what_does_not_fit_is_told_in_a_line(loopback: Loopback) -> None:
    lines = ["/nope", "/repeat", "/repeat text:a count:6", "/style", "/admin", "/Shout"]
    chat = await typed(loopback, *lines)
    starts = [
        "There's no command /nope. Choose from /",
        "/repeat needs more options: /repeat text:…",
        "/repeat count: 6 must be 5 or less",
        "/style needs a subcommand. Choose from /style train.",
        "/admin: ada lacks the permission MANAGE_GUILD",
        "There's no command /Shout. Choose from /",
    ]
    assert len(chat.written) == len(starts)
    assert all(map(str.startswith, chat.written, starts))
    assert not any("\n" in line for line in chat.written)


async def test_a_button_is_pressed_by_its_number(loopback: Loopback) -> None:
    chat = await typed(loopback, "/panel", "1", "2")
    assert chat.written == [
        f"panel / {PANEL}",
        f"more / {PANEL} / (edited)",
        f"later / {PANEL} / (edited)",
    ]


async def test_numbers_that_press_nothing_are_told_of(loopback: Loopback) -> None:
    chat = await typed(loopback, "/panel", "5", "8")
    assert chat.written[1:] == [
        "[5 Off (off)] is disabled.",
        "There's no 8. Choose from 1, 2, 3, 4, 5, 6, 7.",
    ]


async def test_a_menu_is_chosen_from_by_name_or_number(loopback: Loopback) -> None:
    chat = await typed(loopback, "/panel", "6 elf", "6 2", "6 Orc, 1", "7 cleo")
    assert chat.written[1:] == ["elf", "orc", "orc and elf", "@cleo"]
    refused = await typed(loopback, "6 troll", "6 1, 2, 1", "7 nobody")
    assert refused.written[0].startswith("'troll' isn't a choice. Choose from 1 Elf  2 Orc")
    assert refused.written[1:] == [
        "the select 'style' takes 1 to 2 values, not 3",
        "the select 'who' has no 'nobody'",
    ]


async def test_a_menu_asks_when_only_its_number_is_typed(loopback: Loopback) -> None:
    chat = await typed(loopback, "/panel", "6", "Elf", "7", None)
    assert chat.written[1:] == ["elf"]
    assert chat.asked[2] == "Choose ▾ (1 Elf  2 Orc; up to 2, separated by commas): "
    assert chat.asked[4] == "Choose ▾ (a member): "


async def test_numbers_mean_the_message_that_came_or_changed_last(loopback: Loopback) -> None:
    first = await (await loopback.invoke("panel")).answer()
    second = await (await loopback.invoke("panel")).answer()
    await typed(loopback, "1")
    assert (first.content, second.content) == ("panel", "more")
    await (await loopback.press(first, "more")).answer()
    await typed(loopback, "2")
    assert (first.content, second.content) == ("later", "more")


async def test_an_ephemeral_answer_says_who_sees_it(loopback: Loopback) -> None:
    chat = await typed(loopback, "/panel", "3", ".as ben", "3")
    assert chat.written[1:] == ["for ada / (only ada sees this)", "for ben / (only ben sees this)"]


async def test_what_another_alone_sees_is_not_shown(loopback: Loopback) -> None:
    async def press() -> None:
        panel = next(iter(loopback.messages("general").values()))
        await (await loopback.press(panel, "new", author="ben")).answer()

    chat = await typed(loopback, "/panel", press, "!echo last")
    assert chat.written[1:] == ["last"]


async def test_who_and_where_one_is_can_be_changed(loopback: Loopback) -> None:
    chat = await typed(
        loopback, ".as ben", ".in #random", ".as OLGA", "/admin", ".in dm", ".as ada"
    )
    assert [asked.removesuffix(" > ") for asked in chat.asked] == [
        "ada in #general",
        "ben in #general",
        "ben in #random",
        "olga in #random",
        "olga in #random",
        "olga in dm",
        "ada in dm",
    ]
    assert chat.written == ["True"]
    assert [m.content for m in loopback.messages("random").values()] == ["True"]


async def test_commands_are_used_in_direct_messages(loopback: Loopback) -> None:
    chat = await typed(loopback, ".in dm", "/repeat text:x", "!echo y", ".in general", ".as ben")
    assert chat.written == ["x", "y"]
    assert [m.content for m in loopback.messages(loopback.dm("ada")).values()] == [
        "x",
        "!echo y",
        "y",
    ]


async def test_the_chats_own_commands_list_what_there_is(loopback: Loopback) -> None:
    chat = await typed(loopback, ".as", ".in", ".as zoe", ".in cellar", ".help")
    assert chat.written[:4] == [
        "olga (Manage Server), ada, ben, cleo",
        "#general, #random, dm",
        "There's no 'zoe'. Choose from olga, ada, ben, cleo.",
        "There's no 'cellar'. Choose from general, random, dm.",
    ]
    assert chat.written[4].startswith("!name Tr, @bot name Tr  Send a message to the bot.")
    assert len(chat.written) == 11


async def test_what_happens_elsewhere_says_where(loopback: Loopback, cog: Cog) -> None:
    @cog.bot.command()
    async def whisper(context: commands.Context[Client]) -> None:
        await context.author.send("psst")

    chat = Typist(["!whisper", ".in random"])

    async def elsewhere() -> None:
        await loopback.say("!echo hi", author="ben")
        await chat.until("hi / (in #general)")

    chat.script += [elsewhere, "!echo here"]
    await at(chat, loopback)
    assert chat.written == ["psst / (in dm)", "hi / (in #general)", "here"]


async def test_a_deferred_answer_is_thought_about_and_comes_while_one_types(
    loopback: Loopback, cog: Cog, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.loopback.terminal.repl.ANSWER_TIMEOUT", 0.1)
    chat = Typist(["/slow quiet:yes"])

    async def come() -> None:
        cog.gate.set()
        await chat.until("at last / (only ada sees this)")

    chat.script.append(come)
    await at(chat, loopback)
    assert chat.written == ["Namesmith is thinking…", "at last / (only ada sees this)"]


async def test_an_answer_that_comes_at_once_is_not_thought_about(
    loopback: Loopback, cog: Cog, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.loopback.terminal.repl.THINKING_DELAY", 10.0)
    cog.gate.set()
    assert (await typed(loopback, "/slow")).written == ["at last"]


async def test_down_a_pipe_a_deferred_answer_is_waited_for(
    loopback: Loopback, cog: Cog, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.loopback.terminal.repl.ANSWER_TIMEOUT", 0.05)
    asyncio.get_running_loop().call_later(0.5, cog.gate.set)  # ten times as late
    assert (await typed(loopback, "/slow", live=False)).written == ["at last"]


async def test_every_change_is_shown_once(loopback: Loopback) -> None:
    chat = Typist(["/several"])
    chat.script.append(lambda: chat.until("one! / (edited)"))
    await at(chat, loopback)
    last = [line.split(" / ")[0] for line in chat.written]
    assert sorted(set(last) - {"one", "two"}) == ["one!", "three", "two!"]
    assert "three / (only ada sees this)" in chat.written
    assert len(set(last)) == len(last)


async def test_a_message_that_goes_is_told_of(loopback: Loopback) -> None:
    panel = Typist(["/panel"])

    async def vanish() -> None:
        await loopback.delete(next(iter(loopback.messages("general").values())))
        await panel.until("Namesmith deleted a message.")

    panel.script += [vanish, "1"]
    await at(panel, loopback)
    assert panel.written[1:] == [
        "Namesmith deleted a message.",
        "There's nothing to press here yet.",
    ]


async def test_an_interaction_that_fails_is_told_of(running: Running) -> None:
    async with Loopback(acknowledge_timeout=0.1) as loopback:
        bot, _ = equipped()
        async with running(loopback, bot):
            await loopback.wait_commands()
            assert (await typed(loopback, "/never")).written == ["The application did not respond."]
