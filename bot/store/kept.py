"""What may be kept: what a server sets and what a person saves, each within its bounds."""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from .address import StoreError

MAX_SAVED = 1000
"""Names that one person may save."""
MAX_NAME = 2000
"""Characters of a name."""
MAX_STYLE = 100
MAX_BLOCKED = 200
"""Words that one server may block."""
MAX_WORD = 100
MAX_CHANNELS = 50
MAX_PREFIX = 10


class NotKeptError(StoreError):
    """What somebody asked to be kept is not kept; the line may be told to that person."""


@dataclass(frozen=True)
class GuildSettings:
    """What a server has set; None, or empty, where it goes by the bot's own default."""

    style: str | None = None
    count: int | None = None
    temperature: float | None = None
    new_only: bool | None = None
    channels: tuple[int, ...] = ()
    """The only channels where the bot answers; empty: all of them."""
    blocked: tuple[str, ...] = ()
    """Words that no name may be, beside the bot's own."""
    prefix: str | None = None


@dataclass(frozen=True)
class SavedName:
    """A name that somebody saved; `saved_at` is in UTC."""

    id: int
    name: str
    style: str
    saved_at: datetime


def checked_changes(changes: Mapping[str, Any]) -> dict[str, Any]:
    """Return `changes` of `GuildSettings` as they are stored.

    None puts a setting back; channels and words are named once, in the order given. Raises
    `NotKeptError`, and `TypeError` for a setting that there is not.
    """
    if unknown := changes.keys() - _CHECKS.keys():
        raise TypeError(f"no such setting: {', '.join(sorted(unknown))}")
    return {
        name: None if value is None else _CHECKS[name](value) for name, value in changes.items()
    }


def checked_text(value: str, what: str, longest: int) -> str:
    """Return `value`, which both databases can hold; raises `NotKeptError`."""
    if not value.strip() or len(value) > longest:
        raise NotKeptError(f"{what} must have 1 to {longest:,} characters.")
    if "\0" in value or any("\ud800" <= character <= "\udfff" for character in value):
        raise NotKeptError(f"{what} holds a character that is none (NUL, or half of one).")
    return value


def utc(time: datetime) -> datetime:
    """SQLite gives back the time as it was stored, in UTC, and does not say so."""
    return time.replace(tzinfo=UTC) if time.tzinfo is None else time.astimezone(UTC)


def _style(value: str) -> str:
    return checked_text(value, "A style's name", MAX_STYLE)


def _count(value: int) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= 25:
        raise NotKeptError("The count must be a whole number from 1 to 25.")
    return value


def _temperature(value: float) -> float:
    # The bounds leave out what is not a number, too: it compares as false.
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0.1 <= value <= 2:
        raise NotKeptError("The temperature must be a number from 0.1 to 2.")
    return float(value)


def _new_only(value: bool) -> bool:
    if not isinstance(value, bool):
        raise NotKeptError("Whether only new names are given must be yes or no.")
    return value


def _channels(value: Iterable[int]) -> list[int]:
    channels = list(dict.fromkeys(value))
    if len(channels) > MAX_CHANNELS:
        raise NotKeptError(f"At most {MAX_CHANNELS} channels can be named.")
    if not all(isinstance(channel, int) and 0 < channel < 2**63 for channel in channels):
        raise NotKeptError("A channel is named by its number.")
    return channels


def _blocked(value: Iterable[str]) -> list[str]:
    words = [checked_text(word.strip(), "A blocked word", MAX_WORD) for word in value]
    once: dict[str, str] = {}
    for word in words:
        once.setdefault(word.casefold(), word)
    if len(once) > MAX_BLOCKED:
        raise NotKeptError(f"At most {MAX_BLOCKED} words can be blocked.")
    return list(once.values())


def _prefix(value: str) -> str:
    if len(value) > MAX_PREFIX or not re.fullmatch(r"\S(.*\S)?", value):
        raise NotKeptError(
            f"The prefix must have 1 to {MAX_PREFIX} characters, no space at either end."
        )
    return checked_text(value, "The prefix", MAX_PREFIX)


_CHECKS: dict[str, Callable[[Any], Any]] = {
    "style": _style,
    "count": _count,
    "temperature": _temperature,
    "new_only": _new_only,
    "channels": _channels,
    "blocked": _blocked,
    "prefix": _prefix,
}
