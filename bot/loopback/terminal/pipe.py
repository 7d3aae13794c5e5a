"""The chat down a pipe: lines from standard input, answers alone on standard output, no colours."""

import asyncio
import contextlib
import os
import sys
import threading
from typing import Protocol

from ..state.messages import Message
from .blocks import Reader
from .plain import clean, lines


class Console(Protocol):
    """Where a person types and reads: a pipe, or a terminal (`screen.py`).

    `live` says that someone looks on, who can be told things besides the answers.
    """

    live: bool

    async def line(self, prompt: str) -> str | None:
        """Return the next line, None at the end of input; Ctrl-C stops the program."""

    async def ask(self, question: str, default: str = "") -> str | None:
        """Return what is answered to `question`, None if nothing is (Ctrl-C, end of input)."""

    async def tell(self, *lines: str) -> None:
        """Print lines of the chat's own: what went wrong, what there is."""

    async def show(self, message: Message, reader: Reader, tags: list[str]) -> None:
        """Print a message as it is now; `tags` say who sees it, and that it was edited."""


class Pipe:
    """Standard input and output as they are."""

    live = False

    def __init__(self) -> None:
        self._broken = False
        if hasattr(sys.stdin, "reconfigure"):
            sys.stdin.reconfigure(errors="replace")
        if hasattr(sys.stdout, "reconfigure"):
            sys.stdout.reconfigure(errors="replace")

    async def line(self, prompt: str) -> str | None:
        """Return the next line, None at the end of input or when nobody reads the answers.

        A daemon thread waits for it: unlike an executor's, it does not hold up the end of the
        program.
        """
        if sys.stdin.isatty():  # the answers go down a pipe, so the prompt may not
            sys.stderr.write(prompt)
            sys.stderr.flush()
        loop = asyncio.get_running_loop()
        typed: asyncio.Future[str | None] = loop.create_future()

        def give(line: str | None) -> None:
            if not typed.done():  # a chat that is ending waits for no line
                typed.set_result(line)

        def read() -> None:
            line = sys.stdin.readline()
            with contextlib.suppress(RuntimeError):  # the chat is over and its loop closed
                loop.call_soon_threadsafe(give, line.rstrip("\r\n") if line else None)

        threading.Thread(target=read, daemon=True).start()
        line = await typed
        return None if self._broken else line

    async def ask(self, question: str, default: str = "") -> str | None:
        """Return the next line; an empty one means `default`."""
        line = await self.line(question)
        return default if line == "" else line

    async def tell(self, *lines: str) -> None:
        """Print lines, as long as somebody reads them."""
        steered = sys.stdout.isatty()
        try:
            for line in lines:
                sys.stdout.write(f"{clean(line) if steered else line}\n")
            sys.stdout.flush()
        except BrokenPipeError:
            self._broken = True
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())

    async def show(self, message: Message, reader: Reader, tags: list[str]) -> None:
        """Print what the message says, without `tags`."""
        await self.tell(*lines(message, reader))
