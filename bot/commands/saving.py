"""Save: names of an answer go among those of the person who pressed it."""

from collections.abc import Sequence
from typing import Any

import discord
from discord import ui

from ..plugin import Plugin
from .controls import Control
from .errors import tell

_OPTION_LIMIT, _OPTIONS = 100, 25
"""Characters of a select's option, and options of a select, as Discord counts them."""

_ROOM = 100 - len("namesmith:keep:")


class KeepSelect(Control, template=r"namesmith-keep:(?P<style>.+)"):
    """Asks which of several names to save; `style` is theirs."""

    async def used(
        self, plugin: Plugin, interaction: discord.Interaction[Any], said: dict[str, str]
    ) -> None:
        """Save what was chosen."""
        told = await _saved(plugin, interaction.user.id, self.item.values, said["style"])
        await interaction.response.edit_message(content=told, view=None)


async def offer(
    plugin: Plugin, interaction: discord.Interaction[Any], names: Sequence[str], style: str
) -> None:
    """Save the one name, or ask which of them; what does not fit a select is saved at once."""
    names = list(dict.fromkeys(names))
    fits = len(names) <= _OPTIONS and max(map(len, names)) <= _OPTION_LIMIT
    if len(names) == 1 or not fits or len(style) > _ROOM:
        await tell(interaction, await _saved(plugin, interaction.user.id, names, style))
        return
    select: ui.Select[Any] = ui.Select(
        custom_id=f"namesmith-keep:{style}",
        placeholder="Names to save",
        max_values=len(names),
        options=[discord.SelectOption(label=name) for name in names],
    )
    view = ui.View(timeout=None)
    view.add_item(KeepSelect(select))
    await tell(interaction, "Which of them?", view=view)


async def _saved(plugin: Plugin, user_id: int, names: Sequence[str], style: str) -> str:
    """Save `names`; return what to tell of it."""
    new = await plugin.store.save(user_id, names, style)
    count = "1 name" if new == 1 else f"{new} names"
    if new == len(names):
        return f"Saved {count}; `/saved` shows them."
    if new:
        return f"Saved {count}, the others were saved before; `/saved` shows them."
    return "Saved before; `/saved` shows them."
