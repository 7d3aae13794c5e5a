"""`/settings`: a view of selects and a modal, for members who can manage the server."""

import re
from typing import Any

import pytest

from bot.loopback import Interaction, Loopback, Message
from bot.store import GuildSettings, Store

from ..conftest import RunBot, invoke, italic_names, names_in, no_bot, send

pytestmark = pytest.mark.usefixtures("bot")


def components_of(message: Message) -> dict[str, dict[str, Any]]:
    """Return the selects and buttons of the settings view, by setting."""
    found: dict[str, dict[str, Any]] = {}
    queue = list(message.components)
    while queue:
        component = queue.pop()
        queue += [*component.get("components", []), *filter(None, [component.get("accessory")])]
        if "custom_id" in component:
            found[component["custom_id"].partition(":")[2]] = component
    return found


def text_of(message: Message) -> str:
    (container,) = message.components
    components = [*container["components"]]
    components += [inner for outer in components for inner in outer.get("components", [])]
    return "\n".join(item["content"] for item in components if "content" in item)


def selected(message: Message) -> dict[str, str]:
    """Return the selected label of each select, without the setting's name before it."""
    labels = {}
    for setting, item in components_of(message).items():
        if "options" in item:
            (label,) = (option["label"] for option in item["options"] if option.get("default"))
            name, _, labels[setting] = label.partition(": ")
            assert name == item["placeholder"]
    return labels


async def open_settings(discord: Loopback, author: str = "olga") -> Message:
    return await invoke(discord, "settings", author=author)


async def select(
    discord: Loopback, message: Message, setting: str, *values: str, author: str = "olga"
) -> Message:
    custom_id = components_of(message)[setting]["custom_id"]
    call = await discord.select(message, custom_id, values, author=author)
    return await call.answer()


async def open_modal(discord: Loopback, message: Message, author: str = "olga") -> Interaction:
    return await discord.press(message, components_of(message)["words"]["custom_id"], author=author)


async def test_view_shows_the_defaults(discord: Loopback) -> None:
    for view in (await open_settings(discord), await send(discord, "!settings", author="olga")):
        assert selected(view) == {
            "style": "Bot default (names)",
            "count": "Bot default (5)",
            "temperature": "Bot default (0.9)",
            "new_only": "Bot default (left out)",
        }
        assert "## Loopback" in text_of(view)
        assert "**Blocked words:** none" in text_of(view)
        assert "**Command prefix:** `!`" in text_of(view)
    assert (await open_settings(discord)).ephemeral


async def test_selects_change_the_settings(discord: Loopback) -> None:
    view = await open_settings(discord)
    for setting, label in (
        ("style", "Dinosaurs (dinosaurs)"),
        ("count", "3"),
        ("temperature", "0.5 safe"),
        ("new_only", "Shown in italics"),
    ):
        assert await select(discord, view, setting, label) is view
        assert selected(view)[setting] == label
    answer = await send(discord, "!name")
    assert answer.embeds[0]["title"] == "Dinosaurs"
    assert len(names_in(answer)) == 3
    assert italic_names(await send(discord, "!name 25"))
    await select(discord, view, "new_only", "Left out")
    assert italic_names(await send(discord, "!name 25")) == []
    for setting, label in (
        ("style", "Bot default (names)"),
        ("count", "Bot default (5)"),
        ("new_only", "Bot default (left out)"),
    ):
        await select(discord, view, setting, label)
        assert selected(view)[setting] == label
    answer = await send(discord, "!name")
    assert answer.embeds[0]["title"] == "First names"
    assert len(names_in(answer)) == 5


async def test_channels_can_be_limited(discord: Loopback) -> None:
    view = await open_settings(discord)
    await select(discord, view, "channels", "random")
    channel = discord.channel("random")
    error = await send(discord, "!name Tr", author="ben")
    assert error.content.startswith(f"In this server I answer in <#{channel.id}>.")
    assert names_in(await send(discord, "!name Tr", author="ben", channel="random"))
    (default,) = components_of(await open_settings(discord))["channels"]["default_values"]
    assert int(default["id"]) == channel.id
    await select(discord, view, "channels")
    assert names_in(await send(discord, "!name Tr", author="ben"))


