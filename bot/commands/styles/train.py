"""The list that somebody attached: checked by what Discord says of it, then downloaded."""

import contextlib
from typing import Any

import aiohttp
import discord
from discord import ui
from discord.ext import commands

from ...library import validate_style_name
from ...services import Services
from ...store import CorpusSummary, NewTraining, Training
from ...training import TrainingFailed, TrainingRefused, Waiting
from ..answers import Answer, send_answer
from ..components import PersistentComponent, button_row
from ..errors import UserError
from ..markdown import escape_markdown, truncate
from .cancel import cancel_button
from .checks import changeable, check_hour, check_room, megabytes
from .training_message import preview_of, sentence, waiting

_SECONDS = aiohttp.ClientTimeout(total=60, sock_read=15)
_PART = 64 * 2**10


def check_size(file: discord.Attachment, most: int) -> None:
    """Raise `Refused` for a file that is said to have more than `most` bytes, or none."""
    if file.size > most:
        raise UserError(
            f"{_name(file)} has {megabytes(file.size)}; a list may have {megabytes(most)}."
        )
    if not file.size:
        raise UserError(f"{_name(file)} is empty; attach a list with one name a line.")


async def received(client: discord.Client, file: discord.Attachment, most: int) -> bytes:
    """Return what is in `file`; raises `Refused` where it cannot be had or has over `most` bytes.

    discord.py's own download would take a file of any size into memory.
    """
    proxy: dict[str, Any] = {"proxy": client.http.proxy, "proxy_auth": client.http.proxy_auth}
    content = bytearray()
    try:
        async with (
            aiohttp.ClientSession(timeout=_SECONDS) as session,
            session.get(file.url, raise_for_status=True, **proxy) as response,
        ):
            async for part in response.content.iter_chunked(_PART):
                content += part
                if len(content) > most:
                    raise UserError(f"{_name(file)} is larger than Discord says; attach it again.")
    except (aiohttp.ClientError, OSError, TimeoutError) as error:
        raise UserError(
            f"{_name(file)} cannot be had from Discord ({_reason(error)}); attach it again."
        ) from None
    return bytes(content)


def _name(file: discord.Attachment) -> str:
    return escape_markdown(truncate(file.filename, 100))


def _reason(error: Exception) -> str:
    if isinstance(error, aiohttp.ClientResponseError):
        return f"it answers {error.status}"
    return "no answer in time" if isinstance(error, TimeoutError) else "no connection"


_STYLES = "Namesmith styles"
"""The cog, which follows trainings."""

_FILE = 100
"""Characters kept of a file's name: a line that tells of it must be no longer than a message."""

_TAKEN = "That is begun or dropped already, or was offered more than an hour ago."
_NOT_MINE = (
    "I cannot write here by myself, so I could not tell how it goes. "
    "Ask in a server, or in a direct message to me."
)
_DROPPED = "Dropped. Nothing was learned, and the list is not kept."


class OfferButton(
    PersistentComponent, template=r"namesmith-train:(?P<what>confirm|drop):(?P<id>\d+)"
):
    """Begins the training that was offered, or drops it."""

    async def on_use(
        self, services: Services, interaction: discord.Interaction[Any], params: dict[str, str]
    ) -> None:
        """Do it, if the person may."""
        await interaction.response.defer()
        training = await _offered(services, int(params["id"]))
        await changeable(interaction, for_all=training.guild_id is None)
        async with services.candidates.deciding(training.guild_id):
            training = await _offered(services, training.id)
            if params["what"] == "confirm":
                told = await _begun(services, interaction, training)
            else:
                await services.store.trainings.update(training.id, state="discarded")
                told = _DROPPED
        await interaction.edit_original_response(
            content=told, embed=None, attachments=[], view=None
        )


async def _offered(services: Services, training_id: int) -> Training:
    """Return that training, which waits to be confirmed; raises `Refused`."""
    training = await services.store.trainings.get(training_id)
    if training is None or training.state != "offered":
        raise UserError(_TAKEN)
    return training


