"""The stand-alone client: a Discord bot with the Namesmith extension and nothing else.

Only this module changes its process: the Discord that discord.py connects to (`api_url` and
`gateway_url`), how discord.py reads its gateway, its warnings about voice, and the garbage
collector. The extension never does, because it runs in other people's bots.
"""

import asyncio
import hashlib
import json
import logging
import os
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from pathlib import Path
from typing import Any

import aiohttp
import discord
import yarl
from discord import app_commands
from discord.ext import commands
from discord.gateway import DiscordWebSocket
from discord.http import Route

from .atomic_write import make_private_folder, write_atomic
from .commands.delivery import is_fault, is_late
from .commands.errors import send_error
from .commands.help import HelpCommand
from .config import Settings
from .gateway_socket import TolerantWebSocket
from .guild_cache import CompactState
from .i18n import LOCALES, Translator
from .identify import IdentifyTurns
from .instance_lock import instance_lock
from .logs import one_line
from .prefixes import mentions_bot, names_command, prefix
from .process import collect_garbage
from .proxy import find_proxy
from .services import services_of
from .session_handover import SessionHandover

_log = logging.getLogger(__name__)

_NO_MESSAGE_CONTENT = (
    "Discord does not let this application read messages, so text commands such as %sname are off. "
    "/name and mentions work. To turn text commands on, open discord.com/developers/applications, "
    "your application, Bot, and enable Privileged Gateway Intents, Message Content Intent. "
    "Restarting without that intent."
)

_NOT_SYNCED = (
    "Discord did not take the slash commands (%s), so new ones are missing and old ones may fail. "
    "Text commands such as %sname work. Restart the bot to try again; if it is refused again, "
    "invite the bot anew with the scope applications.commands."
)
_SYNC_ERRORS = (
    app_commands.AppCommandError,
    discord.HTTPException,
    aiohttp.ClientError,
    OSError,
    TimeoutError,
    json.JSONDecodeError,
)
"""Why Discord may not take the commands; the bot runs without them."""

_LOGIN_DELAYS = (1.0, 2.0, 4.0, 8.0, 15.0)
"""Seconds before each repetition of a login; so service managers don't see quick failures."""

_RECEIVE_SECONDS = 0.25
"""At the end, time in which events that are on their way still arrive."""

_FINISH_SECONDS = 7.5
"""At the end, time limit for the commands that were received; closing takes some time too."""

_COMMAND_TASKS = ("discord.py: ", "CommandTree-", "discord-ui-")
"""How discord.py names the tasks that handle an event, a slash command and a component."""


class _CommandTree(app_commands.CommandTree["Namesmith"]):
    """The slash commands; those that Discord has of another version are answered in words."""

    async def on_error(
        self, interaction: discord.Interaction["Namesmith"], error: app_commands.AppCommandError, /
    ) -> None:
        """Answer for a command that does not exist; the cogs answer for theirs."""
        if interaction.command is None:
            await send_error(interaction, error)
        else:
            await super().on_error(interaction, error)


