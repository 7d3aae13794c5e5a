"""Discord Markdown: escape user text, format names, timestamps and mentions, parse names back.

A name may contain any character of its corpus, so it may look like Markdown, a mention or a link.
"""

import re
from collections.abc import Container, Sequence
from datetime import UTC, datetime
from typing import Literal

import discord

from ..i18n import format_number, marked
from ..i18n import gettext as _

_GRAVE_LOOKALIKE = "\N{MODIFIER LETTER GRAVE ACCENT}"

_SYNTAX = re.compile(r"[\\`*_~|<>\[\]():#@]|^[-+]|(?<!.)\d+\.", re.MULTILINE)
"""Markdown syntax: a link needs its colon, a list its dash or number at the start of a line."""

_ESCAPED = re.compile(r"\\([^0-9A-Za-z\s])")
_CODE = re.compile(r"(`+)(?!`)(.+)(?<!`)\1", re.DOTALL)

_FORGOTTEN = marked("someone who deleted their data")


def escape_markdown(text: str) -> str:
    """Return Markdown that shows `text` literally: it formats, links and mentions nothing."""
    return _SYNTAX.sub(lambda match: f"{match[0][:-1]}\\{match[0][-1]}", text)


def format_name(name: str) -> str:
    """Return a message that is just `name`: as plain text, or as code if it has syntax in it."""
    if escape_markdown(name) == name and "/" not in name:
        return name
    fence = "`" * (1 + max(map(len, re.findall("`+", name)), default=0))
    return f"{fence} {name} {fence}" if "`" in name else f"{fence}{name}{fence}"


def parse_name(content: str) -> str:
    """Return the name that `format_name` formatted."""
    code = _CODE.fullmatch(content)
    if code is None:
        return content
    return code[2][1:-1] if "`" in code[2] else code[2]


def format_names(names: Sequence[str], known: Container[str] = ()) -> str:
    """Return an embed's description with one name a line; those that are `known` are italic."""
    # Underscores: Discord does not unescape backslashes between asterisks.
    return "\n".join(
        f"_{escape_markdown(name)}_" if name in known else escape_markdown(name) for name in names
    )


def parse_names(text: str) -> list[str]:
    """Return the names that `format_names` formatted."""
    lines = (line[1:-1] if line.startswith("_") else line for line in text.split("\n"))
    return [_ESCAPED.sub(r"\1", line) for line in lines]


def truncate(text: str, max_length: int) -> str:
    """Return `text`, cut to `max_length` characters with an ellipsis at its end."""
    return text if len(text) <= max_length else f"{text[: max_length - 1]}…"


def inline_code(text: str) -> str:
    """Return `text` as inline code, on one line and at most 200 characters long."""
    return f"`{' '.join(truncate(text, 200).replace('`', _GRAVE_LOOKALIKE).splitlines()) or ' '}`"


def format_timestamp(time: datetime, style: Literal["D", "R"]) -> str:
    """Return a timestamp in the reader's time zone: `D` as a date, `R` as time since then."""
    return discord.utils.format_dt(time, style)


def parse_timestamp(text: str) -> datetime | None:
    """Return the ISO 8601 time `text`, in UTC if it names no zone; None if it is not one."""
    try:
        time = datetime.fromisoformat(text)
    except ValueError:
        return None
    return time if time.tzinfo else time.replace(tzinfo=UTC)


def format_author(author: str) -> str:
    """Return who changed a style: a mention of a member, or the name of a shell user."""
    if author.isascii() and author.isdigit() and len(author) <= 20:
        return f"<@{author}>"
    return escape_markdown(truncate(author, 80)) if author else _(_FORGOTTEN)


def format_size(size: int) -> str:
    """Return a size in bytes as text, such as `850 kB` or `1.2 MB`."""
    if size >= 2**20:
        return _("{size} MB").format(size=format_number(size / 2**20, 1))
    return _("{size} kB").format(size=format_number(size / 2**10))
