"""Helpers that read the monitoring endpoints of a bot."""

import asyncio
import socket
from collections.abc import Callable, Mapping

import aiohttp


def free_port() -> int:
    """Return a port of this machine that nobody uses."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


async def get(
    port: int, path: str, method: str = "GET", headers: Mapping[str, str] | None = None
) -> tuple[int, str]:
    """Return the status and the text of a page."""
    async with (
        aiohttp.ClientSession() as session,
        session.request(method, f"http://127.0.0.1:{port}{path}", headers=headers) as response,
    ):
        return response.status, await response.text()


async def get_until(port: int, path: str, is_expected: Callable[[int, str], bool]) -> str:
    """Return the text of a page once it `is_expected`, from its status and text."""
    async with asyncio.timeout(60):
        while True:
            status, text = await get(port, path)
            if is_expected(status, text):
                return text
            await asyncio.sleep(0.05)
