"""What befalls a training from outside, as its message tells it: memory, the scheduler, Discord."""

import asyncio
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from aiohttp import web

from bot.commands.styles.candidate import publish_candidate
from bot.config import Settings
from bot.loopback import Loopback
from bot.loopback.rest import routing
from bot.services import Services
from bot.store import Store
from bot.training.local_cluster import LocalCluster

from ..conftest import RunBot, no_bot, press, send
from .shelved import style_of, trained
from .training import begin, confirm, offer, text_of, until

pytestmark = [no_bot, pytest.mark.usefixtures("bot", "quick")]


@pytest.fixture
def small() -> Iterator[LocalCluster]:
    """A cluster whose worker has little memory, to be lost."""
    cluster = LocalCluster.start(400 * 2**20)
    yield cluster
    cluster.stop()


async def test_a_worker_that_takes_too_much_memory_and_a_scheduler_that_is_lost_are_told(
    discord: Loopback, run_bot: RunBot, small: LocalCluster
) -> None:
    address = await asyncio.to_thread(small.read_address)
    async with run_bot(discord, training={"scheduler": address}):
        message = await begin(discord, file="hungry.txt")
        told = text_of(await until(discord, message, "elves: the training failed"))
        assert "was stopped because it used" in told
        assert "more than its limit; train on a shorter list, or give the cluster's" in told
        message = await until(discord, await begin(discord, file="slow.txt"), "elves: learning")
        small.process.kill()
        told = text_of(await until(discord, message, "elves: the training failed"))
        assert f"The connection to the scheduler {address} was lost; train again" in told
        assert not message.components


async def test_what_discord_does_not_take_at_first_is_told_again(
    discord: Loopback, run_bot: RunBot, training: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    refused: list[str] = []
    well = asyncio.Event()
    handle = routing._handle

    async def ill(backend: Any, endpoint: Any, request: web.Request) -> web.Response:
        if endpoint.bucket == "PATCH /channels/{channel_id}/messages/{message_id}" and not (
            well.is_set()
        ):
            refused.append(request.path)
            return web.Response(status=503)
        return await handle(backend, endpoint, request)

    async with run_bot(discord, training=training):
        message = await until(discord, await begin(discord, file="slow.txt"), "elves: learning")
        monkeypatch.setattr(routing, "_handle", ill)
        call = await discord.invoke("style cancel", author="olga")
        assert "is cancelled" in (await call.answer()).content
        seen = len(refused)
        await discord.wait_until(lambda: len(refused) > seen + 2)
        assert "learning" in text_of(message)
        well.set()
        await until(discord, message, "elves: cancelled")


async def test_a_message_that_missed_the_end_in_a_restart_tells_it_once(
    discord: Loopback,
    run_bot: RunBot,
    training: dict[str, Any],
    quick: Callable[[], None],
    store: Store,
) -> None:
    async with run_bot(discord, training=training):
        message = await until(discord, await begin(discord, file="slow.txt"), "elves: learning")
    (ran,) = await store.trainings.list_active()
    await store.trainings.update(ran.id, state="done", candidate=style_of("Abi"))
    quick()
    async with run_bot(discord, training=training):
        await until(discord, message, "elves: ready to publish")
        async with asyncio.timeout(30):
            while await store.trainings.list_unreported():  # noqa: ASYNC110, it rings no bell
                await asyncio.sleep(0.05)


async def test_what_is_published_before_its_message_says_that_it_is_ready_has_no_complaint_in_it(
    discord: Loopback, run_bot: RunBot, training: dict[str, Any], store: Store
) -> None:
    async with run_bot(discord, training=training):
        message = await until(discord, await begin(discord, file="slow.txt"), "elves: learning")
        (ran,) = await store.trainings.list_active()
        await store.trainings.update(ran.id, state="done", candidate=style_of("Abi"))
        call = await discord.invoke("style publish", {"style": "elves"}, author="olga")
        assert "answers from version 1 now" in (await call.answer()).content
        told = text_of(await until(discord, message, "elves: published"))
        assert "It is kept no more" not in told
        await send(discord, "!name style:elves")


async def test_a_file_with_a_long_and_odd_name_is_refused_and_learned_like_others(
    discord: Loopback, run_bot: RunBot, training: dict[str, Any]
) -> None:
    odd = "@everyone **x** [y](https://z.example) `" + "*_~" * 320 + ".txt"
    async with run_bot(discord, training=training):
        told = await offer(discord, content=b"\xff\n", file=odd)
        assert "isn't UTF-8. Save the file as UTF-8." in text_of(told)
        message = await confirm(discord, await offer(discord, file=odd))
        await until(discord, message, "elves: ready to publish")
        await press(discord, message, "Publish", author="olga")
        await until(discord, message, "elves: published")
        assert len(message.embeds[0]["footer"]["text"]) <= 2048


async def test_a_style_that_is_published_in_the_moment_in_which_its_server_goes_goes_too(
    discord: Loopback, settings_for: Callable[..., Settings]
) -> None:
    services = await Services.open(settings_for(discord))
    training = await trained(services.store, style_of("Abi"), "elves", 7)
    await asyncio.gather(publish_candidate(services, training, 1), services.forget_guild(7))
    assert services.library.records(7) == []
    assert await services.store.trainings.get(training.id) is None
    await services.close()
