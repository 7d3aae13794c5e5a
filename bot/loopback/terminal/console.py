"""Console interface of the chat, and the plain console for pipes."""

import asyncio
import contextlib
import errno
import os
import sys
import threading
from collections.abc import Iterator, Sequence
from typing import Protocol

from ..state.messages import Message
from .components import format_components, list_components
from .markdown import Line, plain_text
from .message_blocks import Block, BlockBuilder, Card, FieldBlock, FileBlock, TextBlock

_IS_WINDOWS = os.name == "nt"

_CONTROL_CHARACTERS = dict.fromkeys(
    (*range(9), *range(10, 32), *range(127, 160)), "\N{REPLACEMENT CHARACTER}"
)


class Console(Protocol):
    """Input and output of the chat.

    `is_interactive` means that a person watches, so the chat may print more than answers.
    `output_error` is why the output can't be written, such as a full disk. `has_failed` means that
    an error was written.
    """

    is_interactive: bool
    output_error: OSError | None
    has_failed: bool

    async def read_line(self, prompt: str) -> str | None:
        """Return the next line, or None at the end of the input. Ctrl-C ends the program."""

    async def prompt(self, question: str, default: str = "") -> str | None:
        """Return the answer to `question`, or None on Ctrl-C and at the end of the input."""

    async def write(self, *lines: str) -> None:
        """Print the chat's own lines, such as help."""

    async def write_error(self, *lines: str) -> None:
        """Print why a line failed."""

    async def show_message(self, message: Message, builder: BlockBuilder, tags: list[str]) -> None:
        """Print a message; `tags` say who can see it and whether it was edited."""


class PipeConsole:
    """Plain standard input and output, without colours; errors go to standard error."""

    is_interactive = False
    output_error: OSError | None = None
    has_failed = False

    def __init__(self) -> None:
        self._is_broken = False
        if hasattr(sys.stdin, "reconfigure"):
            sys.stdin.reconfigure(errors="replace")
        if hasattr(sys.stdout, "reconfigure"):
            sys.stdout.reconfigure(errors="replace")

    async def read_line(self, prompt: str) -> str | None:
        """Return the next line, or None at the end of the input or when the reader is gone."""
        if sys.stdin.isatty():  # standard output is a pipe, so the prompt goes elsewhere
            sys.stderr.write(prompt)
            sys.stderr.flush()
        loop = asyncio.get_running_loop()
        result: asyncio.Future[str | None] = loop.create_future()

        def set_result(line: str | None) -> None:
            if not result.done():
                result.set_result(line)

        def read() -> None:
            line = sys.stdin.readline()
            with contextlib.suppress(RuntimeError):  # the loop is closed
                loop.call_soon_threadsafe(set_result, line.rstrip("\r\n") if line else None)

        # Unlike an executor's threads, a daemon thread does not delay the end of the program.
        threading.Thread(target=read, daemon=True).start()
        line = await result
        return None if self._is_broken else line

    async def prompt(self, question: str, default: str = "") -> str | None:
        """Return the next line; an empty one means `default`."""
        line = await self.read_line(question)
        return default if line == "" else line

    async def write(self, *lines: str) -> None:
        """Print lines until the reader closes the pipe."""
        is_terminal = sys.stdout.isatty()
        try:
            for line in lines:
                sys.stdout.write(f"{replace_control_characters(line) if is_terminal else line}\n")
            sys.stdout.flush()
        except OSError as error:
            self._is_broken = True
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            # On Windows, a reader that has ended makes the argument invalid.
            is_broken_pipe = _IS_WINDOWS and error.errno == errno.EINVAL
            if not (is_broken_pipe or isinstance(error, BrokenPipeError)):
                self.output_error = OSError(error.errno, error.strerror, "standard output")

    async def write_error(self, *lines: str) -> None:
        """Print lines to standard error."""
        self.has_failed = True
        is_terminal = sys.stderr.isatty()
        with contextlib.suppress(OSError):  # the exit status tells it, too
            for line in lines:
                text = replace_control_characters(line) if is_terminal else line
                sys.stderr.write(f"{text}\n")
            sys.stderr.flush()

    async def show_message(self, message: Message, builder: BlockBuilder, tags: list[str]) -> None:
        """Print the text of a message, without `tags`."""
        await self.write(*message_lines(message, builder))


def replace_control_characters(text: str) -> str:
    """Replace the characters that could move the cursor or change the terminal, but not tabs."""
    return text.translate(_CONTROL_CHARACTERS)


def message_lines(message: Message, builder: BlockBuilder) -> list[str]:
    """Return a message as plain lines, at least one.

    Titles, authors, footers and components are left out if there is anything else, so that a
    shell gets only the names.
    """
    blocks = builder.build(message)
    for with_secondary in (False, True):
        lines = [line for block in blocks for line in _block_lines(block, with_secondary)]
        if lines:
            break
    return [line for line in lines if line] or [format_components(list_components(message))]


def _block_lines(block: Block, with_secondary: bool) -> Iterator[str]:
    if isinstance(block, TextBlock):
        if with_secondary or not block.is_secondary:
            yield from _plain_lines(block.lines)
    elif isinstance(block, FieldBlock):
        name, value = " ".join(_plain_lines(block.name)), _plain_lines(block.value)
        yield from [f"{name}: {value[0]}"] if len(value) == 1 else [f"{name}:", *value]
    elif isinstance(block, FileBlock):
        yield block.location
    elif isinstance(block, Card):
        for inner in block.blocks:
            yield from _block_lines(inner, with_secondary)


def _plain_lines(lines: Sequence[Line]) -> list[str]:
    return [plain_text(line) for line in lines]
