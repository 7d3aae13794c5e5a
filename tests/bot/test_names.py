"""`!name` and `/name`, asked by people on a loopback Discord, answered by the real client."""

import asyncio
from pathlib import Path

import onnx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from onnx import TensorProto, helper

from bot.commands.text import name_list, quoted
from bot.loopback import Loopback, Message, Permission
from bot.loopback.rest.interactions import DEFER

from .artifacts import NAMES, bigrams, metadata_of, model_of, write_artifact
from .conftest import Serving

pytestmark = pytest.mark.usefixtures("bot")
no_bot = pytest.mark.parametrize("bot", [None])  # the test starts one with other settings


def names_in(message: Message) -> list[str]:
    """Return the names of an answer, which is one code block."""
    first, *names, last = message.content.split("\n")
    assert first == last == "```"
    return names


async def ask(discord: Loopback, text: str, **where: str) -> Message:
    return await discord.reply_to(await discord.say(text, **where))  # type: ignore[arg-type]


async def test_name_with_a_prefix_gives_five_names_that_begin_with_it(discord: Loopback) -> None:
    names = names_in(await ask(discord, "!name Tr"))
    assert len(names) == 5
    assert all(name.startswith("Tr") for name in names)


async def test_name_alone_gives_five_names(discord: Loopback) -> None:
    assert len(names_in(await ask(discord, "!name"))) == 5


async def test_a_count_follows_the_prefix(discord: Loopback) -> None:
    assert len(names_in(await ask(discord, "!name Tr 1"))) == 1
    assert len(names_in(await ask(discord, "!NAME A 25"))) == 25


async def test_the_bot_answers_to_its_mention(discord: Loopback) -> None:
    names = names_in(await ask(discord, f"<@{discord.bot.id}> name Tr 3"))
    assert len(names) == 3


async def test_the_bot_answers_in_a_direct_message(discord: Loopback) -> None:
    message = await discord.say("!name Tr", author="ada", channel=discord.dm("ada"))
    assert len(names_in(await discord.reply_to(message))) == 5


async def test_slash_name_takes_prefix_count_and_temperature(discord: Loopback) -> None:
    call = await discord.invoke("name", {"prefix": "Tr", "count": 7, "temperature": 1.5})
    answer = await call.answer()
    assert not answer.ephemeral
    names = names_in(answer)
    assert len(names) == 7
    assert all(name.startswith("Tr") for name in names)
    assert len(names_in(await (await discord.invoke("name", {})).answer())) == 5


async def test_a_prefix_is_met_in_the_case_of_the_style(discord: Loopback) -> None:
    assert all(name.startswith("Tr") for name in names_in(await ask(discord, "!name tr")))


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("!name T5r", ["has no `5` (U+0035)", "ABCDEF"]),
        ("!name ``", ["has no `\u02cb` (U+0060)"]),
        (f"!name {'A' * 16}", ["has 16 characters", "at most 15"]),
        ("!name Tr 26", ["count: `26` is out of range: 1 to 25", "Usage: `!name [prefix] [count]"]),
        ("!name Tr 0", ["count: `0` is out of range"]),
        ("!name Tr 5 9", ["temperature: `9.0` is out of range: 0.1 to 2.0"]),
        ("!name New York", ["count: that is not a number", "quotation marks", "Usage: "]),
        ('!name "Tr', ["quotation marks do not pair up", "Usage: "]),
    ],
)
async def test_a_refusal_says_what_is_wrong_and_how_to_mend_it(
    discord: Loopback, text: str, parts: list[str]
) -> None:
    answer = await ask(discord, text)
    assert "\n" not in answer.content
    for part in parts:
        assert part in answer.content


async def test_a_refused_slash_command_is_told_to_that_person_alone(discord: Loopback) -> None:
    answer = await (await discord.invoke("name", {"prefix": "T5r"})).answer()
    assert answer.ephemeral
    assert "has no `5`" in answer.content


async def test_discord_itself_holds_slash_options_to_their_range(discord: Loopback) -> None:
    for options in ({"count": 26}, {"count": 0}, {"temperature": 2.5}, {"count": "many"}):
        with pytest.raises(ValueError, match=next(iter(options))):
            await discord.invoke("name", options)


async def test_commands_of_other_bots_are_passed_over(discord: Loopback) -> None:
    other = await discord.say("!play something")
    await ask(discord, "!name Tr")
    with pytest.raises(TimeoutError):
        await discord.reply_to(other, timeout=0.2)


