"""Again, Longer and Wilder, pressed by people on a loopback Discord."""

import re
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from bot.loopback import Loopback, Message
from bot.loopback.rest.interactions import CallbackType
from bot.store import Store

from ..artifacts import write_artifact
from ..conftest import RunBot, buttons_of, footer_of, names_in, no_bot, press, send

pytestmark = pytest.mark.usefixtures("bot")

LABELS = ["Again", "Longer", "Wilder", "Save"]


def seed_of(message: Message) -> str:
    (seed,) = re.findall(r"seed (\d+)", footer_of(message))
    return str(seed)


async def post_as_bot(discord: Loopback, payload: dict[str, Any]) -> Message:
    """Have the bot's account write what the plugin never wrote."""
    channel = discord.channel("general")
    url = f"{discord.api_url}/channels/{channel.id}/messages"
    headers = {"Authorization": f"Bot {discord.token}"}
    async with (
        aiohttp.ClientSession(headers=headers) as session,
        session.post(url, json=payload) as response,
    ):
        return discord.messages(channel)[int((await response.json())["id"])]


def row_of(*custom_ids: str) -> list[dict[str, Any]]:
    buttons = [
        {"type": 2, "style": 2, "label": label, "custom_id": custom_id}
        for label, custom_id in zip(LABELS, custom_ids, strict=False)
    ]
    return [{"type": 1, "components": buttons}]


async def test_an_answer_has_four_buttons_in_a_chat_and_by_slash(discord: Loopback) -> None:
    by_slash = await (await discord.invoke("name", {})).answer()
    for answer in (await send(discord, "!name Tr"), await send(discord, "!name Tr 1"), by_slash):
        assert list(buttons_of(answer)) == LABELS


async def test_again_changes_the_answer_in_place_to_other_names_of_the_same_kind(
    discord: Loopback,
) -> None:
    answer = await send(discord, "!name Tr 7 ends:a")
    names, seed = names_in(answer), seed_of(answer)
    for _ in range(3):
        assert await press(discord, answer, "Again") is answer
        assert names_in(answer) != names
        assert seed_of(answer) != seed
        assert len(names_in(answer)) == 7
        assert all(n.startswith("Tr") and n.endswith("a") for n in names_in(answer))
        assert list(buttons_of(answer)) == LABELS


async def test_again_on_one_name_gives_another_alone(discord: Loopback) -> None:
    answer = await send(discord, "!name Tr 1")
    before = answer.content
    while answer.content == before:
        assert await press(discord, answer, "Again") is answer
    assert answer.content.startswith("Tr")
    assert not answer.embeds


async def test_longer_gives_names_longer_than_those_were_up_to_the_longest(
    discord: Loopback,
) -> None:
    answer = await send(discord, "!name Ma length:4-5")
    for _ in range(3):
        lengths = [len(name) for name in names_in(answer)]
        await press(discord, answer, "Longer")
        mean = sum(lengths) / len(lengths)
        assert all(len(name) > mean for name in names_in(answer))
    answer = await send(discord, "!name length:15 temperature:2")
    await press(discord, answer, "Longer")
    assert {len(name) for name in names_in(answer)} == {15}


async def test_wilder_raises_the_temperature_until_it_is_two(discord: Loopback) -> None:
    answer = await send(discord, "!name Tr temperature:1.7")
    await press(discord, answer, "Wilder")
    assert "temperature 1.9" in footer_of(answer)
    await press(discord, answer, "Wilder")
    assert "temperature 2 " in f"{footer_of(answer)} "
    assert buttons_of(answer)["Wilder"]["disabled"]
    assert not buttons_of(answer)["Again"].get("disabled")


async def test_the_buttons_work_in_a_direct_message(discord: Loopback) -> None:
    answer = await send(discord, "!name Tr", author="ben", channel=discord.dm("ben"))
    names = names_in(answer)
    assert await press(discord, answer, "Again", "ben") is answer
    assert names_in(answer) != names


async def test_someone_elses_press_answers_that_person_alone_with_buttons_of_their_own(
    discord: Loopback,
) -> None:
    answer = await send(discord, "!name Tr")
    names = names_in(answer)
    own = await press(discord, answer, "Again", "ben")
    assert own is not answer
    assert own.ephemeral
    assert own.visible_to is discord.user("ben")
    assert names_in(answer) == names
    assert all(name.startswith("Tr") for name in names_in(own))
    before = names_in(own)
    assert await press(discord, own, "Again", "ben") is own
    assert names_in(own) != before
    assert own.ephemeral


