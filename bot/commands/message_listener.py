"""Messages that are no new command: a mention of the bot alone, and edited commands."""

from typing import Any

import discord
from discord.ext import commands

from ..command_names import command_name
from ..i18n import gettext as _
from ..prefixes import is_prefix, mentions, typed_prefixes
from ..services import Services
from ..text_answers import is_recent_edit
from .answer_formats import Answer, reply
from .base import Context, Location, NamesmithCog, check_channel
from .errors import send_error
from .help import is_own_help
from .locales import use_locale_of
from .markdown import inline_code


class MessageCog(NamesmithCog, name="Namesmith messages"):
    """Answers a mention of the bot, and commands that their authors have edited.

    In a bot with other prefixes, mentions are left to that bot, and so are its own commands.
    """

    def __init__(self, services: Services, bot: commands.Bot | commands.AutoShardedBot) -> None:
        super().__init__(services)
        self._bot: Any = bot

    @commands.Cog.listener()
    async def on_message(self, message: discord.Message) -> None:
        """Answer a message that only mentions the bot."""
        if self._is_mention(message):
            await self._show_usage(await self._bot.get_context(message))

    @commands.Cog.listener()
    async def on_raw_message_edit(self, payload: discord.RawMessageUpdateEvent) -> None:
        """Run an edited command; the answer takes the place of the first one, if there is one."""
        message = payload.message
        is_person = not message.author.bot and message.webhook_id is None
        if not is_person or not is_recent_edit(message):
            return
        ctx = await self._bot.get_context(message)
        is_mention = self._is_mention(message)
        if not (is_mention or self._is_own(ctx)):
            return
        if not self.services.text_answers.is_new_edit(message):
            return
        if is_mention:
            await self._show_usage(ctx)
        else:
            await self._bot.invoke(ctx)

    def _is_mention(self, message: discord.Message) -> bool:
        """Whether a person's message is nothing but a mention of the bot or of its own role."""
        if message.author.bot or message.webhook_id or not is_prefix(self._bot.command_prefix):
            return False
        text = message.content.strip().rstrip("?!.,: ")
        return text.startswith("<@") and f"{text} " in mentions(self._bot, message)

    def _is_own(self, ctx: Context) -> bool:
        """Whether the command is one of the extension's, or the help of the stand-alone bot."""
        if ctx.command is None:
            return False
        if isinstance(ctx.cog, NamesmithCog):
            return ctx.cog.services is self.services
        is_help = ctx.command.name == "help" and ctx.cog is None
        return is_help and is_own_help(self._bot.help_command)

    async def _show_usage(self, ctx: Context) -> None:
        """Answer with how to use the bot, as a command: in allowed channels, with cooldowns."""
        try:
            use_locale_of(ctx)
            guild_context = await self.services.guild_context(ctx.guild.id if ctx.guild else None)
            check_channel(guild_context, Location.of(ctx))
            self.services.cooldowns.spend(ctx.author.id, ctx.channel.id)
            prefix = (await typed_prefixes(self._bot, ctx.guild))[-1]
            if not self._bot.intents.message_content:
                prefix = f"@{ctx.me.display_name} "
            name, help_ = (
                inline_code(f"{prefix}{command_name('name')} Tr 5"),
                inline_code(f"{prefix}help"),
            )
            text = _(
                "I invent names. Type `/name` or {name}: five names that begin with Tr. "
                "{help} shows what else I can do."
            )
            await reply(ctx, Answer(text.format(name=name, help=help_)))
        except Exception as error:
            await send_error(ctx, error)
