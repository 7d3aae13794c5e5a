"""`/manage-styles train`: download a list, show a preview, and start the confirmed training."""

import contextlib
import logging

import discord
from discord.ext import commands

from ...i18n import gettext as _
from ...i18n import marked
from ...library import validate_style_name
from ...services import Services
from ...store import NewTraining, Training
from ...training import Queued, TrainingError
from ..answer_formats import Answer, send_answer, send_message, update_message
from ..base import Context, Interaction, PersistentComponent
from ..delivery import DeliveryError, defer, repeat, show_typing
from ..downloads import DownloadError, FileTooLargeError, download
from ..errors import UserError
from ..markdown import escape_markdown, format_size, truncate
from .checks import check_can_change, check_hourly_trainings, check_storage, get_training
from .training_message import cancel_button, format_reason, queued_embed
from .training_preview import EXPIRED, get_offered, preview_message, summarize_list

_MAX_FILE_NAME = 100
"""Characters shown of the file's name."""

_log = logging.getLogger(__name__)

_NOT_SET_UP = marked("Training isn't set up on this bot; ask its owner.")
_DISCARDED = marked("Cancelled. Nothing was trained, and the list was deleted.")


class OfferButton(
    PersistentComponent, template=r"namesmith-train:(?P<action>confirm|drop):(?P<id>[0-9]+)"
):
    """Starts the training that a preview offers, or discards it."""

    async def on_use(
        self, services: Services, interaction: Interaction, params: dict[str, str]
    ) -> None:
        """Check that the user may change the styles, and start or discard the training."""
        await defer(interaction, thinking=False)
        training = await get_training(services, interaction, params["id"], _(EXPIRED))
        async with services.style_lock(training.guild_id):
            training = await get_offered(services, training.id)
            if params["action"] == "confirm":
                link = await _start(services, interaction, training)
                text = _("Training queued: {link}").format(link=link)
            else:
                await services.store.trainings.update(training.id, state="discarded")
                text = _(_DISCARDED)
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
        _log.warning("/manage-styles train: %s", reason)
        raise UserError(_(_NOT_SET_UP))
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
        corpus_summary=await summarize_list(services, corpus, file_name),
    )
    answer = await preview_message(services, await services.training_manager.offer(new))
    await send_answer(ctx, answer, ephemeral=True)


def _check_size(file: discord.Attachment, max_bytes: int) -> None:
    """Raise `UserError` if the size that Discord reports is 0 or over the limit."""
    if file.size > max_bytes:
        text = _("{file} is too large ({size}). The limit is {limit}.")
        size, limit = format_size(file.size), format_size(max_bytes)
        raise UserError(text.format(file=_display_name(file), size=size, limit=limit))
    if not file.size:
        text = _("{file} is empty. Attach a list with one name per line.")
        raise UserError(text.format(file=_display_name(file)))


def _check_can_post(source: Context | Interaction) -> None:
    """Raise `UserError` or `BotMissingPermissions` if the bot can't post and edit a message here.

    The progress is a message of the bot's own: the response to an interaction expires.
    """
    interaction = source if isinstance(source, discord.Interaction) else source.interaction
    if source.guild is None:
        return
    granted = interaction.app_permissions if interaction else source.bot_permissions  # type: ignore[union-attr]
    is_thread = isinstance(source.channel, discord.Thread)
    send = "send_messages_in_threads" if is_thread else "send_messages"
    required = ("view_channel", send, "embed_links", "attach_files")
    if missing := [name for name in required if not getattr(granted, name)]:
        raise commands.BotMissingPermissions(missing)


async def _download(file: discord.Attachment, max_bytes: int) -> bytes:
    """Return the content of `file`; raises `UserError`, also if it has over `max_bytes`."""
    try:
        return await download(file, max_bytes)
    except FileTooLargeError:
        text = _("{file} is larger than Discord reported. Attach it again.")
        raise UserError(text.format(file=_display_name(file))) from None
    except DownloadError as error:
        text = _("I couldn't download {file} from Discord ({reason}). Attach it again.")
        raise UserError(text.format(file=_display_name(file), reason=error)) from None


def _display_name(file: discord.Attachment) -> str:
    return escape_markdown(truncate(file.filename, _MAX_FILE_NAME))


async def _start(services: Services, interaction: Interaction, training: Training) -> str:
    """Post the message of the training, queue it, and return the link to the message."""
    await check_hourly_trainings(services, training.guild_id)
    _check_can_post(interaction)
    if services.progress_updater is None:
        raise UserError(_(_NOT_SET_UP))
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
