"""The command line that starts the bot: on Discord with a token, on the loopback without."""

import argparse
import asyncio
import contextlib
import signal
import sys
import tempfile
import webbrowser
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

import aiohttp
import discord
from discord.ext import commands
from pydantic import SecretStr

from .client import serve
from .config import ConfigError, Settings, read_token, settings_here
from .library import LibraryError, StyleNotFoundError
from .logs import log_to_stderr
from .loopback import Loopback
from .loopback.terminal import chat
from .loopback.web import serve_page
from .sampling import ArtifactError
from .store import StoreError

_EPILOG = """\
With a token in DISCORD_TOKEN, or in the file that [discord] token_file names, the bot goes to
Discord. Without one it talks to you in this terminal, over a Discord on 127.0.0.1.

  namesmith                          chat, or serve where there is a token
  namesmith --web                    chat on a page in your browser
  echo '!name Tr' | namesmith chat   five names, then out
  namesmith --style mine.onnx chat   another style
  namesmith styles --help            publish styles, and go back to earlier ones
"""


def main() -> None:
    """Run the command line; leaves with 0, 1 (it could not run), 2 (used wrongly) or 130."""
    try:
        _run(_parser().parse_args())
    except KeyboardInterrupt:
        sys.exit(130)
    except Exception as error:
        line = _explain(error)
        if line is None:
            raise
        sys.stderr.write(f"namesmith: {line}\n")
        sys.exit(2 if isinstance(error, ConfigError) else 1)


def _run(arguments: argparse.Namespace) -> None:
    settings = _settings(arguments)
    token = read_token(settings)
    if token is not None and arguments.mode != "chat" and not arguments.web:
        log_to_stderr(settings.log.level, token)
        asyncio.run(_serve(settings, token))
        return
    if arguments.mode == "serve" and not arguments.web:
        raise ConfigError("no token: set DISCORD_TOKEN, or [discord] token_file in config.toml")
    if arguments.mode is None and not arguments.web:
        sys.stderr.write("No token in DISCORD_TOKEN, so this is a chat on this machine.\n")
    log_to_stderr("WARNING")
    asyncio.run(_chat(settings, web=arguments.web))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="namesmith",
        description="A Discord bot that invents names.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "mode", nargs="?", choices=("chat", "serve"), help="chat here, or serve on Discord"
    )
    parser.add_argument(
        "--config", type=Path, metavar="FILE", help="settings (default: config.toml, if there)"
    )
    parser.add_argument("--web", action="store_true", help="chat on a page in your browser")
    parser.add_argument("--style", help="a style's name, or an .onnx file")
    return parser


def _settings(arguments: argparse.Namespace) -> Settings:
    settings = settings_here(arguments.config)
    if arguments.style is None:
        return settings
    names = settings.names.model_copy(update={"style": arguments.style})
    return settings.model_copy(update={"names": names})


async def _serve(settings: Settings, token: SecretStr) -> None:
    """Serve until SIGTERM, as a service manager sends it, or Ctrl-C."""
    told = asyncio.Event()
    with contextlib.suppress(NotImplementedError):  # Windows has no signal handlers in its loop
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, told.set)
    await _until_first(serve(settings, token.get_secret_value()), told.wait())


async def _chat(settings: Settings, *, web: bool) -> None:
    """Start a loopback Discord, bring the real bot onto it, and let people talk to it."""
    async with contextlib.AsyncExitStack() as stack:
        loopback = await stack.enter_async_context(Loopback(name="Namesmith"))
        data_dir = stack.enter_context(tempfile.TemporaryDirectory(prefix="namesmith-"))
        there = {
            "api_url": loopback.api_url,
            "gateway_url": loopback.gateway_url,
        }
        prefix = settings.bot.command_prefix
        # What was published answers here too; what the chat sets and saves goes with it.
        styles = settings.library.url or str(Path(settings.bot.data_dir, "styles"))
        sections = {
            "bot": settings.bot.model_copy(update={"data_dir": data_dir}),
            "discord": settings.discord.model_copy(update=there),
            "library": settings.library.model_copy(update={"url": styles}),
        }
        settings = settings.model_copy(update=sections)
        talking = _browse(loopback) if web else _talk(loopback, prefix)
        # The bot goes before the Discord that it is on.
        await _until_first(serve(settings, loopback.token), talking)


async def _until_first(*work: Coroutine[Any, Any, object]) -> None:
    """Do all of `work` until one comes to its end, or this is cancelled; then end the others."""
    tasks = [asyncio.create_task(each) for each in work]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        ended = [task for task in tasks if task.done()]
        while going := [task for task in tasks if not task.done()]:
            for task in going:
                task.cancel()
            # Once more if need be: `asyncio.wait_for`, which discord.py connects by, loses some
            # cancellations before Python 3.12.
            await asyncio.wait(going, timeout=1)
    for task in ended:
        task.result()


async def _talk(loopback: Loopback, prefix: str) -> None:
    """Chat in this terminal, and as a page for who prefers it; a pipe has no use for that."""
    if not sys.stdin.isatty():
        await chat(loopback, prefix)
        return
    async with serve_page(loopback) as address:
        await chat(loopback, prefix, address=address)


async def _browse(loopback: Loopback) -> None:
    """Open the chat in the browser, and serve it until Ctrl-C."""
    async with serve_page(loopback) as address:
        await loopback.wait_commands()
        sys.stdout.write(f"The chat is at {address} until you press Ctrl-C.\n")
        sys.stdout.flush()
        await asyncio.to_thread(webbrowser.open, address)
        await asyncio.Event().wait()


def _explain(error: BaseException) -> str | None:
    """Return one line for an error that a person can mend, None for one of ours."""
    if isinstance(error, commands.ExtensionFailed):
        return _explain(error.original)
    if isinstance(error, discord.LoginFailure):
        return "Discord refused the token; make a new one on the application's Bot page"
    if isinstance(error, discord.ConnectionClosed):
        return f"Discord closed the connection: code {error.code}, {error.reason or 'no reason'}"
    if isinstance(error, aiohttp.ClientConnectionError | discord.GatewayNotFound):
        return f"Discord cannot be reached: {error}; see [discord] api_url and gateway_url"
    if isinstance(error, discord.HTTPException):
        return f"Discord answered with an error: {error}"
    ours = ConfigError | StyleNotFoundError | LibraryError | ArtifactError | StoreError
    return str(error) if isinstance(error, ours) else None
