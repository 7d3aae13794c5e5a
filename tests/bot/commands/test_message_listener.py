"""A bare mention is answered, and edited commands are answered in place of their first answer."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from bot import text_answers
from bot.loopback import Loopback, Message
from bot.loopback.state.server_state import StateChange
from bot.store import Store

from ..conftest import RunBot, names_in, no_bot, send
from ..other_bot import run_other_bot

pytestmark = pytest.mark.usefixtures("bot")


async def edit(
    discord: Loopback, message: Message, text: str, is_answered: Callable[[Message], bool]
) -> Message:
    """Edit a message, and return the bot's only reply once it is as it should be."""
    await discord.edit(message, text)

    def find() -> Message | None:
        replies = [reply for reply in message.replies if not reply.deleted]
        return next(filter(is_answered, replies), None)

    answer = await discord.wait_until(find)
    assert [reply for reply in message.replies if not reply.deleted] == [answer]
    return answer


def has_names(beginning: str) -> Callable[[Message], bool]:
    return lambda message: bool(message.embeds) and names_in(message)[0].startswith(beginning)


def says(text: str) -> Callable[[Message], bool]:
    return lambda message: text in message.content


@pytest.mark.parametrize("text", ["{user}", "{role}", " {user} ", "{user}?", "<@!{user_id}>"])
async def test_mention_shows_usage(discord: Loopback, text: str) -> None:
    role = next(role for role in discord.guild.roles.values() if role.managed_by)
    text = text.format(user=discord.bot.mention, role=f"<@&{role.id}>", user_id=discord.bot.id)
    answer = await send(discord, text)
    assert answer.content == (
        "I invent names. Type `/name` or `!name Tr 5`: five names that begin with Tr. "
        "`!help` shows what else I can do."
    )


async def test_mention_and_text_is_a_command(discord: Loopback) -> None:
    role = next(role for role in discord.guild.roles.values() if role.managed_by)
    for mention in (discord.bot.mention, f"<@&{role.id}>"):
        assert names_in(await send(discord, f"{mention} name Tr"))[0].startswith("Tr")


@no_bot
async def test_mention_obeys_channels_and_prefix(
    discord: Loopback, run_bot: RunBot, store: Store
) -> None:
    allowed = discord.channel("random").id
    await store.update_guild_settings(discord.guild.id, channels=(allowed,), prefix="?")
    async with run_bot(discord):
        elsewhere = await send(discord, discord.bot.mention)
        assert f"I answer in <#{allowed}>" in elsewhere.content
        there = await send(discord, discord.bot.mention, channel="random")
        assert "`?name Tr 5`" in there.content


async def test_edit_replaces_the_answer(discord: Loopback) -> None:
    message = await discord.say("!name Tr seed:1")
    first = await discord.wait_reply(message)
    assert await edit(discord, message, "!name An seed:1", has_names("An")) is first
    assert await edit(discord, message, "!name Tr 101", says("out of range")) is first
    assert not first.embeds
    assert not first.components
    assert await edit(discord, message, "!rate Anna", lambda answer: bool(answer.attachments))
    assert await edit(discord, message, "!help", lambda answer: not answer.attachments) is first


async def test_edit_of_text_or_an_error_is_answered(discord: Loopback) -> None:
    message = await discord.say("name Tr")
    await edit(discord, message, "!name Tr", has_names("Tr"))
    wrong = await discord.say("!nmae Tr")
    await edit(discord, wrong, "!name Tr", has_names("Tr"))
    bare = await discord.say("Namesmith")
    await edit(discord, bare, discord.bot.mention, says("I invent names"))


async def test_deleted_answer_is_sent_again(discord: Loopback) -> None:
    message = await discord.say("!name Tr")
    await discord.delete(await discord.wait_reply(message))
    await edit(discord, message, "!name An", has_names("An"))


async def test_layouts_replace_other_answers(discord: Loopback) -> None:
    message = await discord.say("!name Tr", author="olga")
    await discord.wait_reply(message)

    def is_panel(answer: Message) -> bool:
        return bool(answer.components) and not answer.embeds and not answer.content

    await edit(discord, message, "!settings", is_panel)
    await edit(discord, message, "!name An", has_names("An"))


async def test_embeds_of_links_are_no_edits(discord: Loopback) -> None:
    """They arrive as an edit without a time, or with the time of the edit before."""

    async def announce_embeds() -> None:
        change = StateChange("edited", message.channel, message.author, message)
        discord._backend.state._announce(change)
        await send(discord, "!name Tr")

    message = await discord.say("!name Tr")
    answer = await discord.wait_reply(message)
    await announce_embeds()
    assert answer.edited_at is None
    await edit(discord, message, "!name An", has_names("An"))
    edited_at = answer.edited_at
    await announce_embeds()
    assert answer.edited_at == edited_at
    assert len(message.replies) == 1


async def test_late_edits_are_no_commands(
    discord: Loopback, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(text_answers, "EDIT_TIME", timedelta(0))
    message = await discord.say("text")
    await discord.edit(message, "!name Tr")
    await send(discord, "!name Tr")
    assert not message.replies


async def test_bots_are_ignored(discord: Loopback) -> None:
    message = await discord.say(discord.bot.mention, author=discord.bot)
    await discord.edit(message, "!name Tr")
    await send(discord, "!name Tr")
    assert not message.replies


async def test_memory_is_bounded(discord: Loopback, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(text_answers, "_MAX_ANSWERS", 2)
    first = await discord.say("!name Tr")
    await discord.wait_reply(first)
    for _ in range(3):
        await send(discord, "!name Tr")
    await discord.edit(first, "!name An")
    await discord.wait_until(lambda: len(first.replies) == 2)


HOST = """
import asyncio, os
from discord import Intents
from discord.ext import commands

intents = Intents.default()
intents.message_content = True
bot = commands.Bot("?", intents=intents)

@bot.command()
async def ping(ctx):
    await ctx.reply("pong")

@bot.event
async def setup_hook():
    await bot.load_extension("inventor")

bot.run(os.environ["DISCORD_TOKEN"])
"""


@no_bot
async def test_other_bots_keep_their_commands(discord: Loopback, tmp_path: Path) -> None:
    """An edit runs only Namesmith's commands, and a mention is theirs to answer."""
    (tmp_path / "inventor").symlink_to(Path(text_answers.__file__).parent)
    async with run_other_bot(tmp_path, HOST, discord):
        message = await discord.say("?ping")
        assert (await discord.wait_reply(message)).content == "pong"
        await discord.edit(message, "?ping again")
        mention = await discord.say(discord.bot.mention)
        names = await discord.say("?name Tr")
        await discord.wait_reply(names)
        await edit(discord, names, "?name An", has_names("An"))
        assert len(message.replies) == 1
        assert not mention.replies
