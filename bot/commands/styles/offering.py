"""`/style train`: a list is checked and shown as it will be learned, with Confirm and Cancel."""

import contextlib
from typing import Any

import discord
from discord import ui
from discord.ext import commands

from ...library import checked_style
from ...plugin import Plugin
from ...store import Training
from ...training import TrainingFailed, TrainingRefused, Waiting
from ..answers import Answer, send
from ..controls import Control, choice
from ..errors import Refused
from ..text import inert, short
from .cancelling import cancel_button
from .limits import check_hour, check_room
from .previewing import preview_of
from .progress import sentence, waiting
from .receiving import check_size, received
from .scope import changeable

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


class OfferButton(Control, template=r"namesmith-train:(?P<what>confirm|drop):(?P<id>\d+)"):
    """Begins the training that was offered, or drops it."""

    async def used(
        self, plugin: Plugin, interaction: discord.Interaction[Any], said: dict[str, str]
    ) -> None:
        """Do it, if the person may."""
        await interaction.response.defer()
        training = await _offered(plugin, int(said["id"]))
        await changeable(interaction, for_all=training.guild_id is None)
        async with plugin.candidates.deciding(training.guild_id):
            training = await _offered(plugin, training.id)
            if said["what"] == "confirm":
                told = await _begun(plugin, interaction, training)
            else:
                await plugin.store.trainings.change(training.id, state="discarded")
                told = _DROPPED
        await interaction.edit_original_response(
            content=told, embed=None, attachments=[], view=None
        )


async def _offered(plugin: Plugin, training_id: int) -> Training:
    """Return that training, which waits to be confirmed; raises `Refused`."""
    training = await plugin.store.trainings.get(training_id)
    if training is None or training.state != "offered":
        raise Refused(_TAKEN)
    return training


async def train(
    plugin: Plugin,
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
    style = await _checked(plugin, name, guild_id)
    most = plugin.settings.training.max_list_bytes
    check_size(file, most)
    check_speakable(ctx.interaction or ctx)
    called = short(file.filename, _FILE)
    async with ctx.typing(ephemeral=True):
        corpus = await received(ctx.bot, file, most)
        training = await plugin.trainer.offer(
            corpus,
            await _previewed(plugin, corpus, called),
            style=style,
            guild_id=guild_id,
            home_id=ctx.guild.id if ctx.guild else None,
            user_id=ctx.author.id,
            channel_id=ctx.channel.id,
            recipe=recipe or plugin.settings.training.recipe,
            file=called,
        )
        answer = await preview_of(plugin, training, _buttons(training.id))
    await send(ctx, answer, ephemeral=True)


async def _checked(plugin: Plugin, name: str, guild_id: int | None) -> str:
    """Return the style's name as it is kept, if it may be trained here and now.

    Raises `Refused`, or `LibraryError` for what is no name of a style.
    """
    if lacking := plugin.trainer.lacking():
        raise Refused(sentence(lacking))
    style: str = checked_style(name)
    check_room(plugin, style, guild_id)
    await check_hour(plugin, guild_id)
    return style


def check_speakable(asked: commands.Context[Any] | discord.Interaction[Any]) -> None:
    """Raise `Refused`, or `BotMissingPermissions`, where a training's message could not be kept."""
    interaction = asked if isinstance(asked, discord.Interaction) else asked.interaction
    if interaction and interaction.context.private_channel:
        raise Refused(_NOT_MINE)
    if asked.guild is None:
        return
    granted = interaction.app_permissions if interaction else asked.bot_permissions  # type: ignore[union-attr]
    in_thread = isinstance(asked.channel, discord.Thread)
    say = "send_messages_in_threads" if in_thread else "send_messages"
    needed = ("view_channel", say, "embed_links", "attach_files")
    if lacks := [one for one in needed if not getattr(granted, one)]:
        raise commands.BotMissingPermissions(lacks)


async def _previewed(plugin: Plugin, corpus: bytes, file: str) -> dict[str, Any]:
    try:
        return await plugin.trainer.preview(corpus, file)
    except TrainingRefused as error:  # which begins with the file's name
        raise Refused(inert(str(error))) from None
    except TrainingFailed as error:
        raise Refused(sentence(str(error))) from None


async def _begun(plugin: Plugin, interaction: discord.Interaction[Any], training: Training) -> str:
    """Say the message of the training, queue it, and return where it is told how it goes."""
    await check_hour(plugin, training.guild_id)
    check_speakable(interaction)
    cog: Any = interaction.client.get_cog(_STYLES)
    if cog is None:
        raise Refused("No styles are trained here any more.")
    channel = interaction.client.get_partial_messageable(
        interaction.channel_id, guild_id=interaction.guild_id
    )
    embed = waiting(training, Waiting(1, 1), again=False)
    message = await channel.send(**Answer(embed=embed, view=cancel_button(training.id)).to_send())
    try:
        training = await plugin.trainer.begin(
            training.id, channel_id=channel.id, message_id=message.id
        )
    except BaseException as error:
        with contextlib.suppress(discord.HTTPException):
            await message.delete()
        if isinstance(error, TrainingFailed):
            raise Refused(sentence(str(error))) from None
        raise
    cog.followers.follow(interaction.client, training)
    return f"It is on its way: {message.jump_url}"


def _buttons(training_id: int) -> ui.View:
    success, secondary = discord.ButtonStyle.success, discord.ButtonStyle.secondary
    return choice(
        OfferButton,
        "namesmith-train",
        training_id,
        confirm=("Confirm", success),
        drop=("Cancel", secondary),
    )
