"""The buttons under an answer to `/name`: Again, Longer, Wilder, Save.

What was asked is in their custom ids, the names are in the message.
"""

import re
from dataclasses import replace
from typing import Any

import discord
from discord import ui

from ..plugin import Plugin
from .answers import names_in
from .asking import Ask
from .controls import Control, admit, answer_use
from .drawing import draw, style_named
from .errors import Refused
from .packing import pack, unpack
from .saving import offer

_CHANGES = {"again": "Again", "longer": "Longer", "wilder": "Wilder"}
_SAVE = "save"
_ROOM = 100 - len("namesmith:longer:")

_TEMPLATE = r"namesmith:(?P<what>again|longer|wilder|save):(?P<part>.*)"

TORN = "This button does not tell any more what was asked. Ask again."


class NameButton(Control, template=_TEMPLATE):
    """One of the buttons; `part` is its part of what was asked, or the style to save under."""

    async def used(
        self, plugin: Plugin, interaction: discord.Interaction[Any], said: dict[str, str]
    ) -> None:
        """Draw other names, or save these."""
        await admit(plugin, interaction)
        names = await shown_in(interaction)
        if said["what"] == _SAVE:
            await offer(plugin, interaction, names, said["part"])
            return
        ask = _asked(interaction.message)
        mine = ask.asker == interaction.user.id
        style = style_named(plugin.library, ask.style, interaction.guild_id)
        ask = replace(ask, style=style, asker=interaction.user.id)
        ask = await _changed(plugin, ask, said["what"], names, interaction.guild_id)
        work = draw(plugin, ask, interaction.guild_id, buttons(ask))
        await answer_use(interaction, work, mine=mine)


def buttons(ask: Ask) -> ui.View | None:
    """Return the buttons for an answer to `ask`, as far as their custom ids can hold it."""
    view = ui.View(timeout=None)
    parts = pack(ask, len(_CHANGES), _ROOM)
    for what, part in zip(_CHANGES, parts or (), strict=False):
        button = _button(_CHANGES[what], what, part)
        button.item.disabled = what == "wilder" and ask.temperature >= 2
        view.add_item(button)
    add_save(view, ask.style)
    return view if view.children else None


def add_save(view: ui.View, style: str) -> None:
    """Add the button that saves names of `style`, if its custom id can hold that."""
    if len(style) <= _ROOM:
        view.add_item(_button("Save", _SAVE, style))


async def shown_in(interaction: discord.Interaction[Any]) -> list[str]:
    """Return the names in the message whose button was pressed; raises `Refused`."""
    message = interaction.message
    if message is None or message.author != interaction.client.user:
        raise Refused(TORN)
    names = await names_in(message)
    if not names:
        raise Refused(TORN)
    return names


def _button(label: str, what: str, part: str) -> NameButton:
    primary, secondary = discord.ButtonStyle.primary, discord.ButtonStyle.secondary
    style = primary if what == "again" else secondary
    return NameButton(ui.Button(label=label, style=style, custom_id=f"namesmith:{what}:{part}"))


def _asked(message: discord.Message | None) -> Ask:
    """Return what the custom ids of a message's buttons hold together."""
    rows = message.components if message else []
    ids = (
        getattr(item, "custom_id", None) or ""
        for row in rows
        if isinstance(row, discord.ActionRow)
        for item in row.children
    )
    found = (re.fullmatch(_TEMPLATE, custom_id) for custom_id in ids)
    parts = {match["what"]: match["part"] for match in found if match}
    try:
        return unpack(Ask, [parts.get(change, "") for change in _CHANGES])
    except ValueError:
        raise Refused(TORN) from None


async def _changed(
    plugin: Plugin, ask: Ask, what: str, names: list[str], guild_id: int | None
) -> Ask:
    if what == "again":
        return ask.again()
    if what == "wilder":
        return ask.wilder()
    engine = await plugin.library.engine(ask.style, guild_id)
    return ask.longer(names, engine.artifact.max_length)
