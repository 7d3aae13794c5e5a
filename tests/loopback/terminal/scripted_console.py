"""Scripted console: types given lines into the terminal chat and records its output."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from bot.loopback import Loopback, Message
from bot.loopback.terminal.components import format_components, list_components
from bot.loopback.terminal.console import message_lines
from bot.loopback.terminal.message_blocks import BlockBuilder
from bot.loopback.terminal.repl import run_session
from bot.loopback.terminal.session import Session

Action = Callable[[], Awaitable[object]]

OUTPUT_TIMEOUT = 60.0
"""Seconds to wait for output; only a chat that hangs needs them."""


@dataclass
class ScriptedConsole:
    """A console that types `script`.

    Each entry is a line, None for Ctrl-C, or an action that runs before the next line. A message
    is one line of `output`: its own lines, its components and its tags.
    """

    script: list[str | Action | None]
    is_interactive: bool = True
    output_error: OSError | None = None
    has_failed: bool = False
    output: list[str] = field(default_factory=list)
    prompts: list[str] = field(default_factory=list)
    written: asyncio.Event = field(default_factory=asyncio.Event)

    async def read_line(self, prompt: str) -> str | None:
        """Run the actions that come next, and return the line after them."""
        self.prompts.append(prompt)
        while self.script:
            step = self.script.pop(0)
            if callable(step):
                await step()
            else:
                return step
        return None

    async def prompt(self, question: str, default: str = "") -> str | None:
        """Return the next line; an empty one accepts the default."""
        answer = await self.read_line(f"{question}{default}")
        return default if answer == "" else answer

    async def write(self, *lines: str) -> None:
        """Record the chat's own lines."""
        self.output += lines
        self.written.set()

    async def write_error(self, *lines: str) -> None:
        """Record an error, as the chat's own lines."""
        self.has_failed = True
        await self.write(*lines)

    async def show_message(self, message: Message, builder: BlockBuilder, tags: list[str]) -> None:
        """Record a message."""
        lines = message_lines(message, builder)
        components = format_components(list_components(message))
        lines += [components] if components and components not in lines else []
        await self.write(" / ".join(lines + [f"({tag})" for tag in tags]))

    async def wait_for_output(self, *lines: str) -> None:
        """Wait until each of these lines is in the output."""
        async with asyncio.timeout(OUTPUT_TIMEOUT):
            while not set(lines) <= set(self.output):
                self.written.clear()
                await self.written.wait()


async def run_console(console: ScriptedConsole, loopback: Loopback) -> None:
    """Run a chat at `console`, as ada in #general, to its end."""
    user, channel = loopback.user("ada"), loopback.channel("general")
    await run_session(Session(loopback, "!", user, channel, console))


async def run_chat(
    loopback: Loopback, *script: str | Action | None, is_interactive: bool = True
) -> ScriptedConsole:
    """Type `script` into a chat, and return the console with its output."""
    console = ScriptedConsole(list(script), is_interactive)
    await run_console(console, loopback)
    return console
