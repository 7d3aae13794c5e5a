"""`/style list`: the styles that answer in a place, in pages."""

import asyncio
from collections.abc import Sequence
from typing import Any

import discord

from ...library import StyleNotFoundError
from ...plugin import Plugin
from ...sampling import Artifact, ArtifactError
from ..answers import COLOUR, Answer
from ..controls import Control, admit, answer_use, view_of
from ..pages import Page, turning
from ..text import inert, quoted, short
from .measures import samples_of
from .moments import moment_of, when
from .shelf import on_shelf, published

SIZE = 10
"""Styles on a page."""

LAYERS = {
    "guild": "this server's own",
    "everywhere": "of every server",
    "shipped": "one that came with me",
}
"""How it is told where a style is from."""


class ListControl(Control, template=r"namesmith-styles:(?P<page>\d+):(?P<user>\d+)"):
    """Turns to `page`; who is not `user` gets a list of their own."""

    async def used(
        self, plugin: Plugin, interaction: discord.Interaction[Any], said: dict[str, str]
    ) -> None:
        """Show that page."""
        await admit(plugin, interaction)
        user_id = interaction.user.id
        work = listed(plugin, interaction.guild_id, user_id, int(said["page"]))
        await answer_use(interaction, work, mine=int(said["user"]) == user_id)


async def listed(plugin: Plugin, guild_id: int | None, user_id: int, number: int = 0) -> Answer:
    """Return a page of the styles that answer in the guild, or in direct messages."""
    names = plugin.library.names(guild_id)
    default = (await plugin.defaults(guild_id)).style
    page = Page.of(len(names), number, SIZE)
    shown = page.cut(names)
    entries = [
        _entry(plugin, name, guild_id, opened, answers=name == default)
        for name, opened in zip(shown, await _opened(plugin, shown, guild_id), strict=True)
    ]
    embed = discord.Embed(title="Styles", description="\n".join(entries), colour=COLOUR)
    count = f"{len(names):,} style{'' if len(names) == 1 else 's'}"
    embed.set_footer(text=f"{count}{page.note} · /style info tells of one")
    labels = "Back", "Next"
    turns = turning(page, labels, ListControl, lambda to: f"namesmith-styles:{to}:{user_id}")
    return Answer(embed=embed, view=view_of(*turns) if page.last else None)


async def _opened(
    plugin: Plugin, styles: Sequence[str], guild_id: int | None
) -> Sequence[Artifact | None]:
    """Return the artifact of each of `styles`, None where it is gone or broken."""

    async def opened(name: str) -> Artifact | None:
        try:
            return (await plugin.library.engine(name, guild_id)).artifact
        except (ArtifactError, StyleNotFoundError):
            return None

    return await asyncio.gather(*map(opened, styles))


def _entry(
    plugin: Plugin, name: str, guild_id: int | None, opened: Artifact | None, *, answers: bool
) -> str:
    """Return a style in two lines: what it is called, and what is to be known of it."""
    call = quoted(short(name, 60))
    if opened is None:
        return f"{call}\n-# cannot be opened just now"
    layer = plugin.library.where(name, guild_id)
    facts = [samples_of(opened), LAYERS[layer]]
    held = on_shelf(plugin, name, guild_id if layer == "guild" else None)
    if layer != "shipped" and held and held.live:
        change = published(held, held.live)
        facts.append(f"version {held.live}" + (f" of {when(change.when, 'D')}" if change else ""))
    elif made := moment_of(opened.style.created):
        facts.append(when(made, "D"))
    if answers:
        facts.append("**answers when no style is named**")
    return f"**{inert(short(opened.style.title, 80))}** {call}\n-# {' · '.join(facts)}"
