"""The language of an answer: the user's, or the server's for text commands and in the background.

Each way by which something reaches the bot is tried in a pseudo-language.
"""

from typing import Any

import pytest

from bot.loopback import Loopback, Message
from bot.loopback.rest.interactions import InteractionType

from .commands.test_settings import components_of, open_modal, open_settings
from .conftest import buttons_of, invoke, press, send
from .pseudo_locale import PSEUDO, use_pseudo_locale

pytestmark = pytest.mark.usefixtures("pseudo_locale", "bot")


@pytest.fixture
def pseudo_locale(monkeypatch: pytest.MonkeyPatch, discord: Loopback) -> None:
    """Let olga read the pseudo-language; the server and the others read English."""
    use_pseudo_locale(monkeypatch)
    discord.set_locale("olga", PSEUDO)


def is_pseudo(message: Message) -> bool:
    """Whether a message is in the pseudo-language."""
    return "«" in str(message.json())


async def test_slash_commands(discord: Loopback) -> None:
    for author in ("olga", "ada"):
        assert is_pseudo(await invoke(discord, "saved", author=author)) == (author == "olga")
        error = await invoke(discord, "name", {"style": "none of them"}, author=author)
        assert is_pseudo(error) == (author == "olga")


async def test_text_commands(discord: Loopback) -> None:
    texts = [
        "!saved",
        "!help",
        "!help name",
        "!help nosuch",
        "!name style:nosuch",
        "!name length:x",
    ]
    texts += [discord.bot.mention, "!settings"]
    for text in texts:
        assert not is_pseudo(await send(discord, text, author="olga")), text
    discord.set_preferred_locale(PSEUDO)
    for text in texts:
        assert is_pseudo(await send(discord, text)), text
    edited = await discord.say("!saved")
    await discord.wait_reply(edited)
    discord.set_preferred_locale("en-US")
    assert is_pseudo(edited.replies[0])
    await discord.edit(edited, "!settings")
    await discord.wait_until(lambda: not is_pseudo(edited.replies[0]))


async def test_buttons_and_selects(discord: Loopback) -> None:
    answer = await send(discord, "!saved", author="ada")
    assert not is_pseudo(answer)
    names = await send(discord, "!name 5")
    assert is_pseudo(await press(discord, names, "Save", author="olga"))
    assert not is_pseudo(await press(discord, names, "Save", author="ben"))
    view = await send(discord, "!settings", author="olga")
    assert not is_pseudo(view)
    item = components_of(view)["count"]
    await (await discord.select(view, item["custom_id"], ["3"], author="olga")).answer()
    assert is_pseudo(view)


async def test_modals(discord: Loopback) -> None:
    view = await open_settings(discord)
    opened = await open_modal(discord, view)
    await opened.wait_acknowledged()
    assert opened.modal is not None
    assert "«" in opened.modal["title"]
    discord.set_locale("olga", "en-GB")  # while the modal is open
    await (await discord.submit(opened, {"words": "a", "prefix": ""})).answer()
    assert not is_pseudo(view)
    discord.set_locale("olga", PSEUDO)
    opened = await open_modal(discord, view)
    await (await discord.submit(opened, {"words": "b", "prefix": ""})).answer()
    assert is_pseudo(view)


@pytest.mark.parametrize(
    "data",
    [
        {"id": "1", "name": "nosuch", "type": 1},
        {"id": "1", "name": "nosuch", "type": 3, "target_id": "1", "resolved": {"messages": {}}},
        {"id": "1", "name": "rate", "type": 1},
        {"id": "1", "name": "style", "type": 1},
    ],
)
async def test_commands_of_another_version(discord: Loopback, data: dict[str, Any]) -> None:
    start = discord._backend.interactions.start
    user, channel = discord.user("olga"), discord.channel("general")
    call = start(InteractionType.COMMAND, user, channel, data, data["name"])
    assert is_pseudo(await call.answer())


async def test_expired_and_forged_components(discord: Loopback) -> None:
    message = await send(discord, "!name 5")
    start = discord._backend.interactions.start
    user, channel = discord.user("olga"), discord.channel("general")
    for custom_id in ("namesmith:nosuch:1", buttons_of(message)["Save"]["custom_id"]):
        data = {"custom_id": custom_id, "component_type": 3, "id": 1, "values": ["x"]}
        call = start(InteractionType.COMPONENT, user, channel, data, custom_id, source=message)
        assert is_pseudo(await call.answer())


async def test_choices(discord: Loopback) -> None:
    for author in ("olga", "ada"):
        choices = await discord.autocomplete("name", {"style": ""}, focused="style", author=author)
        (name,) = (choice["name"] for choice in choices if choice["value"] == "random")
        assert ("«" in name) == (author == "olga")
