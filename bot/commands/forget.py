"""`!forget-me` and `/forget-me`: delete a user's data, after a confirmation."""

from collections.abc import Iterator

import discord
from discord.ext import commands

from ..services import Services
from .answer_formats import Answer, send_answer, update_message
from .base import (
    Context,
    Interaction,
    NamesmithCog,
    PersistentComponent,
    available_everywhere,
    button_row,
)
from .errors import UserError


class ForgetCog(NamesmithCog, name="Namesmith forgetting"):
    """Delete your data."""

    @commands.hybrid_command(name="forget-me")  # type: ignore[arg-type]  # typed for pyright
    @available_everywhere
    async def forget_me(self, ctx: Context) -> None:
        """Delete your data: your saved names, and your ID in the history of styles."""
        store, user_id = self.services.store, ctx.author.id
        saved = await store.count_saved_names(user_id)
        changes = self.services.library.count_user_changes(user_id)
        changes += await store.trainings.count_by_user(user_id)
        if not saved and not changes:
            await send_answer(ctx, Answer("I have no data about you."), ephemeral=True)
            return
        action = " and ".join(_deletions(saved, changes))
        question = f"{action[0].upper()}{action[1:]}? You can't undo this."
        view = button_row(
            ForgetButton,
            "namesmith-forget",
            user_id,
            yes=("Delete", discord.ButtonStyle.danger),
            no=("Cancel", discord.ButtonStyle.secondary),
        )
        await send_answer(ctx, Answer(question, view=view), ephemeral=True)


class ForgetButton(
    PersistentComponent, template=r"namesmith-forget:(?P<action>yes|no):(?P<user>\d+)"
):
    """Delete the data of `user`, or cancel."""

    async def on_use(
        self, services: Services, interaction: Interaction, params: dict[str, str]
    ) -> None:
        """Delete the data or cancel, for the user who ran the command."""
        if int(params["user"]) != interaction.user.id:
            raise UserError("This question is for somebody else. Run `/forget-me` yourself.")
        message = "Nothing was deleted."
        if params["action"] == "yes":
            await services.forget_user(interaction.user.id)
            message = "Deleted. I have no data about you now."
        await update_message(interaction, Answer(message))


def _deletions(saved: int, changes: int) -> Iterator[str]:
    if saved:
        yield f"delete your {'saved name' if saved == 1 else f'{saved:,} saved names'}"
    if changes:
        yield "remove your ID from the history of styles"
