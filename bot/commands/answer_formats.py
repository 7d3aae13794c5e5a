"""Answer formats: one name as plain text, up to 25 as an embed, more as a text file.

The names can be read back from the message, so a button knows the names it belongs to.
"""

import contextlib
import io
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import discord
from discord.ext import commands

from ..command_names import rename_mentions
from ..i18n import format_number, ngettext
from ..i18n import gettext as _
from ..services import services_of
from .delivery import DeliveryError, is_late, repeat, respond_to, send_once
from .downloads import download
from .markdown import escape_markdown, format_name, format_names, parse_name, parse_names, truncate

EMBED_COLOUR = discord.Colour(0xC98A2B)
_MAX_TITLE, _MAX_DESCRIPTION, _MAX_CONTENT = 256, 4096, 2000
"""Discord's limits in characters for an embed's title and description, and for a message."""

MAX_LINES = 25
"""Names that an answer shows; more are in a file."""

_NAMES_FILE = "names.txt"
_FIRST_NAMES, _MAX_FIRST_NAME = 5, 100
"""Names of a file that its message shows, and characters of each."""

_MAX_FILE_BYTES = 4 * 2**20
_REPLY_NEEDS_HISTORY = 160002  # the error of a reply without Read Message History
_NO_MENTIONS = discord.AllowedMentions.none()


@dataclass(frozen=True)
class AnswerFile:
    """A file to attach; `alt_text` describes a picture to those who cannot see it."""

    name: str
    data: bytes
    alt_text: str | None = None


@dataclass(frozen=True)
class Answer:
    """The parts of a message, to be sent or to replace those of an existing one."""

    content: str | None = None
    embed: discord.Embed | None = None
    file: AnswerFile | None = None
    view: discord.ui.View | discord.ui.LayoutView | None = None

    def send_kwargs(self) -> dict[str, Any]:
        """Return the keyword arguments that send it as a new message.

        Both kinds of arguments can be used once: the files are closed then.
        """
        self._prepare()
        parts = {"content": self._content, "embed": self.embed, "view": self.view}
        present = {name: part for name, part in parts.items() if part is not None}
        return present | {"files": self._files(), "allowed_mentions": _NO_MENTIONS}

    def edit_kwargs(self) -> dict[str, Any]:
        """Return the keyword arguments that turn an existing message into it.

        A `LayoutView` is the whole message.
        """
        self._prepare()
        if isinstance(self.view, discord.ui.LayoutView):
            return {"view": self.view, "allowed_mentions": _NO_MENTIONS}
        parts: dict[str, Any] = {"content": self._content, "embed": self.embed, "view": self.view}
        return parts | {"attachments": self._files(), "allowed_mentions": _NO_MENTIONS}

    @property
    def required_permissions(self) -> tuple[str, ...]:
        """The channel permissions that sending it as a plain message takes."""
        parts = {"embed_links": self.embed, "attach_files": self.file}
        return tuple(permission for permission, part in parts.items() if part)

    @property
    def _content(self) -> str | None:
        return None if self.content is None else rename_mentions(self.content)

    def _prepare(self) -> None:
        """Mention commands by their names in this bot, and stop the view.

        discord.py would store the view, which would hold memory, and a task if ephemeral.
        """
        if self.embed is not None and self.embed.description:
            self.embed.description = rename_mentions(self.embed.description)
        if self.embed is not None and self.embed.footer.text:
            footer = rename_mentions(self.embed.footer.text, " ")
            self.embed.set_footer(text=footer, icon_url=self.embed.footer.icon_url)
        for item in () if self.view is None else self.view.walk_children():
            if isinstance(item, discord.ui.TextDisplay):
                item.content = rename_mentions(item.content)
        if self.view is not None:
            self.view.stop()  # its components are handled by their custom ids

    def _files(self) -> list[discord.File]:
        file = self.file
        if file is None:
            return []
        return [discord.File(io.BytesIO(file.data), file.name, description=file.alt_text)]


def names_answer(
    names: Sequence[str],
    title: str,
    notes: Sequence[str] = (),
    known: Sequence[str] = (),
    view: discord.ui.View | None = None,
    shortage: str = "",
    hint: str = "",
) -> Answer:
    """Return the answer that shows `names`; those that are `known` are italic.

    The footer joins `notes` and `shortage`, the reason why there are no more or other names. A
    single name is plain text, easy to copy, with nothing but `shortage`. More than `MAX_LINES`
    names, or too long ones, are a file; then the message shows the first ones, and `hint`.
    """
    if len(names) == 1 and len(text := format_name(names[0])) <= _MAX_CONTENT:
        footer = discord.Embed(colour=EMBED_COLOUR).set_footer(text=shortage)
        return Answer(content=text, embed=footer if shortage else None, view=view)
    notes = [note for note in (*notes, shortage) if note]
    italic = frozenset(known)
    lines, file = format_names(names, italic), None
    if len(names) > MAX_LINES or len(lines) > _MAX_DESCRIPTION:
        file = text_file(names, _NAMES_FILE)
        first = names[:_FIRST_NAMES]
        italic = frozenset(truncate(name, _MAX_FIRST_NAME) for name in italic.intersection(first))
        shown = format_names([truncate(name, _MAX_FIRST_NAME) for name in first], italic)
        lines = f"{shown}\n-# {_file_note(len(names))}"
    embed = discord.Embed(
        title=escape_markdown(title)[:_MAX_TITLE], description=lines, colour=EMBED_COLOUR
    )
    if italic:
        notes = [*notes, _("italic = already in the list")]
    if notes:
        embed.set_footer(text=" · ".join(notes))
    return Answer(
        content=f"-# {hint}" if file and hint else None, embed=embed, file=file, view=view
    )


