"""Trainings that something befalls: the bot restarts, a worker dies, a server goes."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from distributed import Client

from bot.loopback import Loopback
from bot.store import Store

from ..conftest import RunBot, no_bot, press
from .shelved import style_of
from .training import begin, confirm, give_up, offer, text_of, until

pytestmark = [no_bot, pytest.mark.usefixtures("bot")]


async def test_a_restart_of_the_bot_takes_up_what_ran_and_what_waited(
    discord: Loopback, run_bot: RunBot, training: dict[str, Any], quick: Callable[[], None]
) -> None:
    async with run_bot(discord, training=training):
        ran = await until(discord, await begin(discord, file="slow.txt"), "held-out loss")
        waited = await begin(discord, "dwarves", file="slow.txt", channel=discord.dm("olga"))
        await until(discord, waited, "place 1 of 1")
    quick()
    again = "I was restarted meanwhile, and began this again."
    async with run_bot(discord, training=training):
        await until(discord, ran, again)
        await until(discord, ran, "elves: learning")
        await until(discord, waited, again)
        await give_up(discord, ran)
        await until(discord, waited, "dwarves: learning")
        await give_up(discord, waited)


@pytest.mark.usefixtures("quick")
async def test_a_bot_that_stops_in_mid_training_leaves_no_task_and_no_job_behind(
    discord: Loopback, run_bot: RunBot, training: dict[str, Any], scheduler: str
) -> None:
    others = _tasks()
    async with run_bot(discord, training=training):
        await until(discord, await begin(discord, file="slow.txt"), "elves: learning")
    await discord.wait_until(lambda: not _tasks() - others)
    connection = Client(scheduler, asynchronous=True, set_as_default=False)  # type: ignore[no-untyped-call]
    async with connection as client:
        async with asyncio.timeout(30):
            while any((await client.processing()).values()):  # noqa: ASYNC110, it rings no bell
                await asyncio.sleep(0.05)


def _tasks() -> set["asyncio.Task[Any]"]:
    """Return all tasks but that of discord.py's which forgets what only one person sees."""
    return {task for task in asyncio.all_tasks() if "timeout_task" not in str(task.get_coro())}


async def test_buttons_work_after_a_restart_of_the_bot(
    discord: Loopback, run_bot: RunBot, training: dict[str, Any], quick: Callable[[], None]
) -> None:
    async with run_bot(discord, training=training):
        preview = await offer(discord)
    quick()
    async with run_bot(discord, training=training):
        message = await until(discord, await confirm(discord, preview), "ready to publish")
    quick()
    async with run_bot(discord, training=training):
        tried = await press(discord, message, "Try it", author="olga")
        assert tried.embeds
        await press(discord, message, "Publish", author="olga")
        await until(discord, message, "elves: published")


async def test_a_message_that_could_not_tell_the_end_tells_it_when_it_is_asked(
    discord: Loopback,
    run_bot: RunBot,
    training: dict[str, Any],
    quick: Callable[[], None],
    store: Store,
) -> None:
    async with run_bot(discord, training=training):
        message = await until(discord, await begin(discord, file="slow.txt"), "elves: learning")
    (ran,) = await store.trainings.list_active()
    await store.trainings.update(
        ran.id, state="done", candidate=style_of("Abi"), is_outcome_shown=True
    )
    quick()
    async with run_bot(discord, training=training):
        told = await press(discord, message, "Cancel", author="olga")
        assert told.content == "That training is over already."
        await until(discord, message, "elves: ready to publish")


async def test_a_server_that_removes_the_bot_takes_its_trainings_along(
    discord: Loopback,
    run_bot: RunBot,
    training: dict[str, Any],
    quick: Callable[[], None],
    store: Store,
) -> None:
    del quick
    async with run_bot(discord, training=training):
        await until(discord, await begin(discord, file="slow.txt"), "elves: learning")
        there = await begin(discord, "dwarves", file="slow.txt", channel=discord.dm("olga"))
        await until(discord, there, "place 1 of 1")
        discord.remove_bot(discord.guild)
        await until(discord, there, "dwarves: learning")
        assert [one.style for one in await store.trainings.list_active()] == ["dwarves"]
        await give_up(discord, there)


async def test_a_worker_that_dies_is_told_with_what_to_do(
    discord: Loopback, run_bot: RunBot, training: dict[str, Any], quick: Callable[[], None]
) -> None:
    del quick
    async with run_bot(discord, training=training):
        message = await begin(discord, file="deadly.txt")
        told = text_of(await until(discord, message, "elves: the training failed"))
        assert "died, perhaps because" in told
        assert "No style has changed. `/style train` tries again." in told
        assert not message.components
        message = await until(discord, await begin(discord), "ready to publish")


async def test_a_scheduler_that_is_not_there_is_told(discord: Loopback, run_bot: RunBot) -> None:
    async with run_bot(discord, training={"scheduler": "tcp://127.0.0.1:9"}):
        told = await offer(discord)
        assert text_of(told).startswith("Can't reach the scheduler tcp://127.0.0.1:9")
