"""`/forget-me`, and what happens to a server's data when the bot has to go."""

import asyncio
from pathlib import Path

import pytest

from bot.library import operations
from bot.library.storage import LocalStorage, read_manifest
from bot.loopback import Loopback
from bot.store import GuildSettings, Store

from ...openapi import CheckedLoopback
from ..artifacts import artifact_of_version
from ..conftest import RunBot, buttons_of, names_in, no_bot, press, send

pytestmark = [pytest.mark.usefixtures("bot"), no_bot]


async def test_what_is_kept_of_a_person_is_deleted_when_they_confirm_it(
    discord: Loopback, run_bot: RunBot, store: Store
) -> None:
    ada, ben = discord.user("ada").id, discord.user("ben").id
    await store.save_names(ada, ["Trella", "Trenna"], "names")
    await store.save_names(ben, ["Travin"], "names")
    async with run_bot(discord):
        asked = await (await discord.invoke("forget-me")).answer()
        assert asked.ephemeral
        assert asked.content.startswith("Shall I delete the 2 names that you saved?")
        kept = await press(discord, asked, "Keep")
        assert kept is asked
        assert kept.content == "All is as it was."
        assert await store.count_saved_names(ada) == 2
        asked = await send(discord, "!forget-me")
    async with run_bot(discord):  # also after a restart
        assert list(buttons_of(asked)) == ["Delete", "Keep"]
        other = await press(discord, asked, "Delete", "ben")
        assert other.ephemeral
        assert other.content == "That asks somebody else. `/forget-me` asks you."
        done = await press(discord, asked, "Delete")
        assert done.content == "Deleted. I keep nothing of you now."
        assert not done.components
        assert (await store.count_saved_names(ada), await store.count_saved_names(ben)) == (0, 1)
        assert (await send(discord, "!forget-me")).content == "I keep nothing of you."


async def test_a_servers_settings_go_when_the_bot_is_removed_from_it(
    run_bot: RunBot, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(
        Store.get_guild_settings.__globals__, "CACHE_SECONDS", -1
    )  # here, what is read is read anew
    async with CheckedLoopback(guilds=2) as discord:
        first, second = discord.guilds
        for guild in (first, second):
            await store.update_guild_settings(guild.id, count=7)
        async with run_bot(discord):
            discord.remove_bot(first)
            async with asyncio.timeout(10):
                while await store.get_guild_settings(first.id) != GuildSettings():  # noqa: ASYNC110
                    await asyncio.sleep(0.02)
            assert (await store.get_guild_settings(second.id)).count == 7
            answer = await discord.say("!name Tr", channel=discord.channel("general", second))
            assert len(names_in(await discord.wait_reply(answer))) == 7
        assert discord.violations == []


async def test_who_changed_styles_is_forgotten_with_the_rest(
    discord: Loopback, run_bot: RunBot, tmp_path: Path
) -> None:
    storage, ada = LocalStorage(tmp_path / "data" / "styles"), discord.user("ada").id
    content = artifact_of_version(1)
    for who in (ada, discord.user("ben").id):
        operations.publish(
            storage, "elves", content, author=str(who), keep_versions=3, max_bytes=2**20
        )
    async with run_bot(discord):
        asked = await (await discord.invoke("forget-me")).answer()
        assert asked.content == (
            "Shall I forget that it was you who trained or changed styles? That cannot be undone."
        )
        done = await press(discord, asked, "Delete")
        assert done.content == "Deleted. I keep nothing of you now."
        assert (await send(discord, "!forget-me")).content == "I keep nothing of you."
        manifest = read_manifest(storage, "elves")
        assert manifest is not None
        assert [change.author for change in manifest.changes] == ["", str(discord.user("ben").id)]
