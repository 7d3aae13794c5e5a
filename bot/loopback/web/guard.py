"""Who may talk to the page: a browser on this machine that has its address, and nobody else.

Any web page may send requests to 127.0.0.1. So the path holds a token that cannot be guessed; the
Host header must be ours, or a name that an attacker points at 127.0.0.1 would make the attacker's
page one of ours (DNS rebinding); and whatever acts must come from our own page, by its Origin.
"""

import hmac
import secrets
from dataclasses import dataclass, field

from aiohttp import web

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)

HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": POLICY,
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
"""Sent with every answer, a refusal too."""


@dataclass
class Guard:
    """Lets requests in; `host` (`127.0.0.1:port`) is known once the server listens."""

    token: str = field(default_factory=lambda: secrets.token_urlsafe(24))
    host: str = ""

    @property
    def address(self) -> str:
        """The page's address."""
        return f"http://{self.host}/{self.token}/"

    def check(self, request: web.Request) -> None:
        """Raise an HTTP error unless the request may be served: 403, 404, or 403 again."""
        if request.headers.get("Host") != self.host:
            raise web.HTTPForbidden(text="This page is served under its own address alone.")
        token = request.path.removeprefix("/").partition("/")[0]
        if not hmac.compare_digest(token.encode(errors="replace"), self.token.encode()):
            raise web.HTTPNotFound
        acts = request.method not in ("GET", "HEAD") or "Upgrade" in request.headers
        if acts and request.headers.get("Origin") != f"http://{self.host}":
            raise web.HTTPForbidden(text="Only the page itself may do this.")


async def harden(_: web.Request, response: web.StreamResponse) -> None:
    """Put the headers on every answer; what a file has set for itself stays."""
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
