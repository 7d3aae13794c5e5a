"""`!name` and `/name`, asked by people on a loopback Discord, answered by the real client."""

import asyncio
import re
from pathlib import Path
from typing import Any

import onnx
import pytest
from onnx import TensorProto, helper

from bot.loopback import Loopback, Message, Permission
from bot.loopback.rest.interactions import CallbackType
from bot.store import Store

from ...openapi import CheckedLoopback
from ..artifacts import NAMES, bigrams, metadata_of, model_of, write_artifact
from ..conftest import RunBot, footer_of, italic_names, names_in, no_bot, send

pytestmark = pytest.mark.usefixtures("bot")


async def test_name_with_a_prefix_gives_five_names_that_begin_with_it(discord: Loopback) -> None:
    names = names_in(await send(discord, "!name Tr"))
    assert len(names) == 5
    assert all(name.startswith("Tr") for name in names)


async def test_name_alone_gives_five_names(discord: Loopback) -> None:
    assert len(names_in(await send(discord, "!name"))) == 5


async def test_one_name_is_plain_text_to_copy(discord: Loopback) -> None:
    answer = await send(discord, "!name Tr 1")
    assert not answer.embeds
    assert answer.content.startswith("Tr")
    assert answer.content.isalpha()


async def test_several_names_are_an_embed_with_the_style_and_the_seed(discord: Loopback) -> None:
    (embed,) = (answer := await send(discord, "!name Tr seed:7")).embeds
    assert embed["title"] == "First names"
    assert "seed 7" in footer_of(answer)
    assert not answer.content


async def test_the_same_seed_gives_the_same_names_in_a_chat_and_by_slash(discord: Loopback) -> None:
    first = await send(discord, "!name Tr")
    seed = int(re.findall(r"seed (\d+)", footer_of(first))[0])
    again = await (await discord.invoke("name", {"prefix": "Tr", "seed": seed})).answer()
    assert names_in(again) == names_in(first)
    assert names_in(await send(discord, "!name Tr")) != names_in(first)


async def test_names_of_the_list_are_slanted_and_can_be_left_out(discord: Loopback) -> None:
    answer = await send(discord, "!name Ann 25 temperature:0.5")
    slanted = italic_names(answer)
    assert "_Anna_" in slanted
    assert len(slanted) < 25
    assert footer_of(answer).endswith("slanted: in the list already")
    new = await send(discord, "!name Ann 25 temperature:0.5 new-only:on")
    assert italic_names(new) == []
    assert "slanted" not in footer_of(new)


@no_bot
async def test_what_the_server_has_set_holds_where_nothing_is_said(
    discord: Loopback, run_bot: RunBot, store: Store
) -> None:
    set_here: dict[str, Any] = {"style": "dinosaurs", "count": 3, "temperature": 0.5}
    await store.update_guild_settings(discord.guild.id, **set_here, new_only=True)
    async with run_bot(discord):
        answer = await send(discord, "!name")
        assert answer.embeds[0]["title"] == "Dinosaurs"
        assert len(names_in(answer)) == 3
        assert "temperature" not in footer_of(answer)
        assert italic_names(await send(discord, "!name 25")) == []
        there = await send(discord, "!name", channel=discord.dm("ada"), author="ada")
        assert there.embeds[0]["title"] == "First names"
        assert len(names_in(there)) == 5


@no_bot
async def test_words_that_the_server_blocks_are_in_no_name(
    discord: Loopback, run_bot: RunBot, store: Store, tmp_path: Path
) -> None:
    style = write_artifact(tmp_path / "few.onnx", ["Anna", "Bozo", "Carl"])
    await store.update_guild_settings(discord.guild.id, blocked=("bozo",))
    async with run_bot(discord, names={"style": str(style), "count": 25, "temperature": 0.1}):
        assert "Bozo" not in names_in(await send(discord, "!name"))
        there = await send(discord, "!name", channel=discord.dm("ada"), author="ada")
        assert "Bozo" in names_in(there)
        refused = await send(discord, "!name Boz")
        assert not refused.embeds
        assert "bozo" not in refused.content.lower()


@no_bot
async def test_only_the_channels_that_the_server_allows_hear_of_names(
    discord: Loopback, run_bot: RunBot, store: Store
) -> None:
    allowed = discord.channel("random").id
    await store.update_guild_settings(discord.guild.id, channels=(allowed,))
    async with run_bot(discord):
        refused = await send(discord, "!name Tr", author="ben")
        assert refused.content == (
            f"Names are made in <#{allowed}> here. Ask there, or in a direct message."
        )
        call = await discord.invoke("name", {"prefix": "Tr"}, author="ben")
        assert (await call.answer()).ephemeral
        assert (await call.answer()).content == refused.content
        await send(discord, "!name Tr", author="ben", channel="random")
        await send(discord, "!name Tr", author="ben", channel=discord.dm("ben"))
        assert names_in(await send(discord, "!name Tr", author="olga"))  # who may manage the server


async def test_the_bot_answers_to_its_mention(discord: Loopback) -> None:
    names = names_in(await send(discord, f"<@{discord.bot.id}> name Tr 3"))
    assert len(names) == 3


async def test_the_bot_answers_in_a_direct_message(discord: Loopback) -> None:
    message = await discord.say("!name Tr", author="ada", channel=discord.dm("ada"))
    assert len(names_in(await discord.wait_reply(message))) == 5