async def test_modal_sets_words_and_prefix(discord: Loopback) -> None:
    view = await open_settings(discord)
    typed = {"words": "Trella\n\n  Trenna \ntrella", "prefix": "$"}
    sent = await discord.submit(await open_modal(discord, view), typed)
    assert await sent.answer() is view
    assert "**Blocked words:** 2 words" in text_of(view)
    assert "**Command prefix:** `$`" in text_of(view)
    assert "Trella" not in text_of(view)
    assert names_in(await send(discord, "$name Tr"))
    assert (await send(discord, "$name Trella")).content.startswith("Every name")
    ignored = await discord.say("!name Tr")
    assert names_in(await send(discord, f"{discord.bot.mention} name Tr"))
    assert ignored.replies == []
    assert names_in(await send(discord, "!name Tr", channel=discord.dm("ada")))
    opened = await open_modal(discord, view)
    await opened.wait_acknowledged()
    assert opened.modal is not None
    words, prefix = (label["component"] for label in opened.modal["components"])
    assert (words["value"], prefix["value"]) == ("Trella\nTrenna", "$")
    sent = await discord.submit(opened, {"words": "", "prefix": ""})
    await sent.answer()
    assert await send(discord, "!name Trella")


@pytest.mark.parametrize(
    "typed", ["Trella, Trenna", "Trella,Trenna,", "Trella\nTrenna、trella\r\n"]
)
async def test_words_can_be_on_one_line(discord: Loopback, store: Store, typed: str) -> None:
    view = await open_settings(discord)
    sent = await discord.submit(await open_modal(discord, view), {"words": typed, "prefix": ""})
    await sent.answer()
    assert "**Blocked words:** 2 words" in text_of(view)
    stored = await store.get_guild_settings(discord.guild.id)
    assert stored.blocked == ("Trella", "Trenna")
    assert (await send(discord, "!name Trenna")).content.startswith("Every name")


async def test_screen_readers_read_the_settings_names(discord: Loopback) -> None:
    """The accessible name of a select is what it shows: the selected option, or its placeholder."""
    view = await open_settings(discord)
    await select(discord, view, "style", "Dinosaurs (dinosaurs)")
    names = {"style": "Style", "count": "Names per answer", "temperature": "Temperature"}
    names |= {"new_only": "Names from the list", "channels": "Channels"}
    for setting, name in names.items():
        item = components_of(view)[setting]
        shown = [one["label"] for one in item.get("options", ()) if one.get("default")]
        assert (shown or [item["placeholder"]])[0].startswith(f"{name}: ")
    call = await discord.press(view, components_of(view)["offer"]["custom_id"], author="olga")
    offer = await call.answer()
    selects = [item for item in components_of(offer).values() if "options" in item]
    groups = re.findall(r"^\*\*(.*)\*\*", text_of(offer), re.MULTILINE)
    assert sorted(item["placeholder"] for item in selects) == sorted(f"{g}: none" for g in groups)


async def test_invalid_values_change_nothing(discord: Loopback) -> None:
    view = await open_settings(discord)
    many = "\n".join(f"word {number}" for number in range(201))
    for typed, message in (
        ({"words": many, "prefix": ""}, "You can block up to 200 words."),
        ({"words": "a" * 101, "prefix": ""}, "A blocked word must have 1 to 100 characters."),
    ):
        sent = await discord.submit(await open_modal(discord, view), typed)
        error = await sent.answer()
        assert error.ephemeral
        assert error.content == message
    assert "**Blocked words:** none" in text_of(await open_settings(discord))


async def test_members_cannot_change_settings(discord: Loopback) -> None:
    with pytest.raises(ValueError, match="ada lacks the permission MANAGE_GUILD"):
        await discord.invoke("settings", author="ada")
    error = await send(discord, "!settings", author="ada")
    assert error.content == "You need the permission Manage Server for that."
    view = await send(discord, "!settings", author="olga")
    for error in (
        await select(discord, view, "count", "25", author="ada"),
        await (await open_modal(discord, view, author="ada")).answer(),
    ):
        assert error.ephemeral
        assert error.content == "You need the permission Manage Server for that."
    assert selected(view)["count"] == "Bot default (5)"


async def test_direct_messages_have_no_settings(discord: Loopback) -> None:
    with pytest.raises(ValueError, match="/settings: not in direct messages"):
        await discord.invoke("settings", author="olga", channel=discord.dm("olga"))
    error = await send(discord, "!settings", author="olga", channel=discord.dm("olga"))
    assert error.content == "That command works only in servers, not in direct messages."


@no_bot
async def test_view_works_after_a_restart(discord: Loopback, run_bot: RunBot, store: Store) -> None:
    await store.update_guild_settings(discord.guild.id, temperature=0.85)
    async with run_bot(discord):
        view = await open_settings(discord)
        assert selected(view)["temperature"] == "0.85"
    async with run_bot(discord):
        await select(discord, view, "count", "10")
        assert selected(view) == selected(view) | {"count": "10", "temperature": "0.85"}
    assert await store.get_guild_settings(discord.guild.id) == GuildSettings(
        count=10, temperature=0.85
    )
