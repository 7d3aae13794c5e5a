"""Recorded chats in the docs: types their lines into the real bot and records its answers.

`python -m tests.tour --write` updates README.md, docs/styles.md and their pictures, which takes a
few minutes. `--write readme` or `--write styles` updates only one page. Without `--write`, the
chats are only printed.
"""

import argparse
import asyncio
import contextlib
import io
import os
import re
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from unittest.mock import patch

from rich.console import Console
from rich.text import Text

from bot.loopback import Loopback, Message
from bot.loopback.terminal.interactive_console import render_message
from bot.loopback.terminal.message_blocks import BlockBuilder
from bot.loopback.terminal.repl import run_session
from bot.loopback.terminal.session import Session

from .bot_runner import run_temporary_bot

_REPOSITORY = Path(__file__).parents[1]
_CORPORA = _REPOSITORY / "model" / "corpora"
README = _REPOSITORY / "README.md"
_PAGES = {"readme": README, "styles": _REPOSITORY / "docs" / "styles.md"}
_PICTURES = {"readme": "terminal.svg", "styles": "styles.svg"}

_WIDTH = 84
_SHOWN_PROGRESS = (2, 6)
"""Which updates of a training's progress are recorded."""

_CHAT = re.compile(r"(?<=```text\n)ada in #general > .*?(?=```)", re.DOTALL)
_TYPED_LINE = re.compile(r"^\w+ in \S+ > (.*)$", re.MULTILINE)
_MESSAGE_IDS = re.compile(r"(?<=https://discord.com/channels/)[\d/\s]+\d")
_ATTACHMENT_FOLDER = re.compile(r"(?:/[\w.-]+)*/(namesmith-chat-)\w+")
_CANCEL_BUTTON_ID = re.compile(r"namesmith-train:cancel:\d+")
_FONT_FACES = re.compile(r"@font-face \{.*?\}\s*", re.DOTALL)
"""rich embeds web fonts, which a viewer would download."""


def _recording_console() -> Console:
    return Console(width=_WIDTH, record=True, file=io.StringIO(), highlight=False)


@dataclass
class Recorder:
    """A console that types `script` and records what a terminal shows."""

    script: list[str]
    is_interactive: bool = True
    output_error: OSError | None = None
    has_failed: bool = False
    console: Console = field(default_factory=_recording_console)
    _training_message: Message | None = None
    _progress_count: int = 0
    _idle: asyncio.Event = field(default_factory=asyncio.Event)
    """Set unless the bot thinks or trains."""

    def __post_init__(self) -> None:
        self._idle.set()

    async def read_line(self, prompt: str) -> str | None:
        """Type the next line, once the bot is idle."""
        await self._idle.wait()
        if not self.script:
            return None
        line = self.script.pop(0)
        self.console.print(Text(prompt, "bold green") + Text(line, "bold"))
        return line

    async def prompt(self, question: str, default: str = "") -> str | None:
        """Answer with the next line."""
        return await self.read_line(question) or default

    async def write(self, *lines: str) -> None:
        """Record the chat's own lines.

        The line "is thinking" depends on the machine's speed, so it is left out.
        """
        if lines[0].endswith("is thinking…"):
            self._idle.clear()
        else:
            self.console.print(Text("\n".join(lines)))

    async def write_error(self, *lines: str) -> None:
        """Record an error."""
        await self.write(*lines)

    async def show_message(self, message: Message, builder: BlockBuilder, tags: list[str]) -> None:
        """Record a message; of a training's progress, only some updates."""
        if _is_training(message):
            self._training_message = message
            self._idle.clear()
            self._progress_count += 1
            if self._progress_count not in _SHOWN_PROGRESS:
                return
        elif self._training_message in (None, message):
            self._training_message, self._progress_count = None, 0
            self._idle.set()
        self.console.print(render_message(message, builder, tags))


def _is_training(message: Message) -> bool:
    components = (part for row in message.components for part in row.get("components", ()))
    return any(_CANCEL_BUTTON_ID.fullmatch(part.get("custom_id", "")) for part in components)


def documented_chat(page: Path = README) -> str:
    """Return the recorded chat in `page`."""
    (chat,) = _CHAT.findall(page.read_text(encoding="utf-8"))
    return str(chat)


def typed_lines(page: Path = README) -> list[str]:
    """Return the lines that are typed in the chat of `page`."""
    return _TYPED_LINE.findall(documented_chat(page))


async def record(script: Sequence[str]) -> Console:
    """Type `script` into a chat with the real bot; return the console with the recording."""
    no_limits = {"user_commands": 0, "channel_commands": 0}
    async with (
        Loopback(acknowledge_timeout=60.0) as discord,
        run_temporary_bot(discord, limits=no_limits),
    ):
        ada, general = discord.user("ada"), discord.channel("general")
        recorder = Recorder(list(script))
        with (
            contextlib.chdir(_CORPORA),  # the script names its lists
            patch("bot.loopback.terminal.repl.ANSWER_TIMEOUT", 60.0),
        ):
            await run_session(Session(discord, "!", ada, general, recorder))
    return recorder.console


def recorded_text(console: Console) -> str:
    """Return the recording as text, without the folder and the ids of this run."""
    text = _ATTACHMENT_FOLDER.sub(r"/tmp/\1a1b2", console.export_text(clear=False))
    text = _MESSAGE_IDS.sub("…", text)
    return "".join(f"{line.rstrip()}\n" for line in text.splitlines())


def write(name: str, console: Console) -> None:
    """Replace the chat in a page, and its picture, with the recording."""
    page, text = _PAGES[name], recorded_text(console)
    page.write_text(_CHAT.sub(lambda _: text, page.read_text(encoding="utf-8")), encoding="utf-8")
    svg = _FONT_FACES.sub("", console.export_svg(title="namesmith", clear=False))
    svg = _ATTACHMENT_FOLDER.sub(r"/tmp/\1a1b2", svg)
    (_REPOSITORY / "docs" / _PICTURES[name]).write_text(svg, encoding="utf-8")


def main() -> None:
    """Record the chats of the named pages, print them, and write them with `--write`."""
    parser = argparse.ArgumentParser(prog="python -m tests.tour", description=__doc__)
    parser.add_argument("--write", action="store_true", help="update the pages and pictures")
    parser.add_argument("pages", nargs="*", help="readme or styles; default: both")
    arguments = parser.parse_args()
    if unknown := set(arguments.pages) - set(_PAGES):
        parser.error(f"unknown page {min(unknown)}; choose from {', '.join(_PAGES)}")
    os.environ["TZ"] = "UTC"  # the chats show dates
    time.tzset()
    for name in arguments.pages or _PAGES:
        console = asyncio.run(record(typed_lines(_PAGES[name])))
        sys.stdout.write(recorded_text(console))
        if arguments.write:
            write(name, console)


if __name__ == "__main__":
    main()