class Namesmith(commands.AutoShardedBot):
    """The client. It caches no members and no messages; each command contains what it needs."""

    reads_all_messages = False
    """Whether messages that are no commands are events, too."""

    def __init__(self, settings: Settings, *, message_content: bool) -> None:
        self.namesmith_settings = settings
        self.is_locked = asyncio.Event()
        intents = discord.Intents(guilds=True, guild_messages=True, dm_messages=True)
        intents.message_content = message_content
        super().__init__(
            command_prefix=prefix,
            help_command=HelpCommand(),
            tree_cls=_CommandTree,
            intents=intents,
            allowed_mentions=discord.AllowedMentions.none(),
            case_insensitive=True,
            strip_after_prefix=True,
            max_messages=None,
            member_cache_flags=discord.MemberCacheFlags.none(),
            chunk_guilds_at_startup=False,
            max_ratelimit_timeout=30.0,  # an answer that comes later than that helps nobody
            shard_connect_timeout=None,  # shards wait for their turns to identify
            shard_count=settings.discord.shard_count or None,
            shard_ids=settings.discord.own_shards or None,  # type: ignore[arg-type]  # None: all
            proxy=find_proxy(settings.discord),
            http_trace=_http_trace(settings),  # type: ignore[arg-type]  # None: no trace
        )

    async def setup_hook(self) -> None:
        """Load the extension, and sync its commands with Discord if they changed."""
        await self.load_extension(__name__.rpartition(".")[0])
        services = services_of(self)
        assert services is not None  # noqa: S101, of the extension
        self.handover = SessionHandover(self, services.store)
        self.identify_turns = IdentifyTurns(self.fetch_session_start_limits, self._take_turn)
        await self.tree.set_translator(Translator())
        shard_ids = self.namesmith_settings.discord.own_shards
        if 0 in shard_ids or not shard_ids:  # one of several processes is enough
            await self._sync_commands(Path(self.namesmith_settings.bot.data_dir))
        collect_garbage()

    @property
    def guild_ids(self) -> list[int]:
        """The ids of the servers; `guilds` has objects of only those used last."""
        state: Any = self._connection
        return list(state.guild_cache)

    def _get_state(self, **options: Any) -> CompactState:
        return CompactState(
            is_wanted=self._may_be_command,
            dispatch=self.dispatch,
            handlers=self._handlers,
            hooks=self._hooks,
            http=self.http,
            **options,
        )

    def _may_be_command(self, data: Mapping[str, Any]) -> bool:
        """Whether a message's data are those of a person who may address this bot.

        It reads as little as possible: nearly all messages are talk among others.
        """
        content = data.get("content", "")
        if self.reads_all_messages or "guild_id" not in data:
            return True
        if not content or data["author"].get("bot") or data.get("webhook_id"):
            return False
        return mentions_bot(self, content) or names_command(self, content)

    async def start(self, token: str, *, reconnect: bool = True) -> None:
        """Log in and connect, and repeat both for half a minute while Discord is unreachable.

        A lost connection is repeated as long as it takes.
        """
        await _retry_unreachable(lambda: self._log_in(token))
        await _retry_unreachable(lambda: self.connect(reconnect=reconnect))

    async def _log_in(self, token: str) -> None:
        await self.http.close()  # of an earlier attempt
        self.http.connector = discord.utils.MISSING
        await self.login(token)

    async def launch_shards(self) -> None:
        """Connect the shards; first those whose sessions the last process left."""
        if self.shard_count is None:
            self.shard_count, *_ = await self.http.get_bot_gateway()
        shard_ids = list(self.shard_ids or range(self.shard_count))
        await self.handover.lock(shard_ids)
        self.is_locked.set()
        self.shard_ids = await self.handover.take(shard_ids)
        await super().launch_shards()

    async def before_identify_hook(self, shard_id: int | None, *, initial: bool = False) -> None:
        """Wait for another turn if connecting took too long; the connection has waited for one."""
        await self.identify_turns.confirm(shard_id or 0)

    async def on_shard_connect(self, shard_id: int) -> None:
        """Note that Discord accepted a new session."""
        self.identify_turns.succeed(shard_id)

    async def on_shard_resumed(self, shard_id: int) -> None:
        """Note that Discord resumed a session."""
        self.handover.complete(shard_id)

    async def _take_turn(self, bucket: int, seconds: float) -> float:
        services = services_of(self)
        assert services is not None  # noqa: S101, of the extension
        application_id = self.application_id or 0
        return await services.store.sessions.take_turn(application_id, bucket, seconds)

    async def on_ready(self) -> None:
        """Log that the bot is ready."""
        _log.info("Ready as %s in %d servers", self.user, len(self.guilds))

    async def on_command_error(self, ctx: commands.Context[Any], error: Exception) -> None:
        """Ignore unknown commands, which may be of other bots with the same prefix.

        The cogs answer the errors of their own commands.
        """
        if not isinstance(error, commands.CommandNotFound):
            await super().on_command_error(ctx, error)  # type: ignore[arg-type]

    async def finish_commands(self) -> None:
        """Receive no more commands, and wait for those that were received.

        The next process gets those that come later.
        """
        await asyncio.sleep(_RECEIVE_SECONDS)
        if self.is_locked.is_set():
            await self.handover.leave()
        running = [
            task for task in asyncio.all_tasks() if task.get_name().startswith(_COMMAND_TASKS)
        ]
        if running:
            _, unfinished = await asyncio.wait(running, timeout=_FINISH_SECONDS)
            if unfinished:
                _log.warning("%d commands did not finish in time", len(unfinished))

    async def _sync_commands(self, data_dir: Path) -> None:
        """Sync the command tree, unless its digest equals that of the last sync.

        The digest has the catalogs as they are: loading them all takes 1 MB.
        """
        tree = [command.to_dict(self.tree) for command in self.tree.get_commands()]
        content = json.dumps([Route.BASE, self.application_id, tree], sort_keys=True)
        hasher = hashlib.blake2b(content.encode(), digest_size=16)
        for catalog in sorted(LOCALES.glob("*.mo")):
            hasher.update(catalog.read_bytes())
        digest = hasher.hexdigest()
        file = data_dir / "commands.digest"
        if file.is_file() and file.read_text(encoding="ascii") == digest:
            return
        try:
            await self.tree.sync()
        except _SYNC_ERRORS as error:
            _log.error(
                _NOT_SYNCED,
                " ".join(str(error).split()),
                self.namesmith_settings.bot.command_prefix,
            )
            return
        _log.info("Synced %d commands with Discord", len(tree))
        # Processes with other shards may write the file at the same time.
        part = file.with_suffix(f".{os.getpid()}")
        try:
            make_private_folder(file.parent)
            write_atomic(file, digest.encode("ascii"), part=part)
        except OSError as error:
            _log.warning("%s; the commands will be synced again at the next start", error)