def _file_note(count: int) -> str:
    text = ngettext("The whole name is in the file.", "All {count} names are in the file.", count)
    return text.format(count=format_number(count))


def text_file(lines: Sequence[str], name: str) -> AnswerFile:
    """Return `lines` as a UTF-8 text file."""
    return AnswerFile(name, "\n".join(lines).encode())


async def send_answer(
    ctx: commands.Context[Any], answer: Answer, *, ephemeral: bool = False
) -> None:
    """Answer a command.

    Raises `BotMissingPermissions` where the bot lacks a permission that a message needs.
    """
    if ctx.interaction is None:  # the response to an interaction needs no permissions
        granted = ctx.bot_permissions
        missing = [name for name in answer.required_permissions if not getattr(granted, name)]
        if missing:
            raise commands.BotMissingPermissions(missing)
    await reply(ctx, answer, ephemeral=ephemeral)


async def reply(ctx: commands.Context[Any], answer: Answer, *, ephemeral: bool = False) -> None:
    """Answer a command as a reply to its message, if that still exists, mentioning nobody.

    Where the author has edited the message, the answer takes the place of the first one. Raises the
    errors of `delivery.repeat`.
    """
    if ctx.interaction is not None:
        await answer_interaction(ctx.interaction, answer, ephemeral=ephemeral)
        return

    async def send() -> discord.Message:
        reference = ctx.message.to_reference(fail_if_not_exists=False)
        try:
            return await send_message(ctx, answer, reference=reference)
        except discord.Forbidden as error:
            if error.code != _REPLY_NEEDS_HISTORY:
                raise
            return await send_message(ctx, answer)

    services = services_of(ctx.bot)
    if services is None:
        await send()
    else:
        await services.text_answers.deliver(ctx, send, partial(_replace, ctx, answer))


async def _replace(ctx: commands.Context[Any], answer: Answer, message_id: int) -> bool:
    """Turn the bot's message with that id into `answer`; False if that is impossible.

    It may have been deleted. Discord also refuses some changes, such as to and from a layout.
    """
    channel: Any = ctx.channel
    message: discord.PartialMessage = channel.get_partial_message(message_id)
    try:
        await repeat(lambda: message.edit(**answer.edit_kwargs()))
    except DeliveryError as fault:
        if not is_late(fault.__cause__ or fault):
            raise
        return False
    except discord.HTTPException:
        with contextlib.suppress(discord.HTTPException, DeliveryError):
            await repeat(message.delete)
        return False
    return True


async def send_message(
    channel: discord.abc.Messageable, answer: Answer, **options: Any
) -> discord.Message:
    """Send a message to a channel; Discord takes one with the same nonce only once."""
    nonce = secrets.randbits(64)
    return await repeat(lambda: channel.send(**answer.send_kwargs(), nonce=nonce, **options))


async def answer_interaction(
    interaction: discord.Interaction[Any], answer: Answer, *, ephemeral: bool = False
) -> None:
    """Answer an interaction; a deferred one with the message that was deferred."""
    response, types = interaction.response, discord.InteractionResponseType
    if not response.is_done():
        await respond_to(
            interaction,
            types.channel_message,
            lambda: response.send_message(**answer.send_kwargs(), ephemeral=ephemeral),
        )
    elif response.type is types.deferred_channel_message:
        await repeat(lambda: interaction.edit_original_response(**answer.edit_kwargs()))
    else:
        await send_once(
            lambda: interaction.followup.send(**answer.send_kwargs(), ephemeral=ephemeral)
        )


async def update_message(interaction: discord.Interaction[Any], answer: Answer) -> None:
    """Replace the message of a component or modal."""
    response = interaction.response
    if response.is_done():
        await repeat(lambda: interaction.edit_original_response(**answer.edit_kwargs()))
        return
    kind = discord.InteractionResponseType.message_update
    await respond_to(interaction, kind, lambda: response.edit_message(**answer.edit_kwargs()))


async def names_in_message(message: discord.Message) -> list[str]:
    """Return the names in a message that `names_answer` made; empty for any other message.

    Raises `DownloadError`.
    """
    for file in message.attachments:
        if file.filename == _NAMES_FILE and file.size <= _MAX_FILE_BYTES:
            return (await download(file, _MAX_FILE_BYTES)).decode(errors="replace").split("\n")
    for embed in message.embeds:
        if embed.description:
            return parse_names(embed.description)
    return [parse_name(message.content)] if message.content else []
