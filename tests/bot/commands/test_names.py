"""`!name` and `/name`: names in a message or an embed, defaults, blocked words, many at once."""

import asyncio
import re
from pathlib import Path
from typing import Any

import pytest

from bot.loopback import Loopback, Message
from bot.store import Store

from ...openapi import CheckedLoopback
from ..artifacts import write_artifact
from ..conftest import RunBot, footer_of, invoke, italic_names, names_in, no_bot, send

pytestmark = pytest.mark.usefixtures("bot")

_CORPORA = Path(__file__).parents[3] / "model" / "corpora"
KNOWN = {*(_CORPORA / "names.txt").read_text(encoding="utf-8").split("\n")}
"""The list of the style `names`."""


async def test_prefix_begins_five_names(discord: Loopback) -> None:
    names = names_in(await send(discord, "!name Tr"))
    assert len(names) == 5
    assert all(name.startswith("Tr") for name in names)


async def test_no_options_give_five_names(discord: Loopback) -> None:
    assert len(names_in(await send(discord, "!name"))) == 5


async def test_one_name_is_plain_text(discord: Loopback) -> None:
    answer = await send(discord, "!name Tr 1")
    assert not answer.embeds
    assert answer.content.startswith("Tr")
    assert answer.content.isalpha()


async def test_several_names_are_an_embed(discord: Loopback) -> None:
    (embed,) = (answer := await send(discord, "!name Tr seed:7")).embeds
    assert embed["title"] == "First names"
    assert "seed 7" in footer_of(answer)
    assert not answer.content


async def test_equal_seeds_give_equal_names(discord: Loopback) -> None:
    first = await send(discord, "!name Tr")
    seed = int(re.findall(r"seed (\d+)", footer_of(first))[0])
    again = await invoke(discord, "name", {"prefix": "Tr", "seed": seed})
    assert names_in(again) == names_in(first)
    assert names_in(await send(discord, "!name Tr")) != names_in(first)


async def test_names_in_the_list_are_italic(discord: Loopback) -> None:
    answer = await send(discord, "!name Ann 25 temperature:0.5 new:no")
    known = [f"_{name}_" for name in names_in(answer) if name in KNOWN]
    assert italic_names(answer) == known
    assert 0 < len(known) < 25
    assert footer_of(answer).endswith("italic = already in the list")


async def test_names_are_new_by_default(discord: Loopback) -> None:
    """Also by `new-only`, as the option was called before."""
    for option in ("", " new:yes", " new-only:on"):
        answer = await send(discord, f"!name Ann 10 temperature:0.5{option}")
        assert len(names_in(answer)) == 10
        assert not KNOWN & set(names_in(answer))
        assert "italic" not in footer_of(answer)
    by_slash = await invoke(discord, "name", {"prefix": "Ann", "temperature": 0.5, "new": False})
    assert KNOWN & set(names_in(by_slash))


@no_bot
async def test_known_names_can_be_the_default(
    discord: Loopback, run_bot: RunBot, store: Store
) -> None:
    """The server's setting overrides the bot's, and the option overrides both."""
    text = "!name Ann 10 temperature:0.5"
    async with run_bot(discord, names={"new_only": False}):
        assert KNOWN & set(names_in(await send(discord, text)))
        assert not KNOWN & set(names_in(await send(discord, f"{text} new:yes")))
    await store.update_guild_settings(discord.guild.id, new_only=False)
    async with run_bot(discord):
        assert KNOWN & set(names_in(await send(discord, text)))
        direct = await send(discord, text, channel=discord.dm("ada"), author="ada")
        assert not KNOWN & set(names_in(direct))


@no_bot
async def test_no_new_names_is_an_error(discord: Loopback, run_bot: RunBot, tmp_path: Path) -> None:
    style = write_artifact(tmp_path / "few.onnx", ["ab", "cd"])
    async with run_bot(discord, names={"style": str(style)}):
        error = await send(discord, "!name")
        assert re.fullmatch(
            r"Every name I found is in the list already: `(ab|cd)` and `(ab|cd)`\. "
            r"Use new:no to get such names\.",
            error.content,
        )
        assert sorted(names_in(await send(discord, "!name new:no"))) == ["ab", "cd"]


