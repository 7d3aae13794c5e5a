"""Trainings across restarts of the bot, and when a server removes it."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from distributed import Client

from bot.client import serve
from bot.config import Settings
from bot.loopback import Loopback
from bot.store import Store

from ...conftest import RunBot, buttons_of, names_in, no_bot, press, send
from .helpers import (
    TIMEOUT,
    confirm,
    finish_training,
    make_style,
    press_cancel,
    start_training,
    use_train,
    wait_for,
)

pytestmark = [no_bot, pytest.mark.usefixtures("bot")]

FakeTraining = Callable[[], None]


async def test_active_trainings_are_resumed(
    discord: Loopback, run_bot: RunBot, training: dict[str, Any], fake_training: FakeTraining
) -> None:
    async with run_bot(discord, training=training):
        running = await start_training(discord, file="slow.txt")
        await wait_for(discord, running, "Learning the list")
        direct = discord.dm("olga")
        queued = await start_training(discord, "dwarves", file="slow.txt", channel=direct)
        await wait_for(discord, queued, "Position 1 of 1")
    fake_training()
    restarted = "The bot was restarted, so this training started over."
    async with run_bot(discord, training=training):
        await wait_for(discord, running, restarted)
        await wait_for(discord, running, "fauns: training…")
        await wait_for(discord, queued, restarted)
        await press_cancel(discord, running)
        await wait_for(discord, queued, "dwarves: training…")
        await press_cancel(discord, queued)


@pytest.mark.usefixtures("fake_training")
async def test_stopped_bot_leaves_nothing_running(
    discord: Loopback, run_bot: RunBot, training: dict[str, Any], scheduler: str
) -> None:
    other_tasks = _all_tasks()
    async with run_bot(discord, training=training):
        message = await start_training(discord, file="slow.txt")
        await wait_for(discord, message, "fauns: training…")
    await discord.wait_until(lambda: not _all_tasks() - other_tasks, TIMEOUT)
    connection = Client(scheduler, asynchronous=True, set_as_default=False)  # type: ignore[no-untyped-call]
    async with connection as client, asyncio.timeout(TIMEOUT):
        while any((await client.processing()).values()):  # noqa: ASYNC110, Dask has no event for it
            await asyncio.sleep(0.05)


def _all_tasks() -> set["asyncio.Task[Any]"]:
    """Return all tasks, except discord.py's timers that forget ephemeral messages."""
    return {task for task in asyncio.all_tasks() if "timeout_task" not in str(task.get_coro())}


@pytest.mark.parametrize("stage", ["training", "publish"])
async def test_sigterm_while_a_style_is_made(
    discord: Loopback,
    run_bot: RunBot,
    settings_for: Callable[..., Settings],
    training: dict[str, Any],
    fake_training: FakeTraining,
    stage: str,
) -> None:
    """A publish is finished; a training starts over with the next process."""
    terminated = asyncio.Event()
    serving = asyncio.create_task(
        serve(settings_for(discord, training=training), discord.token, terminated)
    )
    await discord.wait_ready()
    if stage == "training":
        message = await start_training(discord, file="slow.txt")
        await wait_for(discord, message, "fauns: training…")
    else:
        message = await finish_training(discord)
        await discord.press(message, buttons_of(message)["Publish"]["custom_id"], author="olga")
    terminated.set()
    await asyncio.wait_for(serving, TIMEOUT)
    fake_training()
    async with run_bot(discord, training=training):
        if stage == "training":
            await wait_for(discord, message, "The bot was restarted, so this training started")
            await press_cancel(discord, message)
        else:
            assert names_in(await send(discord, "!name style:fauns"))


async def test_buttons_work_after_a_restart(
    discord: Loopback, run_bot: RunBot, training: dict[str, Any], fake_training: FakeTraining
) -> None:
    async with run_bot(discord, training=training):
        preview = await use_train(discord)
    fake_training()
    async with run_bot(discord, training=training):
        message = await wait_for(discord, await confirm(discord, preview), "ready to publish")
    fake_training()
    async with run_bot(discord, training=training):
        answer = await press(discord, message, "Try it", author="olga")
        assert answer.embeds
        await press(discord, message, "Publish", author="olga")
        await wait_for(discord, message, "fauns: published")


async def test_missed_outcome_is_shown_once(
    discord: Loopback,
    run_bot: RunBot,
    training: dict[str, Any],
    fake_training: FakeTraining,
    store: Store,
) -> None:
    async with run_bot(discord, training=training):
        message = await start_training(discord, file="slow.txt")
        await wait_for(discord, message, "fauns: training…")
    (active,) = await store.trainings.list_active()
    await store.trainings.update(active.id, state="done", candidate=make_style("Abi"))
    fake_training()
    async with run_bot(discord, training=training):
        await wait_for(discord, message, "fauns: ready to publish")
        async with asyncio.timeout(TIMEOUT):
            while await store.trainings.list_unreported():  # noqa: ASYNC110, has no event
                await asyncio.sleep(0.05)


async def test_cancel_button_shows_a_missed_outcome(
    discord: Loopback,
    run_bot: RunBot,
    training: dict[str, Any],
    fake_training: FakeTraining,
    store: Store,
) -> None:
    async with run_bot(discord, training=training):
        message = await start_training(discord, file="slow.txt")
        await wait_for(discord, message, "fauns: training…")
    (active,) = await store.trainings.list_active()
    await store.trainings.update(
        active.id, state="done", candidate=make_style("Abi"), is_outcome_shown=True
    )
    fake_training()
    async with run_bot(discord, training=training):
        answer = await press(discord, message, "Cancel", author="olga")
        assert answer.content == "That training has already finished."
        await wait_for(discord, message, "fauns: ready to publish")


@pytest.mark.usefixtures("fake_training")
async def test_removed_server_stops_its_trainings(
    discord: Loopback, run_bot: RunBot, training: dict[str, Any], store: Store
) -> None:
    async with run_bot(discord, training=training):
        message = await start_training(discord, file="slow.txt")
        await wait_for(discord, message, "fauns: training…")
        direct = discord.dm("olga")
        other = await start_training(discord, "dwarves", file="slow.txt", channel=direct)
        await wait_for(discord, other, "Position 1 of 1")
        discord.remove_bot(discord.guild)
        await wait_for(discord, other, "dwarves: training…")
        active = await store.trainings.list_active()
        assert [training.style for training in active] == ["dwarves"]
        await press_cancel(discord, other)
