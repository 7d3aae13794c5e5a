"""`/manage-styles train`: from a list to a published style."""

import asyncio
import re

import pytest

from bot.loopback import Loopback, Message

from ...conftest import buttons_of, names_in, no_bot, press, send
from .helpers import (
    LINES,
    LIST,
    TIMEOUT,
    confirm,
    finish_training,
    replies_to,
    start_training,
    text_of,
    use_train,
    wait_for,
)

pytestmark = [no_bot, pytest.mark.usefixtures("bot", "training_bot")]


async def test_train_publish_and_roll_back(
    discord: Loopback, request: pytest.FixtureRequest
) -> None:
    olga = f"<@{discord.user('olga').id}>"
    for version in (1, 2):
        message = await finish_training(discord)
        _check_candidate(text_of(message))
        assert not message.attachments
        assert list(buttons_of(message)) == ["Publish", "Discard", "Try it", "Details"]
        _check_details(await press(discord, message, "Details", author="olga", timeout=TIMEOUT))
        await press(discord, message, "Publish", author="olga", timeout=TIMEOUT)
        await wait_for(discord, message, f"Published by {olga} as version {version} of `fauns`")
        assert "To go back: `/manage-styles rollback fauns`." in text_of(message)
        assert not message.components
        assert len(names_in(await send(discord, "!name style:fauns"))) == 5
        request.getfixturevalue("fake_training")  # one real training is enough
    call = await discord.invoke("manage-styles rollback", {"style": "fauns"}, author="olga")
    assert "Version 1 of `fauns` is now live." in (await call.answer()).content
    call = await discord.invoke("manage-styles log", author="olga")
    assert text_of(await call.answer()).count(olga) == 3


def _check_candidate(text: str) -> None:
    """The names come first; the footer follows, or warnings; there are no figures."""
    lines = text.removeprefix("fauns: ready to publish\n").split("\n")
    assert all(re.fullmatch(r"_?\w+_?", name) for name in lines[:10])
    assert f"fauns.txt · {len(LINES)} names · recipe seed · trained in " in lines[-1]
    assert not any(word in text for word in ("Loss", "nats", "Unique", "```"))


def _check_details(details: Message) -> None:
    assert details.ephemeral
    text = text_of(details)
    assert all(f"**{metric}**" in text for metric in ("Loss", "New", "Unique"))
    assert "```" not in text
    (chart,) = details.attachments
    assert (chart.description or "").startswith("Loss curve")


@pytest.mark.usefixtures("fake_training")
async def test_preview(discord: Loopback) -> None:
    preview = await use_train(discord, content="\n".join(["Zoë", "Zoë", "", *LINES]).encode())
    assert preview.ephemeral
    text = text_of(preview)
    assert f"**{len(LINES) + 1}** different names." in text
    assert "Skipped 1 duplicate and 1 blank line." in text
    assert f"Alphabet: {len(set('Zoë' + ''.join(LINES)))} characters" in text
    assert "ë" in text
    assert LINES[-1] in text
    assert "recipe seed (a few seconds)" in text
    (chart,) = preview.attachments
    assert chart.data.startswith(b"\x89PNG")
    assert chart.description
    assert "Sample lengths" in chart.description
    assert list(buttons_of(preview)) == ["Confirm", "Cancel"]


async def test_cancelled_preview_starts_nothing(discord: Loopback) -> None:
    preview = await use_train(discord)
    before = len(discord.messages("general"))
    await press(discord, preview, "Cancel", author="olga")
    await discord.wait_until(lambda: "Nothing was trained" in preview.content)
    assert not preview.components
    assert not preview.embeds
    assert not preview.attachments
    assert len(discord.messages("general")) == before


@pytest.mark.usefixtures("fake_training")
async def test_preview_can_be_confirmed_once(discord: Loopback) -> None:
    preview = await use_train(discord, file="slow.txt")
    ids = {label: item["custom_id"] for label, item in buttons_of(preview).items()}
    presses = [await discord.press(preview, ids["Confirm"], author="olga") for _ in range(2)]
    (text,) = await discord.wait_until(lambda: replies_to(presses), TIMEOUT)
    assert text == "This preview has expired or was already used. Run `/manage-styles train` again."
    assert len([m for m in discord.messages("general").values() if not m.visible_to]) == 1


@pytest.mark.usefixtures("fake_training")
async def test_prefix_command_with_attachment(discord: Loopback) -> None:
    command = await discord.say(
        "!style train fauns seed", author="olga", attachments=[("fauns.txt", LIST)]
    )
    preview = await discord.wait_reply(command, timeout=TIMEOUT)
    assert "recipe seed" in text_of(preview)
    message = await wait_for(discord, await confirm(discord, preview), "ready to publish")
    assert message.channel is command.channel


@pytest.mark.usefixtures("fake_training")
async def test_owner_trains_in_direct_messages(discord: Loopback) -> None:
    message = await finish_training(discord, channel=discord.dm("olga"))
    assert "trained in" in text_of(message)
    await press(discord, message, "Publish", author="olga")
    await wait_for(discord, message, "fauns: published")
    assert len(names_in(await send(discord, "!name style:fauns"))) == 5


@pytest.mark.usefixtures("fake_training")
async def test_bot_answers_during_a_training(discord: Loopback) -> None:
    message = await start_training(discord, file="slow.txt")
    await wait_for(discord, message, "fauns: training…")
    answers = await asyncio.gather(*(send(discord, "!name") for _ in range(10)))
    assert all(len(names_in(answer)) == 5 for answer in answers)
    assert "fauns: training…" in text_of(message)
