"""The buttons under an answer of `/name`: Again, Longer and Wilder."""

import re
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from bot.loopback import Loopback, Message
from bot.store import Store

from ..artifacts import write_artifact
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

LABELS = ["Again", "Longer", "Wilder", "Save"]
EXPIRED = "This button has expired. Run the command again."


def seed_of(message: Message) -> str:
    (seed,) = re.findall(r"seed (\d+)", footer_of(message))
    return str(seed)


def min_length_of(message: Message) -> int:
    (length,) = re.findall(r"length (\d+)", footer_of(message))
    return int(length)


async def post_as_bot(discord: Loopback, payload: dict[str, Any]) -> Message:
    """Post a message that the plugin did not make, as the bot."""
    channel = discord.channel("general")
    url = f"{discord.api_url}/channels/{channel.id}/messages"
    headers = {"Authorization": f"Bot {discord.token}"}
    async with (
        aiohttp.ClientSession(headers=headers) as session,
        session.post(url, json=payload) as response,
    ):
        return discord.messages(channel)[int((await response.json())["id"])]


def button_row(*custom_ids: str) -> list[dict[str, Any]]:
    buttons = [
        {"type": 2, "style": 2, "label": label, "custom_id": custom_id}
        for label, custom_id in zip(LABELS, custom_ids, strict=False)
    ]
    return [{"type": 1, "components": buttons}]


async def test_answers_have_four_buttons(discord: Loopback) -> None:
    by_slash = await invoke(discord, "name")
    for answer in (await send(discord, "!name Tr"), await send(discord, "!name Tr 1"), by_slash):
        assert list(buttons_of(answer)) == LABELS


async def test_again_keeps_the_query(discord: Loopback) -> None:
    answer = await send(discord, "!name Tr 7 ends:a")
    for _ in range(3):
        names = names_in(answer)
        assert await press(discord, answer, "Again") is answer
        assert not {*names} & {*names_in(answer)}
        assert len(names_in(answer)) == 7
        assert all(n.startswith("Tr") and n.endswith("a") for n in names_in(answer))
        assert list(buttons_of(answer)) == LABELS


async def test_again_replaces_a_single_name(discord: Loopback) -> None:
    answer = await send(discord, "!name Tr 1")
    for _ in range(3):
        before = answer.content
        assert await press(discord, answer, "Again") is answer
        assert answer.content != before
        assert answer.content.startswith("Tr")
        assert not answer.embeds


async def test_seed_repeats_the_answer_of_a_button(discord: Loopback) -> None:
    """Where many names match, a seed is found that draws none of those shown."""
    answer = await send(discord, "!name seed:9007199254740991")
    await press(discord, answer, "Again")
    seed = seed_of(answer)
    assert seed != "9007199254740991"
    assert names_in(await send(discord, f"!name seed:{seed}")) == names_in(answer)
    await press(discord, answer, "Wilder")
    text = f"!name temperature:1.1 seed:{seed_of(answer)}"
    assert names_in(await send(discord, text)) == names_in(answer)
    await press(discord, answer, "Longer")
    text = f"!name temperature:1.1 length:{min_length_of(answer)}- seed:{seed_of(answer)}"
    assert names_in(await send(discord, text)) == names_in(answer)


async def test_buttons_show_other_names(discord: Loopback) -> None:
    """Few names match, so names of most seeds were shown."""
    answer = await send(discord, "!name Brun 12 seed:7 length:-9")
    for label in ("Again", "Wilder", "Longer", "Again", "Wilder"):
        names = names_in(answer)
        await press(discord, answer, label)
        assert not {*names} & {*names_in(answer)}
        assert "no other" not in footer_of(answer)
    own = await press(discord, answer, "Again", "ben")
    assert not {*names_in(answer)} & {*names_in(own)}


