"""`!saved` and `/saved`: the names that a person saved, in pages, to delete or take away."""

from collections.abc import Sequence
from functools import partial
from typing import Any

import discord
from discord import ui
from discord.ext import commands

from ..plugin import Plugin
from ..store import SavedName
from .answers import COLOUR, Answer, send, text_file
from .cog import NamesmithCog, everywhere
from .controls import Control, admit, answer_use, view_of
from .pages import Page, turning
from .text import inert, short

PAGE = 20
"""Names on a page; a select holds 25."""

_SHOWN = 80
"""Characters shown of a name."""

_NONE = "You have no saved names. Press Save under an answer to keep what you like."


class Saved(NamesmithCog, name="Namesmith saved names"):
    """The names that people saved."""

    @commands.hybrid_command()  # type: ignore[arg-type]  # typed for pyright
    @everywhere
    async def saved(self, ctx: commands.Context[Any]) -> None:
        """Show the names that you saved, to delete some or take them away as a file."""
        await send(ctx, await _page(self.plugin, ctx.author.id, 0), ephemeral=True)


class SavedControl(
    Control, template=r"namesmith-saved:(?P<what>turn|delete|export):(?P<page>\d+):(?P<user>\d+)"
):
    """Turns to `page`, deletes from it, or gives all; who is not `user` sees their own names."""

    async def used(
        self, plugin: Plugin, interaction: discord.Interaction[Any], said: dict[str, str]
    ) -> None:
        """Do it, and show what is there now."""
        await admit(plugin, interaction)
        user_id = interaction.user.id
        mine = int(said["user"]) == user_id
        if said["what"] == "export":
            await answer_use(interaction, _export(plugin, user_id), mine=False)
            return
        if said["what"] == "delete" and mine:
            await plugin.store.delete_saved(user_id, [int(value) for value in self.item.values])
        page = int(said["page"]) if mine else 0
        await answer_use(interaction, _page(plugin, user_id, page), mine=mine)


async def _export(plugin: Plugin, user_id: int) -> Answer:
    names = [saved.name for saved in await plugin.store.saved(user_id)]
    return Answer("All of them:", file=text_file(names, "saved.txt")) if names else Answer(_NONE)


async def _page(plugin: Plugin, user_id: int, number: int) -> Answer:
    """Return a page of what the person saved, the last one where there are not so many."""
    count = await plugin.store.count_saved(user_id)
    page = Page.of(count, number, PAGE)
    names = await plugin.store.saved(user_id, offset=page.offset, limit=PAGE)
    if not names:
        return Answer(content=_NONE)
    lines = [f"{inert(short(one.name, _SHOWN))} · {inert(short(one.style, 40))}" for one in names]
    embed = discord.Embed(title="Saved names", description="\n".join(lines), colour=COLOUR)
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
            discord.SelectOption(label=short(one.name, _SHOWN), value=str(one.id)) for one in names
        ],
    )
    export: ui.Button[Any] = ui.Button(label="Export", custom_id=named("export", page.number))
    turns = turning(page, ("Newer", "Older"), SavedControl, partial(named, "turn"))
    return view_of(SavedControl(delete), *turns, SavedControl(export))
