"""Answers of up to 100 names: above 25 a text file, with the buttons as usual."""

from pathlib import Path

import pytest

from bot.loopback import Loopback, Message
from bot.store import Store

from ..artifacts import write_artifact
from ..conftest import RunBot, buttons_of, footer_of, invoke, names_in, no_bot, press, send

pytestmark = pytest.mark.usefixtures("bot")


def names_in_file(message: Message) -> list[str]:
    (file,) = message.attachments
    assert file.filename == "names.txt"
    return list(file.data.decode().split("\n"))


def check_ids(message: Message) -> None:
    assert all(len(button["custom_id"]) <= 100 for button in buttons_of(message).values())


@pytest.mark.parametrize("count", [26, 100])
async def test_many_names_are_a_file(discord: Loopback, count: int) -> None:
    for answer in (
        await send(discord, f"!name Tr count:{count}"),
        await invoke(discord, "name", {"prefix": "Tr", "count": count}),
    ):
        names = names_in_file(answer)
        assert len(set(names)) == count
        assert all(name.startswith("Tr") for name in names)
        assert names_in(answer)[:5] == names[:5]
        assert names_in(answer)[5:] == [f"-# All {count} names are in the file."]
        assert not answer.content
        assert list(buttons_of(answer)) == ["Again", "Longer", "Wilder", "Save all"]
        check_ids(answer)


async def test_up_to_25_names_are_an_embed(discord: Loopback) -> None:
    answer = await send(discord, "!name 25")
    assert len(names_in(answer)) == 25
    assert not answer.attachments


async def test_count_has_a_limit(discord: Loopback) -> None:
    answer = await send(discord, "!name Tr count:101")
    assert answer.content.startswith("count: `101` is out of range. Choose 1 to 100.")


async def test_buttons_draw_other_names(discord: Loopback) -> None:
    answer = await send(discord, "!name Ma 60")
    names = names_in_file(answer)
    await press(discord, answer, "Again")
    again = names_in_file(answer)
    assert len(again) == 60
    assert not {*names} & {*again}
    await press(discord, answer, "Wilder")
    assert "temperature 1.1" in footer_of(answer)
    before = names_in_file(answer)
    await press(discord, answer, "Longer")
    longer = names_in_file(answer)
    assert len(longer) == 60
    assert min(map(len, longer)) > sum(map(len, before)) / 60
    assert list(buttons_of(answer)) == ["Again", "Longer", "Wilder", "Save all"]


async def test_blends_can_be_many(discord: Loopback) -> None:
    answer = await send(discord, "!blend Anna Christopher count:40")
    names = names_in_file(answer)
    assert len(names) == 40
    assert list(buttons_of(answer)) == ["Again", "Save all"]
    check_ids(answer)
    await press(discord, answer, "Again")
    assert names_in_file(answer) != names


@no_bot
async def test_save_all(discord: Loopback, run_bot: RunBot, store: Store) -> None:
    """Of a file at once; of up to 25 names by the button under the select, after a restart too."""
    async with run_bot(discord):
        many = await send(discord, "!name Tr 30")
        saved = await press(discord, many, "Save all", "ben")
        assert saved.content == "Saved 30 names. See `/saved`."
        few = await send(discord, "!name Zo 25")
        offered = await press(discord, few, "Save", "ben")
        assert list(buttons_of(offered)) == ["Save all"]
    async with run_bot(discord):
        await press(discord, offered, "Save all", "ben")
        assert offered.content == "Saved 25 names. See `/saved`."
        assert not offered.components
    names = {each.name for each in await store.get_saved_names(discord.user("ben").id)}
    assert names == {*names_in_file(many), *names_in(few)}


@no_bot
async def test_fewer_names_are_told(discord: Loopback, run_bot: RunBot, tmp_path: Path) -> None:
    """The style has 27 names of two letters and their lists' own."""
    style = write_artifact(tmp_path / "few.onnx", [f"{a}{b}" for a in "abc" for b in "abcdefghi"])
    async with run_bot(discord, names={"style": str(style), "new_only": False}):
        answer = await send(discord, "!name 100 length:2")
        assert len(names_in_file(answer)) < 100
        assert footer_of(answer).split(" · ")[-2] == "found no more names"


async def test_number_may_be_part_of_the_name(discord: Loopback) -> None:
    """A typed number above 25 is the count, and the message says how to quote it."""
    answer = await send(discord, "!name Tr 47")
    assert len(names_in_file(answer)) == 47
    hint = "I read 47 as the count. If it's part of a name, use quotes: "
    assert answer.content == f'-# {hint}`!name "Tr 47"`.'
    await press(discord, answer, "Again")
    assert not answer.content
    assert not (await send(discord, "!name Tr count:47")).content
    assert not (await send(discord, "!name Tr 7")).content
    blend = await send(discord, "!blend Anna Bert 47")
    assert blend.content == f'-# {hint}`!blend Anna "Bert 47"`.'
    error = await send(discord, "!name style:Area 47")
    assert error.content.endswith(f' {hint}`!name style:"Area 47"`.')
