"""A terminal with nobody at it: a script types, and what the chat writes is kept."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from bot.loopback import Loopback, Message
from bot.loopback.terminal.components import format_components, list_components
from bot.loopback.terminal.console import message_lines
from bot.loopback.terminal.message_blocks import BlockBuilder
from bot.loopback.terminal.repl import run_session
from bot.loopback.terminal.session import Session

Act = Callable[[], Awaitable[object]]
"""Something that happens instead of a line."""


@dataclass
class Typist:
    """Types `script`, line by line; None leaves a form. `written` is all that it reads.

    A message is one line there: its own lines, what can be pressed, and how it is tagged.
    """

    script: list[str | Act | None]
    is_interactive: bool = True
    written: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    bell: asyncio.Event = field(default_factory=asyncio.Event)

    async def read_line(self, prompt: str) -> str | None:
        """Type the next line, after what happens before it."""
        self.asked.append(prompt)
        while self.script:
            step = self.script.pop(0)
            if callable(step):
                await step()
            else:
                return step
        return None

    async def prompt(self, question: str, default: str = "") -> str | None:
        """Answer a question; an empty line keeps what stands there."""
        answer = await self.read_line(f"{question}{default}")
        return default if answer == "" else answer

    async def write(self, *lines: str) -> None:
        """Read lines of the chat's own."""
        self._keep(*lines)

    async def show_message(self, message: Message, builder: BlockBuilder, tags: list[str]) -> None:
        """Read a message."""
        bar = format_components(list_components(message))
        read = message_lines(message, builder)
        read += [bar] if bar and bar not in read else []
        self._keep(" / ".join(read + [f"({tag})" for tag in tags]))

    def _keep(self, *lines: str) -> None:
        self.written += lines
        self.bell.set()

    async def until(self, *wanted: str) -> None:
        """Wait until each of these has been written."""
        async with asyncio.timeout(10):
            while not set(wanted) <= set(self.written):
                self.bell.clear()
                await self.bell.wait()


async def at(typist: Typist, loopback: Loopback) -> None:
    """Let someone type at a chat with the bot of `loopback`, as ada in #general, to the end."""
    await run_session(
        Session(loopback, "!", loopback.user("ada"), loopback.channel("general"), typist)
    )


async def typed(loopback: Loopback, *script: str | Act | None, live: bool = True) -> Typist:
    """Type a script at such a chat."""
    typist = Typist(list(script), live)
    await at(typist, loopback)
    return typist
