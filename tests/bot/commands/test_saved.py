"""`!saved` and `/saved`: the names that a person saved, in pages."""

from typing import Any

import pytest

from bot.loopback import Loopback, Message
from bot.store import Store

from ..conftest import RunBot, buttons_of, footer_of, names_in, no_bot, press, send

pytestmark = [pytest.mark.usefixtures("bot"), no_bot]


async def save(discord: Loopback, store: Store, count: int, author: str = "ada") -> list[str]:
    """Save that many names for someone; return them, the newest first."""
    names = [f"{author} {number}" for number in range(count)]
    await store.save_names(discord.user(author).id, names, "names")
    return names[::-1]


async def saved(discord: Loopback, author: str = "ada") -> Message:
    return await (await discord.invoke("saved", author=author)).answer()


def shown(message: Message) -> list[str]:
    return [line.removesuffix(" · names") for line in names_in(message)]


def select_of(message: Message) -> dict[str, Any]:
    (select,) = message.components[0]["components"]
    return dict(select)


async def test_who_has_saved_nothing_is_told_how(discord: Loopback, run_bot: RunBot) -> None:
    async with run_bot(discord):
        for answer in (await saved(discord), await send(discord, "!saved")):
            assert answer.content.startswith("You have no saved names. Press Save")
            assert not answer.components


async def test_saved_names_are_shown_to_the_one_who_saved_them(
    discord: Loopback, run_bot: RunBot, store: Store
) -> None:
    names = await save(discord, store, 3)
    await save(discord, store, 1, author="ben")
    async with run_bot(discord):
        answer = await saved(discord)
        assert answer.ephemeral
        assert shown(answer) == names
        assert footer_of(answer) == "3 names"
        assert list(buttons_of_row(answer)) == ["Export"]
        assert footer_of(await saved(discord, "ben")) == "1 name"
        there = await send(discord, "!saved", channel=discord.dm("ada"))
        assert shown(there) == names


def buttons_of_row(message: Message) -> dict[str, dict[str, Any]]:
    return {i["label"]: i for row in message.components for i in row["components"] if "label" in i}


async def test_pages_are_turned_also_after_a_restart(
    discord: Loopback, run_bot: RunBot, store: Store
) -> None:
    names = await save(discord, store, 45)
    async with run_bot(discord):
        answer = await saved(discord)
        assert shown(answer) == names[:20]
        assert footer_of(answer) == "45 names · page 1 of 3"
    async with run_bot(discord):
        for label, page in (("Older", 2), ("Older", 3), ("Newer", 2)):
            assert await turn(discord, answer, label) is answer
            assert shown(answer) == names[20 * page - 20 : 20 * page]
            assert footer_of(answer) == f"45 names · page {page} of 3"
        await turn(discord, answer, "Older")
        assert buttons_of_row(answer)["Older"]["disabled"]


async def turn(discord: Loopback, message: Message, label: str, author: str = "ada") -> Message:
    custom_id = buttons_of_row(message)[label]["custom_id"]
    return await (await discord.press(message, custom_id, author=author)).answer()


async def test_what_is_chosen_is_deleted_and_an_empty_page_gives_way(
    discord: Loopback, run_bot: RunBot, store: Store
) -> None:
    names = await save(discord, store, 22)
    async with run_bot(discord):
        answer = await saved(discord)
        await turn(discord, answer, "Older")
        select = select_of(answer)
        values = [option["value"] for option in select["options"]]
        await (await discord.select(answer, select["custom_id"], values)).answer()
        assert shown(answer) == names[:20]
        assert footer_of(answer) == "20 names"
        select = select_of(answer)
        values = [option["value"] for option in select["options"]]
        await (await discord.select(answer, select["custom_id"], values)).answer()
        assert answer.content.startswith("You have no saved names.")
        assert not answer.components
        assert not answer.embeds
    assert await store.count_saved_names(discord.user("ada").id) == 0


async def test_all_are_exported_as_a_text_file(
    discord: Loopback, run_bot: RunBot, store: Store
) -> None:
    names = await save(discord, store, 45)
    async with run_bot(discord):
        file = await turn(discord, await saved(discord), "Export")
        assert file.ephemeral
        (attached,) = file.attachments
        assert attached.filename == "saved.txt"
        assert attached.data.decode().split("\n") == names


async def test_who_presses_on_someone_elses_list_sees_their_own_and_deletes_nothing(
    discord: Loopback, run_bot: RunBot, store: Store
) -> None:
    names = await save(discord, store, 25)
    theirs = await save(discord, store, 2, author="ben")
    async with run_bot(discord):
        answer = await send(discord, "!saved")
        own = await turn(discord, answer, "Older", "ben")
        assert own.ephemeral
        assert shown(own) == theirs
        select = select_of(answer)
        values = [option["value"] for option in select["options"]]
        call = await discord.select(answer, select["custom_id"], values, author="ben")
        assert shown(await call.answer()) == theirs
        file = await turn(discord, answer, "Export", "ben")
        assert file.attachments[0].data.decode().split("\n") == theirs
        assert shown(answer) == names[:20]
    assert await store.count_saved_names(discord.user("ada").id) == 25


async def test_names_that_act_are_shown_inert_and_long_ones_cut(
    discord: Loopback, run_bot: RunBot, store: Store
) -> None:
    names = ["*" * 2000, "@everyone", "[a](https://example.org)", "_" * 500]
    names += [f"{'<' * 90}{i}" for i in range(16)]
    await store.save_names(discord.user("ada").id, names, "names")
    async with run_bot(discord):
        answer = await saved(discord)
        assert len(shown(answer)) == 20
        assert all(len(name) <= 80 for name in shown(answer))
        assert not answer.mention_everyone


async def test_a_name_saved_by_the_button_is_there(discord: Loopback, run_bot: RunBot) -> None:
    async with run_bot(discord):
        one = await send(discord, "!name Tr 1")
        await press(discord, one, "Save")
        assert shown(await saved(discord)) == [one.content]
        assert list(buttons_of(one)) == ["Again", "Longer", "Wilder", "Save"]
