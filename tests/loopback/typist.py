"""A terminal with nobody at it: a script types, and what the chat writes is kept."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from bot.loopback import Loopback, Message
from bot.loopback.terminal import talk
from bot.loopback.terminal.blocks import Reader
from bot.loopback.terminal.controls import bar, controls
from bot.loopback.terminal.plain import lines
from bot.loopback.terminal.seat import Seat

Act = Callable[[], Awaitable[object]]
"""Something that happens instead of a line."""


@dataclass
class Typist:
    """Types `script`, line by line; None leaves a form. `written` is all that it reads.

    A message is one line there: its own lines, what can be pressed, and how it is tagged.
    """

    script: list[str | Act | None]
    live: bool = True
    written: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    bell: asyncio.Event = field(default_factory=asyncio.Event)

    async def line(self, prompt: str) -> str | None:
        """Type the next line, after what happens before it."""
        self.asked.append(prompt)
        while self.script:
            step = self.script.pop(0)
            if callable(step):
                await step()
            else:
                return step
        return None

    async def ask(self, question: str, default: str = "") -> str | None:
        """Answer a question; an empty line keeps what stands there."""
        answer = await self.line(f"{question}{default}")
        return default if answer == "" else answer

    async def tell(self, *lines: str) -> None:
        """Read lines of the chat's own."""
        self._keep(*lines)

    async def show(self, message: Message, reader: Reader, tags: list[str]) -> None:
        """Read a message."""
        found = controls(message)
        read = lines(message, reader)
        read += [bar(found)] if found and bar(found) not in read else []
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
    await talk(Seat(loopback, "!", loopback.user("ada"), loopback.channel("general"), typist))


async def typed(loopback: Loopback, *script: str | Act | None, live: bool = True) -> Typist:
    """Type a script at such a chat."""
    typist = Typist(list(script), live)
    await at(typist, loopback)
    return typist
