"""Database queries: none for a command in a server whose settings were read lately, or for talk."""

from collections.abc import Iterator
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Engine

from bot.loopback import Loopback
from bot.store import Store

from .conftest import RunBot, press

COMMANDS: dict[str, dict[str, Any]] = {
    "name": {"prefix": "Tr", "count": 2},
    "rate": {"name": "Trina"},
    "blend": {"first": "Marina", "second": "Isabella"},
    "style list": {},
    "style info": {"style": "names"},
    "about": {},
    "help": {},
}
TALK = ("hello", "my name is Ann", "!names", "?name", "what a name!", "name Tr", "https://x.y/name")


@pytest.fixture
def queries() -> Iterator[list[str]]:
    """The statements that this process sends to databases."""
    found: list[str] = []

    def note(_1: object, _2: object, statement: str, *_: object) -> None:
        if not statement.startswith(("BEGIN", "PRAGMA")):
            found.append(statement)

    sa.event.listen(Engine, "before_cursor_execute", note)
    yield found
    sa.event.remove(Engine, "before_cursor_execute", note)


@pytest.mark.parametrize("has_settings", [False, True])
async def test_warm_commands_ask_nothing(
    discord: Loopback, run_bot: RunBot, store: Store, queries: list[str], has_settings: bool
) -> None:
    if has_settings:
        await store.update_guild_settings(discord.guild.id, count=3, blocked=("grom",), prefix="%")
    async with run_bot(discord):
        await (await discord.invoke("name", {"prefix": "Tr"})).answer()
        assert any("namesmith_guilds" in each for each in queries)
        queries.clear()
        for command, options in COMMANDS.items():
            await (await discord.invoke(command, options)).answer()
        typed = "%" if has_settings else "!"
        answer = await discord.wait_reply(await discord.say(f"{typed}name Tr"))
        await press(discord, answer, "Again")
        await discord.autocomplete("name", {"prefix": "Tr"}, focused="prefix")
        await discord.autocomplete("name", {"style": "n"}, focused="style")
    assert queries == []


async def test_talk_asks_nothing(discord: Loopback, run_bot: RunBot, queries: list[str]) -> None:
    """Not even in a server whose settings were never read."""
    async with run_bot(discord):
        queries.clear()
        for text in TALK:
            await discord.say(text)
        await discord.wait_reply(await discord.say("!rate Tom"))
    assert len([each for each in queries if "namesmith_guilds" in each]) == 1
