"""Read-eval-print loop of the terminal chat: run each line, show what the bot does.

If standard input or output is not a terminal, the loop waits for the answer to each line and stops
at the end of the input. It writes answers to standard output, and errors, also those of the bot, to
standard error. So a shell can pipe lines in and names out.
"""

import asyncio
import re
import sys

from ..payloads.application_commands import CommandType
from ..rest.interactions import CallbackType, Interaction
from ..server import Loopback
from ..state.encoding import Json
from ..state.messages import Message
from .bot_reports import BotReports
from .completion import suggest
from .components import (
    Component,
    components_by_number,
    describe_choices,
    latest_interactive_message,
    parse_choices,
    require_count,
)
from .local_commands import LOCAL_COMMANDS
from .modal import field_values, prompt_fields
from .session import Session
from .slash_commands import parse_command

ANSWER_TIMEOUT = 5.0
"""Seconds to wait for an answer."""

THINKING_DELAY = 0.3
"""Seconds before an interactive console shows that the bot is thinking."""

_NUMBER = re.compile(r"([0-9]{1,3})(?:\s+(.*))?", re.DOTALL)
_NO_ANSWER = "The bot didn't answer."
_MISTYPED_LOCAL_COMMAND = re.compile(r"\.[a-z][-\w]*", re.I)


class FailedLinesError(Exception):
    """A line from a pipe failed; the console has said why."""


async def chat(
    discord: Loopback,
    prefix: str,
    author: str = "ada",
    *,
    address: str | None = None,
    reports: BotReports | None = None,
) -> None:
    """Chat as `author` until the end of the input.

    Lines that begin with `prefix` are commands to the bot. `address` is the URL of the web chat,
    which the greeting on a terminal names. Raises `OSError` if standard output can't be written,
    and `FailedLinesError` if a line from a pipe failed.
    """
    await discord.wait_ready()
    await discord.wait_commands()
    session = Session(discord, prefix, discord.user(author), discord.channel("general"))
    session.reports = reports or session.reports
    if sys.stdin.isatty() and sys.stdout.isatty():
        # prompt_toolkit and rich are slow to import, and a pipe does not need them.
        from .interactive_console import InteractiveConsole

        session.console = InteractiveConsole(
            lambda line: suggest(discord, line, session.user, session.channel)
        )
        await session.console.write(
            f"You're {author} in #general. Try {prefix}name Tr or /name prefix:Tr."
            " Tab completes, .help shows help, Ctrl-D quits.",
            *([f"Same chat in a browser: {address}"] if address else []),
        )
    await run_session(session)
    if session.console.output_error:
        raise session.console.output_error
    if session.console.has_failed:
        raise FailedLinesError


async def run_session(session: Session) -> None:
    """Run each line from the session's console, and show the bot's messages meanwhile."""
    async with asyncio.TaskGroup() as tasks:
        events = tasks.create_task(session.show_events(session.discord.events()))
        while (line := await session.console.read_line(session.prompt)) is not None:
            if line.strip():
                await run_line(session, line.strip())
        events.cancel()


async def run_line(session: Session, line: str) -> None:
    """Run `line`, wait until its result is shown, and report any error."""
    word, _, rest = line.partition(" ")
    try:
        if line.startswith("/"):
            await _run_slash_command(session, line)
        elif command := LOCAL_COMMANDS.get(word):
            if interaction := await command.run(session, rest.strip()):
                await _show_response(session, interaction)
        elif number := _NUMBER.fullmatch(line):
            await _use_component(session, int(number[1]), number[2])
        elif _MISTYPED_LOCAL_COMMAND.fullmatch(word):
            await session.console.write_error(_describe_mistyped(word, session.prefix))
        else:
            await _send_message(session, line)
    except ValueError as error:
        await session.console.write_error(str(error))


def _describe_mistyped(word: str, prefix: str) -> str:
    known = ", ".join(LOCAL_COMMANDS)
    return f"There's no {word} here, only {known}. The bot's begin with {prefix} or /."


