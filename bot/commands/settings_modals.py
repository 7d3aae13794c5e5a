"""The modals of `/settings`: the default style, the blocked words and the command prefix."""

import re
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import discord
from discord import ui

from ..command_names import rename_mentions
from ..i18n import gettext as _
from ..library import StyleCard
from ..library.card_search import find_card
from ..services import unknown_style
from ..store import MAX_PREFIX, GuildSettings
from .base import Interaction
from .errors import InvalidOptionError, send_error
from .locales import use_locale_of
from .outcomes import report_component
from .text_options import check_length

_MAX_TEXT_INPUT = 4000
"""Discord's limit for a text input, in characters."""

_BETWEEN_WORDS = r"[\n\r,;，、،；]"  # noqa: RUF001, as people type them in their languages
"""What separates two blocked words. A word can be several, such as a full name."""


class SettingsModal(ui.Modal):
    """A modal of `/settings`; `save` stores changes and shows the settings."""

    def __init__(self, title: str, save: Callable[..., Awaitable[None]]) -> None:
        super().__init__(title=title)
        self._on_save = save

    async def interaction_check(self, interaction: Interaction, /) -> bool:
        """Answer with an error message if a text is too long, which Discord prevents."""
        use_locale_of(interaction)
        for item in self.walk_children():
            if isinstance(item, ui.TextInput):
                try:
                    check_length("", item.value, item.max_length or _MAX_TEXT_INPUT)
                except InvalidOptionError as error:
                    report_component(type(self).__name__, error, "modal")
                    await send_error(interaction, error)
                    return False
        return True

    async def _save(self, interaction: Interaction, **changes: Any) -> None:
        await self._on_save(interaction, **changes)
        report_component(type(self).__name__, kind="modal")

    async def on_error(  # type: ignore[override]  # as discord.py has it too
        self, interaction: Interaction, error: Exception, /
    ) -> None:
        """Answer with the error message."""
        report_component(type(self).__name__, error, "modal")
        await send_error(interaction, error)


class StyleModal(SettingsModal):
    """The modal for a default style that the select has no room for."""

    def __init__(self, cards: Sequence[StyleCard], save: Callable[..., Awaitable[None]]) -> None:
        # Translators: at most 45 characters.
        super().__init__(_("Default style"), save)
        self._cards = cards
        self._style: ui.TextInput[Any] = ui.TextInput(max_length=100, custom_id="style")
        # Translators: at most 100 characters.
        description = rename_mentions(_("Its name or title, as /style list shows it."), " ")
        self.add_item(ui.Label(text=_("Style"), description=description, component=self._style))

    async def on_submit(self, interaction: Interaction, /) -> None:
        """Save the style; raises `RequestError` for one that does not exist."""
        card = find_card(self._cards, self._style.value)
        if card is None:
            raise unknown_style(self._cards, self._style.value)
        await self._save(interaction, style=card.name)


class WordsModal(SettingsModal):
    """The modal for blocked words and the command prefix; `save` stores them.

    `prefix` is the bot's default, None where the server's prefix is not a setting of this bot.
    """

    def __init__(
        self, current: GuildSettings, prefix: str | None, save: Callable[..., Awaitable[None]]
    ) -> None:
        # Translators: at most 45 characters.
        super().__init__(_("Blocked words and prefix"), save)
        self._words: ui.TextInput[Any] = ui.TextInput(
            style=discord.TextStyle.paragraph,
            default="\n".join(current.blocked),
            max_length=_MAX_TEXT_INPUT,
            required=False,
            custom_id="words",
        )
        self.add_item(
            ui.Label(
                text=_("Blocked words"),
                # Translators: at most 100 characters.
                description=_(
                    "One per line, or with commas between them. Slurs and profanity are blocked "
                    "already."
                ),
                component=self._words,
            )
        )
        self._prefix: ui.TextInput[Any] | None = None
        if prefix is not None:
            self._prefix = ui.TextInput(
                default=current.prefix or "",
                placeholder=prefix,
                max_length=MAX_PREFIX,
                required=False,
                custom_id="prefix",
            )
            self.add_item(ui.Label(text=_("Command prefix"), component=self._prefix))

    async def on_submit(self, interaction: Interaction, /) -> None:
        """Save the submitted values."""
        words = [word for word in re.split(_BETWEEN_WORDS, self._words.value) if word.strip()]
        changes: dict[str, Any] = {"blocked": words}
        if self._prefix is not None:
            changes["prefix"] = self._prefix.value.strip() or None
        await self._save(interaction, **changes)
