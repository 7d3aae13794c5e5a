"""`/style train`: download a list, show a preview, and start the training once it is confirmed."""

import asyncio
import contextlib
from collections.abc import Sequence

import discord
from discord.ext import commands

from ...library import validate_style_name
from ...profanity import ProfanityFilter
from ...services import Services
from ...store import CorpusSummary, NewTraining, Training
from ...training import InvalidCorpusError, Queued, TrainingError
from ..answer_formats import (
    EMBED_COLOUR,
    Answer,
    send_answer,
    send_message,
    update_message,
)
from ..base import Context, Interaction, PersistentComponent, button_row
from ..delivery import DeliveryError, defer, repeat, show_typing
from ..downloads import DownloadError, FileTooLargeError, download
from ..errors import UserError
from ..markdown import escape_markdown, format_count, format_size, inline_code, truncate
from ..pictures import chart_picture
from .candidate import format_warnings, join_field_lines, training_footer, training_title
from .checks import (
    check_can_change,
    check_hourly_trainings,
    check_storage,
    get_training,
    scope_label,
)
from .training_message import cancel_button, format_reason, queued_embed

_MAX_FILE_NAME, _MAX_SAMPLE, _MAX_ALPHABET = 100, 60, 180
"""Characters shown of the file's name, of a sample, and of the alphabet."""

_CHART_FILE = "lengths.png"
_DURATIONS = {"seed": "a few seconds", "fast": "up to a minute", "best": "up to ten minutes"}
"""What is known before the first steps are measured: the time budgets of the recipes."""
_BUTTONS = {
    "confirm": ("Confirm", discord.ButtonStyle.success),
    "drop": ("Cancel", discord.ButtonStyle.secondary),
}

_EXPIRED = "This preview has expired or was already used. Run `/style train` again."
_DISABLED = "Training is switched off on this bot."
_DISCARDED = "Cancelled. Nothing was trained, and the list was deleted."
_CANNOT_POST = (
    "I can't post here on my own, so I couldn't show the progress. "
    "Run this in a server, or in a direct message to me."
)


class OfferButton(
    PersistentComponent, template=r"namesmith-train:(?P<action>confirm|drop):(?P<id>[0-9]+)"
):
    """Starts the training that a preview offers, or discards it."""

    async def on_use(
        self, services: Services, interaction: Interaction, params: dict[str, str]
    ) -> None:
        """Check that the user may change the styles, and start or discard the training."""
        await defer(interaction, thinking=False)
        training = await get_training(services, interaction, params["id"], _EXPIRED)
        async with services.style_lock(training.guild_id):
            training = await _get_offered(services, training.id)
            if params["action"] == "confirm":
                text = f"Training queued: {await _start(services, interaction, training)}"
            else:
                await services.store.trainings.update(training.id, state="discarded")
                text = _DISCARDED
        await update_message(interaction, Answer(text))


async def offer_training(
    services: Services,
    ctx: Context,
    name: str,
    file: discord.Attachment,
    recipe: str | None,
    *,
    for_all: bool,
) -> None:
    """Download the list and answer with a preview that starts the training of style `name`.

    Raises `UserError`, `LibraryError` for an invalid name, or a failed check of discord.py's.
    """
    guild_id = await check_can_change(ctx, for_all=for_all)
    if reason := services.training_manager.missing_requirement():
        raise UserError(format_reason(reason))
    style = validate_style_name(name)
    check_storage(services, style, guild_id)
    max_bytes = services.settings.training.max_list_bytes
    _check_size(file, max_bytes)
    _check_can_post(ctx)
    if ctx.interaction is None:
        await show_typing(ctx.channel)
    else:
        await defer(ctx.interaction, ephemeral=True)
    await check_hourly_trainings(services, guild_id)
    corpus = await _download(file, max_bytes)
    file_name = truncate(file.filename, _MAX_FILE_NAME)
    new = NewTraining(
        style=style,
        guild_id=guild_id,
        origin_guild_id=ctx.guild.id if ctx.guild else None,
        user_id=ctx.author.id,
        channel_id=ctx.channel.id,
        recipe=recipe or services.settings.training.recipe,
        file_name=file_name,
        corpus=corpus,
        corpus_summary=await _summarize(services, corpus, file_name),
    )
    answer = await _preview(services, await services.training_manager.offer(new))
    await send_answer(ctx, answer, ephemeral=True)


def _check_size(file: discord.Attachment, max_bytes: int) -> None:
    """Raise `UserError` if the size that Discord reports is 0 or over the limit."""
    if file.size > max_bytes:
        raise UserError(
            f"{_display_name(file)} is too large ({format_size(file.size)}). "
            f"The limit is {format_size(max_bytes)}."
        )
    if not file.size:
        raise UserError(f"{_display_name(file)} is empty. Attach a list with one name per line.")


