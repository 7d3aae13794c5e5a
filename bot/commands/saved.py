"""`!saved` and `/saved`: a user's saved names, in pages; and saving names from an answer."""

from collections.abc import Sequence
from functools import partial
from typing import Any

import discord
from discord import ui

from ..i18n import format_number, marked, ngettext
from ..i18n import gettext as _
from ..red import hybrid_command
from ..services import Services
from ..store import SavedName
from .answer_formats import EMBED_COLOUR, Answer, answer_interaction, send_answer, text_file
from .base import (
    Context,
    Interaction,
    NamesmithCog,
    PersistentComponent,
    available_everywhere,
    check_allowed,
    defer_if_slow,
    persistent_view,
    respond,
)
from .custom_ids import EXPIRED_MESSAGE, parse_id, selected_values
from .errors import UserError
from .markdown import escape_markdown, truncate
from .pages import Page, page_buttons

PAGE_SIZE = 20
"""Names on a page; a select holds 25."""

_MAX_SHOWN, _MAX_SHOWN_STYLE = 80, 60
"""Characters shown of a name, and of its style."""

_MAX_OPTION, _MAX_OPTIONS = 100, 25
"""Discord's limits for a select: characters of an option, and options."""

_MAX_STYLE = 100 - len("namesmith-keep-all:")

_NO_NAMES = marked("You have no saved names. Press Save under an answer to save names.")


class SavedCog(NamesmithCog, name="Namesmith saved names"):
    """Saved names."""

    @hybrid_command()  # type: ignore[arg-type]  # typed for pyright
    @available_everywhere
    async def saved(self, ctx: Context) -> None:
        """Show your saved names, delete some, or download them as a file."""
        work = _page(self.services, ctx.author.id, 0)
        answer = await defer_if_slow(work, ctx, ephemeral=True)
        await send_answer(ctx, answer, ephemeral=True)


class SavedControl(
    PersistentComponent,
    template=r"namesmith-saved:(?P<action>turn|delete|export):(?P<page>[0-9]+):(?P<user>[0-9]+)",
):
    """Open a page, delete names or export them; other users than `user` see their own names."""

    async def on_use(
        self, services: Services, interaction: Interaction, params: dict[str, str]
    ) -> None:
        """Do it, and show the page as it is now."""
        await check_allowed(services, interaction)
        user_id = interaction.user.id
        page, is_own = parse_id(params["page"]), parse_id(params["user"]) == user_id
        if params["action"] == "export":
            await respond(interaction, _export(services, user_id), edit=False)
            return
        is_deletion = params["action"] == "delete"
        ids = list(map(parse_id, selected_values(self.item))) if is_deletion else []
        work = _page(services, user_id, page if is_own else 0, delete=ids if is_own else ())
        await respond(interaction, work, edit=is_own)


class SaveSelect(PersistentComponent, template=r"namesmith-keep(?P<all>-all)?:(?P<style>.+)"):
    """Select the names of an answer to save, or the button for all; `style` is their style."""

    async def on_use(
        self, services: Services, interaction: Interaction, params: dict[str, str]
    ) -> None:
        """Save the selected names, or all that can be selected."""
        is_all = params["all"] is not None
        names = _offered_names(interaction.message) if is_all else selected_values(self.item)
        work = _save(services, interaction.user.id, names, params["style"])
        await respond(interaction, work, edit=True)


async def offer_save(
    services: Services, interaction: Interaction, names: Sequence[str], style: str
) -> None:
    """Save a single name at once; offer a select for several, and all if they don't fit into one.

    A long `style`, such as a mix, is stored shortened, so that the select can hold it.
    """
    names, style = list(dict.fromkeys(names)), truncate(style, _MAX_STYLE)
    if len(names) == 1 or not _fit_select(names):
        work = _save(services, interaction.user.id, names, style)
        await respond(interaction, work, edit=False)
        return
    select: ui.Select[Any] = ui.Select(
        custom_id=f"namesmith-keep:{style}",
        placeholder=_("Names to save"),
        max_values=len(names),
        options=[discord.SelectOption(label=name) for name in names],
    )
    save_all: ui.Button[Any] = ui.Button(
        label=_("Save all"), custom_id=f"namesmith-keep-all:{style}"
    )
    view = persistent_view(SaveSelect(select), SaveSelect(save_all))
    await answer_interaction(
        interaction, Answer(_("Which names do you want to save?"), view=view), ephemeral=True
    )


