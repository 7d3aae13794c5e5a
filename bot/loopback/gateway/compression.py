"""Transport compression of a gateway connection: zlib-stream and zstd-stream.

Discord's page "Gateway", section "Transport Compression": one compression context lasts for
the whole connection, and each WebSocket message ends with a flush.
"""

import importlib
import zlib
from collections.abc import Callable

Compressor = Callable[[bytes], bytes]


def zlib_stream() -> Compressor:
    """Start a zlib stream; every message ends with the four bytes of a sync flush."""
    stream = zlib.compressobj()
    return lambda data: stream.compress(data) + stream.flush(zlib.Z_SYNC_FLUSH)


def zstd_stream() -> Compressor:
    """Start a Zstandard stream; raises `ImportError` if no binding is installed."""
    try:
        native = importlib.import_module("compression.zstd")  # built into Python 3.14
    except ImportError:
        import zstandard

        stream = zstandard.ZstdCompressor().compressobj()
        flush_mode = zstandard.COMPRESSOBJ_FLUSH_BLOCK
        return lambda data: stream.compress(data) + stream.flush(flush_mode)
    compressor = native.ZstdCompressor()
    return lambda data: bytes(compressor.compress(data, compressor.FLUSH_BLOCK))


COMPRESSORS: dict[str, Callable[[], Compressor]] = {
    "zlib-stream": zlib_stream,
    "zstd-stream": zstd_stream,
}
"""A function that starts each value of the query parameter `compress`."""


def start_compression(name: str | None) -> Compressor | None:
    """Start the requested compression; None, for plain text, if it is not available."""
    try:
        return COMPRESSORS[name]() if name in COMPRESSORS else None
    except ImportError:
        return None
