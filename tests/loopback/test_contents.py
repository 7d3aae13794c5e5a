"""What a message holds: files, pictures, embeds, text, and how much of each."""

from io import BytesIO
from typing import Any

import discord
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.loopback import Loopback
from bot.loopback.payloads.message_payloads import Sender
from bot.loopback.state.errors import DiscordError
from bot.loopback.state.server_state import ServerState
from bot.loopback.state.users import User

from ..openapi import CheckedLoopback
from .conftest import Running, client, collect, general
from .web.page_helpers import picture


async def test_attachments_go_both_ways_byte_for_byte(loopback: Loopback, running: Running) -> None:
    bot = client()
    told = collect(bot)
    async with running(loopback, bot):
        await loopback.say(
            "", attachments=[("names.txt", b"Tristan\n"), ("b.bin", bytes(range(256)))]
        )
        received = await told.get()
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


async def test_a_picture_comes_with_its_width_and_height(
    loopback: Loopback, running: Running
) -> None:
    bot = client()
    told = collect(bot)
    async with running(loopback, bot):
        await loopback.say("", attachments=[("a.png", picture()), ("b.png", b"\x89PNG, it says")])
        said = await told.get()
        shown, broken = said.attachments
        assert (shown.width, shown.height) == (320, 120)
        assert (broken.width, broken.height) == (None, None)
        embed = discord.Embed().set_image(url="attachment://a.png")
        file = discord.File(BytesIO(picture()), "a.png")
        (sent,) = (await said.channel.send(embed=embed, file=file)).embeds
        assert (sent.image.width, sent.image.height) == (320, 120)


async def test_a_file_above_ten_mebibytes_is_refused(loopback: Loopback, running: Running) -> None:
    bot = client()
    async with running(loopback, bot):
        await bot.wait_until_ready()
        large = discord.File(BytesIO(bytes(10 * 1024 * 1024 + 1)), "large.bin")
        with pytest.raises(discord.HTTPException) as refusal:
            await general(bot, loopback).send(file=large)
        assert (refusal.value.status, refusal.value.code) == (413, 40005)


async def test_embeds_are_kept_as_they_were_sent(loopback: Loopback, running: Running) -> None:
    bot = client()
    async with running(loopback, bot):
        await bot.wait_until_ready()
        embed = discord.Embed(title="Names", description="five", colour=0x123456)
        embed.add_field(name="Tr", value="Tristan").set_footer(text="foot")
        sent = await general(bot, loopback).send(embed=embed)
        assert sent.embeds[0].to_dict() == embed.to_dict()


@pytest.mark.parametrize(
    ("embed", "where"),
    [
        (discord.Embed(title="x" * 257), "title"),
        (discord.Embed(description="x" * 4097), "description"),
        (discord.Embed().set_footer(text="x" * 2049), "footer"),
        (discord.Embed().add_field(name="x", value="x" * 1025), "value"),
    ],
)
async def test_embeds_above_the_limits_are_refused_with_the_place(
    embed: discord.Embed, where: str, running: Running
) -> None:
    bot = client()
    async with CheckedLoopback() as loopback, running(loopback, bot):
        await bot.wait_until_ready()
        with pytest.raises(discord.HTTPException, match=where) as refusal:
            await general(bot, loopback).send(embed=embed)
        assert refusal.value.code == 50035


async def test_embeds_of_more_than_six_thousand_characters_together_are_refused(
    loopback: Loopback, running: Running
) -> None:
    bot = client()
    async with running(loopback, bot):
        await bot.wait_until_ready()
        embeds = [discord.Embed(description="x" * 3001) for _ in range(2)]
        with pytest.raises(discord.HTTPException, match="6000"):
            await general(bot, loopback).send(embeds=embeds)


async def test_content_above_two_thousand_characters_is_an_invalid_form(
    loopback: Loopback, running: Running
) -> None:
    bot = client()
    async with running(loopback, bot):
        await bot.wait_until_ready()
        with pytest.raises(discord.HTTPException, match="Must be 2000 or fewer") as refusal:
            await general(bot, loopback).send("x" * 2001)
        assert (refusal.value.status, refusal.value.code) == (400, 50035)
        await general(bot, loopback).send("x" * 2000)


@pytest.mark.parametrize("content", ["", "   ", "\n\t"])
async def test_an_empty_message_is_refused(
    content: str, loopback: Loopback, running: Running
) -> None:
    bot = client()
    async with running(loopback, bot):
        await bot.wait_until_ready()
        with pytest.raises(discord.HTTPException) as refusal:
            await general(bot, loopback).send(content)
        assert refusal.value.code == 50006


async def test_suppressed_embeds_are_not_shown(loopback: Loopback, running: Running) -> None:
    bot = client()
    async with running(loopback, bot):
        await bot.wait_until_ready()
        embed = discord.Embed(title="hidden")
        sent = await general(bot, loopback).send("x", embed=embed, suppress_embeds=True)
        assert sent.embeds == []


PLAIN = ServerState(User(1, "bot", bot=True), 1, User(2, "olga"))
PLAIN.add_guild([], ("general",))
FIELDS = ["content", "embeds", "components", "attachments", "allowed_mentions", "flags", "tts"]
INNER = [
    *("type", "id", "components", "accessory", "custom_id", "style", "label", "options", "emoji"),
    *("media", "url", "items", "file", "fields", "name", "value", "footer", "text", "author"),
    *("title", "description", "parse", "users", "roles", "filename"),
]
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-1, 20) | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(INNER), inner, max_size=4)
    ),
    max_leaves=12,
)


@settings(max_examples=300)
@given(st.dictionaries(st.sampled_from(FIELDS), JSON | st.lists(JSON)))
def test_no_body_of_a_message_breaks_the_server(body: dict[str, Any]) -> None:
    (channel,) = PLAIN.channels.values()
    try:
        draft = Sender(PLAIN, channel, PLAIN.bot).build_draft(body)
    except DiscordError as refusal:
        assert refusal.status in (400, 403, 413)  # noqa: PT017 - both ways are an answer
    else:
        assert draft.content or draft.embeds or draft.attachments or draft.components