def save_label(names: Sequence[str]) -> str:
    """Return the label of the button that saves `names`, or offers them."""
    return _("Save") if len(names) == 1 or _fit_select(names) else _("Save all")


def _fit_select(names: Sequence[str]) -> bool:
    return len(names) <= _MAX_OPTIONS and max(map(len, names)) <= _MAX_OPTION


def _offered_names(message: discord.Message | None) -> list[str]:
    """Return the names in the select of a message; raises `UserError` if there are none."""
    rows = (
        (row for row in message.components if isinstance(row, discord.ActionRow)) if message else ()
    )
    items = (item for row in rows for item in row.children)
    selects = (item for item in items if isinstance(item, discord.SelectMenu))
    names = [option.value for select in selects for option in select.options]
    if not names:
        raise UserError(_(EXPIRED_MESSAGE))
    return names


async def _save(services: Services, user_id: int, names: Sequence[str], style: str) -> Answer:
    """Save `names`, and return the message for the user."""
    saved = await services.store.save_names(user_id, names, style)
    if saved == len(names):
        text = ngettext(
            "Saved {count} name. See `/saved`.", "Saved {count} names. See `/saved`.", saved
        )
    elif saved:
        text = ngettext(
            "Saved {count} name. You had already saved the others. See `/saved`.",
            "Saved {count} names. You had already saved the others. See `/saved`.",
            saved,
        )
    else:
        text = ngettext(
            "You have already saved this. See `/saved`.",
            "You have already saved these. See `/saved`.",
            len(names),
        )
    return Answer(text.format(count=saved))


async def _export(services: Services, user_id: int) -> Answer:
    names = [saved.name for saved in await services.store.get_saved_names(user_id)]
    if not names:
        return Answer(_(_NO_NAMES))
    return Answer(_("All your saved names:"), file=text_file(names, "saved.txt"))


async def _page(
    services: Services, user_id: int, number: int, delete: Sequence[int] = ()
) -> Answer:
    """Delete saved names of the user; return a page, or the last page if there are fewer."""
    if delete:
        await services.store.delete_saved_names(user_id, delete)
    count = await services.store.count_saved_names(user_id)
    page = Page.of(count, number, PAGE_SIZE)
    names = await services.store.get_saved_names(user_id, offset=page.offset, limit=PAGE_SIZE)
    if not names:
        return Answer(_(_NO_NAMES))
    lines = [
        f"{_shorten(saved.name, _MAX_SHOWN)} · {_shorten(saved.style, _MAX_SHOWN_STYLE)}"
        for saved in names
    ]
    embed = discord.Embed(title=_("Saved names"), description="\n".join(lines), colour=EMBED_COLOUR)
    embed.set_footer(text=f"{_count_names(count)}{page.note}")
    return Answer(embed=embed, view=_controls(names, user_id, page))


def _count_names(count: int) -> str:
    text = ngettext("{count} name", "{count} names", count)
    return text.format(count=format_number(count))


def _shorten(text: str, max_length: int) -> str:
    return escape_markdown(truncate(text, max_length))


def _controls(names: Sequence[SavedName], user_id: int, page: Page) -> ui.View:
    def custom_id(action: str, number: int) -> str:
        return f"namesmith-saved:{action}:{number}:{user_id}"

    options = [
        discord.SelectOption(label=truncate(saved.name, _MAX_SHOWN), value=str(saved.id))
        for saved in names
    ]
    delete: ui.Select[Any] = ui.Select(
        custom_id=custom_id("delete", page.number),
        placeholder=_("Delete ..."),
        max_values=len(names),
        options=options,
    )
    export: ui.Button[Any] = ui.Button(
        label=_("Export"), custom_id=custom_id("export", page.number)
    )
    turn = page_buttons(page, (_("Newer"), _("Older")), SavedControl, partial(custom_id, "turn"))
    return persistent_view(SavedControl(delete), *turn, SavedControl(export))
