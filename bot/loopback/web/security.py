"""Request checks of the web page: secret token, Host and Origin; security headers.

Any website can send requests to 127.0.0.1, so only a browser that knows the page's URL may use it:

- The path begins with a token that cannot be guessed.
- The Host header must be ours. Otherwise another site's host name could point to 127.0.0.1, and
  its pages would have the same origin as ours (DNS rebinding).
- Requests that change something must have our own Origin.
"""

import hmac
import secrets
from dataclasses import dataclass, field

from aiohttp import web

CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)

SECURITY_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
"""Headers of every response, errors included."""


@dataclass
class RequestGuard:
    """Checks requests. `host` (`127.0.0.1:port`) is set once the server listens."""

    token: str = field(default_factory=lambda: secrets.token_urlsafe(24))
    host: str = ""

    @property
    def url(self) -> str:
        """The URL of the page."""
        return f"http://{self.host}/{self.token}/"

    def check(self, request: web.Request) -> None:
        """Raise 403 for a foreign Host or Origin, and 404 for a wrong token."""
        if request.headers.get("Host") != self.host:
            raise web.HTTPForbidden(text="Wrong host. Open the page at its own address.")
        token = request.path.removeprefix("/").partition("/")[0]
        if not hmac.compare_digest(token.encode(errors="replace"), self.token.encode()):
            raise web.HTTPNotFound
        needs_origin = request.method not in ("GET", "HEAD") or "Upgrade" in request.headers
        if needs_origin and request.headers.get("Origin") != f"http://{self.host}":
            raise web.HTTPForbidden(text="Wrong origin. Only the page itself may do this.")


async def add_security_headers(_: web.Request, response: web.StreamResponse) -> None:
    """Add the headers that a response has not set itself."""
    for name, value in SECURITY_HEADERS.items():
        response.headers.setdefault(name, value)
