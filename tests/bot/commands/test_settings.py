"""`/settings`: shown and changed by those who may manage the server."""

from typing import Any

import pytest

from bot.loopback import Interaction, Loopback, Message
from bot.store import GuildSettings, Store

from ..conftest import RunBot, italic_names, names_in, no_bot, send

pytestmark = pytest.mark.usefixtures("bot")


def parts(message: Message) -> dict[str, dict[str, Any]]:
    """Return everything in the panel that can be used, by what it sets."""
    found: dict[str, dict[str, Any]] = {}
    waiting = list(message.components)
    while waiting:
        part = waiting.pop()
        waiting += [*part.get("components", []), *filter(None, [part.get("accessory")])]
        if "custom_id" in part:
            found[part["custom_id"].partition(":")[2]] = part
    return found


def texts(message: Message) -> str:
    (container,) = message.components
    told = [*container["components"]]
    told += [inner for part in told for inner in part.get("components", [])]
    return "\n".join(part["content"] for part in told if "content" in part)


def chosen(message: Message) -> dict[str, str]:
    """Return what each select shows as chosen."""
    return {
        what: next(option["label"] for option in part["options"] if option.get("default"))
        for what, part in parts(message).items()
        if "options" in part
    }


async def settings(discord: Loopback, author: str = "olga") -> Message:
    return await (await discord.invoke("settings", author=author)).answer()


async def choose(
    discord: Loopback, message: Message, what: str, *values: str, author: str = "olga"
) -> Message:
    custom_id = parts(message)[what]["custom_id"]
    call = await discord.select(message, custom_id, values, author=author)
    return await call.answer()


async def form(discord: Loopback, message: Message, author: str = "olga") -> Interaction:
    return await discord.press(message, parts(message)["words"]["custom_id"], author=author)


async def test_who_manages_the_server_sees_what_holds_there(discord: Loopback) -> None:
    for panel in (await settings(discord), await send(discord, "!settings", author="olga")):
        assert chosen(panel) == {
            "style": "As the bot: names",
            "count": "As the bot: 5",
            "temperature": "As the bot: 0.9",
            "new_only": "As the bot: slanted, among the new ones",
        }
        assert "## Loopback" in texts(panel)
        assert "**Blocked words** none beside the bot's own" in texts(panel)
        assert "**Before commands in a chat** `!`" in texts(panel)
    assert (await settings(discord)).ephemeral


async def test_each_choice_counts_at_once_and_the_panel_shows_it(discord: Loopback) -> None:
    panel = await settings(discord)
    for what, label in (
        ("style", "dinosaurs"),
        ("count", "3"),
        ("temperature", "0.5 safe"),
        ("new_only", "Left out"),
    ):
        assert await choose(discord, panel, what, label) is panel
        assert chosen(panel)[what] == label
    answer = await send(discord, "!name")
    assert answer.embeds[0]["title"] == "Dinosaurs"
    assert len(names_in(answer)) == 3
    assert italic_names(await send(discord, "!name 25")) == []
    for what, label in (("style", "As the bot: names"), ("count", "As the bot: 5")):
        await choose(discord, panel, what, label)
    answer = await send(discord, "!name")
    assert answer.embeds[0]["title"] == "First names"
    assert len(names_in(answer)) == 5


async def test_channels_are_chosen_and_taken_back(discord: Loopback) -> None:
    panel = await settings(discord)
    await choose(discord, panel, "channels", "random")
    refused = await send(discord, "!name Tr", author="ben")
    assert refused.content.startswith(f"Names are made in <#{discord.channel('random').id}> here.")
    assert names_in(await send(discord, "!name Tr", author="ben", channel="random"))
    (default,) = parts(await settings(discord))["channels"]["default_values"]
    assert int(default["id"]) == discord.channel("random").id
    await choose(discord, panel, "channels")
    assert names_in(await send(discord, "!name Tr", author="ben"))


async def test_words_and_the_prefix_are_typed_in_a_form(discord: Loopback) -> None:
    panel = await settings(discord)
    typed = {"words": "Trella\n\n  Trenna \ntrella", "prefix": "$"}
    sent = await discord.submit(await form(discord, panel), typed)
    assert await sent.answer() is panel
    assert "**Blocked words** 2 words" in texts(panel)
    assert "**Before commands in a chat** `$`" in texts(panel)
    assert "Trella" not in texts(panel)
    assert names_in(await send(discord, "$name Tr"))
    assert (await send(discord, "$name Trella")).content.startswith("Every name")
    unheard = await discord.say("!name Tr")
    assert names_in(await send(discord, f"{discord.bot.mention} name Tr"))
    assert unheard.replies == []
    assert names_in(await send(discord, "!name Tr", channel=discord.dm("ada")))
    opened = await form(discord, panel)
    await opened.wait_acknowledged()
    assert opened.modal is not None
    words, prefix = (label["component"] for label in opened.modal["components"])
    assert (words["value"], prefix["value"]) == ("Trella\nTrenna", "$")
    sent = await discord.submit(opened, {"words": "", "prefix": ""})
    await sent.answer()
    assert await send(discord, "!name Trella")


async def test_what_cannot_be_kept_is_told_and_nothing_is_changed(discord: Loopback) -> None:
    panel = await settings(discord)
    many = "\n".join(f"word {number}" for number in range(201))
    for typed, told in (
        ({"words": many, "prefix": ""}, "You can block up to 200 words."),
        ({"words": "a" * 101, "prefix": ""}, "A blocked word must have 1 to 100 characters."),
    ):
        sent = await discord.submit(await form(discord, panel), typed)
        refused = await sent.answer()
        assert refused.ephemeral
        assert refused.content == told
    assert "none beside" in texts(await settings(discord))


async def test_members_are_refused_the_command_and_the_panel(discord: Loopback) -> None:
    with pytest.raises(ValueError, match="ada lacks the permission MANAGE_GUILD"):
        await discord.invoke("settings", author="ada")
    told = await send(discord, "!settings", author="ada")
    assert told.content == "You need Manage Server here for that."
    panel = await send(discord, "!settings", author="olga")
    for refused in (
        await choose(discord, panel, "count", "25", author="ada"),
        await (await form(discord, panel, author="ada")).answer(),
    ):
        assert refused.ephemeral
        assert refused.content == "You need Manage Server here for that."
    assert chosen(panel)["count"] == "As the bot: 5"


async def test_there_are_no_settings_in_a_direct_message(discord: Loopback) -> None:
    with pytest.raises(ValueError, match="/settings: not in direct messages"):
        await discord.invoke("settings", author="olga", channel=discord.dm("olga"))
    told = await send(discord, "!settings", author="olga", channel=discord.dm("olga"))
    assert told.content == "That is for servers only, not for direct messages."


@no_bot
async def test_the_panel_works_after_a_restart_and_shows_what_is_not_offered_too(
    discord: Loopback, run_bot: RunBot, store: Store
) -> None:
    await store.update_guild_settings(discord.guild.id, temperature=0.85)
    async with run_bot(discord):
        panel = await settings(discord)
        assert chosen(panel)["temperature"] == "0.85"
    async with run_bot(discord):
        await choose(discord, panel, "count", "10")
        assert chosen(panel) == chosen(panel) | {"count": "10", "temperature": "0.85"}
    assert await store.get_guild_settings(discord.guild.id) == GuildSettings(
        count=10, temperature=0.85
    )
