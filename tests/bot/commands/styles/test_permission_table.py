"""The table in docs/permissions.md: what each kind of person can do, cell by cell."""

import re
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from bot.library import Library
from bot.loopback import Channel, Loopback, Message
from bot.store import Store

from ....openapi import CheckedLoopback
from ...conftest import RunBot, invoke, send
from .helpers import add_candidate, allow_manage, make_style, publish_versions

TABLE = [
    [cell.strip() for cell in line.strip("|").split("|")]
    for line in Path("docs/permissions.md").read_text(encoding="utf-8").split("\n")
    if line.startswith("|")
]
COLUMNS = {name: {row[0]: row[i] for row in TABLE[2:]} for i, name in enumerate(TABLE[0]) if i}

REFUSAL = re.compile(
    "You need the permission Manage Server|Only the bot's owner can|works only in servers"
    "|In this server I answer in "
)
NOT_OFFERED = re.compile("lacks the permission|not in direct messages|Integrations")
MANAGING: dict[str, dict[str, Any]] = {
    "train": {"name": "owls", "file": ("owls.txt", b"")},
    "pattern": {"name": "pairs", "pattern": "{names} {names}"},
    "cancel": {},
    "publish": {"style": "nosuch"},
    "rollback": {"style": "nosuch"},
    "retire": {"style": "nosuch"},
    "log": {},
}
TYPED = ("pattern pairs {names}", "publish nosuch", "rollback nosuch", "retire nosuch", "log")
NOTHING = "\N{EN DASH}"


class Person:
    """A person of one column, where they are, and what they try."""

    def __init__(self, discord: Loopback, store: Store, name: str, *, direct: bool) -> None:
        self.discord, self.store, self.name = discord, store, name
        self.channel: Channel = discord.dm(name) if direct else discord.channel("general")
        self.guild_id = None if direct else discord.guild.id

    async def use(self, command: str, **options: Any) -> bool:
        """Whether a slash command is offered, and not refused."""
        where = {"author": self.name, "channel": self.channel}
        try:
            answer = await invoke(self.discord, command, options, **where)
        except ValueError as error:
            if not NOT_OFFERED.search(str(error)):
                raise
            return False
        return not REFUSAL.search(answer.content)

    async def type(self, text: str, channel: Channel | None = None) -> bool:
        """Whether a text command is not refused."""
        channel = channel or self.channel
        answer = await send(self.discord, text, author=self.name, channel=channel)
        return not REFUSAL.search(answer.content)

    async def every(self, tried: Sequence[Awaitable[bool]]) -> bool:
        """The answer that all attempts have in common."""
        (outcome,) = {await each for each in tried}
        return outcome

    async def names(self) -> bool:
        slash = [self.use("name"), self.use("saved"), self.use("style list")]
        return await self.every([*slash, self.type("!style info names"), self.type("!rate Ann")])

    async def names_elsewhere(self) -> bool:
        return await self.type("!name", self.discord.channel("random"))

    async def manage_by_slash(self) -> bool:
        tried = [self.use(f"manage-styles {name}", **MANAGING[name]) for name in MANAGING]
        return await self.every(tried)

    async def manage_by_text(self) -> bool:
        groups = ("manage-styles", "style")
        tried = [self.type(f"!{group} {typed}") for group in groups for typed in TYPED]
        return await self.every(tried)

    async def manage_for_all(self) -> bool:
        tried = [self.type(f"!manage-styles {typed} for-all:yes") for typed in TYPED]
        return await self.every(tried)

    async def buttons_of_others(self) -> bool:
        return await self._press_training(1)

    async def own_buttons(self) -> bool:
        return await self._press_training(self.discord.user(self.name).id)

    async def _press_training(self, user_id: int) -> bool:
        artifact = make_style("Abi")
        training = await add_candidate(self.store, artifact, "elks", self.guild_id, user_id)
        custom_ids = [f"namesmith-train:{action}:{training.id}" for action in ("try", "discard")]
        message = await post(self.discord, self.channel, custom_ids)
        return await self.every([self._press(message, custom_id) for custom_id in custom_ids])

    async def _press(self, message: Message, custom_id: str) -> bool:
        call = await self.discord.press(message, custom_id, author=self.name)
        return not REFUSAL.search((await call.answer()).content)

    async def settings_by_slash(self) -> bool:
        return await self.use("settings")

    async def settings_by_text(self) -> bool:
        return await self.type("!settings")

    async def settings_select(self) -> bool:
        panel = await send(self.discord, "!settings", author="olga")
        call = await self.discord.select(panel, "namesmith-set:count", ["=5"], author=self.name)
        return not REFUSAL.search((await call.answer()).content)


ACTIONS: dict[str, Callable[[Person], Awaitable[bool]]] = {
    "names, saved names and `/style`": Person.names,
    "the same in a channel left out in `/settings`": Person.names_elsewhere,
    "`/manage-styles`": Person.manage_by_slash,
    "`!manage-styles`, `!style train` and so on": Person.manage_by_text,
    "`!manage-styles` with `for-all:yes`": Person.manage_for_all,
    "buttons of someone else's training": Person.buttons_of_others,
    "buttons of one's own training": Person.own_buttons,
    "`/settings`": Person.settings_by_slash,
    "`!settings`": Person.settings_by_text,
    "selects and buttons of the settings": Person.settings_select,
}


async def post(discord: Loopback, channel: Channel, custom_ids: Sequence[str]) -> Message:
    """Send a message with buttons as the bot, as the message of a finished training is sent."""
    buttons = [{"type": 2, "style": 2, "label": "Go", "custom_id": each} for each in custom_ids]
    url = f"{discord.api_url}/channels/{channel.id}/messages"
    headers = {"Authorization": f"Bot {discord.token}"}
    body = {"content": "?", "components": [{"type": 1, "components": buttons}]}
    async with (
        aiohttp.ClientSession(headers=headers) as session,
        session.post(url, json=body) as response,
    ):
        return discord.messages(channel)[int((await response.json())["id"])]


@pytest.mark.parametrize("column", COLUMNS)
async def test_table(column: str, run_bot: RunBot, library: Library, store: Store) -> None:
    async with CheckedLoopback(team={"cleo": "admin"}, acknowledge_timeout=60.0) as discord:
        for guild_id in (discord.guild.id, None):
            await publish_versions(library, guild_id, "Abi")
        role = discord.create_role("Managers", *["ben"] * (column == "Manager role"))
        general = discord.channel("general").id
        settings = {"channels": [general], "manager_role": role.id}
        await store.update_guild_settings(discord.guild.id, **settings)
        if column == "Manage Server":
            for channel in ("general", "random"):
                allow_manage(discord, "ben", channel)
        async with run_bot(discord):
            await discord.wait_commands()
            if column == "Allowed in Integrations":
                allowed = discord.create_role("Allowed", "ben")
                for command in ("manage-styles", "settings"):
                    discord.override_command(command, allowed, allow=True)
            name, direct = "cleo" if "owner" in column else "ben", "irect" in column
            person = Person(discord, store, name, direct=direct)
            found = {
                action: NOTHING
                if cell == NOTHING
                else "yes"
                if await ACTIONS[action](person)
                else "no"
                for action, cell in COLUMNS[column].items()
            }
        assert found == COLUMNS[column]
        assert discord.violations == []
