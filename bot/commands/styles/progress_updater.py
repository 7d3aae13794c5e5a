"""Progress updater: edits the message of each training whenever the training makes progress.

It edits messages with the bot's token, because an interaction's token expires after 15 minutes. If
a message is deleted or can't be edited, the training continues without it.
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
from ...training import Cancelled, Done, Failed, Queued, Running, Training, TrainingEvent
from ..answers import Answer
from .cancel import cancel_button
from .candidate import candidate_message
from .training_message import cancelled_embed, failed_embed, queued_embed, running_embed

_log = logging.getLogger(__name__)

UPDATE_INTERVAL_SECONDS = 2.0
"""Minimum seconds between two edits of a message, to stay within Discord's rate limits."""

_MAX_RETRIES = 8
"""Retries of an edit while Discord is unavailable; the delay doubles each time."""

_TRANSIENT_ERRORS = (
    discord.DiscordServerError,
    discord.RateLimited,
    aiohttp.ClientError,
    OSError,
    TimeoutError,
)


class ProgressUpdater:
    """Background tasks, one for each training whose message this process edits."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._tasks: set[asyncio.Task[None]] = set()

    def resume(self, bot: discord.Client) -> None:
        """Restart the trainings that the previous process left, once the bot knows its guilds."""
        self._start(self._resume(bot))

    def follow(self, bot: discord.Client, training: Training, *, restarted: bool = False) -> None:
        """Keep the message of `training` up to date; `restarted` says so in the message."""
        self._start(self._follow(bot, training, restarted=restarted))

    async def close(self) -> None:
        """Cancel all tasks; the messages stay as they are."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _resume(self, bot: discord.Client) -> None:
        await bot.wait_until_ready()
        try:
            unreported = await self._services.store.trainings.list_unreported()
            restarted = await self._services.training_manager.resume(partial(_is_handled_here, bot))
        except StoreError as error:
            _log.error("Cannot resume the trainings of the previous run: %s", error)
            return
        for training in restarted:
            self.follow(bot, training, restarted=True)
        for training in unreported:
            if _is_handled_here(bot, training.origin_guild_id):
                self.follow(bot, training)

    async def _follow(self, bot: discord.Client, training: Training, *, restarted: bool) -> None:
        try:
            async for event in self._services.training_manager.follow(training.id):
                answer = await self._render(training.id, event, restarted=restarted)
                if answer is None:
                    return
                is_outcome = isinstance(event, Done | Failed | Cancelled)
                is_editable = await edit_message(bot, training, answer, retry=is_outcome)
                if is_outcome:
                    trainings = self._services.store.trainings
                    await trainings.update(training.id, is_outcome_shown=True)
                elif not is_editable:
                    return
                else:  # events in the meantime are skipped, except the latest
                    await asyncio.sleep(UPDATE_INTERVAL_SECONDS)
        except Exception:
            _log.exception("Training %d: its message can't be updated", training.id)

    async def _render(
        self, training_id: int, event: TrainingEvent, *, restarted: bool
    ) -> Answer | None:
        """Return the message that shows `event`, None if the training was deleted."""
        services = self._services
        training = await services.store.trainings.get(training_id)
        if training is None:
            return None
        match event:
            case Done():
                return await candidate_message(services, training)
            case Failed():
                return Answer(embed=failed_embed(training, event))
            case Cancelled():
                return Answer(embed=cancelled_embed(training))
            case Queued():
                embed = queued_embed(training, event, restarted=restarted)
            case Running():
                profanity = (await services.guild_context(training.origin_guild_id)).profanity
                embed = await asyncio.to_thread(
                    running_embed, training, event, profanity, restarted=restarted
                )
        return Answer(embed=embed, view=cancel_button(training_id))


async def edit_message(
    bot: discord.Client, training: Training, answer: Answer, *, retry: bool = False
) -> bool:
    """Replace the message of `training` with `answer`; return False if it can't be edited again.

    With `retry`, an edit is retried for some minutes while Discord is unavailable.
    """
    if training.message_id is None:
        return False
    channel = bot.get_partial_messageable(training.channel_id)
    message = channel.get_partial_message(training.message_id)
    retries = _MAX_RETRIES if retry else 0
    for attempt in range(retries + 1):
        try:
            await message.edit(**answer.edit_kwargs())
        except _TRANSIENT_ERRORS as error:
            _log.warning("Training %d: the edit of its message failed: %s", training.id, error)
            if attempt < retries:
                await asyncio.sleep(UPDATE_INTERVAL_SECONDS * 2**attempt)
        except discord.HTTPException as error:
            _log.warning("Training %d continues without its message: %s", training.id, error)
            return False
        else:
            return True
    return True


def _is_handled_here(bot: discord.Client, guild_id: int | None) -> bool:
    """Whether this process serves the guild; shard 0 serves direct messages (None)."""
    if guild_id is not None:
        return bot.get_guild(guild_id) is not None
    shards = getattr(bot, "shards", None)
    return 0 in shards if shards else not bot.shard_id
