"""Discord's rate limits: so many requests a bucket in a window, and all of them together.

The rules are those of Discord's page "Rate Limits". Discord does not publish the numbers and
asks clients to read them from the headers; `LIKE_DISCORD` has those that are commonly seen.
"""

import hashlib
import math
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from ..state.wire import Json


@dataclass(frozen=True)
class Limit:
    """At most `count` requests in each window of `seconds`."""

    count: int
    seconds: float


@dataclass(frozen=True)
class RateLimits:
    """The limits in force; generous unless told otherwise, so that a test waits for none.

    `messages` is for creating messages in one channel, `route` for any other route and place,
    `everything` for all requests of the bot together (interaction callbacks aside).
    """

    messages: Limit = Limit(1000, 1.0)
    route: Limit = Limit(1000, 1.0)
    everything: Limit = Limit(10_000, 1.0)


LIKE_DISCORD = RateLimits(Limit(5, 5.0), Limit(10, 2.0), Limit(50, 1.0))
"""Limits near Discord's own."""


@dataclass
class Window:
    """A bucket's present window: how much of it is used, and when it ends."""

    limit: Limit
    ends: float = 0.0
    used: int = 0

    def take(self, now: float) -> bool:
        """Use one request at the moment `now` (seconds); False when the window is used up."""
        if now >= self.ends:
            self.ends, self.used = now + self.limit.seconds, 0
        if self.used >= self.limit.count:
            return False
        self.used += 1
        return True


@dataclass(frozen=True)
class Verdict:
    """Whether a request may pass, and the headers that go with its answer."""

    headers: dict[str, str]
    retry_after: float | None = None
    overall: bool = False

    def json(self) -> Json:
        """Give the body of a 429 answer."""
        about: Json = {"message": "You are being rate limited.", "code": 0}
        return about | {"retry_after": self.retry_after, "global": self.overall}


@dataclass
class Limiter:
    """Counts requests by bucket and place (Discord's top-level resource, or the token)."""

    limits: RateLimits = field(default_factory=RateLimits)
    clock: Callable[[], float] = time.monotonic
    _windows: dict[tuple[str, str], Window] = field(default_factory=dict)
    _all: Window | None = None

    def judge(self, bucket: str, place: str, *, counted: bool) -> Verdict:
        """Count a request of `bucket` at `place`; `counted` against the limit of all together."""
        now = self.clock()
        if self._all is None:
            self._all = Window(self.limits.everything)
        if counted and not self._all.take(now):
            after = _ceil(self._all.ends - now)
            headers = {"X-RateLimit-Global": "true", "X-RateLimit-Scope": "global"}
            return Verdict(headers | _retry(after), after, overall=True)
        window = self._window(bucket, place, now)
        passed = window.take(now)
        headers = _headers(bucket, window, now)
        if passed:
            return Verdict(headers)
        after = _ceil(window.ends - now)
        return Verdict(headers | _retry(after) | {"X-RateLimit-Scope": "user"}, after)

    def _window(self, bucket: str, place: str, now: float) -> Window:
        if len(self._windows) > 4096:
            self._windows = {key: w for key, w in self._windows.items() if w.ends > now}
        limit = self.limits.messages if bucket == "messages" else self.limits.route
        return self._windows.setdefault((bucket, place), Window(limit))


def _ceil(seconds: float) -> float:
    """Round up to a millisecond, so that who waits as told is never early."""
    return math.ceil(seconds * 1000) / 1000


def _retry(after: float) -> dict[str, str]:
    # discord.py takes a 429 without `Via` for a ban by Discord's front and gives up.
    return {"Retry-After": str(math.ceil(after)), "Via": "1.1 loopback"}


def _headers(bucket: str, window: Window, now: float) -> dict[str, str]:
    after = _ceil(window.ends - now)
    return {
        "X-RateLimit-Limit": str(window.limit.count),
        "X-RateLimit-Remaining": str(window.limit.count - window.used),
        "X-RateLimit-Reset": f"{time.time() + after:.3f}",
        "X-RateLimit-Reset-After": f"{after:.3f}",
        "X-RateLimit-Bucket": hashlib.blake2b(bucket.encode(), digest_size=16).hexdigest(),
    }