async def _send_message(session: Session, line: str) -> None:
    bot = session.discord.bot
    mention = rf"^@(bot|{re.escape(bot.name)})\b"
    text, mentions = re.subn(mention, bot.mention, line, flags=re.I)
    sent = await session.discord.say(
        text, author=session.user, channel=session.channel, attachments=session.files
    )
    session.files.clear()
    reports = session.reports
    if not (reports.is_active or mentions or line.startswith(session.prefix)):
        return

    def is_answered() -> bool:
        # A response to an interaction is not an answer to this message.
        return any(one.id > sent.id and one.interaction is None for one in session.shown)

    is_settled = await session.wait_until(
        lambda: sent.id in reports.ignored or is_answered(), ANSWER_TIMEOUT
    )
    hint = reports.ignored.get(sent.id, "") if is_settled else _NO_ANSWER
    if hint:
        await session.console.write_error(hint)


async def _run_slash_command(session: Session, line: str) -> None:
    registered = [*session.discord.guild_commands, *session.discord.commands]
    commands = [c for c in registered if c["type"] == CommandType.SLASH]
    name, options = parse_command(line, commands)
    interaction = await session.discord.invoke(
        name, options, author=session.user, channel=session.channel
    )
    await _show_response(session, interaction)


async def _use_component(session: Session, number: int, text: str | None) -> None:
    """Press the button with this number, or choose `text` in the select menu."""
    messages = session.discord.messages(session.channel).values()
    message = latest_interactive_message(messages, session.user)
    if message is None:
        raise ValueError("There's nothing to press here yet.")
    components = components_by_number(message)
    if number not in components:
        raise ValueError(f"There's no {number}. Choose from {', '.join(map(str, components))}.")
    component = components[number]
    if component.is_disabled:
        raise ValueError(f"{component} is disabled.")
    if component.is_select and text is None:
        question = f"{component.label} ({describe_choices(component.data)}): "
        text = await session.console.prompt(question)
        if text is None:
            if not session.console.is_interactive:
                await session.console.write_error("Nothing was chosen.")
            return
    await _show_response(session, await _send_component(session, message, component, text or ""))


async def _send_component(
    session: Session, message: Message, component: Component, text: str
) -> Interaction:
    custom_id = component.data["custom_id"]
    if component.is_select:
        values = parse_choices(component.data, text)
        require_count(component.data, values)
        return await session.discord.select(message, custom_id, values, author=session.user)
    return await session.discord.press(message, custom_id, author=session.user)


async def _show_response(session: Session, interaction: Interaction) -> None:
    """Wait for the response to an interaction: a message, a modal, or a timeout."""
    edited = interaction.source.edited_at if interaction.source else None
    try:
        await interaction.wait_acknowledged()
    except TimeoutError:
        await session.console.write_error("The application did not respond.")
        return
    if interaction.modal is not None:
        await _fill_modal(session, interaction, interaction.modal)
        return

    def is_answered() -> bool:
        message = interaction.visible_answer
        if message is None or (message is interaction.source and message.edited_at == edited):
            return False
        return message in session.shown and session.shown[message] == message.edited_at

    is_deferred = interaction.callback == CallbackType.DEFER
    is_interactive = session.console.is_interactive
    if is_deferred and is_interactive and not await session.wait_until(is_answered, THINKING_DELAY):
        await session.console.write(f"{session.discord.bot.name} is thinking…")
    # On a terminal the answer may arrive while the next line is typed. A pipe waits for it.
    must_wait = is_deferred and not is_interactive
    now = asyncio.get_running_loop().time()
    timeout = interaction.expires_at - now if must_wait else ANSWER_TIMEOUT
    if not await session.wait_until(is_answered, timeout) and must_wait:
        await session.console.write_error(_NO_ANSWER)


async def _fill_modal(session: Session, interaction: Interaction, modal: Json) -> None:
    """Prompt for the fields of a modal until Discord accepts them or the user cancels."""
    answers = await prompt_fields(modal, session.console, {})
    while answers is not None:
        try:
            submitted = await session.discord.submit(
                interaction, field_values(modal, answers), author=session.user
            )
        except ValueError as error:
            await session.console.write_error(str(error))
            answers = await prompt_fields(modal, session.console, answers)
        else:
            await _show_response(session, submitted)
            return
    await session.console.write_error("The form wasn't sent.")
