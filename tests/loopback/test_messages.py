"""Messages: what people write, what the bot is told of it, and what it may answer."""

import asyncio
from typing import Any

import discord
import pytest
from discord import AllowedMentions, Intents

from bot.loopback import Loopback, Permission

from .conftest import Running, client, collect, general


async def test_a_prefix_command_is_answered_by_a_reply(town: Loopback, running: Running) -> None:
    async with running(town, client()):
        message = await town.say("!echo Tr", author="ada")
        answer = await town.reply_to(message)
        assert (answer.content, answer.author, answer.reference) == ("Tr", town.bot, message)
        assert answer.mentions == [town.user("ada")]


async def test_direct_messages_are_answered_too(town: Loopback, running: Running) -> None:
    async with running(town, client()):
        message = await town.say("!echo hello", author="ben", channel=town.dm("ben"))
        assert (await town.reply_to(message)).channel is town.dm("ben")


async def test_a_bot_can_open_direct_messages(town: Loopback, running: Running) -> None:
    bot = client()
    async with running(town, bot):
        await (await bot.fetch_user(town.user("cleo").id)).send("good day")
        (message,) = town.messages(town.dm("cleo")).values()
        assert message.content == "good day"


async def test_content_is_withheld_without_the_intent_save_where_discord_shows_it(
    town: Loopback, running: Running
) -> None:
    bot = client(Intents(guilds=True, messages=True))
    told = collect(bot)
    async with running(town, bot):
        await town.say("a secret", attachments=[("a.txt", b"a")])
        await town.say("@Namesmith hello")
        await town.say("between us", channel=town.dm("ada"))
        secret, mention, direct = [await told.get() for _ in range(3)]
        assert (secret.content, secret.attachments) == ("", [])
        assert mention.content == f"<@{town.bot.id}> hello"
        assert direct.content == "between us"


async def test_content_is_withheld_over_rest_if_the_application_has_no_right_to_it(
    running: Running,
) -> None:
    bot = client(Intents(guilds=True, messages=True))
    async with Loopback(message_content=False) as town, running(town, bot):
        said = await town.say("a secret")
        await bot.wait_until_ready()
        assert (await general(bot, town).fetch_message(said.id)).content == ""


async def test_messages_are_listed_newest_first_and_by_before_and_after(
    town: Loopback, running: Running
) -> None:
    bot = client()
    async with running(town, bot):
        await bot.wait_until_ready()
        said = [await town.say(str(number)) for number in range(5)]
        channel = general(bot, town)

        async def history(**where: Any) -> str:
            return "".join([message.content async for message in channel.history(**where)])

        assert await history() == "43210"
        assert await history(limit=2) == "43"
        assert await history(before=discord.Object(said[2].id)) == "10"
        assert await history(after=discord.Object(said[2].id)) == "34"
        assert await history(around=discord.Object(said[2].id), limit=3) == "321"


async def test_a_bot_edits_and_deletes_its_own_messages(town: Loopback, running: Running) -> None:
    bot = client()
    async with running(town, bot):
        await bot.wait_until_ready()
        events = town.events()
        sent = await general(bot, town).send("first", embed=discord.Embed(title="kept"))
        await sent.edit(content="second")
        await sent.delete()
        seen = [await anext(events) for _ in range(3)]
        assert [event.kind for event in seen] == ["created", "edited", "deleted"]
        message = seen[0].message
        assert message is not None
        assert (message.content, message.embeds[0]["title"]) == ("second", "kept")
        assert message.edited
        assert message.id not in town.messages("general")


async def test_edits_and_deletions_of_people_reach_the_bot(
    town: Loopback, running: Running
) -> None:
    bot = client()
    told: asyncio.Queue[str] = asyncio.Queue()

    @bot.listen("on_message_edit")
    async def edited(before: discord.Message, after: discord.Message) -> None:
        told.put_nowait(f"{before.content} to {after.content}")

    @bot.listen("on_message_delete")
    async def deleted(message: discord.Message) -> None:
        told.put_nowait(f"{message.content} gone")

    async with running(town, bot):
        message = await town.say("one")
        await town.edit(message, "two")
        await town.delete(message)
        assert [await told.get(), await told.get()] == ["one to two", "two gone"]


async def test_unknown_channels_and_messages_have_their_codes(
    town: Loopback, running: Running
) -> None:
    bot = client()
    async with running(town, bot):
        await bot.wait_until_ready()
        with pytest.raises(discord.NotFound) as channel:
            await bot.fetch_channel(1)
        with pytest.raises(discord.NotFound) as message:
            await general(bot, town).fetch_message(1)
        with pytest.raises(discord.HTTPException, match="Unknown message") as reference:
            await general(bot, town).send(
                "x", reference=discord.MessageReference(message_id=1, channel_id=2)
            )
        codes = [error.value.code for error in (channel, message, reference)]
        assert codes == [10003, 10008, 50035]


async def test_a_reply_to_a_deleted_message_may_be_let_through(
    town: Loopback, running: Running
) -> None:
    bot = client()
    async with running(town, bot):
        await bot.wait_until_ready()
        gone = discord.MessageReference(message_id=1, channel_id=2, fail_if_not_exists=False)
        assert (await general(bot, town).send("x", reference=gone)).reference is None


