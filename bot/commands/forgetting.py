"""`!forget-me` and `/forget-me`: what is kept of a person is deleted."""

from typing import Any

import discord
from discord import ui
from discord.ext import commands

from ..plugin import Plugin
from .answers import Answer, send
from .cog import NamesmithCog, everywhere
from .controls import Control
from .errors import Refused


class Forgetting(NamesmithCog, name="Namesmith forgetting"):
    """What is kept of people is theirs to delete."""

    @commands.hybrid_command(name="forget-me")  # type: ignore[arg-type]  # typed for pyright
    @everywhere
    async def forget_me(self, ctx: commands.Context[Any]) -> None:
        """Delete all that I keep of you: the names that you saved."""
        count = await self.plugin.store.count_saved(ctx.author.id)
        if not count:
            await send(ctx, Answer("I keep nothing of you."), ephemeral=True)
            return
        names, they = ("name", "It") if count == 1 else (f"{count:,} names", "They")
        told = f"Shall I delete the {names} that you saved? {they} cannot be brought back."
        await send(ctx, Answer(told, view=_confirmation(ctx.author.id)), ephemeral=True)


class ForgetButton(Control, template=r"namesmith-forget:(?P<what>yes|no):(?P<user>\d+)"):
    """Deletes what is kept of `user`, or leaves it."""

    async def used(
        self, plugin: Plugin, interaction: discord.Interaction[Any], said: dict[str, str]
    ) -> None:
        """Do as was said, if it is the one who was asked."""
        if int(said["user"]) != interaction.user.id:
            raise Refused("That asks somebody else. `/forget-me` asks you.")
        told = "All is as it was."
        if said["what"] == "yes":
            await plugin.store.forget_user(interaction.user.id)
            told = "Deleted. I keep nothing of you now."
        await interaction.response.edit_message(content=told, view=None)


def _confirmation(user_id: int) -> ui.View:
    danger, secondary = discord.ButtonStyle.danger, discord.ButtonStyle.secondary
    view = ui.View(timeout=None)
    for label, what, style in (("Delete", "yes", danger), ("Keep", "no", secondary)):
        button: ui.Button[Any] = ui.Button(
            label=label, style=style, custom_id=f"namesmith-forget:{what}:{user_id}"
        )
        view.add_item(ForgetButton(button))
    return view
