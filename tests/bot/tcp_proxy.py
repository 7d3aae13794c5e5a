"""TCP proxy: a port before a server, which can be cut and opened again."""

import asyncio
import contextlib
from urllib.parse import urlsplit


class Proxy:
    """A port before the server of `url`."""

    def __init__(self, url: str) -> None:
        self._address = urlsplit(url)
        self._writers: set[asyncio.StreamWriter] = set()

    async def open(self, port: int = 0) -> int:
        """Listen at `port`, by default a free one, and return it."""
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", port)
        return int(self._server.sockets[0].getsockname()[1])

    def cut(self) -> None:
        """Close the port and all its connections."""
        self._server.close()
        for writer in self._writers:
            writer.transport.abort()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        host, port = self._address.hostname, self._address.port
        to_reader, to_writer = await asyncio.open_connection(host, port)
        self._writers |= {writer, to_writer}
        await asyncio.gather(
            copy(reader, to_writer), copy(to_reader, writer), return_exceptions=True
        )


async def copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Copy bytes until the reader ends."""
    with contextlib.suppress(OSError):
        while data := await reader.read(1 << 16):
            writer.write(data)
            await writer.drain()
    writer.close()