async def test_slash_name_takes_prefix_count_and_temperature(discord: Loopback) -> None:
    call = await discord.invoke("name", {"prefix": "Tr", "count": 7, "temperature": 1.5})
    answer = await call.answer()
    assert not answer.ephemeral
    names = names_in(answer)
    assert len(names) == 7
    assert all(name.startswith("Tr") for name in names)
    assert len(names_in(await (await discord.invoke("name", {})).answer())) == 5


async def test_a_prefix_is_met_in_the_case_of_the_style(discord: Loopback) -> None:
    assert all(name.startswith("Tr") for name in names_in(await send(discord, "!name tr")))


async def test_a_refused_slash_command_is_told_to_that_person_alone(discord: Loopback) -> None:
    answer = await (await discord.invoke("name", {"prefix": "T5r"})).answer()
    assert answer.ephemeral
    assert "has no `5`" in answer.content


async def test_commands_of_other_bots_are_passed_over(discord: Loopback) -> None:
    other = await discord.say("!play something")
    await send(discord, "!name Tr")
    with pytest.raises(TimeoutError):
        await discord.wait_reply(other, timeout=0.2)


@no_bot
async def test_an_answer_that_takes_long_is_announced_first(
    discord: Loopback, run_bot: RunBot, tmp_path: Path
) -> None:
    style = write_artifact(tmp_path / "long.onnx", ["ab" * 10_000, "cd" * 10_000])
    async with run_bot(discord, names={"style": str(style)}):
        calls = [await discord.invoke("name", {"count": 25}) for _ in range(4)]
        answers = [await call.answer(timeout=120) for call in calls]
        assert all(answer.attachments for answer in answers)
        assert calls[-1].callback == CallbackType.DEFER


@no_bot
async def test_a_refusal_that_takes_long_is_still_seen_by_one_person_alone(
    discord: Loopback, run_bot: RunBot, tmp_path: Path
) -> None:
    style = write_artifact(tmp_path / "long.onnx", ["ab" * 2_000, "cd" * 2_000])
    async with run_bot(discord, names={"style": str(style)}):
        call = await discord.invoke("name", {"suffix": "cb"})
        await call.wait_acknowledged()
        assert call.callback == CallbackType.DEFER
        await discord.wait_until(lambda: call.followups, timeout=120)
        (told,) = call.followups
        assert "ends in `cb`" in told.content
        assert told.ephemeral
        await discord.wait_until(lambda: call.response and call.response.deleted)


async def test_who_takes_the_question_back_is_answered_all_the_same(discord: Loopback) -> None:
    for text in ("!name Tr", "!name T5"):
        question = await discord.say(text)
        await discord.delete(question)
        assert "Tr" in str((answer := await discord.wait_next_message(question)).embeds) or "5" in (
            answer.content
        )


@no_bot
async def test_a_fault_of_ours_is_logged_and_the_person_told_so(
    discord: Loopback, run_bot: RunBot, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    model = model_of(bigrams(NAMES), metadata_of(NAMES))
    model.graph.node[0].input[1] = "far"  # a graph that can take its first step and no other
    model.graph.node.insert(0, helper.make_node("Mul", ["token", "thousand"], ["far"]))
    model.graph.initializer.append(helper.make_tensor("thousand", TensorProto.INT64, [], [1000]))
    onnx.save(model, tmp_path / "faulty.onnx")
    async with run_bot(discord, names={"style": str(tmp_path / "faulty.onnx")}):
        assert "wrong on my side" in (await send(discord, "!name Tr")).content
        answer = await (await discord.invoke("name", {"prefix": "Tr"})).answer()
        assert answer.ephemeral
        assert "wrong on my side" in answer.content
    assert caplog.text.count("Command name failed") == 2


@pytest.mark.parametrize("slash", [False, True])
async def test_where_embeds_are_not_allowed_it_says_so_and_slash_needs_no_permission(
    discord: Loopback, slash: bool
) -> None:
    discord.set_permissions("general", discord.bot, deny=Permission.EMBED_LINKS)
    if slash:
        assert names_in(await (await discord.invoke("name", {})).answer())
    else:
        told = await send(discord, "!name Tr")
        assert told.content == "I need Embed Links in this channel for that."
        assert (await send(discord, "!name Tr 1")).content.startswith("Tr")


async def test_where_it_may_not_speak_it_says_so_in_its_log(
    discord: Loopback, caplog: pytest.LogCaptureFixture
) -> None:
    discord.set_permissions("general", discord.bot, deny=Permission.SEND_MESSAGES)
    for text in ("!name Tr", "!name T5"):
        await discord.say(text)
    await send(discord, "!name Tr", channel="random")
    told = "Discord does not let me answer in #general of Loopback: give me View Channel"
    await discord.wait_until(lambda: caplog.text.count(told) == 2)


@no_bot
async def test_200_prefix_and_200_slash_commands_at_once_give_400_answers(
    run_bot: RunBot,
) -> None:
    # A Discord that works in the bot's own process, on a machine that has others to do, is patient.
    async with CheckedLoopback(acknowledge_timeout=60) as discord, run_bot(discord):

        async def prefixed() -> Message:
            return await discord.wait_reply(await discord.say("!name Tr 2"), timeout=120)

        async def slashed() -> Message:
            call = await discord.invoke("name", {"prefix": "Tr", "count": 3})
            return await call.answer(timeout=120)

        answers = await asyncio.gather(
            *(prefixed() for _ in range(200)), *(slashed() for _ in range(200))
        )
    assert discord.violations == []
    assert len({answer.id for answer in answers}) == 400
    assert [len(names_in(answer)) for answer in answers] == [2] * 200 + [3] * 200
    assert all(name.startswith("Tr") for answer in answers for name in names_in(answer))
