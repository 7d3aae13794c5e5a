"""Tours of the chat in the documents: the lines that they type, and what the real bot then shows.

`python -m tests.tour` writes the one of README.md anew, and a picture of it to docs/terminal.svg;
`python -m tests.tour styles` that of docs/styles.md, whose trainings take two minutes.
"""

import asyncio
import contextlib
import io
import re
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

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
STYLES = _REPOSITORY / "docs" / "styles.md"
_PICTURES = {README: "terminal.svg", STYLES: "styles.svg"}

_WIDTH = 84
_MOMENTS = (2, 6)
"""Of the edits of a training's message, those that are shown."""
_BLOCK = re.compile(r"(?<=```text\n)ada in #general > .*?(?=```)", re.DOTALL)
_TYPED = re.compile(r"^\w+ in \S+ > (.*)$", re.MULTILINE)
_LINK = re.compile(r"(?<=https://discord.com/channels/)[\d/\s]+\d")
_FOLDER = re.compile(r"(?:/[\w.-]+)*/(namesmith-chat-)\w+")
_TRAINING = re.compile(r"namesmith-train:cancel:\d+")  # the button of one that is under way
_FONTS = re.compile(r"@font-face \{.*?\}\s*", re.DOTALL)  # rich would have them fetched


def _paper() -> Console:
    return Console(width=_WIDTH, record=True, file=io.StringIO(), highlight=False)


@dataclass
class Paper:
    """A terminal at which `script` is typed, and that keeps what it shows."""

    script: list[str]
    is_interactive: bool = True
    paper: Console = field(default_factory=_paper)
    _training: Message | None = None
    _edits: int = 0
    _over: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        self._over.set()

    async def read_line(self, prompt: str) -> str | None:
        """Type the next line, once there is nothing to wait for any more."""
        await self._over.wait()
        if not self.script:
            return None
        typed = self.script.pop(0)
        self.paper.print(Text(prompt, "bold green") + Text(typed, "bold"))
        return typed

    async def prompt(self, question: str, default: str = "") -> str | None:
        """Answer a question by the next line."""
        return await self.read_line(question) or default

    async def write(self, *lines: str) -> None:
        """Show lines of the chat's own."""
        if lines[0].endswith("is thinking…"):
            self._over.clear()
        self.paper.print(Text("\n".join(lines)))

    async def show_message(self, message: Message, builder: BlockBuilder, tags: list[str]) -> None:
        """Show a message as a terminal does, and of a training's progress no more than a moment."""
        if _under_way(message):
            self._training = message
            self._over.clear()
            self._edits += 1
            if self._edits not in _MOMENTS:
                return
        elif self._training in (None, message):
            self._training, self._edits = None, 0
            self._over.set()
        self.paper.print(render_message(message, builder, tags))


def _under_way(message: Message) -> bool:
    buttons = (part for row in message.components for part in row.get("components", ()))
    return any(_TRAINING.fullmatch(part.get("custom_id", "")) for part in buttons)


def told(page: Path = README) -> str:
    """Return the tour as `page` tells it."""
    (block,) = _BLOCK.findall(page.read_text(encoding="utf-8"))
    return str(block)


def typed(page: Path = README) -> list[str]:
    """Return the lines that are typed in it."""
    return _TYPED.findall(told(page))


def text_of(paper: Console) -> str:
    """Return what stands there, with no folder of this one run in it."""
    shown = _FOLDER.sub(r"/tmp/\1a1b2", paper.export_text(clear=False))
    shown = _LINK.sub("…", shown)
    return "".join(f"{line.rstrip()}\n" for line in shown.splitlines())


async def taken(script: Sequence[str]) -> Console:
    """Type the lines of `script` at the real bot, and return what a terminal then shows."""
    as_often_as_one_likes = {"user_commands": 0, "channel_commands": 0}  # a script types fast
    async with Loopback() as discord, run_temporary_bot(discord, limits=as_often_as_one_likes):
        ada, general = discord.user("ada"), discord.channel("general")
        paper = Paper(list(script))
        with contextlib.chdir(_CORPORA):  # whose lists it names
            await run_session(Session(discord, "!", ada, general, paper))
    return paper.paper


def main(page: Path) -> None:
    """Write the tour of `page`, and its picture."""
    paper = asyncio.run(taken(typed(page)))
    text, before = text_of(paper), page.read_text(encoding="utf-8")
    page.write_text(_BLOCK.sub(lambda _: text, before), encoding="utf-8")
    picture = _FONTS.sub("", paper.export_svg(title="namesmith", clear=False))
    drawn = _REPOSITORY / "docs" / _PICTURES[page]
    drawn.write_text(_FOLDER.sub(r"/tmp/\1a1b2", picture), encoding="utf-8")
    sys.stdout.write(text)


if __name__ == "__main__":
    main(STYLES if sys.argv[1:] == ["styles"] else README)
