"""The message command *Rate this name*: rates the name in a message, seen only by who asks."""

import logging
import re
from typing import Any

import discord
from discord import app_commands

from ..i18n import gettext as _
from ..i18n import marked
from ..sampling import RequestError
from ..services import RANDOM_STYLE, GuildContext, Services
from .answer_formats import answer_interaction
from .base import (
    Interaction,
    NamesmithCog,
    available_everywhere,
    check_allowed,
    defer_if_slow,
)
from .errors import UserError
from .locales import use_locale_of
from .markdown import parse_names
from .outcomes import report_command
from .rate import rate_name

_log = logging.getLogger(__name__)

RATE_MESSAGE = marked("Rate this name")

_MAX_TEXT, _MAX_NAME = 2000, 80
"""Characters of a message that are read, and of a line that can be a name."""

_CODE = re.compile(r"(`+)(?!`)(?:[\w+#.-]*\n)?(.+?)(?<!`)\1(?!`)", re.DOTALL)
_QUOTED = re.compile(
    r'"([^"\n]+)"|“([^”\n]+)”|„([^“”\n]+)[“”]|«([^»\n]+)»|»([^«\n]+)«|「([^」\n]+)」|『([^』\n]+)』'
)
_NOT_TEXT = re.compile(r"<(?:@[!&]?|#|a?:\w+:|t:|/[^:<>\n]+:|id:)-?\w*(?::\w)?>|<?https?://\S+")
_LINE_START = re.compile(r"\s*(?:>>> |> |#{1,3} |-# |[-*] |\d{1,3}\. )+")
_MARKUP = re.compile(r"\\([^0-9A-Za-z\s])|\*{1,3}|~~|\|\||(?<!\w)_{1,3}|_{1,3}(?!\w)")
_AROUND = " \t.,:;!?\"'“”„«»()[]…"


class RateMessageCog(NamesmithCog, name="Namesmith message ratings"):
    """Adds the message command to the tree of a bot, if it has no such command and has room."""

    def __init__(self, services: Services, bot: Any) -> None:
        super().__init__(services)
        self._tree = bot.tree
        menu = app_commands.ContextMenu(name=RATE_MESSAGE, callback=self._rate)
        self._menu = available_everywhere(menu)
        self._menu.error(self.cog_app_command_error)

    async def cog_load(self) -> None:
        """Add the command."""
        await super().cog_load()
        try:
            self._tree.add_command(self._menu)
        except (app_commands.CommandAlreadyRegistered, app_commands.CommandLimitReached) as error:
            _log.warning("The message command %s is left out: %s", RATE_MESSAGE, error)

    async def cog_unload(self) -> None:
        """Remove the command."""
        if self._tree.get_command(self._menu.name, type=self._menu.type) is self._menu:
            self._tree.remove_command(self._menu.name, type=self._menu.type)
        await super().cog_unload()

    async def _rate(self, interaction: Interaction, message: discord.Message) -> None:
        use_locale_of(interaction)
        guild_context = await check_allowed(self.services, interaction)
        name = name_in(message, is_own=message.author == interaction.client.user)
        if not name:
            raise UserError(_("I see no name in that message. Type one: `/rate`"))
        style = self._style(interaction, guild_context)
        work = rate_name(guild_context, name, style)
        answer = await defer_if_slow(work, interaction, ephemeral=True)
        await answer_interaction(interaction, answer, ephemeral=True)
        report_command(interaction)

    def _style(self, interaction: Interaction, guild_context: GuildContext) -> str:
        """Return the style that the member used last in the channel, or the default style."""
        channel_id = interaction.channel_id or 0
        recent = self.services.recent_styles.get(interaction.user.id, channel_id)
        try:
            return guild_context.resolve_style(None if recent == RANDOM_STYLE else recent)
        except RequestError:
            return guild_context.style


def name_in(message: discord.Message, *, is_own: bool) -> str:
    """Return the name in a message, empty if there is none.

    It is what is in code marks or in quotes, else the first line. In the bot's own answers
    (`is_own`), it is the name that was rated, or the first of several.
    """
    texts = [message.content]
    for embed in message.embeds:
        if is_own and embed.description and not embed.image:
            return parse_names(embed.description)[0]
        texts += [embed.title or "", embed.description or ""]
    return next(filter(None, map(find_name, texts)), "")


def find_name(text: str) -> str:
    """Return the name in a text of Discord, empty if there is none."""
    text = text[:_MAX_TEXT]
    if code := _CODE.search(text):
        return _cut(next(iter(code[2].strip().splitlines()), ""))
    text = _NOT_TEXT.sub(" ", text)
    if quoted := _QUOTED.search(text):
        return _cut(next(filter(None, quoted.groups())))
    for line in text.splitlines():
        plain = _MARKUP.sub(r"\1", _LINE_START.sub("", line, count=1))
        if name := _cut(plain.strip(_AROUND)):
            return name
    return ""


def _cut(line: str) -> str:
    """Return `line` with single spaces; a long one ends with the last word that has room."""
    words = " ".join(line.split())
    if len(words) <= _MAX_NAME:
        return words
    return words[: _MAX_NAME + 1].rpartition(" ")[0] or words[:_MAX_NAME]
