"""A chat with the bot in the terminal: what is typed is said in #general, answers are printed.

Where standard input is not a terminal each line is answered and the end of file ends the chat, so
that a shell can pipe lines in and names out: answers alone go to standard output.
"""

import asyncio
import contextlib
import re
import sys
import threading
from collections.abc import AsyncIterator
from typing import Any

from .server import Loopback
from .state.messages import Message

_PATIENCE = 5.0
"""Seconds to wait for an answer before saying that there is none."""

_OPTION = re.compile(r"(?:^|\s)([\w-]+):")
_INTEGER, _NUMBER = 4, 10
_WELCOME = "You are in #general. Try %sname Tr or /name prefix:Tr; Ctrl-D ends."


async def chat(discord: Loopback, prefix: str, author: str = "ada") -> None:
    """Talk as `author` until the end of input; lines that begin with `prefix` are for the bot."""
    await discord.wait_ready()
    await discord.wait_commands()
    if sys.stdin.isatty():
        print(_WELCOME % prefix, file=sys.stderr)
    async for line in _lines(f"{author} > " if sys.stdin.isatty() else ""):
        for answer in await _answers(discord, line, prefix, author):
            print(answer, flush=True)


async def _lines(prompt: str) -> AsyncIterator[str]:
    """Yield what is typed, line by line, without the lines that say nothing."""
    while (line := await _line(prompt)) is not None:
        if line.strip():
            yield line.strip()


async def _line(prompt: str) -> str | None:
    """Return the next line, None at the end of input.

    A daemon thread waits for it: unlike an executor's, it does not hold up the end of the program.
    """
    loop = asyncio.get_running_loop()
    typed: asyncio.Future[str | None] = loop.create_future()

    def give(line: str | None) -> None:
        if not typed.done():  # a chat that is ending waits for no line
            typed.set_result(line)

    def read() -> None:
        try:
            line = input(prompt)
        except EOFError:
            line = None
        with contextlib.suppress(RuntimeError):  # the chat is over and its loop closed
            loop.call_soon_threadsafe(give, line)

    threading.Thread(target=read, daemon=True).start()
    return await typed


async def _answers(discord: Loopback, line: str, prefix: str, author: str) -> list[str]:
    """Say or invoke `line`; return the lines to print for what came back."""
    try:
        if line.startswith("/"):
            name, options = parse_slash(line, discord.commands)
            call = await discord.invoke(name, options, author=author)
            return render(await call.answer(timeout=_PATIENCE))
        message = await discord.say(re.sub(r"^@bot\b", discord.bot.mention, line), author=author)
        if not line.startswith((prefix, "@")):
            return []
        return render(await discord.said_after(message, timeout=_PATIENCE))
    except ValueError as error:
        return [str(error)]
    except TimeoutError:
        return ["(no answer)"]


def parse_slash(line: str, commands: list[dict[str, Any]]) -> tuple[str, dict[str, Any]]:
    """Return the command and options of `/command option:value option:value`.

    A value goes on to the next option, so it may hold spaces. Raises `ValueError`, one line, for
    a command that is not among `commands` or a number that is none.
    """
    parts = _OPTION.split(line.removeprefix("/"))
    name = parts[0].strip()
    command = next((command for command in commands if command["name"] == name), None)
    if command is None:
        known = ", ".join(f"/{command['name']}" for command in commands)
        raise ValueError(f"There is no /{name}; there are {known}. Options are written name:value.")
    types = {option["name"]: option["type"] for option in command.get("options", [])}
    return name, {
        option: _number(option, value.strip(), types.get(option))
        for option, value in zip(parts[1::2], parts[2::2], strict=True)
    }


def _number(option: str, value: str, kind: int | None) -> str | int | float:
    """Return `value` as what Discord's application command option type `kind` sends."""
    if kind not in (_INTEGER, _NUMBER):
        return value
    try:
        return int(value) if kind == _INTEGER else float(value)
    except ValueError:
        raise ValueError(f"{option}: {value!r} is not a number") from None


def render(message: Message) -> list[str]:
    """Return what a person would read of `message`, line by line."""
    lines = [line for line in message.content.splitlines() if line != "```"]
    return [*lines, *(f"[{file.filename}]" for file in message.attachments)]