def _check_can_post(source: Context | Interaction) -> None:
    """Raise `UserError` or `BotMissingPermissions` if the bot can't post and edit a message here.

    The progress is a message of the bot's own: the response to an interaction expires.
    """
    interaction = source if isinstance(source, discord.Interaction) else source.interaction
    if interaction and interaction.context.private_channel:
        raise UserError(_CANNOT_POST)
    if source.guild is None:
        return
    granted = interaction.app_permissions if interaction else source.bot_permissions  # type: ignore[union-attr]
    is_thread = isinstance(source.channel, discord.Thread)
    send = "send_messages_in_threads" if is_thread else "send_messages"
    required = ("view_channel", send, "embed_links")
    if missing := [name for name in required if not getattr(granted, name)]:
        raise commands.BotMissingPermissions(missing)


async def _download(file: discord.Attachment, max_bytes: int) -> bytes:
    """Return the content of `file`; raises `UserError`, also if it has over `max_bytes`."""
    try:
        return await download(file, max_bytes)
    except FileTooLargeError:
        raise UserError(
            f"{_display_name(file)} is larger than Discord reported. Attach it again."
        ) from None
    except DownloadError as error:
        raise UserError(
            f"I couldn't download {_display_name(file)} from Discord ({error}). Attach it again."
        ) from None


def _display_name(file: discord.Attachment) -> str:
    return escape_markdown(truncate(file.filename, _MAX_FILE_NAME))


async def _summarize(services: Services, corpus: bytes, file_name: str) -> CorpusSummary:
    """Check the list on a worker and return its summary; raises `UserError`."""
    try:
        return await services.training_manager.preview(corpus, file_name)
    except InvalidCorpusError as error:  # its message begins with the file's name
        raise UserError(escape_markdown(str(error))) from None
    except TrainingError as error:
        raise UserError(format_reason(str(error))) from None


async def _preview(services: Services, training: Training) -> Answer:
    """Return the preview of an offered training, with the buttons Confirm and Cancel."""
    summary = training.corpus_summary
    profanity = (await services.guild_context(training.origin_guild_id)).profanity
    examples = await asyncio.to_thread(_clean_examples, summary.examples, profanity)
    scope = scope_label(training.guild_id)
    text = (
        f"{_format_counts(summary)}\n"
        f"You can try the result before you publish it as a style of {scope}."
    )
    title = training_title(training, "start training?")
    embed = discord.Embed(title=title, description=text, colour=EMBED_COLOUR)
    if examples:
        embed.add_field(name="Examples", value=join_field_lines(examples), inline=False)
    alphabet = inline_code(truncate("".join(summary.alphabet), _MAX_ALPHABET))
    characters = format_count(summary.distinct_characters, "character")
    embed.add_field(name=f"Alphabet: {characters}", value=alphabet, inline=False)
    if summary.warnings:
        embed.add_field(name="Warnings", value=format_warnings(summary.warnings), inline=False)
    duration = _DURATIONS.get(training.recipe, "some time")
    embed.set_footer(text=f"{training_footer(training)} ({duration})")
    chart = await chart_picture(_CHART_FILE, lengths=summary.lengths)
    if chart:
        embed.set_image(url=f"attachment://{_CHART_FILE}")
    view = button_row(OfferButton, "namesmith-train", training.id, **_BUTTONS)
    return Answer(embed=embed, file=chart, view=view)


def _format_counts(summary: CorpusSummary) -> str:
    """Return how many names the list has and how many lines were left out."""
    skipped = [
        format_count(count, noun)
        for count, noun in ((summary.duplicates, "duplicate"), (summary.blank_lines, "blank line"))
        if count
    ]
    names = f"**{summary.samples:,}** different name{'' if summary.samples == 1 else 's'}."
    return f"{names} Skipped {' and '.join(skipped)}." if skipped else names


def _clean_examples(examples: Sequence[str], profanity: ProfanityFilter) -> list[str]:
    """Return `examples` as Markdown, cut and without profanity; takes milliseconds."""
    shown = (truncate(example, _MAX_SAMPLE) for example in examples)
    return [escape_markdown(example) for example in shown if not profanity.matches(example)]


async def _get_offered(services: Services, training_id: int) -> Training:
    """Return a training that waits for confirmation; raises `UserError` for any other."""
    training = await services.store.trainings.get(training_id)
    if training is None or training.state != "offered":
        raise UserError(_EXPIRED)
    return training


async def _start(services: Services, interaction: Interaction, training: Training) -> str:
    """Post the message of the training, queue it, and return the link to the message."""
    await check_hourly_trainings(services, training.guild_id)
    _check_can_post(interaction)
    if services.progress_updater is None:
        raise UserError(_DISABLED)
    channel = interaction.client.get_partial_messageable(
        interaction.channel_id, guild_id=interaction.guild_id
    )
    embed = queued_embed(training, Queued(1, 1))
    answer = Answer(embed=embed, view=cancel_button(training.id))
    message = await send_message(channel, answer)
    try:
        training = await services.training_manager.start(
            training.id, channel_id=channel.id, message_id=message.id
        )
    except BaseException as error:
        with contextlib.suppress(discord.HTTPException, DeliveryError):
            await repeat(message.delete)
        if isinstance(error, TrainingError):
            raise UserError(format_reason(str(error))) from None
        raise
    services.progress_updater.follow(interaction.client, training)
    return str(message.jump_url)
