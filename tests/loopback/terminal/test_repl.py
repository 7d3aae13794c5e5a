"""Terminal chat loop: input lines and the output they lead to."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import discord
import pytest
from discord.ext import commands

from bot.loopback import Loopback
from bot.loopback.terminal import BotReports
from bot.loopback.terminal.repl import run_session
from bot.loopback.terminal.session import Session

from ...openapi import CheckedLoopback
from ..conftest import Client, RunBot
from ..demo_bot import DemoCog, create_demo_bot
from .scripted_console import ScriptedConsole, run_chat, run_console

PANEL = "[1 More] [2 Later] [3 New] [4 Rate] [5 Off (off)] [6 Choose ▾] [7 Choose ▾]"


@pytest.fixture(autouse=True)
async def cog(loopback: Loopback, run_bot: RunBot) -> AsyncIterator[DemoCog]:
    """The cog of a bot that runs on the loopback."""
    bot, cog = create_demo_bot()
    async with run_bot(loopback, bot):
        await loopback.wait_commands()
        yield cog


@pytest.mark.parametrize("line", ["!echo hello", "@bot echo hello", "@namesmith echo hello"])
async def test_message_to_bot_is_answered(line: str, loopback: Loopback, cog: DemoCog) -> None:
    cog.bot.command_prefix = commands.when_mentioned_or("!")
    assert (await run_chat(loopback, line)).output == ["hello"]


async def test_ordinary_message_needs_no_answer(loopback: Loopback) -> None:
    chat = await run_chat(loopback, "hello", "12 elves", "  ", "!echo yes")
    assert chat.output == ["There's nothing to press here yet.", "yes"]
    assert [message.content for message in loopback.messages("general").values()] == [
        "hello",
        "!echo yes",
        "yes",
    ]


async def test_missing_answer_is_reported(
    loopback: Loopback, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.loopback.terminal.repl.ANSWER_TIMEOUT", 0.2)
    assert (await run_chat(loopback, "!nothing")).output == ["The bot didn't answer."]


async def test_unknown_local_command_is_not_sent(loopback: Loopback) -> None:
    chat = await run_chat(loopback, ".name Tr", "... hm", ".5")
    assert chat.output == [
        "There's no .name here, only .as, .in, .attach, .apps, .help. The bot's begin with ! or /."
    ]
    sent = [message.content for message in loopback.messages("general").values()]
    assert sent == ["... hm", ".5"]


async def test_attached_files_go_with_the_next_message(loopback: Loopback, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("Anna\n")
    files = [f".attach {tmp_path}/a.txt"] * 2
    chat = await run_chat(loopback, *files, "both", "none", ".attach", f".attach {tmp_path}/b")
    both, none = loopback.messages("general").values()
    assert [file.data for file in both.attachments] == [b"Anna\n"] * 2
    assert none.attachments == []
    assert chat.output == [
        *["a.txt goes with your next message."] * 2,
        "Give the path of a file, such as .attach towns.txt.",
        f"Can't read {tmp_path}/b: No such file or directory.",
    ]


async def test_reports_end_the_wait(loopback: Loopback, cog: DemoCog) -> None:
    reports = BotReports(is_active=True)

    async def on_message(message: discord.Message) -> None:
        if not message.author.bot:
            hint = "" if message.content == "hello" else "Type !echo."
            reports.add_ignored(message.id, hint)

    cog.bot.add_listener(on_message)
    console = ScriptedConsole(["hello", "?echo"])
    user, channel = loopback.user("ada"), loopback.channel("general")
    await run_session(Session(loopback, "!", user, channel, console, reports=reports))
    assert console.output == ["Type !echo."]
    assert console.has_failed


async def test_slash_commands(loopback: Loopback) -> None:
    chat = await run_chat(loopback, "/repeat text:a b count:2", "/style train name:elf")
    assert chat.output == ["a ba b", "training elf"]


async def test_errors_are_one_line(loopback: Loopback) -> None:
    lines = ["/nope", "/repeat", "/repeat text:a count:6", "/style", "/admin", "/Shout"]
    chat = await run_chat(loopback, *lines)
    starts = [
        "There's no command /nope. Choose from /",
        "/repeat needs more options: /repeat text:…",
        "/repeat count: 6 must be 5 or less",
        "/style needs a subcommand. Choose from /style train.",
        "/admin: ada lacks the permission MANAGE_GUILD",
        "There's no command /Shout. Choose from /",
    ]
    assert len(chat.output) == len(starts)
    assert all(map(str.startswith, chat.output, starts))
    assert not any("\n" in line for line in chat.output)


async def test_number_presses_button(loopback: Loopback) -> None:
    chat = await run_chat(loopback, "/panel", "1", "2")
    assert chat.output == [
        f"panel / {PANEL}",
        f"more / {PANEL} / (edited)",
        f"later / {PANEL} / (edited)",
    ]


async def test_invalid_number_is_reported(loopback: Loopback) -> None:
    chat = await run_chat(loopback, "/panel", "5", "8")
    assert chat.output[1:] == [
        "[5 Off (off)] is disabled.",
        "There's no 8. Choose from 1, 2, 3, 4, 5, 6, 7.",
    ]


async def test_select_by_label_or_number(loopback: Loopback) -> None:
    chat = await run_chat(loopback, "/panel", "6 elf", "6 2", "6 Orc, 1", "7 cleo")
    assert chat.output[1:] == ["elf", "orc", "orc and elf", "@cleo"]
    rejected = await run_chat(loopback, "6 troll", "6 1, 2, 1", "7 nobody")
    assert rejected.output[0].startswith("'troll' isn't a choice. Choose from 1) Elf  2) Orc")
    assert rejected.output[1:] == [
        "Choose 1 to 2, not 3.",
        "the select 'user' has no 'nobody'",
    ]


async def test_select_number_alone_prompts(loopback: Loopback) -> None:
    chat = await run_chat(loopback, "/panel", "6", "Elf", "7", None)
    assert chat.output[1:] == ["elf"]
    assert chat.prompts[2] == "Choose ▾ (1) Elf  2) Orc; up to 2, separated by commas): "
    assert chat.prompts[4] == "Choose ▾ (a member): "


async def test_number_means_latest_message(loopback: Loopback) -> None:
    first = await (await loopback.invoke("panel")).answer()
    second = await (await loopback.invoke("panel")).answer()
    await run_chat(loopback, "1")
    assert (first.content, second.content) == ("panel", "more")
    await (await loopback.press(first, "more")).answer()
    await run_chat(loopback, "2")
    assert (first.content, second.content) == ("later", "more")


async def test_ephemeral_answer_is_tagged(loopback: Loopback) -> None:
    chat = await run_chat(loopback, "/panel", "3", ".as ben", "3")
    assert chat.output[1:] == ["for ada / (only ada sees this)", "for ben / (only ben sees this)"]


async def test_ephemeral_of_others_is_hidden(loopback: Loopback) -> None:
    async def press() -> None:
        panel = next(iter(loopback.messages("general").values()))
        await (await loopback.press(panel, "new", author="ben")).answer()

    chat = await run_chat(loopback, "/panel", press, "!echo last")
    assert chat.output[1:] == ["last"]


async def test_switch_user_and_channel(loopback: Loopback) -> None:
    chat = await run_chat(
        loopback, ".as ben", ".in #random", ".as OLGA", "/admin", ".in dm", ".as ada"
    )
    assert [prompt.removesuffix(" > ") for prompt in chat.prompts] == [
        "ada in #general",
        "ben in #general",
        "ben in #random",
        "olga in #random",
        "olga in #random",
        "olga in dm",
        "ada in dm",
    ]
    assert chat.output == ["True"]
    assert [m.content for m in loopback.messages("random").values()] == ["True"]


async def test_commands_in_direct_messages(loopback: Loopback) -> None:
    chat = await run_chat(loopback, ".in dm", "/repeat text:x", "!echo y", ".in general", ".as ben")
    assert chat.output == ["x", "y"]
    assert [m.content for m in loopback.messages(loopback.dm("ada")).values()] == [
        "x",
        "!echo y",
        "y",
    ]


async def test_local_commands_list_names(loopback: Loopback) -> None:
    chat = await run_chat(loopback, ".as", ".in", ".as zoe", ".in cellar", ".help")
    assert chat.output[:4] == [
        "olga (Manage Server), ada, ben, cleo",
        "#general, #random, dm",
        "There's no 'zoe'. Choose from olga, ada, ben, cleo.",
        "There's no 'cellar'. Choose from general, random, dm.",
    ]
    assert chat.output[4].startswith("!name Tr, @bot name Tr  Send a message to the bot.")
    assert any(line.startswith(".attach towns.txt") for line in chat.output)
    assert "/manage-styles train name:towns file:towns.txt" in chat.output


async def test_message_commands(loopback: Loopback) -> None:
    chat = await run_chat(loopback, ".apps shout", "quiet", ".apps", ".apps Shout", ".apps greet")
    assert chat.output == [
        "There's no message here yet.",
        "Shout",
        "QUIET",
        "There's no 'greet'. Choose from Shout.",
    ]


async def test_other_channel_is_tagged(loopback: Loopback, cog: DemoCog) -> None:
    @cog.bot.command()
    async def whisper(context: commands.Context[Client]) -> None:
        await context.author.send("psst")

    chat = ScriptedConsole(["!whisper", ".in random"])

    async def say_in_general() -> None:
        await loopback.say("!echo hi", author="ben")
        await chat.wait_for_output("hi / (in #general)")

    chat.script += [say_in_general, "!echo here"]
    await run_console(chat, loopback)
    assert chat.output == ["psst / (in dm)", "hi / (in #general)", "here"]


async def test_deferred_answer_arrives_later(
    loopback: Loopback, cog: DemoCog, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.loopback.terminal.repl.ANSWER_TIMEOUT", 0.1)
    chat = ScriptedConsole(["/slow quiet:yes"])

    async def finish() -> None:
        cog.gate.set()
        await chat.wait_for_output("at last / (only ada sees this)")

    chat.script.append(finish)
    await run_console(chat, loopback)
    assert chat.output == ["Namesmith is thinking…", "at last / (only ada sees this)"]


async def test_quick_deferred_answer(
    loopback: Loopback, cog: DemoCog, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.loopback.terminal.repl.THINKING_DELAY", 60.0)
    cog.gate.set()
    assert (await run_chat(loopback, "/slow")).output == ["at last"]


async def test_pipe_waits_for_deferred_answer(
    loopback: Loopback, cog: DemoCog, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.loopback.terminal.repl.ANSWER_TIMEOUT", 0.05)
    asyncio.get_running_loop().call_later(0.5, cog.gate.set)  # ten times as late
    assert (await run_chat(loopback, "/slow", is_interactive=False)).output == ["at last"]


async def test_each_edit_is_shown_once(loopback: Loopback) -> None:
    chat = ScriptedConsole(["/several"])
    chat.script.append(lambda: chat.wait_for_output("one! / (edited)"))
    await run_console(chat, loopback)
    last = [line.split(" / ")[0] for line in chat.output]
    assert sorted(set(last) - {"one", "two"}) == ["one!", "three", "two!"]
    assert "three / (only ada sees this)" in chat.output
    assert len(set(last)) == len(last)


async def test_deletion_is_reported(loopback: Loopback) -> None:
    chat = ScriptedConsole(["/panel"])

    async def delete_panel() -> None:
        await loopback.delete(next(iter(loopback.messages("general").values())))
        await chat.wait_for_output("Namesmith deleted a message.")

    chat.script += [delete_panel, "1"]
    await run_console(chat, loopback)
    assert chat.output[1:] == [
        "Namesmith deleted a message.",
        "There's nothing to press here yet.",
    ]


async def test_unacknowledged_interaction_is_reported(run_bot: RunBot) -> None:
    async with CheckedLoopback(acknowledge_timeout=0.1) as loopback:
        bot, _ = create_demo_bot()
        async with run_bot(loopback, bot):
            await loopback.wait_commands()
            chat = await run_chat(loopback, "/never")
    assert chat.output == ["The application did not respond."]
