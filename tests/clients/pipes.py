"""Pipes between the bot of a Python client and its test; what those bots have in common."""

import asyncio
import contextlib
import json
import sys
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

KINDS = {"elf": "Elf", "elder": "Elder", "orc": "Orc"}
"""Values and names of the choices of `/choose`."""

NAMES_FILE = (b"Ada\nBen\n", "names.txt")
"""Content and name of the file that `/file` sends."""


def report(event: str, **data: object) -> None:
    """Print an event as one line of JSON, for the test."""
    sys.stdout.write(json.dumps({"event": event} | data) + "\n")
    sys.stdout.flush()


async def run_until_stopped(
    client: Coroutine[None, None, None], close: Callable[[], Awaitable[None]] | None = None
) -> None:
    """Run a client until the test closes standard input; raise the client's error, if any.

    `close` closes a client that cancellation does not close.
    """
    running = asyncio.create_task(client)
    stopped = asyncio.create_task(asyncio.to_thread(sys.stdin.read))
    await asyncio.wait((running, stopped), return_when=asyncio.FIRST_COMPLETED)
    running.cancel()  # py-cord would connect again while it closes
    try:
        with contextlib.suppress(asyncio.CancelledError):
            await running
    finally:
        if close:
            await close()


class ReportingClient:
    """A base of clients of discord.py and its forks: reports events, and replies to messages."""

    async def before_identify_hook(self, shard_id: int | None, *, initial: bool = False) -> None:
        """Identify without the wait of five seconds."""

    async def on_ready(self: Any) -> None:
        """Report that the client is ready, with its name."""
        report("ready", user=self.user.name)

    async def on_message(self: Any, message: Any) -> None:
        """Report a person's message, and reply to it."""
        if message.author.bot:
            return
        is_mention = self.user in message.mentions
        report(
            "message",
            content=message.content,
            author=message.author.name,
            is_dm=message.guild is None,
            is_mention=is_mention,
            files=[file.filename for file in message.attachments],
        )
        await message.reply("mentioned" if is_mention else f"heard {message.content}")
