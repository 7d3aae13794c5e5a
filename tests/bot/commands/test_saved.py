"""`!saved` and `/saved`: saved names in pages; and the button Save under an answer."""

from pathlib import Path
from typing import Any

import pytest

from bot.loopback import Loopback, Message
from bot.store import Store

from ..artifacts import write_artifact
from ..conftest import RunBot, buttons_of, footer_of, invoke, names_in, no_bot, press, send

pytestmark = [pytest.mark.usefixtures("bot"), no_bot]


async def save_names(discord: Loopback, store: Store, count: int, author: str = "ada") -> list[str]:
    """Save `count` names for `author`, and return them, newest first."""
    names = [f"{author} {number}" for number in range(count)]
    await store.save_names(discord.user(author).id, names, "names")
    return names[::-1]


async def saved(discord: Loopback, author: str = "ada") -> Message:
    return await invoke(discord, "saved", author=author)


def shown_names(message: Message) -> list[str]:
    return [line.removesuffix(" · names") for line in names_in(message)]


def select_of(message: Message) -> dict[str, Any]:
    (select,) = message.components[0]["components"]
    return dict(select)


async def test_no_saved_names(discord: Loopback, run_bot: RunBot) -> None:
    async with run_bot(discord):
        for answer in (await saved(discord), await send(discord, "!saved")):
            assert answer.content.startswith("You have no saved names. Press Save")
            assert not answer.components


async def test_users_see_their_own_names(discord: Loopback, run_bot: RunBot, store: Store) -> None:
    names = await save_names(discord, store, 3)
    await save_names(discord, store, 1, author="ben")
    async with run_bot(discord):
        answer = await saved(discord)
        assert answer.ephemeral
        assert shown_names(answer) == names
        assert footer_of(answer) == "3 names"
        assert list(buttons_of(answer)) == ["Export"]
        assert footer_of(await saved(discord, "ben")) == "1 name"
        direct = await send(discord, "!saved", channel=discord.dm("ada"))
        assert shown_names(direct) == names


async def test_pages_work_after_a_restart(discord: Loopback, run_bot: RunBot, store: Store) -> None:
    names = await save_names(discord, store, 45)
    async with run_bot(discord):
        answer = await saved(discord)
        assert shown_names(answer) == names[:20]
        assert footer_of(answer) == "45 names · page 1 of 3"
    async with run_bot(discord):
        for label, page in (("Older", 2), ("Older", 3), ("Newer", 2)):
            assert await press(discord, answer, label) is answer
            assert shown_names(answer) == names[20 * page - 20 : 20 * page]
            assert footer_of(answer) == f"45 names · page {page} of 3"
        await press(discord, answer, "Older")
        assert buttons_of(answer)["Older"]["disabled"]


async def test_selected_names_are_deleted(discord: Loopback, run_bot: RunBot, store: Store) -> None:
    names = await save_names(discord, store, 22)
    async with run_bot(discord):
        answer = await saved(discord)
        await press(discord, answer, "Older")
        select = select_of(answer)
        values = [option["value"] for option in select["options"]]
        await (await discord.select(answer, select["custom_id"], values)).answer()
        assert shown_names(answer) == names[:20]
        assert footer_of(answer) == "20 names"
        select = select_of(answer)
        values = [option["value"] for option in select["options"]]
        await (await discord.select(answer, select["custom_id"], values)).answer()
        assert answer.content.startswith("You have no saved names.")
        assert not answer.components
        assert not answer.embeds
    assert await store.count_saved_names(discord.user("ada").id) == 0


async def test_export_is_a_text_file(discord: Loopback, run_bot: RunBot, store: Store) -> None:
    names = await save_names(discord, store, 45)
    async with run_bot(discord):
        file = await press(discord, await saved(discord), "Export")
        assert file.ephemeral
        (attached,) = file.attachments
        assert attached.filename == "saved.txt"
        assert attached.data.decode().split("\n") == names


async def test_other_users_see_their_own_names(
    discord: Loopback, run_bot: RunBot, store: Store
) -> None:
    names = await save_names(discord, store, 25)
    theirs = await save_names(discord, store, 2, author="ben")
    async with run_bot(discord):
        answer = await send(discord, "!saved")
        own = await press(discord, answer, "Older", "ben")
        assert own.ephemeral
        assert shown_names(own) == theirs
        select = select_of(answer)
        values = [option["value"] for option in select["options"]]
        call = await discord.select(answer, select["custom_id"], values, author="ben")
        assert shown_names(await call.answer()) == theirs
        file = await press(discord, answer, "Export", "ben")
        assert file.attachments[0].data.decode().split("\n") == theirs
        assert shown_names(answer) == names[:20]
    assert await store.count_saved_names(discord.user("ada").id) == 25


