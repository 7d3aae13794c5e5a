"""The form of `/settings` for what has to be typed: words that are blocked, and the prefix."""

from collections.abc import Awaitable, Callable
from typing import Any

import discord
from discord import ui

from ..store import MAX_PREFIX, GuildSettings
from .errors import answer_error

_LIMIT = 4000
"""Characters of a field, as Discord counts them."""


class WordsForm(ui.Modal, title="Words and prefix"):
    """Asks for them, and gives what was typed to `submitted`, named as the settings are.

    `prefix` is the bot's own, None where the server's is not ours to set.
    """

    def __init__(
        self, set_here: GuildSettings, prefix: str | None, submitted: Callable[..., Awaitable[None]]
    ) -> None:
        super().__init__(timeout=900)
        self._submitted = submitted
        self._words: ui.TextInput[Any] = ui.TextInput(
            style=discord.TextStyle.paragraph,
            default="\n".join(set_here.blocked),
            max_length=_LIMIT,
            required=False,
            custom_id="words",
        )
        self.add_item(
            ui.Label(
                text="Words that no name may hold",
                description="One a line. Slurs and the like are out already.",
                component=self._words,
            )
        )
        self._prefix: ui.TextInput[Any] | None = None
        if prefix is not None:
            self._prefix = ui.TextInput(
                default=set_here.prefix or "",
                placeholder=prefix,
                max_length=MAX_PREFIX,
                required=False,
                custom_id="prefix",
            )
            label = ui.Label(text="What comes before commands in a chat", component=self._prefix)
            self.add_item(label)

    async def on_submit(self, interaction: discord.Interaction[Any], /) -> None:
        """Hand on what was typed."""
        changes: dict[str, Any] = {
            "blocked": [w for w in self._words.value.split("\n") if w.strip()]
        }
        if self._prefix is not None:
            changes["prefix"] = self._prefix.value.strip() or None
        await self._submitted(interaction, **changes)

    async def on_error(  # type: ignore[override]  # as discord.py has it too
        self, interaction: discord.Interaction[Any], error: Exception, /
    ) -> None:
        """Tell what does not fit."""
        await answer_error(interaction, error)