@no_bot
async def test_few_names_say_why(discord: Loopback, run_bot: RunBot, tmp_path: Path) -> None:
    style = write_artifact(tmp_path / "few.onnx", ["abc", "xbd"])
    async with run_bot(discord, names={"style": str(style)}):
        single = await send(discord, "!name a")
        assert single.content == "abd"
        assert footer_of(single) == "found no more new names · new:no adds names in the list"
        new = await send(discord, "!name seed:7")
        assert sorted(names_in(new)) == ["abd", "xbc"]
        assert footer_of(new) == f"seed 7 · {footer_of(single)}"
        both = await send(discord, "!name new:no")
        assert sorted(names_in(both)) == ["abc", "abd", "xbc", "xbd"]
        assert sorted(italic_names(both)) == ["_abc_", "_xbd_"]
        assert "· found no more names · italic" in footer_of(both)
        assert not (await send(discord, "!name a 1")).embeds


@no_bot
async def test_server_settings_are_defaults(
    discord: Loopback, run_bot: RunBot, store: Store
) -> None:
    """They apply in the server, not in direct messages."""
    changes: dict[str, Any] = {"style": "dinosaurs", "count": 3, "temperature": 0.5}
    await store.update_guild_settings(discord.guild.id, **changes, new_only=True)
    async with run_bot(discord):
        answer = await send(discord, "!name")
        assert answer.embeds[0]["title"] == "Dinosaurs"
        assert len(names_in(answer)) == 3
        assert "temperature" not in footer_of(answer)
        assert italic_names(await send(discord, "!name 25")) == []
        direct = await send(discord, "!name", channel=discord.dm("ada"), author="ada")
        assert direct.embeds[0]["title"] == "First names"
        assert len(names_in(direct)) == 5


@no_bot
async def test_blocked_words_are_in_no_name(
    discord: Loopback, run_bot: RunBot, store: Store, tmp_path: Path
) -> None:
    style = write_artifact(tmp_path / "few.onnx", ["Anna", "Bozo", "Carl"])
    await store.update_guild_settings(discord.guild.id, blocked=("bozo",))
    async with run_bot(discord, names={"style": str(style), "count": 25, "new_only": False}):
        assert "Bozo" not in names_in(await send(discord, "!name"))
        direct = await send(discord, "!name", channel=discord.dm("ada"), author="ada")
        assert "Bozo" in names_in(direct)
        error = await send(discord, "!name Boz")
        assert not error.embeds
        assert "bozo" not in error.content.lower()


async def test_mention_is_a_prefix(discord: Loopback) -> None:
    assert len(names_in(await send(discord, f"<@{discord.bot.id}> name Tr 3"))) == 3


async def test_direct_messages_work(discord: Loopback) -> None:
    answer = await send(discord, "!name Tr", author="ada", channel=discord.dm("ada"))
    assert len(names_in(answer)) == 5


async def test_slash_command_takes_options(discord: Loopback) -> None:
    answer = await invoke(discord, "name", {"prefix": "Tr", "count": 7, "temperature": 1.5})
    assert not answer.ephemeral
    names = names_in(answer)
    assert len(names) == 7
    assert all(name.startswith("Tr") for name in names)
    assert len(names_in(await invoke(discord, "name"))) == 5


async def test_prefix_takes_the_styles_case(discord: Loopback) -> None:
    assert all(name.startswith("Tr") for name in names_in(await send(discord, "!name tr")))


async def test_unknown_commands_are_ignored(discord: Loopback) -> None:
    other = await discord.say("!play something")
    await send(discord, "!name Tr")
    with pytest.raises(TimeoutError):
        await discord.wait_reply(other, timeout=0.2)


async def test_deleted_messages_are_answered(discord: Loopback) -> None:
    for text in ("!name Tr", "!name T5"):
        message = await discord.say(text)
        await discord.delete(message)
        answer = await discord.wait_next_message(message)
        assert "Tr" in str(answer.embeds) or "5" in answer.content


@no_bot
async def test_400_commands_at_once(run_bot: RunBot) -> None:
    async with CheckedLoopback(acknowledge_timeout=120.0) as discord, run_bot(discord):

        async def send_text() -> Message:
            return await discord.wait_reply(await discord.say("!name Tr 2"), timeout=120)

        async def use_slash() -> Message:
            call = await discord.invoke("name", {"prefix": "Tr", "count": 3})
            return await call.answer(timeout=120)

        answers = await asyncio.gather(
            *(send_text() for _ in range(200)), *(use_slash() for _ in range(200))
        )
    assert discord.violations == []
    assert len({answer.id for answer in answers}) == 400
    assert [len(names_in(answer)) for answer in answers] == [2] * 200 + [3] * 200
    assert all(name.startswith("Tr") for answer in answers for name in names_in(answer))
