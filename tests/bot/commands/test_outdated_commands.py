"""Discord can have the commands of another version: missing options, other ranges, other names."""

import logging
from typing import Any

import pytest

from bot.loopback import Loopback
from bot.loopback.rest.interactions import InteractionType

pytestmark = pytest.mark.usefixtures("bot")

OUTDATED = "Discord shows an older version of this command. Reload Discord and try again."


@pytest.mark.parametrize(
    ("name", "options", "answer"),
    [
        ("name", {"count": 0}, "count: `0` is out of range. Choose 1 to 100."),
        ("name", {"temperature": 2.5}, "temperature: `2.5` is out of range. Choose 0.1 to 2.0."),
        (
            "blend",
            {"first": "Ada", "second": "Ben", "seed": 2**53},
            f"seed: `{2**53}` is out of range. Choose 0 to {2**53 - 1}.",
        ),
        ("rate", {}, OUTDATED),
        ("invent", {"prefix": "Tr"}, OUTDATED),
        ("style", {}, OUTDATED),
    ],
)
async def test_outdated_command(
    discord: Loopback,
    caplog: pytest.LogCaptureFixture,
    name: str,
    options: dict[str, Any],
    answer: str,
) -> None:
    types = {str: 3, int: 4, float: 10}
    data = {
        "id": "1",
        "name": name,
        "type": 1,
        "options": [
            {"name": key, "type": types[type(value)], "value": value}
            for key, value in options.items()
        ],
    }
    user, channel = discord.user("ada"), discord.channel("general")
    interactions = discord._backend.interactions
    call = interactions.start(InteractionType.COMMAND, user, channel, data, name)
    message = await call.answer()
    assert message.content == answer
    assert message.ephemeral
    assert not [record for record in caplog.records if record.levelno >= logging.ERROR]
