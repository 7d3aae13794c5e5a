"""Giving a training up, queued or running: `/style cancel`, and the button under its message."""

from dataclasses import replace
from typing import Any

import discord
from discord import app_commands, ui
from discord.ext import commands

from ...services import Services
from ...store import ACTIVE_STATES, Training
from ..answers import Answer, send_answer
from ..components import PersistentComponent, button_row
from ..errors import UserError
from ..markdown import inline_code
from .checks import changeable
from .training_message import cancelled

_NONE = "No training is going on here."
_OVER = "That training is over already."


class CancelButton(PersistentComponent, template=r"namesmith-train:cancel:(?P<id>\d+)"):
    """Gives up the training under whose message it is."""

    async def on_use(
        self, services: Services, interaction: discord.Interaction[Any], params: dict[str, str]
    ) -> None:
        """Give it up, and let the message say so at once."""
        training = await services.store.trainings.get(int(params["id"]))
        if training is None:
            raise UserError(_OVER)
        if training.state not in ACTIVE_STATES:  # its message is outdated: the bot was restarted
            cog: Any = interaction.client.get_cog("Namesmith styles")
            cog.followers.follow(interaction.client, training)
            raise UserError(_OVER)
        await changeable(interaction, for_all=training.guild_id is None)
        training = await give_up(services, training, interaction.user.id)
        answer = Answer(embed=cancelled(training))
        await interaction.response.edit_message(**answer.edit_kwargs())


def cancel_button(training_id: int) -> ui.View:
    """Return the button that gives up that training."""
    secondary = discord.ButtonStyle.secondary
    return button_row(CancelButton, "namesmith-train", training_id, cancel=("Cancel", secondary))


async def cancel(services: Services, ctx: commands.Context[Any], style: str | None) -> None:
    """Give up the training of `style` that goes on here, or the only one; say so."""
    training = _meant(await going_on(services, ctx.guild.id if ctx.guild else None), style)
    await changeable(ctx, for_all=training.guild_id is None)
    await give_up(services, training, ctx.author.id)
    text = f"The training of {inline_code(training.style)} is cancelled. No style has changed."
    await send_answer(ctx, Answer(text), ephemeral=True)


async def going_on(services: Services, origin_guild_id: int | None) -> list[Training]:
    """Return the trainings under way that were asked for there; None: in direct messages."""
    active = await services.store.trainings.list_active()
    return [training for training in active if training.origin_guild_id == origin_guild_id]


async def complete_going(
    services: Services, interaction: discord.Interaction[Any], typed: str
) -> list[app_commands.Choice[str]]:
    """Return the styles that are in training here and whose name holds what is `typed`."""
    typed = typed.strip().casefold()
    styles = dict.fromkeys(one.style for one in await going_on(services, interaction.guild_id))
    found = [style for style in styles if typed in style.casefold()]
    return [app_commands.Choice(name=style, value=style) for style in found][:25]


async def give_up(services: Services, training: Training, user_id: int) -> Training:
    """Cancel `training` for that person, and return the cancelled training.

    Raises `UserError` if it has ended.
    """
    if not await services.trainer.cancel(training.id, user_id):
        raise UserError(_OVER)
    return replace(training, state="cancelled", cancelled_by=user_id)


def _meant(going: list[Training], style: str | None) -> Training:
    """Return the training that is meant; raises `Refused`."""
    if not going:
        raise UserError(_NONE)
    wanted = style.strip().casefold() if style else None
    found = [one for one in going if wanted in (None, one.style.casefold())]
    styles = ", ".join(inline_code(one.style) for one in going[:25])
    if not found:
        raise UserError(f"That style is not in training here; there {_are(going)}: {styles}.")
    if len(found) > 1 and wanted is None:
        raise UserError(f"Several are in training here; say which: {styles}.")
    return found[0]


def _are(going: list[Training]) -> str:
    return "is" if len(going) == 1 else "are"
