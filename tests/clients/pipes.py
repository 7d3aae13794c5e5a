"""Pipes between the bot of a Python client and its test; what those bots have in common."""

import asyncio
import contextlib
import json
import sys
from collections.abc import Awaitable, Callable, Coroutine

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
