"""The styles that a server offers, and the default style among many: both in `/settings`."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from bot.library import Library
from bot.loopback import Loopback, Message
from bot.store import Store

from ...conftest import RunBot, press, send
from ..test_settings import components_of, open_settings, select, text_of
from .helpers import description_of, make_style

GROUPS = {"Alpha": 30, "Beta": 3, "Gamma": 2}
"""Groups of test styles: the first one needs two selects."""

NOT_OFFERED = "This server doesn't offer the style `{}`. `/style list` shows the styles it offers."


@pytest.fixture
def more_groups() -> int:
    """The number of groups with one more style."""
    return 0


@pytest.fixture
async def offer_bot(
    discord: Loopback, run_bot: RunBot, library: Library, more_groups: int
) -> AsyncIterator[None]:
    """A bot with a style of the server and many styles of all servers."""
    groups = GROUPS | {f"More {number}": 1 for number in range(more_groups)}
    for group, count in groups.items():
        for number in range(count):
            name = f"{group.lower().replace(' ', '-')}{number:02}"
            style = make_style("Abi", "Grom", title=f"{group} {number}", group=group)
            await library.publish(name, style, author="1")
    own = make_style("Abi", "Grom", title="Own style")
    await library.publish("own", own, author="1", guild_id=discord.guild.id)
    async with run_bot(discord):
        yield


pytestmark = pytest.mark.usefixtures("offer_bot")


async def click(discord: Loopback, message: Message, custom_id: str) -> Message:
    """Press the button of the settings whose custom id contains `custom_id`."""
    custom_ids = [component["custom_id"] for component in components_of(message).values()]
    (found,) = [each for each in custom_ids if custom_id in each]
    return await (await discord.press(message, found, author="olga")).answer()


def select_of(message: Message, label: str) -> dict[str, Any] | None:
    """Return the select that has an option with that label, or None."""
    for component in components_of(message).values():
        if any(option["label"] == label for option in component.get("options", ())):
            return component
    return None


async def choose(discord: Loopback, message: Message, among: str, *values: str) -> None:
    """Choose `values` in the select that has an option labelled `among`."""
    found = select_of(message, among)
    assert found
    custom_id = found["custom_id"]
    await (await discord.select(message, custom_id, values, author="olga")).answer()


def chosen(message: Message) -> set[str]:
    return {
        option["value"]
        for component in components_of(message).values()
        for option in component.get("options", ())
        if option.get("default")
    }


async def turn_to(discord: Loopback, page: Message, label: str) -> Message:
    """Turn the pages of offered styles to the one that has an option with that label."""
    while select_of(page, label) is None:
        await click(discord, page, "offer:page")
    return page


async def open_offer(discord: Loopback, label: str) -> Message:
    page = await click(discord, await open_settings(discord), ":offer")
    return await turn_to(discord, page, label)


async def test_all_are_offered_at_first(discord: Loopback) -> None:
    view = await open_settings(discord)
    assert "**Offered styles:** all " in text_of(view)
    page = await turn_to(discord, await click(discord, view, ":offer"), "Beta 0")
    assert {"beta00", "beta01", "beta02"} <= chosen(page)
    assert "own" not in chosen(page)
    assert "**Beta** all 3" in text_of(page)
    assert "## Loopback" in text_of(await click(discord, page, "back"))


async def test_styles_that_are_not_offered(discord: Loopback, store: Store) -> None:
    answer = await send(discord, "!name 3 new:no style:beta01")
    page = await open_offer(discord, "Beta 1")
    await choose(discord, page, "Beta 1", "beta00")
    assert "**Beta** 1 of 3" in text_of(page)
    assert "beta01" not in chosen(page)
    settings = await store.get_guild_settings(discord.guild.id)
    assert "beta00" in settings.offered
    assert "beta01" not in settings.offered
    for text in ("beta01", '"BETA 1"'):
        error = await send(discord, f"!name style:{text}")
        assert error.content == NOT_OFFERED.format("beta01")
    assert (await press(discord, answer, "Again")).content == NOT_OFFERED.format("beta01")
    choices = await discord.autocomplete("name", {"style": "beta"}, focused="style")
    assert [choice["value"] for choice in choices] == ["beta00"]
    listed = description_of(await send(discord, "!style list beta"))
    assert "`beta00`" in listed
    assert "`beta01`" not in listed
    for text in ("beta00", "own", "names"):
        assert (await send(discord, f"!name 3 new:no style:{text}")).embeds
    assert (await send(discord, "!name 3 new:no style:beta01", channel=discord.dm("ada"))).embeds
    assert (await send(discord, "!style info beta01")).content == NOT_OFFERED.format("beta01")


async def test_only_one_group(discord: Loopback, store: Store) -> None:
    page = await open_offer(discord, "Gamma 1")
    await click(discord, page, "none")
    assert chosen(page) <= {"names"}
    await choose(discord, page, "Gamma 1", "gamma00", "gamma01")
    assert chosen(page) - {"names"} == {"gamma00", "gamma01"}
    listed = description_of(await send(discord, "!style list"))
    assert [name for name in ("own", "names", "gamma01", "beta00") if f"`{name}`" in listed] == [
        *("own", "names", "gamma01")
    ]
    titles = {"First names", "Own style", "Gamma 0", "Gamma 1"}
    for seed in range(6):
        answer = await send(discord, f"!name 3 new:no style:random seed:{seed}")
        assert answer.embeds[0]["title"] in titles
    await click(discord, page, "all")
    assert (await store.get_guild_settings(discord.guild.id)).offered == ()


async def test_last_style_cannot_be_taken_away(discord: Loopback, store: Store) -> None:
    page = await open_offer(discord, "First names")
    await click(discord, page, "none")
    await choose(discord, page, "First names")
    assert chosen(page) == {"names"}
    assert (await store.get_guild_settings(discord.guild.id)).offered == ("names",)


async def test_choosing_all_again_offers_later_styles(discord: Loopback, store: Store) -> None:
    page = await open_offer(discord, "Gamma 1")
    await choose(discord, page, "Gamma 1", "gamma00")
    assert (await store.get_guild_settings(discord.guild.id)).offered
    await choose(discord, page, "Gamma 1", "gamma00", "gamma01")
    assert (await store.get_guild_settings(discord.guild.id)).offered == ()


async def test_members_cannot_change_the_offer(discord: Loopback, store: Store) -> None:
    view = await send(discord, "!settings", author="olga")
    await click(discord, view, ":offer")
    (button,) = [c for c in components_of(view).values() if "none" in c["custom_id"]]
    error = await (await discord.press(view, button["custom_id"], author="ada")).answer()
    assert error.content == "You need the permission Manage Server for that."
    assert (await store.get_guild_settings(discord.guild.id)).offered == ()


async def test_default_style_among_many(discord: Loopback, store: Store) -> None:
    view = await open_settings(discord)
    options = components_of(view)["style"]["options"]
    assert len(options) == 25
    labels = [option["label"] for option in options]
    assert labels[:2] == ["Style: Bot default (names)", "Own style (own)"]
    assert labels[-1] == "Another style ..."
    assert {"Beta 0 (beta00)", "Gamma 1 (gamma01)"} <= {*labels}
    custom_id = components_of(view)["style"]["custom_id"]
    call = await discord.select(view, custom_id, ["other"], author="olga")
    sent = await discord.submit(call, {"style": " ALPHA 29 "})
    assert await sent.answer() is view
    chosen_label = [o["label"] for o in components_of(view)["style"]["options"] if o.get("default")]
    assert chosen_label == ["Style: Alpha 29 (alpha29)"]
    assert (await send(discord, "!name 3 new:no")).embeds[0]["title"] == "Alpha 29"
    call = await discord.select(view, custom_id, ["other"], author="olga")
    sent = await discord.submit(call, {"style": "bta01"})
    error = await sent.answer()
    assert error.content.startswith("There is no style `bta01`. Did you mean `beta01`")
    await select(discord, view, "style", "Bot default (names)")
    assert (await store.get_guild_settings(discord.guild.id)).style is None


async def test_default_style_is_always_offered(discord: Loopback) -> None:
    view = await open_settings(discord)
    await select(discord, view, "style", "Gamma 0 (gamma00)")
    page = await turn_to(discord, await click(discord, view, ":offer"), "Gamma 0")
    await click(discord, page, "none")
    assert chosen(page) == {"gamma00"}
    view = await click(discord, page, "back")
    await select(discord, view, "style", "Gamma 1 (gamma01)")
    assert (await send(discord, "!name 3 new:no")).embeds[0]["title"] == "Gamma 1"
    assert (await send(discord, "!name 3 new:no style:gamma01")).embeds


@pytest.mark.parametrize("more_groups", [8])
async def test_more_selects_than_fit(discord: Loopback) -> None:
    first = chosen(await open_offer(discord, "Alpha 0"))
    page = await open_offer(discord, "More 7 0")
    second = chosen(page)
    assert not first & second
    await choose(discord, page, "More 7 0")
    assert "**More 7** 0 of 1" in text_of(page)
    assert chosen(page) == second - {"more-700"}
