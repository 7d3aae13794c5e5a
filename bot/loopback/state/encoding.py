"""Wire encoding: JSON, timestamps and snowflake ids in Discord's formats."""

import json
import time
from datetime import UTC, datetime
from typing import Any

Json = dict[str, Any]
"""A JSON object sent over HTTP or the gateway, in either direction."""

DISCORD_EPOCH_MS = 1_420_070_400_000
"""The first millisecond of 2015 in Unix time; snowflakes count from here."""


def encode_json(data: object) -> bytes:
    """Return `data` as compact UTF-8 JSON."""
    return json.dumps(data, separators=(",", ":"), ensure_ascii=False).encode()


def format_timestamp(moment: datetime) -> str:
    """Return `moment` as ISO 8601 with microseconds and a UTC offset."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds")


def utc_now() -> datetime:
    """Return the current time in UTC."""
    return datetime.now(UTC)


def drop_nulls(node: Any) -> Any:
    """Return a body without its null fields, at any depth: Discord doesn't send them back."""
    if isinstance(node, list):
        return [drop_nulls(item) for item in node]
    if not isinstance(node, dict):
        return node
    return {key: drop_nulls(value) for key, value in node.items() if value is not None}


def parse_snowflake(text: str) -> int | None:
    """Return the id that `text` is, or None if it is not a whole number of at most 64 bits."""
    is_number = text.isascii() and text.isdecimal() and len(text) <= 20
    return int(text) if is_number and int(text) < 1 << 64 else None


class SnowflakeGenerator:
    """Generates unique, ascending ids: milliseconds << 22, plus a counter."""

    def __init__(self) -> None:
        self._last = 0

    def next(self) -> int:
        """Return the next id; ids of the same millisecond differ in the low 22 bits."""
        current = (time.time_ns() // 1_000_000 - DISCORD_EPOCH_MS) << 22
        self._last = max(current, self._last + 1)
        return self._last
