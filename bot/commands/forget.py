"""`!forget-me` and `/forget-me`: what is kept of a person is deleted."""

from collections.abc import Iterator
from typing import Any

import discord
from discord import ui
from discord.ext import commands

from ..services import Services
from .answers import Answer, send_answer
from .base import NamesmithCog, available_everywhere
from .components import PersistentComponent, button_row
from .errors import UserError


class ForgetCog(NamesmithCog, name="Namesmith forgetting"):
    """What is kept of people is theirs to delete."""

    @commands.hybrid_command(name="forget-me")  # type: ignore[arg-type]  # typed for pyright
    @available_everywhere
    async def forget_me(self, ctx: commands.Context[Any]) -> None:
        """Delete all that I keep of you: the names that you saved."""
        store, user_id = self.services.store, ctx.author.id
        saved = await store.count_saved(user_id)
        changes = self.services.library.count_user_changes(
            user_id
        ) + await store.trainings.count_of(user_id)
        if not saved and not changes:
            await send_answer(ctx, Answer("I keep nothing of you."), ephemeral=True)
            return
        told = f"Shall I {' and '.join(_kept(saved, changes))}? That cannot be undone."
        await send_answer(ctx, Answer(told, view=_confirmation(ctx.author.id)), ephemeral=True)


class ForgetButton(
    PersistentComponent, template=r"namesmith-forget:(?P<what>yes|no):(?P<user>\d+)"
):
    """Deletes what is kept of `user`, or leaves it."""

    async def used(
        self, services: Services, interaction: discord.Interaction[Any], said: dict[str, str]
    ) -> None:
        """Do as was said, if it is the one who was asked."""
        if int(said["user"]) != interaction.user.id:
            raise UserError("That asks somebody else. `/forget-me` asks you.")
        told = "All is as it was."
        if said["what"] == "yes":
            await services.forget_user(interaction.user.id)
            told = "Deleted. I keep nothing of you now."
        await interaction.response.edit_message(content=told, view=None)


def _kept(saved: int, changes: int) -> Iterator[str]:
    """Yield what is to be done with what is kept."""
    if saved:
        yield f"delete the {'name' if saved == 1 else f'{saved:,} names'} that you saved"
    if changes:
        yield "forget that it was you who trained or changed styles"


def _confirmation(user_id: int) -> ui.View:
    danger, secondary = discord.ButtonStyle.danger, discord.ButtonStyle.secondary
    return button_row(
        ForgetButton, "namesmith-forget", user_id, yes=("Delete", danger), no=("Keep", secondary)
    )