async def train(
    services: Services,
    ctx: commands.Context[Any],
    name: str,
    file: discord.Attachment,
    recipe: str | None,
    for_all: bool,
) -> None:
    """Offer to train the style `name` from the list in `file`; nothing is learned yet.

    Raises `Refused`, or a check of discord.py's that failed, before anything is downloaded.
    """
    guild_id = await changeable(ctx, for_all=for_all)
    style = await _checked(services, name, guild_id)
    most = services.settings.training.max_list_bytes
    check_size(file, most)
    check_speakable(ctx.interaction or ctx)
    called = truncate(file.filename, _FILE)
    async with ctx.typing(ephemeral=True):
        corpus = await received(ctx.bot, file, most)
        new = NewTraining(
            style=style,
            guild_id=guild_id,
            origin_guild_id=ctx.guild.id if ctx.guild else None,
            user_id=ctx.author.id,
            channel_id=ctx.channel.id,
            recipe=recipe or services.settings.training.recipe,
            file_name=called,
            corpus=corpus,
            corpus_summary=await _previewed(services, corpus, called),
        )
        training = await services.trainer.offer(new)
        answer = await preview_of(services, training, _buttons(training.id))
    await send_answer(ctx, answer, ephemeral=True)


async def _checked(services: Services, name: str, guild_id: int | None) -> str:
    """Return the style's name as it is kept, if it may be trained here and now.

    Raises `Refused`, or `LibraryError` for what is no name of a style.
    """
    if lacking := services.trainer.lacking():
        raise UserError(sentence(lacking))
    style: str = validate_style_name(name)
    check_room(services, style, guild_id)
    await check_hour(services, guild_id)
    return style


def check_speakable(asked: commands.Context[Any] | discord.Interaction[Any]) -> None:
    """Raise `Refused`, or `BotMissingPermissions`, where a training's message could not be kept."""
    interaction = asked if isinstance(asked, discord.Interaction) else asked.interaction
    if interaction and interaction.context.private_channel:
        raise UserError(_NOT_MINE)
    if asked.guild is None:
        return
    granted = interaction.app_permissions if interaction else asked.bot_permissions  # type: ignore[union-attr]
    in_thread = isinstance(asked.channel, discord.Thread)
    say = "send_messages_in_threads" if in_thread else "send_messages"
    needed = ("view_channel", say, "embed_links", "attach_files")
    if lacks := [one for one in needed if not getattr(granted, one)]:
        raise commands.BotMissingPermissions(lacks)


async def _previewed(services: Services, corpus: bytes, file: str) -> CorpusSummary:
    try:
        return await services.trainer.preview(corpus, file)
    except TrainingRefused as error:  # which begins with the file's name
        raise UserError(escape_markdown(str(error))) from None
    except TrainingFailed as error:
        raise UserError(sentence(str(error))) from None


async def _begun(
    services: Services, interaction: discord.Interaction[Any], training: Training
) -> str:
    """Say the message of the training, queue it, and return where it is told how it goes."""
    await check_hour(services, training.guild_id)
    check_speakable(interaction)
    cog: Any = interaction.client.get_cog(_STYLES)
    if cog is None:
        raise UserError("No styles are trained here any more.")
    channel = interaction.client.get_partial_messageable(
        interaction.channel_id, guild_id=interaction.guild_id
    )
    embed = waiting(training, Waiting(1, 1), again=False)
    message = await channel.send(
        **Answer(embed=embed, view=cancel_button(training.id)).send_kwargs()
    )
    try:
        training = await services.trainer.begin(
            training.id, channel_id=channel.id, message_id=message.id
        )
    except BaseException as error:
        with contextlib.suppress(discord.HTTPException):
            await message.delete()
        if isinstance(error, TrainingFailed):
            raise UserError(sentence(str(error))) from None
        raise
    cog.followers.follow(interaction.client, training)
    return f"It is on its way: {message.jump_url}"


def _buttons(training_id: int) -> ui.View:
    success, secondary = discord.ButtonStyle.success, discord.ButtonStyle.secondary
    return button_row(
        OfferButton,
        "namesmith-train",
        training_id,
        confirm=("Confirm", success),
        drop=("Cancel", secondary),
    )
