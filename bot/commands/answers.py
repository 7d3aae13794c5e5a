"""How names are shown: one as a text to copy, several as an embed, long ones as a file.

What is shown can be read back, so that a button knows the names of its message.
"""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import discord
from discord.ext import commands

from .markdown import escape_markdown, format_name, format_names, parse_name, parse_names

EMBED_COLOUR = discord.Colour(0xC98A2B)
_TITLE_LIMIT, _TEXT_LIMIT, _MESSAGE_LIMIT = 256, 4096, 2000
"""Characters of an embed's title and text, and of a message, as Discord counts them."""

_FILE = "names.txt"
_FILE_LIMIT = 4 * 2**20
_NOBODY = discord.AllowedMentions.none()


@dataclass(frozen=True)
class AnswerFile:
    """A file to be sent; `about` says what is on a picture, for those who do not see it."""

    name: str
    data: bytes
    about: str | None = None


@dataclass(frozen=True)
class Answer:
    """A message to be: `content`, or `embed`, with a `file` and a `view` where there is one."""

    content: str | None = None
    embed: discord.Embed | None = None
    file: AnswerFile | None = None
    view: discord.ui.View | None = None

    def to_send(self) -> dict[str, Any]:
        """Return what makes a new message of it."""
        parts = {"content": self.content, "embed": self.embed, "view": self.view}
        said = {name: part for name, part in parts.items() if part is not None}
        return said | {"files": self._files(), "allowed_mentions": _NOBODY}

    def to_edit(self) -> dict[str, Any]:
        """Return what makes a message that is there into it."""
        about: dict[str, Any] = {"content": self.content, "embed": self.embed, "view": self.view}
        return about | {"attachments": self._files(), "allowed_mentions": _NOBODY}

    @property
    def needs(self) -> tuple[str, ...]:
        """The permissions without which it cannot be a message of its own."""
        parts = {"embed_links": self.embed, "attach_files": self.file}
        return tuple(need for need, part in parts.items() if part)

    def _files(self) -> list[discord.File]:
        file = self.file
        if file is None:
            return []
        return [discord.File(io.BytesIO(file.data), file.name, description=file.about)]


def names_answer(
    names: Sequence[str],
    title: str,
    notes: Sequence[str] = (),
    known: Sequence[str] = (),
    view: discord.ui.View | None = None,
) -> Answer:
    """Return the answer that shows `names`; the `known` ones are slanted.

    `title` and `notes` (said in one line beneath) are for an embed: a name alone is a text.
    """
    if len(names) == 1 and len(text := format_name(names[0])) <= _MESSAGE_LIMIT:
        return Answer(content=text, view=view)
    lines = format_names(names, frozenset(known))
    if len(lines) > _TEXT_LIMIT:
        count = f"{len(names)} names" if len(names) > 1 else "1 name"
        told = f"{count}, {', '.join(notes)}:"
        return Answer(content=told, file=text_file(names, _FILE), view=view)
    embed = discord.Embed(
        title=escape_markdown(title)[:_TITLE_LIMIT], description=lines, colour=EMBED_COLOUR
    )
    if known:
        notes = [*notes, "slanted: in the list already"]
    embed.set_footer(text=" · ".join(notes) or None)
    return Answer(embed=embed, view=view)


def text_file(lines: Sequence[str], name: str) -> AnswerFile:
    """Return `lines` as a file to be sent."""
    return AnswerFile(name, "\n".join(lines).encode())


async def send_answer(
    ctx: commands.Context[Any], answer: Answer, *, ephemeral: bool = False
) -> None:
    """Answer a command; raises `BotMissingPermissions` where a message needs what we lack."""
    if ctx.interaction is None:  # what answers a slash command needs no permission
        granted = ctx.bot_permissions
        if lacks := [need for need in answer.needs if not getattr(granted, need)]:
            raise commands.BotMissingPermissions(lacks)
    await reply(ctx, **answer.to_send(), ephemeral=ephemeral)


async def reply(ctx: commands.Context[Any], **said: Any) -> None:
    """Answer a command, under its message if that is still there; nobody is mentioned."""
    said["allowed_mentions"] = _NOBODY
    if ctx.interaction is None:
        said.pop("ephemeral", None)
        said["reference"] = ctx.message.to_reference(fail_if_not_exists=False)
    await ctx.send(**said)


async def names_in_message(message: discord.Message) -> list[str]:
    """Return the names that a message made by `shown` shows, none where it shows none."""
    for file in message.attachments:
        if file.filename == _FILE and file.size <= _FILE_LIMIT:
            return (await file.read()).decode(errors="replace").split("\n")
    for embed in message.embeds:
        if embed.description:
            return parse_names(embed.description)
    return [parse_name(message.content)] if message.content else []
