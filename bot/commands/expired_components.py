"""Expired components: custom ids of the plugin that no component or message has."""

import re
from typing import Any

import discord
from discord import ui

from ..i18n import gettext as _
from ..services import services_of
from .base import Interaction, PersistentComponent
from .custom_ids import EXPIRED_MESSAGE
from .errors import UserError, send_error
from .locales import use_locale_of
from .outcomes import report_component


def expired_component(*components: type[PersistentComponent]) -> type[PersistentComponent]:
    """Return the component of all custom ids of the plugin that none of `components` takes.

    They are forged, or of another version of the plugin.
    """
    taken = "|".join(
        re.sub(r"\?P<\w+>", "?:", each.__discord_ui_compiled_template__.pattern)
        for each in components
    )

    class ExpiredComponent(PersistentComponent, template=rf"(?s:(?!(?:{taken})\Z)namesmith[:-].*)"):
        async def on_use(self, *args: object) -> None:
            del args
            raise UserError(_(EXPIRED_MESSAGE))

    return ExpiredComponent


async def answer_forged_component(interaction: Interaction) -> None:
    """Answer a component of the plugin that its message doesn't have; discord.py ignores it."""
    data: Any = interaction.data or {}
    custom_id = str(data.get("custom_id"))
    is_component = interaction.type is discord.InteractionType.component
    if not is_component or not re.match("namesmith[:-]", custom_id):
        return
    message = interaction.message
    is_layout = message is not None and message.flags.components_v2
    view = (ui.LayoutView if is_layout else ui.View).from_message(message) if message else None
    wanted = custom_id, data.get("component_type")
    items = view.walk_children() if view else ()
    if any((getattr(item, "custom_id", None), item.type.value) == wanted for item in items):
        return
    if services_of(interaction.client):
        use_locale_of(interaction)
        error = UserError(_(EXPIRED_MESSAGE))
        report_component("ExpiredComponent", error)
        await send_error(interaction, error)
