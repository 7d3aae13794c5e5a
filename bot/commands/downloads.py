"""Downloads of attached files, from Discord's hosts only and within limits."""

import asyncio
import zlib
from typing import Any

import aiohttp
import discord
import yarl
from discord.http import Route

from ..i18n import gettext as _
from .delivery import DeliveryError, repeat

_ORIGINS = ("https://cdn.discordapp.com", "https://media.discordapp.net")
"""Where Discord keeps attachments; the origin of `[discord] api_url` is allowed as well."""

_TIMEOUT_SECONDS = 60.0
_SOCKET_TIMEOUT = aiohttp.ClientTimeout(total=_TIMEOUT_SECONDS, sock_read=15)
_CHUNK_BYTES = 64 * 2**10

_HEADERS = {"Accept-Encoding": "identity"}
_GZIP_OR_ZLIB = 32 + zlib.MAX_WBITS


class DownloadError(Exception):
    """A file could not be read from Discord; the message is the translated reason, a few words."""


class FileTooLargeError(DownloadError):
    """A file has more bytes than allowed, whatever its message or its headers say."""


async def download(file: discord.Attachment, max_bytes: int) -> bytes:
    """Return the content of `file`; raises `DownloadError`, also if it has over `max_bytes`.

    discord.py's own download would follow redirects to any host, and load a file of any size.
    """
    if not _is_discord(file.url):
        raise DownloadError(_("it isn't on Discord's servers"))
    url = yarl.URL(file.url)
    proxy = {"proxy": file._http.proxy, "proxy_auth": file._http.proxy_auth}
    try:
        async with asyncio.timeout(_TIMEOUT_SECONDS):
            return await repeat(lambda: _fetch(url, max_bytes, proxy))
    except DeliveryError as error:
        raise DownloadError(_describe(error.__cause__)) from error
    except TimeoutError as error:
        raise DownloadError(_describe(error)) from error


def _is_discord(text: str) -> bool:
    """Whether a URL is of Discord's file servers, or of the server of discord.py's API."""
    allowed = [yarl.URL(each) for each in (*_ORIGINS, Route.BASE)]
    try:
        url = yarl.URL(text)
        has_password = url.user is not None or url.password is not None
        return not has_password and _origin(url) in map(_origin, allowed)
    except (ValueError, IndexError):  # not a URL; yarl has no words for some of them
        return False


def _origin(url: yarl.URL) -> tuple[str, str | None, int | None]:
    return url.scheme, url.host, url.port


async def _fetch(url: yarl.URL, max_bytes: int, proxy: dict[str, Any]) -> bytes:
    content = bytearray()
    async with (
        aiohttp.ClientSession(timeout=_SOCKET_TIMEOUT, auto_decompress=False) as session,
        session.get(url, headers=_HEADERS, allow_redirects=False, **proxy) as response,
    ):
        if response.status >= 500:
            response.raise_for_status()  # an error that is worth a repetition
        if response.status != 200:
            raise DownloadError(f"HTTP {response.status}")
        unpack = _Unpacker(response.headers.get("Content-Encoding", ""))
        async for chunk in response.content.iter_chunked(_CHUNK_BYTES):
            content += unpack(chunk, max_bytes + 1 - len(content))
            if len(content) > max_bytes:
                raise FileTooLargeError(_("too large"))
        unpack.check_complete()
    return bytes(content)


class _Unpacker:
    """Decompresses what a server or a proxy compressed unasked, within a limit of bytes."""

    def __init__(self, encoding: str) -> None:
        if encoding not in ("", "identity", "gzip", "deflate"):
            raise DownloadError(_("compressed in an unknown way"))
        is_compressed = encoding in ("gzip", "deflate")
        self._zlib = zlib.decompressobj(_GZIP_OR_ZLIB) if is_compressed else None

    def __call__(self, chunk: bytes, max_bytes: int) -> bytes:
        """Return the content of `chunk`, or its first `max_bytes`; raises `DownloadError`."""
        if self._zlib is None:
            return chunk
        try:
            return self._zlib.decompress(chunk, max_bytes)
        except zlib.error:
            raise DownloadError(_("damaged")) from None

    def check_complete(self) -> None:
        """Raise `DownloadError` if the compressed content is cut off."""
        if self._zlib and not self._zlib.eof:
            raise DownloadError(_("cut off"))


def _describe(error: BaseException | None) -> str:
    if isinstance(error, aiohttp.ClientResponseError):
        return f"HTTP {error.status}"
    return _("timed out") if isinstance(error, TimeoutError) else _("no connection")
