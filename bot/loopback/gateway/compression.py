"""Transport compression of a gateway connection: one context for as long as it lives.

Discord's page "Gateway", section "Transport Compression": each WebSocket message is one gateway
message, flushed, and the stream goes on in the next.
"""

import importlib
import zlib
from collections.abc import Callable

Squeeze = Callable[[bytes], bytes]


def zlib_stream() -> Squeeze:
    """Start a zlib stream; every message ends with the four bytes of a sync flush."""
    stream = zlib.compressobj()
    return lambda data: stream.compress(data) + stream.flush(zlib.Z_SYNC_FLUSH)


def zstd_stream() -> Squeeze:
    """Start a Zstandard stream; raises `ImportError` where neither binding is installed."""
    try:
        native = importlib.import_module("compression.zstd")  # Python 3.14 has it built in
    except ImportError:
        import zstandard

        stream = zstandard.ZstdCompressor().compressobj()
        block = zstandard.COMPRESSOBJ_FLUSH_BLOCK
        return lambda data: stream.compress(data) + stream.flush(block)
    packer = native.ZstdCompressor()
    return lambda data: bytes(packer.compress(data, packer.FLUSH_BLOCK))


STREAMS: dict[str, Callable[[], Squeeze]] = {
    "zlib-stream": zlib_stream,
    "zstd-stream": zstd_stream,
}
"""The values of the query parameter `compress`, and how each begins."""
