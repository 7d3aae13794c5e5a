"""The message of a training is in the server's language, because everybody sees it."""

from typing import Any

import pytest

from bot.loopback import Loopback

from ...conftest import RunBot
from ...pseudo_locale import PSEUDO, use_pseudo_locale
from .helpers import start_training, text_of


@pytest.mark.usefixtures("fake_training")
async def test_training_is_in_the_servers_language(
    discord: Loopback,
    run_bot: RunBot,
    training: dict[str, Any],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    use_pseudo_locale(monkeypatch)
    discord.guild.preferred_locale = PSEUDO
    async with run_bot(discord, training=training):
        message = await start_training(discord)
        await discord.wait_until(lambda: "«" in text_of(message))
