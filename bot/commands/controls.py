"""Buttons and selects that keep nothing: what they know stands in their custom ids and messages.

So they work after a restart of the bot. Whoever a message is for sees it change; anyone else gets
an answer of one's own, seen by that person alone.
"""

import re
from collections.abc import Awaitable
from functools import partial
from typing import Any, Self

import discord
from discord import ui

from ..plugin import Plugin
from .answers import Answer
from .cog import soon
from .errors import answer_error
from .places import Place, check_place


class Control(ui.DynamicItem[Any], template=r"(?!)"):
    """Derive from it with a `template`, and say in `used` what the button or the select does."""

    @classmethod
    async def from_custom_id(
        cls, interaction: discord.Interaction[Any], item: ui.Item[Any], match: re.Match[str], /
    ) -> Self:
        """Return the control that was used."""
        del interaction, match
        return cls(item)

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        """Answer, or tell why not."""
        cog = interaction.client.get_cog("Namesmith")
        match = self.template.fullmatch(self.custom_id)
        if cog is None or match is None:  # unloaded since
            return
        try:
            await self.used(cog.plugin, interaction, match.groupdict())
        except Exception as error:
            await answer_error(interaction, error)

    async def used(
        self, plugin: Plugin, interaction: discord.Interaction[Any], said: dict[str, str]
    ) -> None:
        """Answer; `said` is what stands in the custom id, by the groups of the template."""
        raise NotImplementedError


def view_of(*controls: Control) -> ui.View:
    """Return `controls` as they stand under a message, for as long as that stays."""
    view = ui.View(timeout=None)
    for control in controls:
        view.add_item(control)
    return view


def choice(
    control: type[Control], kind: str, about: int, **buttons: tuple[str, discord.ButtonStyle]
) -> ui.View:
    """Return buttons by what each does, with label and style; their custom ids: KIND:WHAT:ABOUT."""
    return view_of(
        *(
            control(ui.Button(label=label, style=style, custom_id=f"{kind}:{what}:{about}"))
            for what, (label, style) in buttons.items()
        )
    )


async def admit(plugin: Plugin, interaction: discord.Interaction[Any]) -> None:
    """Refuse what is asked where the guild wants no names, or too soon."""
    await check_place(plugin, Place.of(interaction))
    plugin.cooldowns.spend(interaction.user.id, interaction.channel_id or 0)


async def answer_use(
    interaction: discord.Interaction[Any], work: Awaitable[Answer], *, mine: bool
) -> None:
    """Make the message into what `work` comes to, if it is `mine`, the user's; else show it so."""
    announce = partial(interaction.response.defer, thinking=not mine, ephemeral=not mine)
    answer = await soon(work, announce)
    deferred = interaction.response.is_done()
    if mine and deferred:
        await interaction.edit_original_response(**answer.to_edit())
    elif mine:
        await interaction.response.edit_message(**answer.to_edit())
    elif deferred:
        await interaction.followup.send(**answer.to_send(), ephemeral=True)
    else:
        await interaction.response.send_message(**answer.to_send(), ephemeral=True)
