"""Managing styles without Manage Server: by the manager role, or as Integrations allow it."""

import pytest

from bot.library import Library
from bot.loopback import Channel, Loopback, Message, Role
from bot.store import Store

from ...conftest import RunBot, no_bot, press, send
from .helpers import error_text, make_style, publish_versions, use_style

pytestmark = [pytest.mark.usefixtures("bot"), no_bot]

MANAGERS_ONLY = "You need the permission Manage Server for that."
EVERYONE = "Choose a role that not everyone has."


async def choose_role(discord: Loopback, panel: Message, *roles: Role) -> Message:
    """Choose the manager role in `/settings`."""
    call = await discord.select(panel, "namesmith-set:manager_role", roles, author="olga")
    return await call.answer()


async def open_settings(discord: Loopback) -> Message:
    return await send(discord, "!settings", author="olga")


async def test_role_is_chosen_and_removed(discord: Loopback, run_bot: RunBot, store: Store) -> None:
    managers = discord.create_role("Managers", "ben")
    async with run_bot(discord):
        assert (await send(discord, "!style log", author="ben")).content == MANAGERS_ONLY
        panel = await open_settings(discord)
        assert await choose_role(discord, panel, managers) is panel
        assert (await store.get_guild_settings(discord.guild.id)).manager_role == managers.id
        assert (await send(discord, "!style log", author="ben")).content.startswith("No changes")
        refused = await send(discord, "!manage-styles log")
        assert refused.content == (
            f"You need the permission Manage Server or the role <@&{managers.id}> for that."
        )
        assert not refused.mention_everyone
        await choose_role(discord, panel)
        assert (await store.get_guild_settings(discord.guild.id)).manager_role is None
        assert (await send(discord, "!style log", author="ben")).content == MANAGERS_ONLY


async def test_everyone_cannot_be_the_role(
    discord: Loopback, run_bot: RunBot, store: Store
) -> None:
    everyone = discord.guild.roles[discord.guild.id]
    async with run_bot(discord):
        answer = await choose_role(discord, await open_settings(discord), everyone)
        assert answer.content == EVERYONE
        assert answer.ephemeral
        assert (await store.get_guild_settings(discord.guild.id)).manager_role is None


async def test_deleted_role_gives_nothing(discord: Loopback, run_bot: RunBot, store: Store) -> None:
    managers = discord.create_role("Managers", "ben")
    await store.update_guild_settings(discord.guild.id, manager_role=managers.id)
    async with run_bot(discord):
        assert (await send(discord, "!style log", author="ben")).content.startswith("No changes")
        discord.delete_role(managers)
        assert (await send(discord, "!style log", author="ben")).content == MANAGERS_ONLY
        panel = str((await open_settings(discord)).components)
        assert str(managers.id) not in panel


async def test_role_counts_in_its_server_only(
    run_bot: RunBot, discord: Loopback, store: Store
) -> None:
    second = discord.create_guild()
    managers = discord.create_role("Managers", "ben")
    discord.create_role("Managers", "ben", guild=second)
    await store.update_guild_settings(discord.guild.id, manager_role=managers.id)
    await store.update_guild_settings(second.id, manager_role=managers.id)
    there: Channel = discord.channel("general", second)
    async with run_bot(discord):
        assert (await send(discord, "!style log", author="ben")).content.startswith("No changes")
        answer = await send(discord, "!style log", author="ben", channel=there)
        assert answer.content == MANAGERS_ONLY


@pytest.mark.parametrize("command", ["train", "pattern", "publish", "rollback", "retire", "cancel"])
async def test_permission_is_asked_before_the_usage(
    discord: Loopback, run_bot: RunBot, command: str
) -> None:
    async with run_bot(discord):
        for group in ("style", "manage-styles"):
            assert (await send(discord, f"!{group} {command}")).content == MANAGERS_ONLY


async def test_group_alone(discord: Loopback, run_bot: RunBot) -> None:
    async with run_bot(discord):
        assert (await send(discord, "!manage-styles")).content == MANAGERS_ONLY
        answer = await send(discord, "!manage-styles", author="olga")
        assert answer.content == "Choose what to do. See `!help manage-styles`."
        answer = await send(discord, "!manage-styles nosuch", author="olga")
        assert answer.content == "There is no such command. See `!help manage-styles`."


async def test_integrations_decide_for_slash_commands(
    discord: Loopback, run_bot: RunBot, library: Library
) -> None:
    await publish_versions(library, discord.guild.id, "Abi", "Elrond")
    trainers = discord.create_role("Trainers", "ben")
    async with run_bot(discord):
        await discord.wait_commands()
        with pytest.raises(ValueError, match="ben lacks the permission MANAGE_GUILD"):
            await use_style(discord, "log", author="ben")
        discord.override_command("manage-styles", trainers, allow=True)
        answer = await use_style(discord, "rollback", author="ben", style="fauns")
        assert answer.content.startswith("Version 1 of `fauns` is now live.")
        answer = await use_style(discord, "retire", author="ben", style="fauns", for_all=True)
        assert answer.content == "Only the bot's owner can change styles for all servers."
        assert (await send(discord, "!style log", author="ben")).content == MANAGERS_ONLY
        discord.override_command("manage-styles", discord.user("ben"), allow=False)
        with pytest.raises(ValueError, match="Integrations"):
            await use_style(discord, "log", author="ben")


async def test_who_runs_a_command_may_press_its_buttons(
    discord: Loopback, run_bot: RunBot, library: Library
) -> None:
    await library.publish("fauns", make_style("Abi"), author="1", guild_id=discord.guild.id)
    trainers = discord.create_role("Trainers", "ben", "cleo")
    async with run_bot(discord):
        await discord.wait_commands()
        discord.override_command("manage-styles", trainers, allow=True)
        options = {"name": "lords", "pattern": "{fauns}"}
        shown = await use_style(discord, "pattern", author="ben", **options)
        for author in ("ada", "cleo"):
            refused = await press(discord, shown, "Publish", author=author)
            assert error_text(refused) == MANAGERS_ONLY
        published = await press(discord, shown, "Publish", author="ben")
        assert "lords: published" in str(published.embeds)


async def test_who_reads_a_log_may_turn_its_pages(
    discord: Loopback, run_bot: RunBot, library: Library
) -> None:
    await publish_versions(library, discord.guild.id, *["Abi"] * 12)
    async with run_bot(discord):
        await discord.wait_commands()
        discord.override_command("manage-styles", discord.user("ben"), allow=True)
        log = await use_style(discord, "log", author="ben")
        assert "page 1 of 2" in log.embeds[0]["footer"]["text"]
        assert await press(discord, log, "Older", author="ben") is log
        assert "page 2 of 2" in log.embeds[0]["footer"]["text"]
        public = await send(discord, "!style log", author="olga")
        refused = await press(discord, public, "Older", author="ben")
        assert refused.content == MANAGERS_ONLY


async def test_disabled_managing(discord: Loopback, run_bot: RunBot) -> None:
    async with run_bot(discord, bot={"disabled_commands": ["manage-styles"]}):
        await discord.wait_commands()
        assert "manage-styles" not in {command["name"] for command in discord.commands}
        answer = await send(discord, "!style train", author="olga")
        assert answer.content == "There is no such command. See `!help style`."
        assert (await send(discord, "!style list")).embeds