@no_bot
async def test_the_buttons_work_after_a_restart_of_the_bot(
    discord: Loopback, run_bot: RunBot
) -> None:
    async with run_bot(discord):
        answer = await send(discord, "!name Tr 6 seed:5 temperature:1.1")
    names = names_in(answer)
    async with run_bot(discord):
        for label in ("Again", "Longer", "Wilder"):
            assert await press(discord, answer, label) is answer
            assert len(names_in(answer)) == 6
            assert names_in(answer) != names
        assert "temperature 1.3" in footer_of(answer)
        assert (await press(discord, answer, "Save")).content == "Which of them?"


@no_bot
async def test_presses_obey_channels_and_cooldowns(
    discord: Loopback, run_bot: RunBot, store: Store
) -> None:
    async with run_bot(discord, limits={"user_commands": 1, "user_seconds": 60}):
        answer = await send(discord, "!name Tr", author="ben")
        told = await press(discord, answer, "Again", "ben")
        assert re.fullmatch(r"Try again in \d+ s\.", told.content)
        assert told.ephemeral
        assert (await press(discord, answer, "Save", "ben")).content.startswith("Try again in")
        assert names_in(await press(discord, answer, "Again", "cleo"))
    await store.update_guild_settings(discord.guild.id, channels=(discord.channel("random").id,))
    async with run_bot(discord):
        told = await press(discord, answer, "Again", "ben")
        assert told.content.startswith("Names are made in <#")
        assert told.ephemeral


@no_bot
async def test_a_style_that_is_gone_is_told(
    discord: Loopback, run_bot: RunBot, tmp_path: Path
) -> None:
    style = write_artifact(tmp_path / "elves.onnx", ["Anna", "Annika", "Bo", "Bob"])
    async with run_bot(discord, names={"style": str(style)}):
        answer = await send(discord, "!name")
    async with run_bot(discord):
        for label in ("Again", "Longer"):
            told = await press(discord, answer, label)
            assert told.ephemeral
            assert told.content.startswith("There is no such style; there are `names`, ")


@no_bot
async def test_what_cannot_be_met_is_told_to_the_one_who_pressed_and_the_answer_stays(
    discord: Loopback, run_bot: RunBot, tmp_path: Path
) -> None:
    style = write_artifact(tmp_path / "few.onnx", ["ab", "cdef"])
    async with run_bot(discord, names={"style": str(style)}):
        answer = await send(discord, "!name ab")
        told = await press(discord, answer, "Longer")
        assert told.ephemeral
        assert told.content.startswith(
            "No name that begins with `ab` and has at least 3 characters"
        )
        assert answer.content == "ab"
        assert list(buttons_of(answer)) == LABELS


@pytest.mark.parametrize(
    "custom_ids",
    [
        ("namesmith:again:", "namesmith:longer:", "namesmith:wilder:", "namesmith:save:"),
        ("namesmith:again:!!!", "namesmith:longer:\u00e9", "namesmith:wilder:W10"),
        ("namesmith:again:WzEsMl0", "namesmith:longer:", "namesmith:wilder:"),
    ],
)
async def test_a_button_that_does_not_tell_what_was_asked_is_refused_in_one_line(
    discord: Loopback, custom_ids: tuple[str, ...], caplog: pytest.LogCaptureFixture
) -> None:
    payload = {"content": "Anna", "components": row_of(*custom_ids)}
    forged = await post_as_bot(discord, payload)
    for label in LABELS[: min(3, len(custom_ids))]:
        told = await press(discord, forged, label)
        assert told.ephemeral
        assert told.content.startswith("This button does not tell any more what was asked.")
    assert "Traceback" not in caplog.text


async def test_a_button_taken_from_elsewhere_finds_no_names(discord: Loopback) -> None:
    answer = await send(discord, "!name Tr")
    ids = [button["custom_id"] for button in buttons_of(answer).values()]
    bare = {"embeds": [{"title": "No names"}], "components": row_of(*ids)}
    forged = await post_as_bot(discord, bare)
    for label in LABELS:
        told = await press(discord, forged, label)
        assert told.content.startswith("This button does not tell any more")


@no_bot
async def test_a_press_that_takes_long_is_acknowledged_first(
    discord: Loopback, run_bot: RunBot, tmp_path: Path
) -> None:
    style = write_artifact(tmp_path / "long.onnx", ["ab" * 10_000, "cd" * 10_000])
    async with run_bot(discord, names={"style": str(style)}):
        answer = await discord.wait_reply(await discord.say("!name 25"), timeout=120)
        button = buttons_of(answer)["Again"]["custom_id"]
        mine = await discord.press(answer, button)
        theirs = await discord.press(answer, button, author="ben")
        assert await mine.answer(timeout=120) is answer
        assert (await theirs.answer(timeout=120)).ephemeral
        assert mine.callback == CallbackType.DEFER_UPDATE
        assert theirs.callback == CallbackType.DEFER
        assert answer.attachments
