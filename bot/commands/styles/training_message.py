"""The message of a training: its embeds, the Cancel button, and the task that updates it.

candidate.py has the message of a finished training.

Messages are edited with the bot's token, because an interaction's token expires after 15 minutes.
If a message is deleted or can't be edited, the training continues without it.
"""

import asyncio
import logging
from collections.abc import Coroutine
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import discord
from discord import ui

from ...i18n import gettext as _
from ...i18n import join_list, marked
from ...profanity import ProfanityFilter
from ...services import Services
from ...store import ACTIVE_STATES, StoreError
from ...tasks import cancel_tasks
from ...training import Cancelled, Done, Failed, Progress, Queued, Running, Training, TrainingEvent
from ..answer_formats import EMBED_COLOUR, Answer, send_answer
from ..base import (
    Context,
    Interaction,
    PersistentComponent,
    button_row,
    defer_if_slow,
    respond,
)
from ..delivery import describe_fault, is_fault, is_late
from ..errors import UserError
from ..locales import use_locale_of_guild
from ..markdown import escape_markdown, format_timestamp, inline_code, truncate
from .candidate import candidate_message, training_footer, training_title
from .checks import check_can_change, get_training

_BAR_LENGTH = 20
_MAX_NAMES, _MAX_NAME = 3, 40
"""Sample names shown during the training, and characters of each."""

_ENDING = timedelta(seconds=3)
"""The time before the end that is too short for a countdown."""

_RESTARTED = marked("The bot was restarted, so this training started over.")


def queued_embed(training: Training, event: Queued, *, restarted: bool = False) -> discord.Embed:
    """Return the embed of a training that waits for a worker."""
    text = _("Position {position} of {total} in the queue.").format(
        position=event.position, total=event.total
    )
    return _embed(training, _("queued"), text, restarted=restarted)


def running_embed(
    training: Training, event: Running, profanity: ProfanityFilter, *, restarted: bool = False
) -> discord.Embed:
    """Return the embed of a running training: progress bar, time left and sample names.

    Checking names for profanity may take milliseconds, so call it on a thread.
    """
    progress = event.progress
    if progress is None:
        text = f"{_progress_bar(0, 1)}\n{_('A worker is starting.')}"
        return _embed(training, _("training…"), text, restarted=restarted)
    lines = [_progress_bar(progress.step, progress.max_steps), _format_stage(progress)]
    names = [name for name in progress.names if not profanity.matches(name)][:_MAX_NAMES]
    if names:
        escaped = (escape_markdown(truncate(name, _MAX_NAME)) for name in names)
        lines.append(_("Latest names: {names}").format(names=join_list(escaped)))
    return _embed(training, _("training…"), "\n".join(lines), restarted=restarted)


def failed_embed(training: Training, event: Failed) -> discord.Embed:
    """Return the embed of a failed training, with the reason."""
    advice = _("No style has changed. Use `/manage-styles train` to try again.")
    text = f"{format_reason(event.reason)}\n{advice}"
    return _embed(training, _("training failed"), text)


def cancelled_embed(training: Training) -> discord.Embed:
    """Return the embed of a cancelled training."""
    text = _("Cancelled. No style has changed.")
    if training.cancelled_by:
        text = _("Cancelled by {member}. No style has changed.").format(
            member=f"<@{training.cancelled_by}>"
        )
    return _embed(training, _("cancelled"), text)


def format_reason(line: str) -> str:
    """Return an error message of the trainer as a sentence, with Markdown escaped."""
    text = escape_markdown(truncate(line, 1500))
    return f"{text[:1].upper()}{text[1:]}{'' if text.endswith('.') else '.'}"


def _embed(training: Training, state: str, text: str, *, restarted: bool = False) -> discord.Embed:
    embed = discord.Embed(
        title=training_title(training, state),
        description=f"{text}\n{_(_RESTARTED)}" if restarted else text,
        colour=EMBED_COLOUR,
    )
    embed.set_footer(text=training_footer(training))
    return embed


def _progress_bar(step: int, steps: int) -> str:
    """Return a text bar with the percentage of `steps` that are done."""
    fraction = min(1.0, step / max(1, steps))
    filled = int(fraction * _BAR_LENGTH)
    return f"{'▰' * filled}{'▱' * (_BAR_LENGTH - filled)} {int(100 * fraction)} %"


def _format_stage(progress: Progress) -> str:
    if progress.finishes_at < datetime.now(UTC) + _ENDING:
        finish = _("almost done")
    else:
        latest = _("done {time} at the latest") if progress.may_end_sooner else _("done {time}")
        finish = latest.format(time=format_timestamp(progress.finishes_at, "R"))
    is_comparing = progress.validation_loss is None
    stage = _("Comparing ways to learn this list") if is_comparing else _("Learning the list")
    return f"{stage} · {finish}"


