"""How things look on the wire: JSON, timestamps and snowflakes, as Discord writes them."""

import json
import time
from datetime import UTC, datetime
from typing import Any

Json = dict[str, Any]
"""A JSON object, either way over HTTP or the gateway."""

EPOCH_MS = 1_420_070_400_000
"""The first moment of 2015 in Unix milliseconds: where Discord's snowflakes count from."""


def encode(data: object) -> bytes:
    """Give `data` as compact UTF-8 JSON."""
    return json.dumps(data, separators=(",", ":"), ensure_ascii=False).encode()


def timestamp(moment: datetime) -> str:
    """Give a moment as Discord does: ISO 8601 with microseconds and an offset."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds")


def now() -> datetime:
    """The present moment, in UTC."""
    return datetime.now(UTC)


class Snowflakes:
    """Makes ids that are unique and ascend in time: milliseconds << 22, then a count."""

    def __init__(self) -> None:
        self._last = 0

    def next(self) -> int:
        """Give the next id; two calls within one millisecond differ in the low 22 bits."""
        fresh = (time.time_ns() // 1_000_000 - EPOCH_MS) << 22
        self._last = max(fresh, self._last + 1)
        return self._last
