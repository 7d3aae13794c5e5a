"""REST trace: reports the requests that discord.py sends, by aiohttp's tracing."""

import time
from types import SimpleNamespace

import aiohttp

from ..observer import observer

_SCOPES = ("user", "global", "shared")


def make_trace() -> aiohttp.TraceConfig:
    """Return the trace for `discord.Client(http_trace=...)`."""
    trace = aiohttp.TraceConfig()
    trace.on_request_start.append(_start)
    trace.on_request_end.append(_end)
    trace.on_request_exception.append(_fail)
    return trace


async def _start(
    _: aiohttp.ClientSession, context: SimpleNamespace, params: aiohttp.TraceRequestStartParams
) -> None:
    del params
    context.started = time.perf_counter()


async def _end(
    _: aiohttp.ClientSession, context: SimpleNamespace, params: aiohttp.TraceRequestEndParams
) -> None:
    response = params.response
    seconds = time.perf_counter() - context.started
    observer().count_request(params.method, str(response.status), seconds)
    if response.status == 429:
        scope = response.headers.get("X-RateLimit-Scope", "")
        if "Via" not in response.headers:  # Discord's own answers have it
            scope = "cloudflare"
        observer().count_rate_limit(scope if scope in _SCOPES else "user")


async def _fail(
    _: aiohttp.ClientSession, context: SimpleNamespace, params: aiohttp.TraceRequestExceptionParams
) -> None:
    seconds = time.perf_counter() - context.started
    observer().count_request(params.method, "none", seconds)