async def test_hostile_and_long_names_are_safe(
    discord: Loopback, run_bot: RunBot, store: Store
) -> None:
    names = ["*" * 2000, "@everyone", "[a](https://example.org)", "_" * 500]
    names += [f"{'<' * 90}{i}" for i in range(16)]
    await store.save_names(discord.user("ada").id, names, "names")
    async with run_bot(discord):
        answer = await saved(discord)
        assert len(shown_names(answer)) == 20
        assert all(len(name) <= 80 for name in shown_names(answer))
        assert not answer.mention_everyone


async def test_saved_name_is_listed(discord: Loopback, run_bot: RunBot) -> None:
    async with run_bot(discord):
        one = await send(discord, "!name Tr 1")
        await press(discord, one, "Save")
        assert shown_names(await saved(discord)) == [one.content]
        assert list(buttons_of(one)) == ["Again", "Longer", "Wilder", "Save"]


async def test_save_asks_which_of_several(discord: Loopback, run_bot: RunBot, store: Store) -> None:
    async with run_bot(discord):
        one = await send(discord, "!name Tr 1")
        message = await press(discord, one, "Save", "ben")
        assert message.content == "Saved 1 name. See `/saved`."
        assert message.ephemeral
        saved_before = await press(discord, one, "Save", "ben")
        assert saved_before.content == "You have already saved this. See `/saved`."
        several = await send(discord, "!name Zo 5 style:dinosaurs")
        offered = await press(discord, several, "Save", "ben")
        assert offered.ephemeral
        (select,) = offered.components[0]["components"]
        assert [option["label"] for option in select["options"]] == names_in(several)
        chosen = names_in(several)[1:4]
    async with run_bot(discord):  # after a restart
        call = await discord.select(offered, select["custom_id"], chosen, author="ben")
        assert (await call.answer()).content == "Saved 3 names. See `/saved`."
        assert not offered.components
        offered = await press(discord, several, "Save", "ben")
        call = await discord.select(offered, select["custom_id"], chosen, author="ben")
        assert (await call.answer()).content == "You have already saved these. See `/saved`."
    saved = await store.get_saved_names(discord.user("ben").id)
    assert {(name.name, name.style) for name in saved} == {
        (one.content, "names"),
        *((name, "dinosaurs") for name in chosen),
    }
    assert await store.count_saved_names(discord.user("ada").id) == 0


async def test_long_names_are_saved_at_once(
    discord: Loopback, run_bot: RunBot, store: Store, tmp_path: Path
) -> None:
    style = write_artifact(tmp_path / "long.onnx", ["ab" * 60, "cd" * 60])
    async with run_bot(discord, names={"style": str(style)}):
        answer = await send(discord, "!name abab 3 length:101-")
        assert (await press(discord, answer, "Save all")).content.startswith("Saved 3 names.")
    saved = await store.get_saved_names(discord.user("ada").id)
    assert {name.name for name in saved} == set(names_in(answer))


async def test_buttons_read_names_from_a_file(
    discord: Loopback, run_bot: RunBot, tmp_path: Path
) -> None:
    style = write_artifact(tmp_path / "long.onnx", ["ab" * 300, "cd" * 300])
    async with run_bot(discord, names={"style": str(style)}):
        answer = await send(discord, "!name abab 25")
        before = answer.attachments[0].data
        assert await press(discord, answer, "Again") is answer
        assert answer.attachments[0].data != before
        assert len(answer.attachments) == 1
        assert (await press(discord, answer, "Save all")).content.startswith("Saved 25 names.")


async def test_long_queries_have_only_save(
    discord: Loopback, run_bot: RunBot, tmp_path: Path
) -> None:
    style = write_artifact(tmp_path / "long.onnx", ["ab" * 300, "abc" * 200])
    async with run_bot(discord, names={"style": str(style)}):
        answer = await send(discord, f"!name {'ab' * 95} 2")
        assert list(buttons_of(answer)) == ["Save all"]
        assert (await press(discord, answer, "Save all")).content.startswith("Saved 2 names.")


async def test_saved_names_are_limited(discord: Loopback, run_bot: RunBot, store: Store) -> None:
    await store.save_names(discord.user("ada").id, [f"name {i}" for i in range(1000)], "names")
    async with run_bot(discord):
        error = await press(discord, await send(discord, "!name Tr 1"), "Save")
        assert error.content.startswith("You can save up to 1,000 names and have 1,000.")
