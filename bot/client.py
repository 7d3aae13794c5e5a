"""The stand-alone client: what Namesmith is when it is a bot of its own.

Only this client, never the plugin in somebody else's bot, may point discord.py at another Discord
(`api_url`, `gateway_url`): discord.py keeps both for the whole process.
"""

import gc
import hashlib
import json
import logging
import os
from pathlib import Path
from typing import Any

import discord
import yarl
from discord.ext import commands
from discord.gateway import DiscordWebSocket
from discord.http import Route

from .commands.help import HelpCommand
from .config import DiscordSettings, Settings
from .i18n import Translator
from .prefixes import prefix

_log = logging.getLogger(__name__)

_NO_MESSAGE_CONTENT = (
    "Discord does not let this application read messages, so commands like %sname are off; /name "
    "and mentions work. To switch them on: discord.com/developers/applications, your application, "
    "Bot, Privileged Gateway Intents, Message Content Intent. Starting again without it."
)


# Voice is none of a name bot's business, nor is the warning that its libraries are missing.
discord.VoiceClient.warn_nacl = False
discord.VoiceClient.warn_dave = False


class Namesmith(commands.AutoShardedBot):
    """A bot with the names extension and nothing else.

    It keeps no members and no messages: what it needs of either comes with each command.
    """

    def __init__(self, settings: Settings, *, message_content: bool) -> None:
        self.namesmith_settings = settings
        intents = discord.Intents(guilds=True, guild_messages=True, dm_messages=True)
        intents.message_content = message_content
        super().__init__(
            command_prefix=prefix,
            help_command=HelpCommand(),
            intents=intents,
            allowed_mentions=discord.AllowedMentions.none(),
            case_insensitive=True,
            strip_after_prefix=True,
            max_messages=None,
            member_cache_flags=discord.MemberCacheFlags.none(),
            chunk_guilds_at_startup=False,
            shard_count=settings.discord.shard_count or None,
            shard_ids=settings.discord.shard_ids or None,  # type: ignore[arg-type]  # None: all
        )

    async def setup_hook(self) -> None:
        """Load the extension, and tell Discord of its commands if they are not those it has."""
        await self.load_extension(__name__.rpartition(".")[0])
        await self.tree.set_translator(Translator())
        await self._sync_commands(Path(self.namesmith_settings.bot.data_dir))

    async def on_ready(self) -> None:
        """Say that the bot is there, and spare the collector what has been loaded until now.

        A full collection would otherwise go through every module each time, which stops the event
        loop for some 30 ms.
        """
        gc.freeze()
        _log.info("Ready as %s in %d servers", self.user, len(self.guilds))

    async def on_command_error(self, ctx: commands.Context[Any], error: Exception) -> None:
        """Pass over commands of other bots with the same prefix; the cogs answer their own."""
        if not isinstance(error, commands.CommandNotFound):
            await super().on_command_error(ctx, error)  # type: ignore[arg-type]

    async def _sync_commands(self, data_dir: Path) -> None:
        """Sync the command tree unless the digest kept of the last sync is the same."""
        translator = self.tree.translator
        assert translator is not None  # noqa: S101, set in `setup_hook`
        tree = [
            await command.get_translated_payload(self.tree, translator)
            for command in self.tree.get_commands()
        ]
        told = json.dumps([Route.BASE, self.application_id, tree], sort_keys=True)
        digest = hashlib.blake2b(told.encode(), digest_size=16).hexdigest()
        file = data_dir / "commands.digest"
        if file.is_file() and file.read_text(encoding="ascii") == digest:
            return
        await self.tree.sync()
        _log.info("Told Discord of %d commands", len(tree))
        _publish(file, digest)


def _publish(file: Path, text: str) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    beside = file.with_suffix(f".{os.getpid()}")
    beside.write_text(text, encoding="ascii")
    beside.replace(file)


def point_at(settings: DiscordSettings) -> None:
    """Have discord.py speak to the Discord of `settings`, for the whole process."""
    Route.BASE = settings.api_url
    DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(settings.gateway_url)


async def serve(settings: Settings, token: str) -> None:
    """Run the bot until it is cancelled; without message content where Discord withholds it.

    Raises discord.py's errors for a refused token or connection, and those of the extension's
    `setup`, wrapped in `discord.ext.commands.ExtensionFailed`.
    """
    point_at(settings.discord)
    if settings.discord.message_content:
        try:
            return await _run(Namesmith(settings, message_content=True), token)
        except discord.PrivilegedIntentsRequired:
            _log.warning(_NO_MESSAGE_CONTENT, settings.bot.command_prefix)
    return await _run(Namesmith(settings, message_content=False), token)


async def _run(client: Namesmith, token: str) -> None:
    async with client:
        await client.start(token)
