"""Prefixes: which messages may be commands, and are more than talk among others."""

import time
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.loopback import Loopback
from bot.prefixes import names_command
from bot.store import MAX_PREFIX, Store

from .conftest import RunBot, from_bot

NAMES = ("name", "blend", "manage-styles", "forget-me", "Über")
BOT: Any = SimpleNamespace(all_commands=dict.fromkeys(NAMES))
_prefixes = st.text(min_size=1, max_size=MAX_PREFIX).filter(lambda text: text == text.strip())
_spaces = st.text(" \n\t", max_size=3)


@given(_prefixes, _spaces, st.sampled_from(NAMES), st.booleans(), st.text(max_size=20))
def test_every_command_is_one(
    prefix: str, spaces: str, name: str, is_upper: bool, rest: str
) -> None:
    """Whichever prefix the server has chosen, and however the name is written."""
    typed = name.upper() if is_upper else name
    assert names_command(BOT, f"{prefix}{spaces}{typed}")
    assert names_command(BOT, f"{prefix}{spaces}{typed} {rest}")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "!",
        "name",
        "hello",
        "!names",
        "!named Tr",
        "a" * 31 + "name",
        "that is my naming scheme",
    ],
)
def test_talk_is_no_command(text: str) -> None:
    assert not names_command(BOT, text)


def test_bot_without_commands() -> None:
    bot: Any = SimpleNamespace(all_commands={})
    assert not names_command(bot, "!name")


def test_long_messages_take_little_time() -> None:
    started = time.thread_time()
    for text in (" " * 4000, "! " * 2000, "!" + " " * 3998 + "x", "nam" * 1333):
        assert not names_command(BOT, text)
    assert time.thread_time() - started < 0.1


async def test_prefix_of_the_server(discord: Loopback, run_bot: RunBot, store: Store) -> None:
    """A long one with a space in it; talk and other bots' commands get no answer."""
    await store.update_guild_settings(discord.guild.id, prefix="hey you")
    async with run_bot(discord):
        for text in ("!name Tr 1", "my name is Ann", "?help", "hey you nom", "hey younameTr"):
            await discord.say(text)
        await discord.wait_reply(await discord.say("hey you NAME Tr 1"))
        await discord.wait_reply(await discord.say(f"{discord.bot.mention} name Tr 1"))
        await discord.wait_reply(
            await discord.say("hey younameTr".replace("nameTr", "  name Tr 1"))
        )
    assert len(from_bot(discord)) == 3
