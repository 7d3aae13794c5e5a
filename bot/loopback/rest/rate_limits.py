"""Rate limits: requests per bucket and time window, and a global limit.

Discord's page "Rate Limits" has the rules. Discord doesn't publish the numbers; clients read
them from the headers. `DISCORD_RATE_LIMITS` has commonly observed values.
"""

import hashlib
import math
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from ..state.encoding import Json


@dataclass(frozen=True)
class Limit:
    """At most `count` requests in each window of `seconds`."""

    count: int
    seconds: float


@dataclass(frozen=True)
class RateLimits:
    """The limits of a server; the defaults are so generous that no test waits.

    `messages` is for new messages in one channel, `route` for any other route and resource,
    `total` for all requests of the bot together, except interaction callbacks.
    """

    messages: Limit = Limit(1000, 1.0)
    route: Limit = Limit(1000, 1.0)
    total: Limit = Limit(10_000, 1.0)


DISCORD_RATE_LIMITS = RateLimits(Limit(5, 5.0), Limit(10, 2.0), Limit(50, 1.0))
"""Limits close to Discord's own."""


@dataclass
class Window:
    """The current window of a bucket: the requests used, and when it ends."""

    limit: Limit
    ends_at: float = 0.0
    used: int = 0

    def take(self, now: float) -> bool:
        """Use one request at `now`, in seconds; return False if none is left."""
        if now >= self.ends_at:
            self.ends_at, self.used = now + self.limit.seconds, 0
        if self.used >= self.limit.count:
            return False
        self.used += 1
        return True


@dataclass(frozen=True)
class RateLimitResult:
    """The headers for a response; with `retry_after`, in seconds, the request is refused."""

    headers: dict[str, str]
    retry_after: float | None = None
    is_global: bool = False

    def json(self) -> Json:
        """Return the body of a 429 response."""
        body: Json = {"message": "You are being rate limited.", "code": 0}
        return body | {"retry_after": self.retry_after, "global": self.is_global}


@dataclass
class RateLimiter:
    """Counts requests by bucket and resource (Discord's top-level resource, or the token)."""

    limits: RateLimits = field(default_factory=RateLimits)
    clock: Callable[[], float] = time.monotonic
    _windows: dict[tuple[str, str], Window] = field(default_factory=dict)
    _total: Window | None = None

    def count(self, bucket: str, resource: str, *, counts_globally: bool) -> RateLimitResult:
        """Count a request, and return whether it may pass."""
        now = self.clock()
        if self._total is None:
            self._total = Window(self.limits.total)
        if counts_globally and not self._total.take(now):
            retry_after = _ceil_ms(self._total.ends_at - now)
            headers = {"X-RateLimit-Global": "true", "X-RateLimit-Scope": "global"}
            headers |= _retry_headers(retry_after)
            return RateLimitResult(headers, retry_after, is_global=True)
        window = self._window(bucket, resource, now)
        is_allowed = window.take(now)
        headers = _bucket_headers(bucket, window, now)
        if is_allowed:
            return RateLimitResult(headers)
        retry_after = _ceil_ms(window.ends_at - now)
        headers |= _retry_headers(retry_after) | {"X-RateLimit-Scope": "user"}
        return RateLimitResult(headers, retry_after)

    def _window(self, bucket: str, resource: str, now: float) -> Window:
        if len(self._windows) > 4096:
            self._windows = {key: w for key, w in self._windows.items() if w.ends_at > now}
        limit = self.limits.messages if bucket == "messages" else self.limits.route
        return self._windows.setdefault((bucket, resource), Window(limit))


def _ceil_ms(seconds: float) -> float:
    """Round up to a millisecond, so that a client that waits this long is never early."""
    return math.ceil(seconds * 1000) / 1000


def _retry_headers(retry_after: float) -> dict[str, str]:
    # discord.py treats a 429 without `Via` as a ban by Cloudflare, and stops.
    return {"Retry-After": str(math.ceil(retry_after)), "Via": "1.1 loopback"}


def _bucket_headers(bucket: str, window: Window, now: float) -> dict[str, str]:
    reset_after = _ceil_ms(window.ends_at - now)
    return {
        "X-RateLimit-Limit": str(window.limit.count),
        "X-RateLimit-Remaining": str(window.limit.count - window.used),
        "X-RateLimit-Reset": f"{time.time() + reset_after:.3f}",
        "X-RateLimit-Reset-After": f"{reset_after:.3f}",
        "X-RateLimit-Bucket": hashlib.blake2b(bucket.encode(), digest_size=16).hexdigest(),
    }
