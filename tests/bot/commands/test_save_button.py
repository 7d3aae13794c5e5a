"""Save: names of an answer, one or some, are kept for the one who pressed."""

import sys
from pathlib import Path

import pytest

from bot.loopback import Loopback
from bot.store import Store

from ..artifacts import write_artifact
from ..conftest import RunBot, buttons_of, names_in, no_bot, press, send

pytestmark = [pytest.mark.usefixtures("bot"), no_bot]


async def test_save_keeps_one_name_at_once_and_of_several_those_that_are_chosen(
    discord: Loopback, run_bot: RunBot, store: Store
) -> None:
    async with run_bot(discord):
        one = await send(discord, "!name Tr 1")
        told = await press(discord, one, "Save", "ben")
        assert told.content == "Saved 1 name; `/saved` shows them."
        assert told.ephemeral
        assert (await press(discord, one, "Save", "ben")).content.startswith("Saved before;")
        several = await send(discord, "!name Zo 5 style:dinosaurs")
        offered = await press(discord, several, "Save", "ben")
        assert offered.ephemeral
        (select,) = offered.components[0]["components"]
        assert [option["label"] for option in select["options"]] == names_in(several)
        chosen = names_in(several)[1:4]
    async with run_bot(discord):  # also after a restart
        call = await discord.select(offered, select["custom_id"], chosen, author="ben")
        assert (await call.answer()).content == "Saved 3 names; `/saved` shows them."
        assert not offered.components
    saved = await store.get_saved_names(discord.user("ben").id)
    assert {(name.name, name.style) for name in saved} == {
        (one.content, "names"),
        *((name, "dinosaurs") for name in chosen),
    }
    assert await store.count_saved_names(discord.user("ada").id) == 0


async def test_names_too_long_for_a_select_are_saved_at_once(
    discord: Loopback, run_bot: RunBot, store: Store, tmp_path: Path
) -> None:
    style = write_artifact(tmp_path / "long.onnx", ["ab" * 60, "cd" * 60])
    async with run_bot(discord, names={"style": str(style)}):
        answer = await send(discord, "!name abab 3 length:101-")
        assert (await press(discord, answer, "Save")).content.startswith("Saved 3 names;")
    saved = await store.get_saved_names(discord.user("ada").id)
    assert {name.name for name in saved} == set(names_in(answer))


async def test_the_buttons_know_names_that_came_as_a_file(
    discord: Loopback, run_bot: RunBot, tmp_path: Path
) -> None:
    style = write_artifact(tmp_path / "long.onnx", ["ab" * 300, "cd" * 300])
    async with run_bot(discord, names={"style": str(style)}):
        answer = await send(discord, "!name abab 25")
        before = answer.attachments[0].data
        assert await press(discord, answer, "Again") is answer
        assert answer.attachments[0].data != before
        assert len(answer.attachments) == 1
        assert (await press(discord, answer, "Save")).content.startswith("Saved 25 names;")


async def test_an_answer_that_does_not_fit_its_buttons_comes_with_save_alone(
    discord: Loopback, run_bot: RunBot, tmp_path: Path
) -> None:
    style = write_artifact(tmp_path / "long.onnx", ["ab" * 300, "abc" * 200])
    async with run_bot(discord, names={"style": str(style)}):
        answer = await send(discord, f"!name {'ab' * 120} 2")
        assert list(buttons_of(answer)) == ["Save"]
        assert (await press(discord, answer, "Save")).content.startswith("Saved 2 names;")


async def test_where_nothing_can_be_kept_the_person_is_told_and_the_log_says_why(
    discord: Loopback,
    run_bot: RunBot,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    async with run_bot(discord):
        kept = sys.modules["bot.store"]  # as the bot has loaded it

        async def broken(*about: object) -> int:
            raise kept.StoreError("names.sqlite3: the disk is full")

        monkeypatch.setattr(kept.Store, "save_names", broken)
        told = await press(discord, await send(discord, "!name Tr 1"), "Save")
        assert told.ephemeral
        assert told.content.startswith("I can't reach my database.")
        assert "the disk is full" in caplog.text


async def test_who_has_saved_too_many_is_told_so(
    discord: Loopback, run_bot: RunBot, store: Store
) -> None:
    await store.save_names(discord.user("ada").id, [f"name {i}" for i in range(1000)], "names")
    async with run_bot(discord):
        told = await press(discord, await send(discord, "!name Tr 1"), "Save")
        assert told.content.startswith("You can save up to 1,000 names")
