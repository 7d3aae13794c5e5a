"""`/style train`: a list becomes a style, in one message that tells how it goes."""

import asyncio

import pytest

from bot.loopback import Loopback

from ..conftest import buttons_of, names_in, no_bot, press, send
from .training import LINES, LIST, begin, confirm, offer, refusals_of, text_of, until

pytestmark = [no_bot, pytest.mark.usefixtures("bot", "workshop")]


async def test_a_list_becomes_a_style_that_answers_and_can_be_rolled_back(
    discord: Loopback, request: pytest.FixtureRequest
) -> None:
    olga = f"<@{discord.user('olga').id}>"
    for version in (1, 2):
        message = await until(discord, await begin(discord), "elves: ready to publish")
        _check_judged(text_of(message))
        (picture,) = message.attachments
        assert picture.description
        assert picture.description.startswith("Loss curve")
        assert list(buttons_of(message)) == ["Publish", "Discard", "Try it"]
        await press(discord, message, "Publish", author="olga")
        await until(discord, message, f"Published by {olga} as version {version} of `elves`")
        assert "To go back: `/style rollback elves`." in text_of(message)
        assert not message.components
        assert len(names_in(await send(discord, "!name style:elves"))) == 5
        request.getfixturevalue("quick")  # another version need not be learned as thoroughly
    call = await discord.invoke("style rollback", {"style": "elves"}, author="olga")
    assert "`elves` answers from version 1 now." in (await call.answer()).content
    call = await discord.invoke("style log", author="olga")
    assert text_of(await call.answer()).count(olga) == 3


def _check_judged(told: str) -> None:
    """Check what is told of a style for its admin to judge by."""
    names, _, more = told.removeprefix("elves: ready to publish\n").partition("How good they are")
    assert len(names.strip().split("\n")) == 10
    assert all(title in more for title in ("Surprise", "New", "Distinct"))
    assert f"elves.txt · {len(LINES)} samples · recipe seed · learned in " in more


@pytest.mark.usefixtures("quick")
async def test_a_list_is_shown_as_it_will_be_learned_to_the_admin_alone(
    discord: Loopback,
) -> None:
    preview = await offer(discord, content="\n".join(["Zoë", "Zoë", "", *LINES]).encode())
    assert preview.ephemeral
    told = text_of(preview)
    assert f"**{len(LINES) + 1}** different names to learn from" in told
    assert "1 repeated line and 1 blank line left out" in told
    assert f"Its {len(set('Zoë' + ''.join(LINES)))} characters" in told
    assert "ë" in told
    assert LINES[-1] in told
    assert "recipe seed, a few seconds" in told
    (picture,) = preview.attachments
    assert picture.data.startswith(b"\x89PNG")
    assert picture.description
    assert "Sample lengths" in picture.description
    assert list(buttons_of(preview)) == ["Confirm", "Cancel"]


async def test_what_is_dropped_is_not_learned(discord: Loopback) -> None:
    preview = await offer(discord)
    before = len(discord.messages("general"))
    await press(discord, preview, "Cancel", author="olga")
    await discord.wait_until(lambda: "Dropped." in preview.content)
    assert not preview.components
    assert not preview.embeds
    assert not preview.attachments
    assert len(discord.messages("general")) == before


@pytest.mark.usefixtures("quick")
async def test_an_offer_is_taken_once(discord: Loopback) -> None:
    preview = await offer(discord, file="slow.txt")
    ids = {label: item["custom_id"] for label, item in buttons_of(preview).items()}
    presses = [await discord.press(preview, ids["Confirm"], author="olga") for _ in range(2)]
    (told,) = await discord.wait_until(lambda: refusals_of(presses))
    assert told.startswith("That is begun or dropped already")
    assert len([m for m in discord.messages("general").values() if not m.visible_to]) == 1


@pytest.mark.usefixtures("quick")
async def test_a_list_can_be_attached_to_a_message_in_a_chat(discord: Loopback) -> None:
    said = await discord.say(
        "!style train elves seed", author="olga", attachments=[("elves.txt", LIST)]
    )
    preview = await discord.wait_reply(said, timeout=60)
    assert "recipe seed" in text_of(preview)
    message = await until(discord, await confirm(discord, preview), "ready to publish")
    assert message.channel is said.channel


@pytest.mark.usefixtures("quick")
async def test_the_owner_trains_for_every_server_in_a_direct_message(discord: Loopback) -> None:
    message = await begin(discord, channel=discord.dm("olga"))
    assert "learned" in text_of(await until(discord, message, "ready to publish"))
    await press(discord, message, "Publish", author="olga")
    await until(discord, message, "elves: published")
    assert len(names_in(await send(discord, "!name style:elves"))) == 5


@pytest.mark.usefixtures("quick")
async def test_the_bot_answers_others_while_a_worker_learns(discord: Loopback) -> None:
    message = await until(discord, await begin(discord, file="slow.txt"), "elves: learning")
    answers = await asyncio.gather(*(send(discord, "!name") for _ in range(10)))
    assert all(len(names_in(answer)) == 5 for answer in answers)
    assert "elves: learning" in text_of(message)
