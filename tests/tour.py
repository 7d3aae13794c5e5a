"""The README's tour of the chat: the lines that it types, and what the real bot then shows.

`python -m tests.tour` writes it anew into README.md, and a picture of it to docs/terminal.svg.
"""

import asyncio
import io
import re
import sys
from dataclasses import dataclass, field
from pathlib import Path

from rich.console import Console
from rich.text import Text

from bot.loopback import Loopback, Message
from bot.loopback.terminal import talk
from bot.loopback.terminal.blocks import Reader
from bot.loopback.terminal.painting import painted
from bot.loopback.terminal.seat import Seat

from .serving import served

README = Path(__file__).parents[1] / "README.md"
PICTURE = README.parent / "docs" / "terminal.svg"

_WIDTH = 84
_BLOCK = re.compile(r"(?<=```text\n)ada in #general > .*?(?=```)", re.DOTALL)
_TYPED = re.compile(r"^\w+ in \S+ > (.*)$", re.MULTILINE)
_FOLDER = re.compile(r"(?:/[\w.-]+)*/(namesmith-chat-)\w+")
_FONTS = re.compile(r"@font-face \{.*?\}\s*", re.DOTALL)  # rich would have them fetched


def _paper() -> Console:
    return Console(width=_WIDTH, record=True, file=io.StringIO(), highlight=False)


@dataclass
class Paper:
    """A terminal at which `script` is typed, and that keeps what it shows."""

    script: list[str]
    live: bool = True
    paper: Console = field(default_factory=_paper)

    async def line(self, prompt: str) -> str | None:
        """Type the next line."""
        if not self.script:
            return None
        typed = self.script.pop(0)
        self.paper.print(Text(prompt, "bold green") + Text(typed, "bold"))
        return typed

    async def ask(self, question: str, default: str = "") -> str | None:
        """Answer a question by the next line."""
        return await self.line(question) or default

    async def tell(self, *lines: str) -> None:
        """Show lines of the chat's own."""
        self.paper.print(Text("\n".join(lines)))

    async def show(self, message: Message, reader: Reader, tags: list[str]) -> None:
        """Show a message as a terminal does."""
        self.paper.print(painted(message, reader, tags))


def told() -> str:
    """Return the tour as the README tells it."""
    (block,) = _BLOCK.findall(README.read_text(encoding="utf-8"))
    return str(block)


def text_of(paper: Console) -> str:
    """Return what stands there, with no folder of this one run in it."""
    shown = _FOLDER.sub(r"/tmp/\1a1b2", paper.export_text(clear=False))
    return "".join(f"{line.rstrip()}\n" for line in shown.splitlines())


async def taken() -> Console:
    """Type the README's lines at the real bot, and return what a terminal then shows."""
    as_often_as_one_likes = {"user_commands": 0, "channel_commands": 0}  # a script types fast
    async with Loopback() as discord, served(discord, limits=as_often_as_one_likes):
        ada, general = discord.user("ada"), discord.channel("general")
        paper = Paper(_TYPED.findall(told()))
        await talk(Seat(discord, "!", ada, general, paper))
    return paper.paper


def main() -> None:
    """Write both."""
    paper = asyncio.run(taken())
    text, readme = text_of(paper), README.read_text(encoding="utf-8")
    README.write_text(_BLOCK.sub(lambda _: text, readme), encoding="utf-8")
    picture = _FONTS.sub("", paper.export_svg(title="namesmith", clear=False))
    PICTURE.write_text(_FOLDER.sub(r"/tmp/\1a1b2", picture), encoding="utf-8")
    sys.stdout.write(text)


if __name__ == "__main__":
    main()
