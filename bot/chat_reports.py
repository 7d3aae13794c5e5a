"""Reports for the terminal chat: messages that the bot ignores, and answers that are errors."""

import re
from typing import TYPE_CHECKING, Any

import discord
from discord.ext import commands

from .prefixes import typed_prefixes
from .typing_errors import nearest_word

if TYPE_CHECKING:
    from .client import Namesmith
    from .loopback.terminal import BotReports

_FIRST_WORD = re.compile(r"\s*([^\w\s]*)\s*([^\W_][-\w]*)")
"""Signs, and the word after them: what a command with a wrong prefix begins with."""


def report_to(reports: "BotReports", client: "Namesmith") -> None:
    """Fill `reports` with what happens in `client` from now on."""

    async def on_message(message: discord.Message) -> None:
        if message.author.bot:
            return
        context = await client.get_context(message)
        if context.prefix is None:
            typed = (await typed_prefixes(client, message.guild))[-1]
            reports.add_ignored(message.id, _prefix_hint(client, message.content, typed))
        elif context.command is None and context.invoked_with:
            text = f"There's no command {context.prefix}{context.invoked_with}."
            near = _nearest(client, context.invoked_with)
            hint = f" Did you mean {context.prefix}{near}?" if near else ""
            reports.add_ignored(message.id, text + (hint or f" Try {context.prefix}help."))

    async def on_namesmith_error(source: commands.Context[Any] | discord.Interaction[Any]) -> None:
        if isinstance(source, commands.Context):
            reports.failed.add((source.interaction or source.message).id)
        else:
            reports.failed.add(source.id)

    client.reads_all_messages = True
    client.add_listener(on_message)
    client.add_listener(on_namesmith_error)
    reports.is_active = True


def _prefix_hint(client: "Namesmith", content: str, prefix: str) -> str:
    """Return how to type the command that `content` seems to be; empty for small talk."""
    found = _FIRST_WORD.match(content)
    if found is None:
        return ""
    signs, word = found.groups()
    command = word if client.get_command(word) else signs and _nearest(client, word)
    return f"Commands begin with {prefix}, so type {prefix}{command}." if command else ""


def _nearest(client: "Namesmith", word: str) -> str | None:
    """Return the command whose name is a typing error away from `word`, if one is."""
    limit = min(2, len(word) // 3)
    near = nearest_word(word.lower(), sorted(client.all_commands), limit) if limit else None
    return near[1] if near else None
