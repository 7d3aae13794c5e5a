"""A chat with the bot in the terminal: what is typed is said or done, answers are shown.

Where standard input or output is no terminal each line is answered in its turn and the end of file
ends the chat, so that a shell can pipe lines in and names out: answers alone go to standard output.
"""

import asyncio
import sys

from ..server import Loopback
from .completing import offers
from .doing import do
from .seat import Seat

__all__ = ["chat"]


async def chat(
    discord: Loopback, prefix: str, author: str = "ada", *, address: str | None = None
) -> None:
    """Talk as `author` until the end of input; lines that begin with `prefix` are for the bot.

    `address` is where the same chat is a web page; it is told on a terminal.
    """
    await discord.wait_ready()
    await discord.wait_commands()
    seat = Seat(discord, prefix, discord.user(author), discord.channel("general"))
    if sys.stdin.isatty() and sys.stdout.isatty():
        from .screen import Screen  # it takes its time to load, which a pipe need not wait for

        seat.console = Screen(lambda line: offers(discord, line, seat.user, seat.place))
        await seat.console.tell(
            f"You are {author} in #general. Try {prefix}name Tr or /name prefix:Tr; Tab completes,"
            " .help tells more, Ctrl-D ends.",
            *([f"The same as a page: {address}"] if address else []),
        )
    await talk(seat)


async def talk(seat: Seat) -> None:
    """Do each line that comes from the seat's console, and show what the bot does meanwhile."""
    async with asyncio.TaskGroup() as tasks:
        watching = tasks.create_task(seat.watch(seat.discord.events()))
        while (line := await seat.console.line(seat.prompt)) is not None:
            if line.strip():
                await do(seat, line.strip())
        watching.cancel()
