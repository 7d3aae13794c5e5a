"""`/style log`: who changed which style, and when, in pages."""

from typing import Any

import discord

from ...library import Change
from ...plugin import Plugin
from ..answers import COLOUR, Answer
from ..controls import Control, answer_use, view_of
from ..pages import Page, turning
from ..text import quoted
from .moments import person, when
from .scope import changeable, whose
from .shelf import own

SIZE = 10
"""Changes on a page."""

_DID = {"publish": "published", "rollback": "rolled back to", "retire": "retired"}


class LogControl(
    Control,
    template=r"namesmith-style-log:(?P<page>\d+):(?P<user>\d+):(?P<all>[01]):(?P<style>.*)",
):
    """Turns to `page` of the changes, of one `style` if it is named; for managers alone."""

    async def used(
        self, plugin: Plugin, interaction: discord.Interaction[Any], said: dict[str, str]
    ) -> None:
        """Show that page."""
        guild_id = await changeable(interaction, for_all=said["all"] == "1")
        user_id = interaction.user.id
        work = logged(plugin, guild_id, said["style"] or None, user_id, int(said["page"]))
        await answer_use(interaction, work, mine=int(said["user"]) == user_id)


async def logged(
    plugin: Plugin, guild_id: int | None, style: str | None, user_id: int, number: int = 0
) -> Answer:
    """Return a page of the changes to the guild's own styles (None: to those of every server).

    Raises `Refused` for a style that is not among them.
    """
    name = own(plugin, style, guild_id).style if style else None
    changes = plugin.library.changes(guild_id, name)
    if not changes:
        return Answer(f"No style of {whose(guild_id)} was changed yet.")
    page = Page.of(len(changes), number, SIZE)
    lines = "\n".join(map(_line, page.cut(changes)))
    title = f"Changes to the styles of {whose(guild_id)}"
    embed = discord.Embed(title=title, description=lines, colour=COLOUR)
    count = f"{len(changes):,} change{'' if len(changes) == 1 else 's'}"
    embed.set_footer(text=f"{count}{page.note}")
    everyones = int(guild_id is None)

    def named(to: int) -> str:
        return f"namesmith-style-log:{to}:{user_id}:{everyones}:{name or ''}"

    turns = turning(page, ("Newer", "Older"), LogControl, named)
    return Answer(embed=embed, view=view_of(*turns) if page.last else None)


def _line(change: Change) -> str:
    did = f"{_DID[change.what]} {quoted(change.style)}"
    version = "" if change.what == "retire" else f" version {change.version}"
    digest = f" · `{change.digest[:12]}`"
    return f"{when(change.when, 'R')} {person(change.who)} {did}{version}{digest}"
