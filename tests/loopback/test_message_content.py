"""Message content: attachments, images, embeds and text, with their limits."""

from io import BytesIO
from typing import Any

import discord
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.loopback import Loopback
from bot.loopback.payloads.field_types import check_field_types
from bot.loopback.payloads.message_requests import Sender
from bot.loopback.state.errors import DiscordError
from bot.loopback.state.server_state import ServerState
from bot.loopback.state.users import User

from ..openapi import CheckedLoopback
from .conftest import RunBot, collect_messages, create_bot, general_channel
from .web.page_helpers import picture


async def test_attachment_round_trip(loopback: Loopback, run_bot: RunBot) -> None:
    bot = create_bot()
    messages = collect_messages(bot)
    async with run_bot(loopback, bot):
        await loopback.say(
            "", attachments=[("names.txt", b"Tristan\n"), ("b.bin", bytes(range(256)))]
        )
        received = await messages.get()
        assert [await file.read() for file in received.attachments] == [
            b"Tristan\n",
            bytes(range(256)),
        ]
        assert received.attachments[0].content_type == "text/plain; charset=utf-8"
        file = discord.File(BytesIO(b"\x00\xff"), "out.bin", description="two bytes")
        sent = await received.channel.send("here", file=file)
        (stored,) = loopback.messages("general")[sent.id].attachments
        assert (stored.data, stored.filename) == (b"\x00\xff", "out.bin")
        assert stored.description == "two bytes"
        assert await sent.attachments[0].read() == b"\x00\xff"


async def test_image_size(loopback: Loopback, run_bot: RunBot) -> None:
    bot = create_bot()
    messages = collect_messages(bot)
    async with run_bot(loopback, bot):
        await loopback.say("", attachments=[("a.png", picture()), ("b.png", b"\x89PNG, it says")])
        message = await messages.get()
        image, broken = message.attachments
        assert (image.width, image.height) == (320, 120)
        assert (broken.width, broken.height) == (None, None)
        embed = discord.Embed().set_image(url="attachment://a.png")
        file = discord.File(BytesIO(picture()), "a.png")
        (sent,) = (await message.channel.send(embed=embed, file=file)).embeds
        assert (sent.image.width, sent.image.height) == (320, 120)


async def test_file_size_limit(loopback: Loopback, run_bot: RunBot) -> None:
    bot = create_bot()
    async with run_bot(loopback, bot):
        await bot.wait_until_ready()
        large = discord.File(BytesIO(bytes(10 * 1024 * 1024 + 1)), "large.bin")
        with pytest.raises(discord.HTTPException) as error:
            await general_channel(bot, loopback).send(file=large)
        assert (error.value.status, error.value.code) == (413, 40005)


async def test_embed_round_trip(loopback: Loopback, run_bot: RunBot) -> None:
    bot = create_bot()
    async with run_bot(loopback, bot):
        await bot.wait_until_ready()
        embed = discord.Embed(title="Names", description="five", colour=0x123456)
        embed.add_field(name="Tr", value="Tristan").set_footer(text="foot")
        sent = await general_channel(bot, loopback).send(embed=embed)
        assert sent.embeds[0].to_dict() == embed.to_dict()


@pytest.mark.parametrize(
    ("embed", "field"),
    [
        (discord.Embed(title="x" * 257), "title"),
        (discord.Embed(description="x" * 4097), "description"),
        (discord.Embed().set_footer(text="x" * 2049), "footer"),
        (discord.Embed().add_field(name="x", value="x" * 1025), "value"),
    ],
)
async def test_embed_length_limits(embed: discord.Embed, field: str, run_bot: RunBot) -> None:
    bot = create_bot()
    async with CheckedLoopback() as loopback, run_bot(loopback, bot):
        await bot.wait_until_ready()
        with pytest.raises(discord.HTTPException, match=field) as error:
            await general_channel(bot, loopback).send(embed=embed)
        assert error.value.code == 50035


async def test_embed_total_length_limit(loopback: Loopback, run_bot: RunBot) -> None:
    bot = create_bot()
    async with run_bot(loopback, bot):
        await bot.wait_until_ready()
        embeds = [discord.Embed(description="x" * 3001) for _ in range(2)]
        with pytest.raises(discord.HTTPException, match="6000"):
            await general_channel(bot, loopback).send(embeds=embeds)


async def test_content_length_limit(loopback: Loopback, run_bot: RunBot) -> None:
    bot = create_bot()
    async with run_bot(loopback, bot):
        await bot.wait_until_ready()
        with pytest.raises(discord.HTTPException, match="Must be 2000 or fewer") as error:
            await general_channel(bot, loopback).send("x" * 2001)
        assert (error.value.status, error.value.code) == (400, 50035)
        await general_channel(bot, loopback).send("x" * 2000)


@pytest.mark.parametrize("content", ["", "   ", "\n\t"])
async def test_empty_message(content: str, loopback: Loopback, run_bot: RunBot) -> None:
    bot = create_bot()
    async with run_bot(loopback, bot):
        await bot.wait_until_ready()
        with pytest.raises(discord.HTTPException) as error:
            await general_channel(bot, loopback).send(content)
        assert error.value.code == 50006


async def test_suppressed_embeds(loopback: Loopback, run_bot: RunBot) -> None:
    bot = create_bot()
    async with run_bot(loopback, bot):
        await bot.wait_until_ready()
        embed = discord.Embed(title="hidden")
        sent = await general_channel(bot, loopback).send("x", embed=embed, suppress_embeds=True)
        assert sent.embeds == []


STATE = ServerState(User(1, "bot", bot=True), 1, User(2, "olga"))
STATE.add_guild([], ("general",))
FIELDS = ["content", "embeds", "components", "attachments", "allowed_mentions", "flags", "tts"]
NESTED_FIELDS = [
    *("type", "id", "components", "accessory", "custom_id", "style", "label", "options", "emoji"),
    *("media", "url", "items", "file", "fields", "name", "value", "footer", "text", "author"),
    *("title", "description", "parse", "users", "roles", "filename"),
]
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-1, 20) | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(NESTED_FIELDS), inner, max_size=4)
    ),
    max_leaves=12,
)


@settings(max_examples=300)
@given(st.dictionaries(st.sampled_from(FIELDS), JSON | st.lists(JSON)))
def test_random_bodies_are_handled(body: dict[str, Any]) -> None:
    (channel,) = STATE.channels.values()
    try:
        check_field_types(body)
        draft = Sender(STATE, channel, STATE.bot).build_draft(body)
    except DiscordError as error:
        assert error.status in (400, 403, 413)  # noqa: PT017 - refusing the body is fine too
    else:
        assert draft.content or draft.embeds or draft.attachments or draft.components