def _http_trace(settings: Settings) -> aiohttp.TraceConfig | None:
    """Return what reports requests to the metrics, None without metrics: tracing takes time."""
    if not (settings.monitoring.port and settings.monitoring.metrics):
        return None
    from .monitoring.rest_trace import make_trace

    return make_trace()


async def serve(
    settings: Settings,
    token: str,
    terminated: asyncio.Event | None = None,
    on_create: Callable[[Namesmith], object] = lambda _: None,
) -> None:
    """Run the bot until `terminated` is set, then answer the commands that it has received.

    Without message content if Discord does not grant it. `on_create` is called with each client
    before it logs in. Raises `ConfigError` if another process has these shards, discord.py's errors
    for a refused token or connection, and the errors of the extension's `setup` in a
    `discord.ext.commands.ExtensionFailed`.
    """
    terminated = terminated or asyncio.Event()

    async def run(*, message_content: bool) -> None:
        client = Namesmith(settings, message_content=message_content)
        on_create(client)
        await _run(client, token, terminated)

    _configure_discord_py(settings)
    with instance_lock(Path(settings.bot.data_dir), settings.discord.own_shards):
        if settings.discord.message_content:
            try:
                return await run(message_content=True)
            except discord.PrivilegedIntentsRequired:
                _log.warning(_NO_MESSAGE_CONTENT, settings.bot.command_prefix)
        return await run(message_content=False)


async def run_until_first(*coroutines: Coroutine[Any, Any, object]) -> None:
    """Run all until one ends or this is cancelled; then cancel the others."""
    tasks = [asyncio.create_task(each) for each in coroutines]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        ended = [task for task in tasks if task.done()]
        while running := [task for task in tasks if not task.done()]:
            for task in running:
                task.cancel()
            # Cancel again if needed: before Python 3.12, `asyncio.wait_for`, with which discord.py
            # connects, can lose a cancellation.
            await asyncio.wait(running, timeout=1)
    for task in ended:
        task.result()


def is_unreachable(error: BaseException) -> bool:
    """Whether Discord did not answer, or not as Discord does; a later attempt may succeed."""
    is_expected = isinstance(error, discord.GatewayNotFound) or is_fault(error)
    return is_expected and not is_late(error)


async def _retry_unreachable(attempt: Callable[[], Awaitable[None]]) -> None:
    for delay in (*_LOGIN_DELAYS, None):
        try:
            await attempt()
        except Exception as error:
            if delay is None or not is_unreachable(error):
                raise
            _log.warning(
                "Discord cannot be reached (%s); trying again in %g s", one_line(error), delay
            )
            await asyncio.sleep(delay)
        else:
            return


def _configure_discord_py(settings: Settings) -> None:
    """Set the URLs and the gateway connection, and turn off warnings about voice.

    This holds for the whole process.
    """
    discord.shard.DiscordWebSocket = TolerantWebSocket  # type: ignore[misc]
    Route.BASE = settings.discord.api_url
    DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(settings.discord.gateway_url)
    discord.VoiceClient.warn_nacl = False
    discord.VoiceClient.warn_dave = False


async def _run(client: Namesmith, token: str, terminated: asyncio.Event) -> None:
    async def finish() -> None:
        await terminated.wait()
        await client.finish_commands()

    async def watch() -> None:
        await client.is_locked.wait()
        await client.handover.watch_locks()

    async with client:
        await run_until_first(client.start(token), finish(), watch())
