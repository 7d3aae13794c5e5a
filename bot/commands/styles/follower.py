"""The message of each training, kept up to date at the pace that Discord likes.

It is edited with the bot's token, not with an interaction's, which ends after fifteen minutes and
with the process. Where the message is gone, or may not be edited, the training goes on without it.
"""

import asyncio
import logging
from collections.abc import Coroutine
from functools import partial
from typing import Any

import aiohttp
import discord

from ...services import Services
from ...store import StoreError
from ...training import Cancelled, Done, Failed, Running, Training, Update, Waiting
from ..answers import Answer
from . import training_message as progress
from .cancel import cancel_button
from .candidate import outcome

_log = logging.getLogger(__name__)

PACE = 2.0
"""Seconds between two edits of a message, at least."""

_TRIES = 8
"""How often an edit that Discord did not answer is tried again, each time after twice as long."""

_AWAY = (
    discord.DiscordServerError,
    discord.RateLimited,
    aiohttp.ClientError,
    OSError,
    TimeoutError,
)


class Followers:
    """The tasks that follow the trainings of this process, each with its message."""

    def __init__(self, services: Services) -> None:
        self._plugin = services
        self._tasks: set[asyncio.Task[None]] = set()

    def take_up(self, bot: discord.Client) -> None:
        """Go on with what the last process left, once it is known which servers are ours."""
        self._go(self._take_up(bot))

    def follow(self, bot: discord.Client, training: Training, *, again: bool = False) -> None:
        """Keep the message of `training` up to date from now on; `again`: after a restart."""
        self._go(self._follow(bot, training, again=again))

    async def close(self) -> None:
        """Let every message be as it is."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _go(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _take_up(self, bot: discord.Client) -> None:
        await bot.wait_until_ready()
        is_home = partial(_is_home, bot)
        try:
            ended = await self._plugin.store.trainings.list_unreported()
            taken = await self._plugin.trainer.take_up(is_home)
        except StoreError as error:
            _log.error("Trainings that a restart ended could not be taken up: %s", error)
            return
        for training in taken:
            self.follow(bot, training, again=True)
        for training in ended:
            if is_home(training.origin_guild_id):
                self.follow(bot, training)

    async def _follow(self, bot: discord.Client, training: Training, *, again: bool) -> None:
        try:
            async for update in self._plugin.trainer.follow(training.id):
                over = isinstance(update, Done | Failed | Cancelled)
                answer = await self._answer(training.id, update, again=again)
                if answer is None:
                    return
                can = await show(bot, training, answer, patient=over)
                if over:
                    await self._plugin.store.trainings.update(training.id, is_outcome_shown=True)
                elif not can:
                    return
                else:  # what comes meanwhile is left out, but for the latest
                    await asyncio.sleep(PACE)
        except Exception:  # a task has nobody else to tell
            _log.exception("The message of training %d cannot be kept up to date", training.id)

    async def _answer(self, training_id: int, update: Update, *, again: bool) -> Answer | None:
        """Return what the message says after `update`, None where the training was forgotten."""
        services = self._plugin
        training = await services.store.trainings.get(training_id)
        if training is None:
            return None
        match update:
            case Waiting():
                embed = progress.waiting(training, update, again=again)
            case Running():
                profanity = (await services.guild_context(training.origin_guild_id)).profanity
                # On a thread: checking a name for profanity may take some milliseconds.
                tell = partial(progress.running, training, update, profanity, again=again)
                embed = await asyncio.to_thread(tell)
            case Done():
                return await outcome(services, training)
            case Failed():
                return Answer(embed=progress.failed(training, update))
            case Cancelled():
                return Answer(embed=progress.cancelled(training))
        return Answer(embed=embed, view=cancel_button(training_id))


def _is_home(bot: discord.Client, guild_id: int | None) -> bool:
    """Whether this process answers in the guild, or in direct messages, which shard 0 has."""
    if guild_id is not None:
        return bot.get_guild(guild_id) is not None
    shards = getattr(bot, "shards", None)
    return 0 in shards if shards else not bot.shard_id


async def show(
    bot: discord.Client, training: Training, answer: Answer, *, patient: bool = False
) -> bool:
    """Make the message of `training` into `answer`; return whether it can be edited further.

    Where Discord does not answer, one who is `patient` tries again for some minutes.
    """
    if training.message_id is None:
        return False
    channel = bot.get_partial_messageable(training.channel_id)
    message = channel.get_partial_message(training.message_id)
    for pause in (*(PACE * 2**i for i in range(_TRIES if patient else 0)), None):
        try:
            await message.edit(**answer.edit_kwargs())
        except _AWAY as error:
            _log.warning("Training %d: its message is not edited (%s)", training.id, error)
            if pause is not None:
                await asyncio.sleep(pause)
        except discord.HTTPException as error:
            _log.warning("Training %d goes on without its message: %s", training.id, error)
            return False
        else:
            return True
    return True
