"""The list that somebody attached: checked by what Discord says of it, then downloaded."""

from typing import Any

import aiohttp
import discord

from ..errors import Refused
from ..text import inert, short
from .limits import megabytes

_SECONDS = aiohttp.ClientTimeout(total=60, sock_read=15)
_PART = 64 * 2**10


def check_size(file: discord.Attachment, most: int) -> None:
    """Raise `Refused` for a file that is said to have more than `most` bytes, or none."""
    if file.size > most:
        raise Refused(
            f"{_name(file)} has {megabytes(file.size)}; a list may have {megabytes(most)}."
        )
    if not file.size:
        raise Refused(f"{_name(file)} is empty; attach a list with one name a line.")


async def received(client: discord.Client, file: discord.Attachment, most: int) -> bytes:
    """Return what is in `file`; raises `Refused` where it cannot be had or has over `most` bytes.

    discord.py's own download would take a file of any size into memory.
    """
    proxy: dict[str, Any] = {"proxy": client.http.proxy, "proxy_auth": client.http.proxy_auth}
    content = bytearray()
    try:
        async with (
            aiohttp.ClientSession(timeout=_SECONDS) as session,
            session.get(file.url, raise_for_status=True, **proxy) as response,
        ):
            async for part in response.content.iter_chunked(_PART):
                content += part
                if len(content) > most:
                    raise Refused(f"{_name(file)} is larger than Discord says; attach it again.")
    except (aiohttp.ClientError, OSError, TimeoutError) as error:
        raise Refused(
            f"{_name(file)} cannot be had from Discord ({_reason(error)}); attach it again."
        ) from None
    return bytes(content)


def _name(file: discord.Attachment) -> str:
    return inert(short(file.filename, 100))


def _reason(error: Exception) -> str:
    if isinstance(error, aiohttp.ClientResponseError):
        return f"it answers {error.status}"
    return "no answer in time" if isinstance(error, TimeoutError) else "no connection"
