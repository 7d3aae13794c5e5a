"""Health and metrics while a training runs."""

import pytest

from bot.loopback import Loopback

from ..commands.styles.conftest import fake_training
from ..commands.styles.helpers import start_training, wait_for
from ..conftest import RunBot, press, send
from .conftest import free_port, get, get_until
from .test_metrics import scrape, value

__all__ = ["fake_training"]


@pytest.mark.usefixtures("fake_training")
async def test_scraped_during_a_training(discord: Loopback, run_bot: RunBot) -> None:
    port = free_port()
    async with run_bot(discord, monitoring={"port": port, "metrics": True}):
        message = await start_training(discord, file="slow.txt")
        await wait_for(discord, message, "fauns: training…")
        assert (await get(port, "/healthz"))[0] == 200
        await get_until(port, "/readyz", lambda status, _: status == 200)
        running = await scrape(port)
        assert value(running, "trainings", state="running") == 1
        assert value(running, "training_seconds_count", state="cancelled") == 0
        assert (await send(discord, "!name")).embeds
        await press(discord, message, "Cancel", author="olga")
        ended = 'namesmith_training_seconds_count{state="cancelled"} 1.0'
        await get_until(port, "/metrics", lambda _, text: ended in text)
        after = await scrape(port)
    assert value(after, "trainings", state="running") == 0
    assert value(after, "command_seconds_count", kind="component", command="CancelButton") == 1