@no_bot
async def test_nothing_in_a_name_can_act(
    discord: Loopback, serving: Serving, tmp_path: Path
) -> None:
    hostile = [
        "@everyone",
        "**bold**",
        "<@1>",
        "https://a.example",
        "```",
        "`x`",
        "# big",
        "||no||",
    ]
    style = write_artifact(tmp_path / "hostile.onnx", hostile)
    async with serving(discord, names={"style": str(style), "count": 25}):
        for _ in range(5):
            answer = await ask(discord, "!name")
            assert not answer.mention_everyone
            assert answer.content[3:-3].count("```") == 0
            assert len(names_in(answer)) == 25
        refusal = await ask(discord, "!name @everyone?")
        assert not refusal.mention_everyone


@no_bot
async def test_names_too_long_for_a_message_come_as_a_file(
    discord: Loopback, serving: Serving, tmp_path: Path
) -> None:
    style = write_artifact(tmp_path / "long.onnx", ["ab" * 300, "cd" * 300])
    async with serving(discord, names={"style": str(style)}):
        answer = await ask(discord, "!name abab 25")
        assert answer.content == "25 names:"
        (file,) = answer.attachments
        assert file.filename == "names.txt"
        names = file.data.decode().splitlines()
        assert len(names) == 25
        assert all(name.startswith("abab") for name in names)


@no_bot
async def test_an_answer_that_takes_long_is_announced_first(
    discord: Loopback, serving: Serving, tmp_path: Path
) -> None:
    style = write_artifact(tmp_path / "long.onnx", ["ab" * 10_000, "cd" * 10_000])
    async with serving(discord, names={"style": str(style)}):
        calls = [await discord.invoke("name", {"count": 25}) for _ in range(4)]
        answers = [await call.answer(timeout=120) for call in calls]
        assert all(answer.attachments for answer in answers)
        assert calls[-1].callback == DEFER


@no_bot
async def test_a_fault_of_ours_is_logged_and_the_person_told_so(
    discord: Loopback, serving: Serving, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    model = model_of(bigrams(NAMES), metadata_of(NAMES))
    model.graph.node[0].input[1] = "far"  # a graph that can take its first step and no other
    model.graph.node.insert(0, helper.make_node("Mul", ["token", "thousand"], ["far"]))
    model.graph.initializer.append(helper.make_tensor("thousand", TensorProto.INT64, [], [1000]))
    onnx.save(model, tmp_path / "faulty.onnx")
    async with serving(discord, names={"style": str(tmp_path / "faulty.onnx")}):
        assert "wrong on my side" in (await ask(discord, "!name Tr")).content
        answer = await (await discord.invoke("name", {"prefix": "Tr"})).answer()
        assert answer.ephemeral
        assert "wrong on my side" in answer.content
    assert caplog.text.count("Command name failed") == 2


async def test_where_it_may_not_speak_it_says_so_in_its_log(
    discord: Loopback, caplog: pytest.LogCaptureFixture
) -> None:
    discord.overwrite("general", discord.bot, deny=Permission.SEND_MESSAGES)
    for text in ("!name Tr", "!name T5"):
        await discord.say(text)
    await ask(discord, "!name Tr", channel="random")
    told = "Discord does not let me answer in #general of Loopback: give me View Channel"
    await discord.until(lambda: caplog.text.count(told) == 2)


@given(st.lists(st.text(st.characters(exclude_categories=["C", "Z"])), min_size=1))
def test_a_list_of_any_names_is_one_code_block(names: list[str]) -> None:
    block = name_list(names)
    assert block.startswith("```\n")
    assert block.endswith("\n```")
    assert "```" not in block[3:-3]
    assert block[4:-4].replace("\u200b", "").split("\n") == names


@given(st.text())
def test_quoted_text_cannot_leave_its_quotes(text: str) -> None:
    inside = quoted(text)
    assert inside.count("`") == 2
    assert inside[0] == inside[-1] == "`"
    assert "\n" not in inside
    assert 3 <= len(inside) <= 202


async def test_200_prefix_and_200_slash_commands_at_once_give_400_answers(
    discord: Loopback,
) -> None:
    async def prefixed() -> Message:
        return await discord.reply_to(await discord.say("!name Tr 2"), timeout=120)

    async def slashed() -> Message:
        call = await discord.invoke("name", {"prefix": "Tr", "count": 3})
        return await call.answer(timeout=120)

    answers = await asyncio.gather(
        *(prefixed() for _ in range(200)), *(slashed() for _ in range(200))
    )
    assert len({answer.id for answer in answers}) == 400
    assert [len(names_in(answer)) for answer in answers] == [2] * 200 + [3] * 200
    assert all(name.startswith("Tr") for answer in answers for name in names_in(answer))
