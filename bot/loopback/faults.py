"""Faults: scripted failures of REST requests and of gateway connections.

A `Fault` says what happens to a request; `Faults.add` says to which requests, and how often:

    discord.faults.add("POST", "/channels/*/messages", RESET_AFTER)
    discord.faults.add("*", "/interactions/*/callback", http_error(503), times=3)
"""

import asyncio
import json
import socket
import struct
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any

from aiohttp import web

from .gateway.connection import Opcode
from .gateway.sessions import Gateway
from .rest.routing import route_path
from .state.encoding import Json

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass(frozen=True)
class Fault:
    """What happens to a request: first its effect, then silence, then a response or a reset.

    `status`, `body` and `headers` replace the response; without a `status`, a request that
    `takes_effect` is answered as usual. `silence` is in seconds.
    """

    status: int | None = None
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    takes_effect: bool = False
    silence: float = 0.0
    is_reset: bool = False


RESET_BEFORE = Fault(is_reset=True)
"""The connection is reset, and the request is lost."""

RESET_AFTER = Fault(is_reset=True, takes_effect=True)
"""The request takes effect, and then the connection is reset: its answer is lost."""

EMPTY = Fault(200, takes_effect=True)
"""The request takes effect, and its answer has no body."""

GARBAGE_JSON = Fault(200, b'{"id": "1', {"Content-Type": "application/json"}, takes_effect=True)
"""The request takes effect, and its answer is cut off."""

GARBAGE_HTML = Fault(200, b"<html>Hello!</html>", {"Content-Type": "text/html"}, takes_effect=True)
"""The request takes effect, and its answer is a page for browsers."""

CLOUDFLARE_RATE_LIMIT = Fault(
    429,
    b"<!doctype html><title>Access denied | discord.com used Cloudflare</title>",
    {"Content-Type": "text/html", "Retry-After": "1"},
)
"""Cloudflare's 429: a page, without the header `Via` that Discord's own answers have."""


def http_error(
    status: int, code: int = 0, message: str = "", *, takes_effect: bool = False
) -> Fault:
    """Return an error in Discord's JSON, such as 503, or 404 with the code 10062."""
    text = message or f"{status}: Scripted error"
    body = json.dumps({"message": text, "code": code}).encode()
    headers = {"Content-Type": "application/json"}
    return Fault(status, body, headers, takes_effect=takes_effect)


def rate_limited(seconds: float, *, is_global: bool = False) -> Fault:
    """Return Discord's 429 of a route, or of all routes."""
    message = "You are being rate limited."
    body = {"message": message, "code": 0, "retry_after": seconds, "global": is_global}
    headers = {"Content-Type": "application/json", "Retry-After": "1", "Via": "1.1 loopback"}
    headers["X-RateLimit-Scope"] = "global" if is_global else "user"
    return Fault(429, json.dumps(body).encode(), headers)


def silence(seconds: float) -> Fault:
    """Return a late answer to a request that has taken effect."""
    return Fault(takes_effect=True, silence=seconds)


@dataclass
class _Rule:
    method: str
    path: str
    fault: Fault
    times: int


class Faults:
    """The faults of one server. `count` is how many requests have met one so far."""

    def __init__(self, gateway: Gateway) -> None:
        self.count = 0
        self._gateway = gateway
        self._rules: list[_Rule] = []

    def add(self, method: str, path: str, fault: Fault, *, times: int = 1) -> None:
        """Let the next `times` requests that match meet `fault`; the first rule wins.

        In `method` and `path`, which is without `/api` and the version, `*` stands for any text:
        `/channels/*/messages`. The gateway's own path is `/`.
        """
        self._rules.append(_Rule(method, path, fault, times))

    def clear(self) -> None:
        """Remove every rule."""
        self._rules.clear()

    @web.middleware
    async def middleware(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Handle a request, with the fault that it meets."""
        rule = self._take_rule(request.method, route_path(request.path))
        if rule is None:
            return await handler(request)
        fault = rule.fault
        response = await handler(request) if fault.takes_effect else None
        await asyncio.sleep(fault.silence)
        if fault.is_reset:
            reset(request.transport)
        if fault.status is None:
            return response or web.Response()
        return web.Response(status=fault.status, body=fault.body, headers=fault.headers)

    def _take_rule(self, method: str, path: str) -> _Rule | None:
        for rule in self._rules:
            if fnmatchcase(method, rule.method) and fnmatchcase(path, rule.path):
                self.count += 1
                rule.times -= 1
                if rule.times <= 0:
                    self._rules.remove(rule)
                return rule
        return None

    async def close_sessions(self, code: int = 4000) -> None:
        """Close the gateway connections with a close code; the sessions can resume."""
        for connection in list(self._gateway.connections):
            connection.close(code)

    async def drop_connections(self) -> None:
        """Reset the TCP connections of the gateway."""
        for connection in list(self._gateway.connections):
            reset(connection.transport)

    async def silence_connections(self) -> None:
        """Neither send nor read any more on the gateway's open connections."""
        for connection in self._gateway.connections:
            connection.is_silent = True

    async def request_reconnect(self) -> None:
        """Request that the bot reconnects and resumes (opcode 7)."""
        self._send({"op": Opcode.RECONNECT, "d": None})

    async def invalidate_sessions(self, *, resumable: bool = False) -> None:
        """Invalidate the bot's sessions (opcode 9)."""
        self._send({"op": Opcode.INVALID_SESSION, "d": resumable})
        if not resumable:
            self._gateway.sessions.clear()

    async def request_heartbeat(self) -> None:
        """Request a heartbeat at once (opcode 1)."""
        self._send({"op": Opcode.HEARTBEAT, "d": None})

    async def send_frame(self, frame: str | bytes) -> None:
        """Send a raw text or binary frame to every session, such as garbage."""
        self._send(frame)

    async def send_event(self, name: str, data: Any) -> None:
        """Dispatch an event with any data, such as a malformed one, to every session."""
        for session in self._gateway.sessions.values():
            session.send_event(name, data)

    def _send(self, payload: Json | str | bytes) -> None:
        for session in self._gateway.sessions.values():
            if session.send:
                session.send(payload)


def reset(transport: asyncio.BaseTransport | None) -> None:
    """Reset a TCP connection: the peer gets RST, not the orderly FIN."""
    if isinstance(transport, asyncio.Transport) and not transport.is_closing():
        linger = struct.pack("ii", 1, 0)  # on, for 0 seconds
        transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        transport.abort()
