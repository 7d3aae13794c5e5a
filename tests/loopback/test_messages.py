"""Messages: sending, editing, deleting, and the events that the bot receives."""

import asyncio
from typing import Any

import discord
import pytest
from discord import AllowedMentions, Intents

from bot.loopback import Loopback, Permission

from ..openapi import CheckedLoopback
from .conftest import RunBot, collect_messages, create_bot, general_channel


async def test_reply(loopback: Loopback, run_bot: RunBot) -> None:
    async with run_bot(loopback, create_bot()):
        message = await loopback.say("!echo Tr", author="ada")
        answer = await loopback.wait_reply(message)
        assert (answer.content, answer.author, answer.reference) == ("Tr", loopback.bot, message)
        assert answer.mentions == [loopback.user("ada")]


async def test_reply_in_dm(loopback: Loopback, run_bot: RunBot) -> None:
    async with run_bot(loopback, create_bot()):
        message = await loopback.say("!echo hello", author="ben", channel=loopback.dm("ben"))
        assert (await loopback.wait_reply(message)).channel is loopback.dm("ben")


async def test_bot_opens_dm(loopback: Loopback, run_bot: RunBot) -> None:
    bot = create_bot()
    async with run_bot(loopback, bot):
        await (await bot.fetch_user(loopback.user("cleo").id)).send("good day")
        (message,) = loopback.messages(loopback.dm("cleo")).values()
        assert message.content == "good day"


async def test_content_without_intent(loopback: Loopback, run_bot: RunBot) -> None:
    bot = create_bot(Intents(guilds=True, messages=True))
    messages = collect_messages(bot)
    async with run_bot(loopback, bot):
        await loopback.say("a secret", attachments=[("a.txt", b"a")])
        await loopback.say("@Namesmith hello")
        await loopback.say("between us", channel=loopback.dm("ada"))
        secret, mention, direct = [await messages.get() for _ in range(3)]
        assert (secret.content, secret.attachments) == ("", [])
        assert mention.content == f"<@{loopback.bot.id}> hello"
        assert direct.content == "between us"


async def test_fetched_content_without_intent(
    run_bot: RunBot,
) -> None:
    bot = create_bot(Intents(guilds=True, messages=True))
    async with CheckedLoopback(message_content=False) as loopback, run_bot(loopback, bot):
        message = await loopback.say("a secret")
        await bot.wait_until_ready()
        assert (await general_channel(bot, loopback).fetch_message(message.id)).content == ""


async def test_history(loopback: Loopback, run_bot: RunBot) -> None:
    bot = create_bot()
    async with run_bot(loopback, bot):
        await bot.wait_until_ready()
        sent = [await loopback.say(str(number)) for number in range(5)]
        channel = general_channel(bot, loopback)

        async def history(**options: Any) -> str:
            return "".join([message.content async for message in channel.history(**options)])

        assert await history() == "43210"
        assert await history(limit=2) == "43"
        assert await history(before=discord.Object(sent[2].id)) == "10"
        assert await history(after=discord.Object(sent[2].id)) == "34"
        assert await history(around=discord.Object(sent[2].id), limit=3) == "321"


async def test_bot_edits_and_deletes(loopback: Loopback, run_bot: RunBot) -> None:
    bot = create_bot()
    async with run_bot(loopback, bot):
        await bot.wait_until_ready()
        events = loopback.events()
        sent = await general_channel(bot, loopback).send(
            "first", embed=discord.Embed(title="first")
        )
        await sent.edit(content="second")
        await sent.delete()
        changes = [await anext(events) for _ in range(3)]
        assert [event.kind for event in changes] == ["created", "edited", "deleted"]
        message = changes[0].message
        assert message is not None
        assert (message.content, message.embeds[0]["title"]) == ("second", "first")
        assert message.edited_at
        assert message.id not in loopback.messages("general")


async def test_user_edits_and_deletes(loopback: Loopback, run_bot: RunBot) -> None:
    bot = create_bot()
    changes: asyncio.Queue[str] = asyncio.Queue()

    @bot.listen("on_message_edit")
    async def edited(before: discord.Message, after: discord.Message) -> None:
        changes.put_nowait(f"{before.content} to {after.content}")

    @bot.listen("on_message_delete")
    async def deleted(message: discord.Message) -> None:
        changes.put_nowait(f"{message.content} gone")

    async with run_bot(loopback, bot):
        message = await loopback.say("one")
        await loopback.edit(message, "two")
        await loopback.delete(message)
        assert [await changes.get(), await changes.get()] == ["one to two", "two gone"]


async def test_unknown_channel_and_message(loopback: Loopback, run_bot: RunBot) -> None:
    bot = create_bot()
    async with run_bot(loopback, bot):
        await bot.wait_until_ready()
        with pytest.raises(discord.NotFound) as channel:
            await bot.fetch_channel(1)
        with pytest.raises(discord.NotFound) as message:
            await general_channel(bot, loopback).fetch_message(1)
        with pytest.raises(discord.HTTPException, match="Unknown message") as reference:
            await general_channel(bot, loopback).send(
                "x", reference=discord.MessageReference(message_id=1, channel_id=2)
            )
        codes = [error.value.code for error in (channel, message, reference)]
        assert codes == [10003, 10008, 50035]