@no_bot
async def test_shown_names_are_repeated_if_there_are_no_others(
    discord: Loopback, run_bot: RunBot, tmp_path: Path
) -> None:
    style = write_artifact(tmp_path / "few.onnx", ["abc", "xbd"])
    async with run_bot(discord, names={"style": str(style)}):
        answer = await send(discord, "!name")
        await press(discord, answer, "Again")
        assert sorted(names_in(answer)) == ["abd", "xbc"]
        note = "found no other new names · new:no adds names in the list"
        assert footer_of(answer).endswith(f" · {note}")
        single = await send(discord, "!name a 1")
        await press(discord, single, "Wilder")
        assert single.content == "abd"
        assert footer_of(single) == note
        await press(discord, single, "Again")
        assert (single.content, footer_of(single)) == ("abd", note)
        both = await send(discord, "!name 2 new:no")
        names = names_in(both)
        await press(discord, both, "Again")
        assert sorted([*names, *names_in(both)]) == ["abc", "abd", "xbc", "xbd"]
        assert "match" not in str(both.embeds)


@no_bot
async def test_names_in_a_file_are_not_repeated(
    discord: Loopback, run_bot: RunBot, tmp_path: Path
) -> None:
    style = write_artifact(tmp_path / "long.onnx", ["ab" * 300, "cd" * 300])
    async with run_bot(discord, names={"style": str(style)}):
        answer = await send(discord, "!name abab 25")
        names = answer.attachments[0].data.decode().split("\n")
        await press(discord, answer, "Again")
        others = answer.attachments[0].data.decode().split("\n")
        assert len({*names, *others}) == len(names) + len(others)


@no_bot
async def test_names_with_markdown_are_not_repeated(
    discord: Loopback, run_bot: RunBot, tmp_path: Path
) -> None:
    """The style has the names `*`, `*a*`, `_` and `_b_`; those of its list are italic."""
    style = write_artifact(tmp_path / "marks.onnx", ["*a*", "_b_"])
    async with run_bot(discord, names={"style": str(style), "new_only": False}):
        answer = await send(discord, "!name 2")
        names = names_in(answer)
        await press(discord, answer, "Again")
        assert sorted([*names, *names_in(answer)]) == ["*", "*a*", "_", "_b_"]
        single = await send(discord, "!name 1")
        for _ in range(8):
            before = single.content
            await press(discord, single, "Again")
            assert single.content != before
            assert single.content.strip("`") in ("*", "*a*", "_", "_b_")


@pytest.mark.parametrize(
    ("value", "has_known"),
    [
        ("WzUsIm5hbWVzIiwiQW5uIiwiIiwiIiw1LDAuNSwwLG51bGwsZmFsc2UsN10", True),
        ("WzUsIm5hbWVzIiwiQW5uIiwiIiwiIiw1LDAuNSwwLG51bGwsdHJ1ZSw3XQ", False),
    ],
)
async def test_buttons_sent_before_keep_their_meaning(
    discord: Loopback, value: str, has_known: bool
) -> None:
    """Whether names of the list are left out is in the button, not the setting of today."""
    custom_ids = (f"namesmith:again:{value}", "namesmith:longer:", "namesmith:wilder:")
    sent = await post_as_bot(discord, {"content": "Anna", "components": button_row(*custom_ids)})
    answer = await press(discord, sent, "Again")
    assert len(names_in(answer)) == 5
    assert "Anna" not in names_in(answer)
    assert bool(italic_names(answer)) is has_known


async def test_longer_stops_at_the_maximum(discord: Loopback) -> None:
    answer = await send(discord, "!name Ma length:4-5")
    for _ in range(3):
        lengths = [len(name) for name in names_in(answer)]
        await press(discord, answer, "Longer")
        mean = sum(lengths) / len(lengths)
        assert all(len(name) > mean for name in names_in(answer))
    assert not buttons_of(answer)["Longer"].get("disabled")
    answer = await send(discord, "!name length:15 temperature:2")
    assert {len(name) for name in names_in(answer)} == {15}
    assert buttons_of(answer)["Longer"]["disabled"]


