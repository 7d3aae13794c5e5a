"""`/style cancel` and the Cancel button: cancel a queued or running training."""

from dataclasses import replace

import discord
from discord import ui

from ...services import Services
from ...store import ACTIVE_STATES, Training
from ..answers import Answer, send_answer
from ..base import Context, Interaction, PersistentComponent, button_row
from ..errors import UserError
from ..markdown import inline_code
from .checks import check_can_change
from .training_message import cancelled_embed

_NONE_RUNNING = "No training is running here."
_FINISHED = "That training has already finished."


class CancelButton(PersistentComponent, template=r"namesmith-train:cancel:(?P<id>\d+)"):
    """Cancels the training of its message."""

    async def on_use(
        self, services: Services, interaction: Interaction, params: dict[str, str]
    ) -> None:
        """Cancel the training and update the message at once."""
        training = await services.store.trainings.get(int(params["id"]))
        if training is None:
            raise UserError(_FINISHED)
        if training.state not in ACTIVE_STATES:  # the bot stopped before it updated the message
            if services.progress_updater:
                services.progress_updater.follow(interaction.client, training)
            raise UserError(_FINISHED)
        await check_can_change(interaction, for_all=training.guild_id is None)
        training = await _cancel(services, training, interaction.user.id)
        answer = Answer(embed=cancelled_embed(training))
        await interaction.response.edit_message(**answer.edit_kwargs())


def cancel_button(training_id: int) -> ui.View:
    """Return a view with the Cancel button of that training."""
    cancel = ("Cancel", discord.ButtonStyle.secondary)
    return button_row(CancelButton, "namesmith-train", training_id, cancel=cancel)


async def cancel_training(services: Services, ctx: Context, style: str | None) -> None:
    """Cancel the training of `style`, or the only active one, and answer the command."""
    active = await active_trainings(services, ctx.guild.id if ctx.guild else None)
    training = _choose(active, style)
    await check_can_change(ctx, for_all=training.guild_id is None)
    await _cancel(services, training, ctx.author.id)
    text = f"Training of {inline_code(training.style)} cancelled. No style has changed."
    await send_answer(ctx, Answer(text), ephemeral=True)


async def active_trainings(services: Services, guild_id: int | None) -> list[Training]:
    """Return the queued and running trainings started in that guild (None: direct messages)."""
    active = await services.store.trainings.list_active()
    return [training for training in active if training.origin_guild_id == guild_id]


async def _cancel(services: Services, training: Training, user_id: int) -> Training:
    """Cancel `training` and return it changed; raises `UserError` if it has ended."""
    if not await services.training_manager.cancel(training.id, user_id):
        raise UserError(_FINISHED)
    return replace(training, state="cancelled", cancelled_by=user_id)


def _choose(active: list[Training], style: str | None) -> Training:
    """Return the training of `style`, or the only one; raises `UserError`."""
    if not active:
        raise UserError(_NONE_RUNNING)
    wanted = style.strip().casefold() if style else None
    matches = [training for training in active if wanted in (None, training.style.casefold())]
    styles = ", ".join(inline_code(training.style) for training in active[:25])
    if not matches:
        raise UserError(f"That style isn't in training here. In training: {styles}.")
    if len(matches) > 1 and wanted is None:
        raise UserError(f"Several trainings are running here. Choose one: {styles}.")
    return matches[0]
