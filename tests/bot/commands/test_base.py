"""Where people can ask: servers, threads, direct messages, and wherever they took the app to."""

import pytest

from bot.loopback import Loopback, Permission
from bot.store import Store

from ..conftest import RunBot, buttons_of, names_in, no_bot, press, send

pytestmark = pytest.mark.usefixtures("bot")


async def test_it_answers_in_a_thread(discord: Loopback) -> None:
    thread = discord.create_thread("names for the cat")
    answer = await send(discord, "!name Tr", channel=thread)
    assert len(names_in(answer)) == 5
    call = await discord.invoke("name", {"prefix": "Be"}, channel=thread)
    names = names_in(await call.answer())
    assert await press(discord, await call.answer(), "Again") is await call.answer()
    assert names_in(await call.answer()) != names


@no_bot
async def test_a_thread_is_allowed_where_its_channel_is(
    discord: Loopback, run_bot: RunBot, store: Store
) -> None:
    await store.update_guild_settings(discord.guild.id, channels=(discord.channel("random").id,))
    async with run_bot(discord):
        here, there = discord.create_thread("here"), discord.create_thread("there", "random")
        refused = await send(discord, "!name Tr", author="ben", channel=here)
        assert refused.content.startswith("Names are made in <#")
        assert names_in(await send(discord, "!name Tr", author="ben", channel=there))
        call = await discord.invoke("name", {}, author="ben", channel=there)
        assert names_in(await call.answer())


async def test_where_it_may_not_speak_in_threads_slash_commands_still_work(
    discord: Loopback,
) -> None:
    thread = discord.create_thread("quiet")
    discord.set_permissions("general", discord.bot, deny=Permission.SEND_MESSAGES_IN_THREADS)
    call = await discord.invoke("name", {"prefix": "Tr"}, channel=thread)
    assert names_in(await call.answer())


async def test_who_installed_it_for_themselves_uses_it_where_the_bot_is_not(
    discord: Loopback,
) -> None:
    group = discord.create_group("ada", "ben")
    call = await discord.invoke("name", {"prefix": "Tr"}, channel=group)
    answer = await call.answer()
    names = names_in(answer)
    assert all(name.startswith("Tr") for name in names)
    assert await press(discord, answer, "Again") is answer
    assert names_in(answer) != names
    own = await press(discord, answer, "Again", "ben")
    assert own.visible_to is discord.user("ben")
    rated = await (await discord.invoke("rate", {"name": "Trina"}, channel=group)).answer()
    assert rated.attachments
    assert await discord.autocomplete("name", {"prefix": "Tr"}, focused="prefix", channel=group)
    for command in ("saved", "forget-me"):
        assert (await (await discord.invoke(command, channel=group)).answer()).ephemeral
    with pytest.raises(ValueError, match="/settings: not in groups"):
        await discord.invoke("settings", channel=group)
    blended = await discord.invoke("blend", {"first": "Anna", "second": "Bella"}, channel=group)
    assert list(buttons_of(await blended.answer())) == ["Again", "Save"]


async def test_every_command_but_the_servers_own_can_be_installed_by_people(
    discord: Loopback,
) -> None:
    for command in discord.commands:
        everywhere = command["name"] != "settings"
        assert command["integration_types"] == ([0, 1] if everywhere else [0])
        assert command["contexts"] == ([0, 1, 2] if everywhere else [0])