async def test_wilder_stops_at_two(discord: Loopback) -> None:
    answer = await send(discord, "!name Tr temperature:1.7")
    await press(discord, answer, "Wilder")
    assert "temperature 1.9" in footer_of(answer)
    await press(discord, answer, "Wilder")
    assert "temperature 2 " in f"{footer_of(answer)} "
    assert buttons_of(answer)["Wilder"]["disabled"]
    assert not buttons_of(answer)["Again"].get("disabled")


async def test_direct_messages_work(discord: Loopback) -> None:
    answer = await send(discord, "!name Tr", author="ben", channel=discord.dm("ben"))
    names = names_in(answer)
    assert await press(discord, answer, "Again", "ben") is answer
    assert names_in(answer) != names


async def test_other_users_get_their_own_answer(discord: Loopback) -> None:
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
async def test_buttons_work_after_a_restart(discord: Loopback, run_bot: RunBot) -> None:
    async with run_bot(discord):
        answer = await send(discord, "!name Tr 6 seed:5 temperature:1.1")
    names = names_in(answer)
    async with run_bot(discord):
        for label in ("Again", "Longer", "Wilder"):
            assert await press(discord, answer, label) is answer
            assert len(names_in(answer)) == 6
            assert names_in(answer) != names
        assert "temperature 1.3" in footer_of(answer)
        assert (await press(discord, answer, "Save")).content == "Which names do you want to save?"


@no_bot
async def test_allow_list_and_cooldowns_apply(
    discord: Loopback, run_bot: RunBot, store: Store
) -> None:
    async with run_bot(discord, limits={"user_commands": 1, "user_seconds": 600}):
        answer = await send(discord, "!name Tr", author="ben")
        error = await press(discord, answer, "Again", "ben")
        assert re.fullmatch(r"Try again in \d+ s\.", error.content)
        assert error.ephemeral
        assert (await press(discord, answer, "Save", "ben")).content.startswith("Try again in")
        assert names_in(await press(discord, answer, "Again", "cleo"))
    await store.update_guild_settings(discord.guild.id, channels=(discord.channel("random").id,))
    async with run_bot(discord):
        error = await press(discord, answer, "Again", "ben")
        assert error.content.startswith("In this server I answer in <#")
        assert error.ephemeral


@no_bot
async def test_missing_style_is_an_error(
    discord: Loopback, run_bot: RunBot, tmp_path: Path
) -> None:
    style = write_artifact(tmp_path / "fauns.onnx", ["Anna", "Annika", "Bo", "Bob"])
    async with run_bot(discord, names={"style": str(style)}):
        answer = await send(discord, "!name")
    async with run_bot(discord):
        for label in ("Again", "Longer"):
            error = await press(discord, answer, label)
            assert error.ephemeral
            assert error.content.startswith("There is no style `fauns`.")


@no_bot
async def test_errors_leave_the_answer_as_it_is(
    discord: Loopback, run_bot: RunBot, tmp_path: Path
) -> None:
    style = write_artifact(tmp_path / "few.onnx", ["ab", "cdef"])
    async with run_bot(discord, names={"style": str(style)}):
        answer = await send(discord, "!name ab new:no")
        error = await press(discord, answer, "Longer")
        assert error.ephemeral
        assert error.content.startswith(
            "I found no name that begins with `ab` and has at least 3 characters"
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
async def test_invalid_custom_ids_have_expired(
    discord: Loopback, custom_ids: tuple[str, ...], caplog: pytest.LogCaptureFixture
) -> None:
    payload = {"content": "Anna", "components": button_row(*custom_ids)}
    forged = await post_as_bot(discord, payload)
    for label in LABELS[: min(3, len(custom_ids))]:
        error = await press(discord, forged, label)
        assert error.ephemeral
        assert error.content == EXPIRED
    assert "Traceback" not in caplog.text


async def test_nameless_message_has_expired(discord: Loopback) -> None:
    answer = await send(discord, "!name Tr")
    ids = [button["custom_id"] for button in buttons_of(answer).values()]
    bare = {"embeds": [{"title": "No names"}], "components": button_row(*ids)}
    forged = await post_as_bot(discord, bare)
    for label in LABELS:
        error = await press(discord, forged, label)
        assert error.content == EXPIRED