async def test_optional_reference(loopback: Loopback, run_bot: RunBot) -> None:
    bot = create_bot()
    async with run_bot(loopback, bot):
        await bot.wait_until_ready()
        gone = discord.MessageReference(message_id=1, channel_id=2, fail_if_not_exists=False)
        assert (await general_channel(bot, loopback).send("x", reference=gone)).reference is None


async def test_edit_and_delete_forbidden(loopback: Loopback, run_bot: RunBot) -> None:
    bot = create_bot()
    async with run_bot(loopback, bot):
        await bot.wait_until_ready()
        message = general_channel(bot, loopback).get_partial_message(
            (await loopback.say("mine")).id
        )
        with pytest.raises(discord.Forbidden) as edit:
            await message.edit(content="yours")
        with pytest.raises(discord.Forbidden) as delete:
            await message.delete()
        assert [edit.value.code, delete.value.code] == [50005, 50013]


async def test_channel_permissions(loopback: Loopback, run_bot: RunBot) -> None:
    bot = create_bot()
    messages = collect_messages(bot)
    async with run_bot(loopback, bot):
        await bot.wait_until_ready()
        channel = general_channel(bot, loopback)
        loopback.set_permissions("general", loopback.bot, deny=Permission.SEND_MESSAGES)
        with pytest.raises(discord.Forbidden) as mute:
            await channel.send("x")
        loopback.set_permissions("general", loopback.bot, deny=Permission.VIEW_CHANNEL)
        with pytest.raises(discord.Forbidden) as unseen:
            await channel.send("x")
        assert [mute.value.code, unseen.value.code] == [50013, 50001]
        await loopback.say("not for the bot")
        await loopback.say("for it", channel="random")
        assert (await messages.get()).content == "for it"


MENTIONS = [
    (None, ["ada", "ben"]),
    (AllowedMentions.none(), []),
    (AllowedMentions(users=False), []),
    (AllowedMentions.all(), ["ada", "ben"]),
]


@pytest.mark.parametrize(("allowed", "pinged"), MENTIONS)
async def test_allowed_mentions(
    allowed: AllowedMentions | None, pinged: list[str], loopback: Loopback, run_bot: RunBot
) -> None:
    bot = create_bot()
    async with run_bot(loopback, bot):
        await bot.wait_until_ready()
        text = f"{loopback.user('ada').mention} {loopback.user('ben').mention} @everyone"
        sent = await general_channel(bot, loopback).send(text, allowed_mentions=allowed)  # type: ignore[arg-type]
        message = loopback.messages("general")[sent.id]
        assert [user.name for user in message.mentions] == pinged
        assert not message.mention_everyone  # the bot lacks the permission


async def test_allowed_mention_of_one_user(loopback: Loopback, run_bot: RunBot) -> None:
    bot = create_bot()
    async with run_bot(loopback, bot):
        await bot.wait_until_ready()
        ada, ben = loopback.user("ada"), loopback.user("ben")
        only = AllowedMentions(users=[discord.Object(ben.id)], everyone=False, roles=False)
        text = f"{ada.mention} {ben.mention}"
        sent = await general_channel(bot, loopback).send(text, allowed_mentions=only)
        assert loopback.messages("general")[sent.id].mentions == [ben]


async def test_mention_everyone_permission(loopback: Loopback) -> None:
    assert (await loopback.say("@everyone", author="olga")).mention_everyone
    assert not (await loopback.say("@everyone", author="ada")).mention_everyone


async def test_enforced_nonce(loopback: Loopback, run_bot: RunBot) -> None:
    bot = create_bot()
    async with run_bot(loopback, bot):
        await bot.wait_until_ready()
        sent = [await general_channel(bot, loopback).send("once", nonce=7) for _ in range(2)]
        assert sent[0].id == sent[1].id
        assert len(loopback.messages("general")) == 1


async def test_typing(loopback: Loopback, run_bot: RunBot) -> None:
    bot = create_bot()
    async with run_bot(loopback, bot):
        await bot.wait_until_ready()
        events = loopback.events()
        await general_channel(bot, loopback).typing()
        event = await anext(events)
        assert (event.kind, event.message, event.channel.name) == ("typing", None, "general")


async def test_user_errors(loopback: Loopback) -> None:
    with pytest.raises(ValueError, match="Must be 2000 or fewer"):
        await loopback.say("x" * 2001)
    message = await loopback.say("x")
    with pytest.raises(ValueError, match="ada in general: Invalid Form Body"):
        await loopback.edit(message, "x" * 2001)
    assert message.content == "x"
    with pytest.raises(ValueError, match="Missing Access"):
        await loopback.say("x", author="ben", channel=loopback.dm("ada"))
    with pytest.raises(ValueError, match="there is no 'zoe' here, only: Namesmith, olga, ada"):
        await loopback.say("x", author="zoe")


async def test_wait_timeout_message(loopback: Loopback) -> None:
    message = await loopback.say("!echo")
    with pytest.raises(TimeoutError, match=r"a reply to '!echo' did not come within 0\.01 s"):
        await loopback.wait_reply(message, timeout=0.01)


async def test_wait_until_polls(loopback: Loopback) -> None:
    done: list[str] = []
    asyncio.get_running_loop().call_later(0.01, done.append, "done")
    assert await loopback.wait_until(lambda: done) == ["done"]
    with pytest.raises(TimeoutError):
        await loopback.wait_until(lambda: None, timeout=0.01)


async def test_events_end_with_server() -> None:
    async with CheckedLoopback() as loopback:
        events = loopback.events()
    assert [event async for event in events] == []
