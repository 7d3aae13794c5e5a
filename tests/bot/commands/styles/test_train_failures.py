"""Failures during a training: memory, scheduler, worker, Discord, and concurrent changes."""

import asyncio
import subprocess
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
from tests.processes import REPOSITORY

from ...conftest import RunBot, no_bot, press, send
from ...dask_processes import remote_cluster
from .helpers import (
    TIMEOUT,
    add_candidate,
    confirm,
    finish_training,
    make_style,
    start_training,
    text_of,
    use_train,
    wait_for,
)

pytestmark = [no_bot, pytest.mark.usefixtures("bot", "fake_training")]


@pytest.fixture
def small_cluster() -> Iterator[tuple[str, "subprocess.Popen[bytes]"]]:
    """The address and the process of a cluster whose worker has little memory."""
    with remote_cluster(400 * 2**20, REPOSITORY) as cluster:
        yield cluster


async def test_memory_limit_and_lost_scheduler(
    discord: Loopback, run_bot: RunBot, small_cluster: tuple[str, "subprocess.Popen[bytes]"]
) -> None:
    address, process = small_cluster
    async with run_bot(discord, training={"scheduler": address}):
        message = await start_training(discord, file="hungry.txt")
        text = text_of(await wait_for(discord, message, "fauns: training failed"))
        assert "was stopped because it used" in text
        assert "more than its limit; train on a shorter list, or give the cluster's" in text
        message = await start_training(discord, file="slow.txt")
        await wait_for(discord, message, "fauns: training…")
        process.kill()
        text = text_of(await wait_for(discord, message, "fauns: training failed"))
        assert f"The connection to the scheduler {address} was lost; try again" in text
        assert not message.components


async def test_dead_worker(discord: Loopback, run_bot: RunBot, training: dict[str, Any]) -> None:
    async with run_bot(discord, training=training):
        message = await start_training(discord, file="deadly.txt")
        text = text_of(await wait_for(discord, message, "fauns: training failed"))
        assert "died, perhaps because" in text
        assert "No style has changed. Use `/manage-styles train` to try again." in text
        assert not message.components
        await finish_training(discord)


async def test_unreachable_scheduler(discord: Loopback, run_bot: RunBot) -> None:
    async with run_bot(discord, training={"scheduler": "tcp://127.0.0.1:9"}):
        answer = await use_train(discord)
        assert text_of(answer).startswith("Can't reach the scheduler tcp://127.0.0.1:9")


async def test_final_edit_is_retried(
    discord: Loopback, run_bot: RunBot, training: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    failed_paths: list[str] = []
    is_available = asyncio.Event()
    handle = routing._handle

    async def fail(backend: Any, endpoint: Any, request: web.Request) -> web.Response:
        is_edit = endpoint.bucket == "PATCH /channels/{channel_id}/messages/{message_id}"
        if is_edit and not is_available.is_set():
            failed_paths.append(request.path)
            return web.Response(status=503)
        return await handle(backend, endpoint, request)

    async with run_bot(discord, training=training):
        message = await start_training(discord, file="slow.txt")
        await wait_for(discord, message, "fauns: training…")
        monkeypatch.setattr(routing, "_handle", fail)
        call = await discord.invoke("manage-styles cancel", author="olga")
        assert "cancelled" in (await call.answer()).content
        count = len(failed_paths)
        await discord.wait_until(lambda: len(failed_paths) > count + 2, TIMEOUT)
        assert "training…" in text_of(message)
        is_available.set()
        await wait_for(discord, message, "fauns: cancelled")


async def test_publish_before_the_message_is_updated(
    discord: Loopback, run_bot: RunBot, training: dict[str, Any], store: Store
) -> None:
    async with run_bot(discord, training=training):
        message = await start_training(discord, file="slow.txt")
        await wait_for(discord, message, "fauns: training…")
        (active,) = await store.trainings.list_active()
        await store.trainings.update(active.id, state="done", candidate=make_style("Abi"))
        call = await discord.invoke("manage-styles publish", {"style": "fauns"}, author="olga")
        assert "is now live" in (await call.answer()).content
        text = text_of(await wait_for(discord, message, "fauns: published"))
        assert "has expired" not in text
        await send(discord, "!name style:fauns")


async def test_unusual_file_name(
    discord: Loopback, run_bot: RunBot, training: dict[str, Any]
) -> None:
    name = "@everyone **x** [y](https://z.example) `" + "*_~" * 320 + ".txt"
    async with run_bot(discord, training=training):
        answer = await use_train(discord, content=b"\xff\n", file=name)
        assert "The list has only 1 different name." in text_of(answer)
        message = await confirm(discord, await use_train(discord, file=name))
        await wait_for(discord, message, "fauns: ready to publish")
        await press(discord, message, "Publish", author="olga")
        await wait_for(discord, message, "fauns: published")
        assert len(message.embeds[0]["footer"]["text"]) <= 2048


async def test_publish_while_the_server_is_removed(
    discord: Loopback, settings_for: Callable[..., Settings]
) -> None:
    services = await Services.open(settings_for(discord))
    training = await add_candidate(services.store, make_style("Abi"), "fauns", 7)
    await asyncio.gather(publish_candidate(services, training, 1), services.forget_guild(7))
    assert services.library.records(7) == []
    assert await services.store.trainings.get(training.id) is None
    await services.close()