async def test_a_bot_cannot_edit_or_delete_what_others_wrote(
    town: Loopback, running: Running
) -> None:
    bot = client()
    async with running(town, bot):
        await bot.wait_until_ready()
        said = general(bot, town).get_partial_message((await town.say("mine")).id)
        with pytest.raises(discord.Forbidden) as edit:
            await said.edit(content="yours")
        with pytest.raises(discord.Forbidden) as delete:
            await said.delete()
        assert [edit.value.code, delete.value.code] == [50005, 50013]


async def test_a_channel_can_be_closed_to_the_bot(town: Loopback, running: Running) -> None:
    bot = client()
    told = collect(bot)
    async with running(town, bot):
        await bot.wait_until_ready()
        channel = general(bot, town)
        town.overwrite("general", town.bot, deny=Permission.SEND_MESSAGES)
        with pytest.raises(discord.Forbidden) as mute:
            await channel.send("x")
        town.overwrite("general", town.bot, deny=Permission.VIEW_CHANNEL)
        with pytest.raises(discord.Forbidden) as unseen:
            await channel.send("x")
        assert [mute.value.code, unseen.value.code] == [50013, 50001]
        await town.say("not for the bot")
        await town.say("for it", channel="random")
        assert (await told.get()).content == "for it"


MENTIONS = [
    (None, ["ada", "ben"]),
    (AllowedMentions.none(), []),
    (AllowedMentions(users=False), []),
    (AllowedMentions.all(), ["ada", "ben"]),
]


@pytest.mark.parametrize(("allowed", "pinged"), MENTIONS)
async def test_allowed_mentions_say_who_is_pinged(
    allowed: AllowedMentions | None, pinged: list[str], town: Loopback, running: Running
) -> None:
    bot = client()
    async with running(town, bot):
        await bot.wait_until_ready()
        text = f"{town.user('ada').mention} {town.user('ben').mention} @everyone"
        sent = await general(bot, town).send(text, allowed_mentions=allowed)  # type: ignore[arg-type]
        message = town.messages("general")[sent.id]
        assert [user.name for user in message.mentions] == pinged
        assert not message.mention_everyone  # the bot lacks the permission


async def test_a_single_user_can_be_let_be_mentioned(town: Loopback, running: Running) -> None:
    bot = client()
    async with running(town, bot):
        await bot.wait_until_ready()
        ada, ben = town.user("ada"), town.user("ben")
        only = AllowedMentions(users=[discord.Object(ben.id)], everyone=False, roles=False)
        text = f"{ada.mention} {ben.mention}"
        sent = await general(bot, town).send(text, allowed_mentions=only)
        assert town.messages("general")[sent.id].mentions == [ben]


async def test_the_owner_pings_everyone_and_others_do_not(town: Loopback) -> None:
    assert (await town.say("@everyone", author="olga")).mention_everyone
    assert not (await town.say("@everyone", author="ada")).mention_everyone


async def test_the_same_nonce_gives_the_message_it_made(town: Loopback, running: Running) -> None:
    bot = client()
    async with running(town, bot):
        await bot.wait_until_ready()
        sent = [await general(bot, town).send("once", nonce=7) for _ in range(2)]
        assert sent[0].id == sent[1].id
        assert len(town.messages("general")) == 1


async def test_typing_is_seen(town: Loopback, running: Running) -> None:
    bot = client()
    async with running(town, bot):
        await bot.wait_until_ready()
        events = town.events()
        await general(bot, town).typing()
        event = await anext(events)
        assert (event.kind, event.message, event.channel.name) == ("typing", None, "general")


async def test_reactions_are_kept_and_told(town: Loopback, running: Running) -> None:
    bot = client()
    async with running(town, bot):
        await bot.wait_until_ready()
        said = await town.say("well?")
        partial = general(bot, town).get_partial_message(said.id)
        await partial.add_reaction("👍")
        assert said.reactions == {"👍": [town.bot]}
        fetched = await partial.fetch()
        assert [(str(one.emoji), one.count, one.me) for one in fetched.reactions] == [
            ("👍", 1, True)
        ]


async def test_people_are_kept_to_the_rules_too(town: Loopback) -> None:
    with pytest.raises(ValueError, match="Must be 2000 or fewer"):
        await town.say("x" * 2001)
    said = await town.say("x")
    with pytest.raises(ValueError, match="ada in general: Invalid Form Body"):
        await town.edit(said, "x" * 2001)
    assert said.content == "x"
    with pytest.raises(ValueError, match="Missing Access"):
        await town.say("x", author="ben", channel=town.dm("ada"))
    with pytest.raises(ValueError, match="there is no 'zoe' here, only: Namesmith, olga, ada"):
        await town.say("x", author="zoe")


async def test_who_waits_in_vain_is_told_for_what(town: Loopback) -> None:
    said = await town.say("!echo")
    with pytest.raises(TimeoutError, match=r"a reply to '!echo' did not come within 0\.01 s"):
        await town.reply_to(said, timeout=0.01)


async def test_what_is_waited_for_may_happen_elsewhere(town: Loopback) -> None:
    done: list[str] = []
    asyncio.get_running_loop().call_later(0.01, done.append, "done")
    assert await town.until(lambda: done) == ["done"]
    with pytest.raises(TimeoutError):
        await town.until(lambda: None, timeout=0.01)


async def test_watching_ends_when_the_server_stops() -> None:
    async with Loopback() as town:
        events = town.events()
    assert [event async for event in events] == []
