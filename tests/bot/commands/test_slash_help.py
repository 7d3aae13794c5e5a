"""`/help`: the commands that a member can use, as mentions to click."""

import re

import pytest
from discord.app_commands import tree

from bot.loopback import Loopback

from ..conftest import RunBot, invoke, no_bot

pytestmark = pytest.mark.usefixtures("bot")

ALL = ["name", "blend", "rate", "style list", "style info", "saved", "forget-me", "about", "help"]


def mentioned(description: str) -> list[str]:
    """Return the commands that are mentioned with their ids."""
    return re.findall(r"^</([-\w ]+):\d+> \S", description, re.MULTILINE)


async def help_text(
    discord: Loopback, author: str = "ada", channel: str = "general", *, ephemeral: bool = True
) -> str:
    where = discord.dm(author) if channel == "dm" else discord.channel(channel)
    answer = await invoke(discord, "help", author=author, channel=where)
    assert answer.ephemeral == ephemeral
    (embed,) = answer.embeds
    return str(embed["description"])


async def test_help_mentions_commands(discord: Loopback) -> None:
    text = await help_text(discord)
    assert mentioned(text) == ALL
    ids = {command["name"]: command["id"] for command in discord.commands}
    for name, command_id in re.findall(r"</([-\w]+)[-\w ]*:(\d+)>", text):
        assert ids[name] == command_id
    assert "under **Apps**: *Rate this name*" in text
    descriptions = {command["name"]: command["description"] for command in discord.commands}
    assert f"</name:{ids['name']}> {descriptions['name']}\n" in text


async def test_managing_commands_are_for_managers(discord: Loopback) -> None:
    owner = mentioned(await help_text(discord, "olga"))
    assert {"manage-styles train", "manage-styles retire", "settings"} <= {*owner}
    assert owner[:4] == ALL[:4]
    for author in ("olga", "ada"):
        assert mentioned(await help_text(discord, author, "dm", ephemeral=False)) == ALL


@no_bot
async def test_without_ids(
    discord: Loopback, run_bot: RunBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where Discord does not tell the ids, commands are code, and a later answer has the ids."""
    settings = {"command_names": {"style": "namestyle"}, "disabled_commands": ["about"]}
    async with run_bot(discord, bot=settings):
        await discord.wait_commands()
        with monkeypatch.context() as patch:
            patch.setattr(tree.CommandTree, "fetch_commands", fail)
            text = await help_text(discord)
        assert "`/namestyle list` List the styles" in text
        assert "about" not in text
        assert "namestyle list" in mentioned(await help_text(discord))


async def fail(*args: object, **options: object) -> None:
    raise TimeoutError
