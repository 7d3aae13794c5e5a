"""The command line: `namesmith chat`, `serve`, `styles`, `forget-server`, `train` and others.

Arguments are parsed first, and the modules that a command needs are imported after that.
"""

import argparse
import asyncio
import contextlib
import sys
import tempfile
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from . import training_code
from .cli_arguments import parse_forget, parse_main, parse_styles
from .process import end_within, limit_heap, run, write_line

if TYPE_CHECKING:
    from .config import Settings
    from .config_sections import Secret
    from .loopback import Loopback
    from .loopback.terminal import BotReports

_BOT_PAGE = "Create a new one on the application's Bot page."
_SHARDS = "Check [discord] shard_count and shard_ids."
_CLOSE_CODES = {
    4004: f"the token is not valid any more. {_BOT_PAGE}",
    4010: f"it does not know this shard. {_SHARDS}",
    4011: f"the bot is in too many servers for one shard. {_SHARDS}",
    4012: "it does not support this version of its gateway any more. Update discord.py.",
    4013: "it does not know an intent of the bot. Update Namesmith.",
}
"""Why Discord closes a connection for good."""

_END_SECONDS = 9.0
"""Time limit from SIGTERM to the end; most service managers kill a process after 10 s."""


def main() -> None:
    """Run the command line. Exit status: 0, 1 (failed), 2 (wrong usage or settings) or 130."""
    command, *options = sys.argv[1:] or [""]
    if command == "styles":
        parsed = parse_styles(options)
        from .cli_styles import main as styles_main

        sys.exit(styles_main(parsed))
    if command == "forget-server":
        parsed = parse_forget(options)
        from .cli_forget import main as forget_main

        sys.exit(forget_main(parsed))
    if command in training_code.COMMANDS:
        sys.exit(training_code.run_command(command, options))
    _run(parse_main(sys.argv[1:]))


def _run(arguments: argparse.Namespace) -> None:
    limit_heap()
    from .config import ConfigError

    try:
        settings, token = _read_settings(arguments)
    except ConfigError as error:
        sys.exit(_fail(str(error), 2))
    serves = token is not None and arguments.mode != "chat" and not arguments.web
    expected = _expected_errors(chats=not serves)
    try:
        _serve_or_chat(arguments, settings, token if serves else None)
    except KeyboardInterrupt:
        sys.exit(130)
    except Exception as error:
        line = _explain(error, expected)
        if line is None:
            raise
        sys.exit(_fail(line, 2 if isinstance(error, ConfigError) else 1))


def _fail(line: str, status: int) -> int:
    if line:
        write_line(line)
    return status


def _serve_or_chat(
    arguments: argparse.Namespace, settings: "Settings", token: "Secret | None"
) -> None:
    from .logs import log_to_stderr

    if token is not None:
        log_to_stderr(settings.log.level, token, settings.log.format)
        if run(_serve(settings, token)) == "SIGINT":
            raise KeyboardInterrupt
        return
    if arguments.mode is None and not arguments.web:
        sys.stderr.write("DISCORD_TOKEN is not set, so you are chatting on this machine.\n")
    log_to_stderr("WARNING")
    run(_chat(settings, web=arguments.web))


def _read_settings(arguments: argparse.Namespace) -> "tuple[Settings, Secret | None]":
    """Return the settings and the token, if there is one; raises `ConfigError`."""
    from msgspec.structs import replace

    from .config import ConfigError, find_settings, read_token

    settings = find_settings(arguments.config)
    if arguments.style is not None:
        settings = settings.with_sections(names=replace(settings.names, style=arguments.style))
    token = read_token(settings)
    if token is None and arguments.mode == "serve" and not arguments.web:
        raise ConfigError("There is no token. Set DISCORD_TOKEN, or [discord] token_file.")
    return settings, token


async def _serve(settings: "Settings", token: "Secret") -> str:
    """Serve on Discord until SIGTERM, which service managers send, or Ctrl-C; return which."""
    from .client import serve

    received: list[str] = []
    terminated = _terminated("SIGTERM", "SIGBREAK", "SIGINT", received=received)
    await serve(settings, token.value, terminated)
    return "".join(received)


