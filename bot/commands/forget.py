"""`!forget-me` and `/forget-me`: delete a user's data, after a confirmation."""

import discord

from ..i18n import format_number, ngettext
from ..i18n import gettext as _
from ..red import hybrid_command
from ..services import Services
from .answer_formats import Answer, send_answer, update_message
from .base import (
    Context,
    Interaction,
    NamesmithCog,
    PersistentComponent,
    available_everywhere,
    button_row,
    defer_if_slow,
    respond,
)
from .custom_ids import parse_id
from .errors import UserError


class ForgetCog(NamesmithCog, name="Namesmith forgetting"):
    """Delete your data."""

    @hybrid_command(name="forget-me")  # type: ignore[arg-type]  # typed for pyright
    @available_everywhere
    async def forget_me(self, ctx: Context) -> None:
        """Delete your data: your saved names, and your ID in the history of styles."""
        work = _question(self.services, ctx.author.id)
        await send_answer(ctx, await defer_if_slow(work, ctx, ephemeral=True), ephemeral=True)


class ForgetButton(
    PersistentComponent, template=r"namesmith-forget:(?P<action>yes|no):(?P<user>[0-9]+)"
):
    """Delete the data of `user`, or cancel."""

    async def on_use(
        self, services: Services, interaction: Interaction, params: dict[str, str]
    ) -> None:
        """Delete the data or cancel, for the user who ran the command."""
        if parse_id(params["user"]) != interaction.user.id:
            raise UserError(_("This question is for somebody else. Run `/forget-me` yourself."))
        if params["action"] == "yes":
            await respond(interaction, _forget(services, interaction.user.id), edit=True)
        else:
            await update_message(interaction, Answer(_("Nothing was deleted.")))


async def _question(services: Services, user_id: int) -> Answer:
    """Return the question whether to delete the user's data, or that there is none."""
    saved = await services.store.count_saved_names(user_id)
    changes = services.library.count_user_changes(user_id)
    changes += await services.store.trainings.count_by_user(user_id)
    if not saved and not changes:
        return Answer(_("I have no data about you."))
    view = button_row(
        ForgetButton,
        "namesmith-forget",
        user_id,
        yes=(_("Delete"), discord.ButtonStyle.danger),
        no=(_("Cancel"), discord.ButtonStyle.secondary),
    )
    return Answer(_question_text(saved, changes), view=view)


async def _forget(services: Services, user_id: int) -> Answer:
    await services.forget_user(user_id)
    return Answer(_("Deleted. I have no data about you now."))


def _question_text(saved: int, changes: int) -> str:
    if not saved:
        return _("Remove your ID from the history of styles? You can't undo this.")
    if not changes:
        return ngettext(
            "Delete your saved name? You can't undo this.",
            "Delete your {count} saved names? You can't undo this.",
            saved,
        ).format(count=format_number(saved))
    return ngettext(
        "Delete your saved name and remove your ID from the history of styles? "
        "You can't undo this.",
        "Delete your {count} saved names and remove your ID from the history of styles? "
        "You can't undo this.",
        saved,
    ).format(count=format_number(saved))