_NONE_RUNNING = marked("No training is running here.")
_FINISHED = marked("That training has already finished.")


class CancelButton(PersistentComponent, template=r"namesmith-train:cancel:(?P<id>[0-9]+)"):
    """Cancels the training of its message."""

    async def on_use(
        self, services: Services, interaction: Interaction, params: dict[str, str]
    ) -> None:
        """Cancel the training and update the message at once."""
        work = self._cancel(services, interaction, params["id"])
        await respond(interaction, work, edit=True)

    async def _cancel(
        self, services: Services, interaction: Interaction, training_id: str
    ) -> Answer:
        training = await get_training(services, interaction, training_id, _(_FINISHED))
        if training.state not in ACTIVE_STATES:  # the bot stopped before it updated the message
            if services.progress_updater:
                services.progress_updater.follow(interaction.client, training)
            raise UserError(_(_FINISHED))
        training = await _cancel(services, training, interaction.user.id)
        return Answer(embed=cancelled_embed(training))


def cancel_button(training_id: int) -> ui.View:
    """Return a view with the Cancel button of that training."""
    cancel = (_("Cancel"), discord.ButtonStyle.secondary)
    return button_row(CancelButton, "namesmith-train", training_id, cancel=cancel)


async def cancel_training(services: Services, ctx: Context, style: str | None) -> None:
    """Cancel the training of `style`, or the only active one, and answer the command."""
    answer = await defer_if_slow(_cancel_chosen(services, ctx, style), ctx, ephemeral=True)
    await send_answer(ctx, answer, ephemeral=True)


async def _cancel_chosen(services: Services, ctx: Context, style: str | None) -> Answer:
    active = await active_trainings(services, ctx.guild.id if ctx.guild else None)
    training = _choose(active, style)
    await check_can_change(ctx, for_all=training.guild_id is None)
    await _cancel(services, training, ctx.author.id)
    text = _("Training of {style} cancelled. No style has changed.")
    return Answer(text.format(style=inline_code(training.style)))


async def active_trainings(services: Services, guild_id: int | None) -> list[Training]:
    """Return the queued and running trainings started in that guild (None: direct messages)."""
    active = await services.store.trainings.list_active()
    return [training for training in active if training.origin_guild_id == guild_id]


async def _cancel(services: Services, training: Training, user_id: int) -> Training:
    """Cancel `training` and return it changed; raises `UserError` if it has ended."""
    if not await services.training_manager.cancel(training.id, user_id):
        raise UserError(_(_FINISHED))
    return replace(training, state="cancelled", cancelled_by=user_id)


def _choose(active: list[Training], style: str | None) -> Training:
    """Return the training of `style`, or the only one; raises `UserError`."""
    if not active:
        raise UserError(_(_NONE_RUNNING))
    wanted = style.strip().casefold() if style else None
    matches = [training for training in active if wanted in (None, training.style.casefold())]
    styles = join_list(inline_code(training.style) for training in active[:25])
    if not matches:
        text = _("That style isn't in training here. In training: {styles}.")
        raise UserError(text.format(styles=styles))
    if len(matches) > 1 and wanted is None:
        text = _("Several trainings are running here. Choose one: {styles}.")
        raise UserError(text.format(styles=styles))
    return matches[0]


_log = logging.getLogger(__name__)

UPDATE_INTERVAL_SECONDS = 2.0
"""Minimum seconds between two edits of a message, to stay within Discord's rate limits."""

_MAX_RETRIES = 8
"""Retries of an edit while Discord is unavailable; the delay doubles each time."""


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
        await cancel_tasks(self._tasks, "Updates of training messages")

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
        guild_id = training.origin_guild_id
        use_locale_of_guild(bot, bot.get_guild(guild_id) if guild_id else None)
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
        except Exception as error:
            is_refused = isinstance(error, discord.HTTPException) and not is_fault(error)
            if is_refused or is_late(error):
                _log.warning("Training %d continues without its message: %s", training.id, error)
                return False
            if not is_fault(error):
                raise
            reason = describe_fault(error)
            _log.warning("Training %d: the edit of its message failed: %s", training.id, reason)
            if attempt < retries:
                await asyncio.sleep(UPDATE_INTERVAL_SECONDS * 2**attempt)
        else:
            return True
    return True


def _is_handled_here(bot: discord.Client, guild_id: int | None) -> bool:
    """Whether this process serves the guild; shard 0 serves direct messages (None)."""
    if guild_id is not None:
        return bot.get_guild(guild_id) is not None
    shards = getattr(bot, "shards", None)
    return 0 in shards if shards else not bot.shard_id
