"""`!saved` and `/saved`: the names that a person saved, in pages, to delete or take away."""

from collections.abc import Sequence
from functools import partial
from typing import Any

import discord
from discord import ui
from discord.ext import commands

from ..services import Services
from ..store import SavedName
from .answers import EMBED_COLOUR, Answer, send_answer, text_file
from .base import NamesmithCog, available_everywhere
from .components import (
    Page,
    PersistentComponent,
    check_allowed,
    page_buttons,
    persistent_view,
    respond,
)
from .errors import send_ephemeral
from .markdown import escape_markdown, truncate

_OPTION_LIMIT, _OPTIONS = 100, 25
"""Characters of a select's option, and options of a select, as Discord counts them."""

_ROOM = 100 - len("namesmith:keep:")


class SaveSelect(PersistentComponent, template=r"namesmith-keep:(?P<style>.+)"):
    """Asks which of several names to save; `style` is theirs."""

    async def used(
        self, services: Services, interaction: discord.Interaction[Any], said: dict[str, str]
    ) -> None:
        """Save what was chosen."""
        told = await _saved(services, interaction.user.id, self.item.values, said["style"])
        await interaction.response.edit_message(content=told, view=None)


async def offer_save(
    services: Services, interaction: discord.Interaction[Any], names: Sequence[str], style: str
) -> None:
    """Save the one name, or ask which of them; what does not fit a select is saved at once."""
    names = list(dict.fromkeys(names))
    fits = len(names) <= _OPTIONS and max(map(len, names)) <= _OPTION_LIMIT
    if len(names) == 1 or not fits or len(style) > _ROOM:
        await send_ephemeral(interaction, await _saved(services, interaction.user.id, names, style))
        return
    select: ui.Select[Any] = ui.Select(
        custom_id=f"namesmith-keep:{style}",
        placeholder="Names to save",
        max_values=len(names),
        options=[discord.SelectOption(label=name) for name in names],
    )
    view = ui.View(timeout=None)
    view.add_item(SaveSelect(select))
    await send_ephemeral(interaction, "Which of them?", view=view)


async def _saved(services: Services, user_id: int, names: Sequence[str], style: str) -> str:
    """Save `names`; return what to tell of it."""
    new = await services.store.save(user_id, names, style)
    count = "1 name" if new == 1 else f"{new} names"
    if new == len(names):
        return f"Saved {count}; `/saved` shows them."
    if new:
        return f"Saved {count}, the others were saved before; `/saved` shows them."
    return "Saved before; `/saved` shows them."


PAGE = 20
"""Names on a page; a select holds 25."""

_SHOWN = 80
"""Characters shown of a name."""

_NONE = "You have no saved names. Press Save under an answer to keep what you like."


class SavedCog(NamesmithCog, name="Namesmith saved names"):
    """The names that people saved."""

    @commands.hybrid_command()  # type: ignore[arg-type]  # typed for pyright
    @available_everywhere
    async def saved(self, ctx: commands.Context[Any]) -> None:
        """Show the names that you saved, to delete some or take them away as a file."""
        await send_answer(ctx, await _page(self.services, ctx.author.id, 0), ephemeral=True)


class SavedControl(
    PersistentComponent,
    template=r"namesmith-saved:(?P<what>turn|delete|export):(?P<page>\d+):(?P<user>\d+)",
):
    """Turns to `page`, deletes from it, or gives all; who is not `user` sees their own names."""

    async def used(
        self, services: Services, interaction: discord.Interaction[Any], said: dict[str, str]
    ) -> None:
        """Do it, and show what is there now."""
        await check_allowed(services, interaction)
        user_id = interaction.user.id
        mine = int(said["user"]) == user_id
        if said["what"] == "export":
            await respond(interaction, _export(services, user_id), mine=False)
            return
        if said["what"] == "delete" and mine:
            await services.store.delete_saved(user_id, [int(value) for value in self.item.values])
        page = int(said["page"]) if mine else 0
        await respond(interaction, _page(services, user_id, page), mine=mine)


async def _export(services: Services, user_id: int) -> Answer:
    names = [saved.name for saved in await services.store.saved(user_id)]
    return Answer("All of them:", file=text_file(names, "saved.txt")) if names else Answer(_NONE)


async def _page(services: Services, user_id: int, number: int) -> Answer:
    """Return a page of what the person saved, the last one where there are not so many."""
    count = await services.store.count_saved(user_id)
    page = Page.of(count, number, PAGE)
    names = await services.store.saved(user_id, offset=page.offset, limit=PAGE)
    if not names:
        return Answer(content=_NONE)
    lines = [
        " · ".join(escape_markdown(truncate(text, most)) for text, most in cells)
        for cells in (((one.name, _SHOWN), (one.style, 40)) for one in names)
    ]
    embed = discord.Embed(title="Saved names", description="\n".join(lines), colour=EMBED_COLOUR)
    embed.set_footer(text=f"{count:,} name{'' if count == 1 else 's'}{page.note}")
    return Answer(embed=embed, view=_controls(names, user_id, page))


def _controls(names: Sequence[SavedName], user_id: int, page: Page) -> ui.View:
    def named(what: str, to: int) -> str:
        return f"namesmith-saved:{what}:{to}:{user_id}"

    delete: ui.Select[Any] = ui.Select(
        custom_id=named("delete", page.number),
        placeholder="Delete ...",
        max_values=len(names),
        options=[
            discord.SelectOption(label=truncate(one.name, _SHOWN), value=str(one.id))
            for one in names
        ],
    )
    export: ui.Button[Any] = ui.Button(label="Export", custom_id=named("export", page.number))
    turns = page_buttons(page, ("Newer", "Older"), SavedControl, partial(named, "turn"))
    return persistent_view(SavedControl(delete), *turns, SavedControl(export))
