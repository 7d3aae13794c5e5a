"""Database schema: table metadata and column types; limits and validation of stored values.

Both databases store the same values. A value that they cannot store is an `InvalidValueError`.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import DateTime, MetaData, Text, TypeDecorator

tables = MetaData()
"""The tables after the newest migration; the module that uses a table declares it."""

MAX_ID = 2**63 - 1
"""The largest id of Discord, and of a row."""
MAX_SAVED = 1000
"""Saved names per person."""
MAX_NAME = 2000
"""Characters of a name."""
MAX_STYLE = 100
"""Characters of a style's name."""
MAX_BLOCKED = 200
"""Blocked words per server."""
MAX_WORD = 100
"""Characters of a blocked word."""
MAX_CHANNELS = 50
"""Channels in a server's allow-list."""
MAX_OFFERED = 1000
"""Styles that a server can choose to offer."""
MAX_PREFIX = 10
"""Characters of a command prefix."""


class StoreError(Exception):
    """The database cannot be used; the message is one line and never contains the password."""


class InvalidValueError(StoreError):
    """A value cannot be stored; the message is a sentence for the person who sent the value.

    `template` has a `{}` for each of `values`. A text in them is a constant of this package, so the
    caller can translate it, as well as the template.
    """

    def __init__(self, template: str, *values: str | int) -> None:
        self.template, self.values = template, values
        texts = (value if isinstance(value, str) else f"{value:,}" for value in values)
        super().__init__(template.format(*texts))


def marked(text: str) -> str:
    """Return `text` as it is: marks a constant for translation; `bot.i18n` needs discord.py."""
    return text


class UtcDateTime(TypeDecorator[datetime]):
    """A time in UTC; SQLite stores it without its time zone."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_result_value(self, value: datetime | None, dialect: Any) -> datetime | None:
        """Return the stored time in UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class SafeText(TypeDecorator[str]):
    """Text in which U+FFFD replaces what PostgreSQL cannot store: NUL and lone surrogates."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Any) -> str | None:
        """Return the text to store."""
        return value and re.sub("[\0\ud800-\udfff]", "\ufffd", value)


def validate_settings(changes: Mapping[str, Any]) -> dict[str, Any]:
    """Return changes of `GuildSettings` fields as they are stored; None resets a field.

    Duplicate channels and words are removed; the order stays. Raises `InvalidValueError`, and
    `TypeError` for an unknown field.
    """
    if unknown := changes.keys() - _VALIDATORS.keys():
        raise TypeError(f"no such setting: {', '.join(sorted(unknown))}")
    return {
        name: None if value is None else _VALIDATORS[name](value) for name, value in changes.items()
    }


def validate_text(value: str, what: str, max_length: int) -> str:
    """Return `value` if both databases can store it; raises `InvalidValueError`.

    `what` begins the message, for example "A name".
    """
    if not value.strip() or len(value) > max_length:
        raise InvalidValueError("{} must have 1 to {} characters.", what, max_length)
    if "\0" in value or any("\ud800" <= character <= "\udfff" for character in value):
        raise InvalidValueError("{} contains a character that can't be stored.", what)
    return value


def _validate_style(value: str) -> str:
    return validate_text(value, marked("A style's name"), MAX_STYLE)


def _validate_count(value: int) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= 25:
        raise InvalidValueError("The count must be a whole number from 1 to 25.")
    return value


def _validate_temperature(value: float) -> float:
    # NaN fails the comparison, too.
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0.1 <= value <= 2:
        raise InvalidValueError("The temperature must be a number from 0.1 to 2.")
    return float(value)


def _validate_new_only(value: bool) -> bool:
    if not isinstance(value, bool):
        raise InvalidValueError('The setting "new names only" must be yes or no.')
    return value


def _validate_channels(value: Iterable[int]) -> list[int]:
    channels = list(dict.fromkeys(value))
    if len(channels) > MAX_CHANNELS:
        raise InvalidValueError("You can choose up to {} channels.", MAX_CHANNELS)
    if not all(isinstance(channel, int) and 0 < channel <= MAX_ID for channel in channels):
        raise InvalidValueError("A channel must be given by its ID.")
    return channels


def _validate_blocked(value: Iterable[str]) -> list[str]:
    words = [validate_text(word.strip(), marked("A blocked word"), MAX_WORD) for word in value]
    unique: dict[str, str] = {}
    for word in words:
        unique.setdefault(word.casefold(), word)
    if len(unique) > MAX_BLOCKED:
        raise InvalidValueError("You can block up to {} words.", MAX_BLOCKED)
    return list(unique.values())


def _validate_prefix(value: str) -> str:
    if len(value) > MAX_PREFIX or not re.fullmatch(r"\S(.*\S)?", value):
        raise InvalidValueError(
            "The prefix must have 1 to {} characters and no space at either end.", MAX_PREFIX
        )
    return validate_text(value, marked("The prefix"), MAX_PREFIX)


def _validate_offered(value: Iterable[str]) -> list[str]:
    styles = list(dict.fromkeys(map(_validate_style, value)))
    if len(styles) > MAX_OFFERED:
        raise InvalidValueError("You can choose up to {} styles.", MAX_OFFERED)
    return styles


def _validate_role(value: int) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 < value < 2**63:
        raise InvalidValueError("A role must be given by its ID.")
    return value


_VALIDATORS: dict[str, Callable[[Any], Any]] = {
    "style": _validate_style,
    "count": _validate_count,
    "temperature": _validate_temperature,
    "new_only": _validate_new_only,
    "channels": _validate_channels,
    "blocked": _validate_blocked,
    "prefix": _validate_prefix,
    "offered": _validate_offered,
    "manager_role": _validate_role,
}