async def _chat(settings: "Settings", *, web: bool) -> None:
    """Run the bot on a local imitation of Discord, and the chat with it."""
    from msgspec.structs import replace

    from .chat_reports import report_to
    from .client import run_until_first, serve
    from .loopback import Loopback
    from .loopback.terminal import BotReports

    terminated = _terminated("SIGTERM", "SIGBREAK", "SIGHUP")
    async with contextlib.AsyncExitStack() as stack:
        loopback = await stack.enter_async_context(Loopback(name="Namesmith"))
        # Windows can't delete files that something still reads, such as a virus scanner.
        data_dir = stack.enter_context(
            tempfile.TemporaryDirectory(prefix="namesmith-", ignore_cleanup_errors=True)
        )
        # The chat offers the published styles; its settings and saved names are temporary.
        styles = settings.library.url or str(Path(settings.bot.data_dir, "styles"))
        settings = settings.with_sections(
            bot=replace(settings.bot, data_dir=data_dir),
            discord=replace(
                settings.discord,
                api_url=loopback.api_url,
                gateway_url=loopback.gateway_url,
                proxy="",
            ),
            library=replace(settings.library, url=styles),
            database=replace(settings.database, url=""),
            monitoring=replace(settings.monitoring, port=0),
        )
        reports, prefix = BotReports(), settings.bot.command_prefix
        interface = (
            _chat_in_browser(loopback) if web else _chat_in_terminal(loopback, prefix, reports)
        )
        bot = serve(settings, loopback.token, on_create=partial(report_to, reports))
        # The bot ends before the Loopback that it is connected to.
        await run_until_first(bot, interface, terminated.wait())


def _terminated(*signals: str, received: list[str] | None = None) -> asyncio.Event:
    """Return an event that the first of `signals` sets, where the system has them.

    `received` gets the name of that signal. The process then ends in time, even if a step of a
    network takes very long, and at once after another Ctrl-C.
    """
    import signal

    terminated = asyncio.Event()

    def terminate(name: str) -> None:
        if terminated.is_set():
            return
        terminated.set()
        if received is not None:
            received.append(name)
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        end_within(_END_SECONDS, status=130 if name == "SIGINT" else 0)

    loop = asyncio.get_running_loop()

    def terminate_in_loop(number: int, _: object) -> None:
        with contextlib.suppress(RuntimeError):  # the loop is closed
            loop.call_soon_threadsafe(terminate, signal.Signals(number).name)

    for name in signals:
        if (number := getattr(signal, name, None)) is None:
            continue  # Windows has no SIGHUP, and only Windows has SIGBREAK
        try:
            loop.add_signal_handler(number, terminate, name)
        except NotImplementedError:  # the event loops of Windows have no signal handlers
            signal.signal(number, terminate_in_loop)
    return terminated


async def _chat_in_terminal(loopback: "Loopback", prefix: str, reports: "BotReports") -> None:
    """Chat in the terminal, and offer the page as well unless the input is a pipe."""
    from .loopback.terminal import chat
    from .loopback.web import serve_page

    if not sys.stdin.isatty():
        await chat(loopback, prefix, reports=reports)
        return
    async with serve_page(loopback) as address:
        await chat(loopback, prefix, address=address, reports=reports)


async def _chat_in_browser(loopback: "Loopback") -> None:
    """Open the chat page in the browser, and serve it until Ctrl-C."""
    import webbrowser

    from .loopback.web import serve_page

    async with serve_page(loopback) as address:
        await loopback.wait_commands()
        sys.stdout.write(f"The chat is at {address} until you press Ctrl-C.\n")
        sys.stdout.flush()
        await asyncio.to_thread(webbrowser.open, address)
        await asyncio.Event().wait()


def _expected_errors(*, chats: bool) -> tuple[type[Exception], ...]:
    """Return our errors that a user can fix, and that of a chat that has shown its errors already.

    Call this before the extension loads: when that fails, discord.py forgets our modules, and
    importing them again makes different classes.
    """
    from .config import ConfigError
    from .library import LibraryError, StyleNotFoundError
    from .sampling import ArtifactError
    from .store import StoreError

    ours = ConfigError, StyleNotFoundError, LibraryError, ArtifactError, StoreError
    if not chats:
        return ours
    from .loopback.terminal import FailedLinesError

    return *ours, FailedLinesError


def _explain(error: BaseException, expected: tuple[type[Exception], ...]) -> str | None:
    """Return one line for an error that the user can fix, None for a bug.

    It is empty if the error was written already.
    """
    import discord
    from aiohttp import ClientHttpProxyError, ClientProxyConnectionError
    from discord.ext import commands

    from .client import is_unreachable
    from .logs import one_line

    if isinstance(error, commands.ExtensionFailed):
        return _explain(error.original, expected)
    if isinstance(error, discord.LoginFailure):
        return f"Discord refused the token. {_BOT_PAGE}"
    if isinstance(error, OSError) and error.filename:
        return str(error)
    if isinstance(error, discord.ConnectionClosed):
        reason = _CLOSE_CODES.get(error.code, error.reason or "no reason")
        return f"Discord closed the connection with code {error.code}: {reason}"
    if is_unreachable(error):
        is_of_proxy = isinstance(error, ClientHttpProxyError | ClientProxyConnectionError)
        setting = "proxy, or HTTPS_PROXY" if is_of_proxy else "api_url"
        return f"Discord cannot be reached: {one_line(error)}. Check [discord] {setting}."
    if isinstance(error, discord.HTTPException):
        return f"Discord answered with an error: {one_line(error)}"
    return str(error) if isinstance(error, expected) else None
