"""Names and other people's words as Discord shows them: inert.

A name may hold any character of its corpus, so it may spell Markdown, a mention or a link. What
shows names can be read back: buttons find in an answer the names that it gave.
"""

import re
from collections.abc import Container, Sequence
from datetime import UTC, datetime
from typing import Literal

import discord

_LOOKALIKE = "\N{MODIFIER LETTER GRAVE ACCENT}"

_ACTS = re.compile(r"[\\`*_~|<>\[\]():#@]|^[-+]|(?<!.)\d+\.", re.MULTILINE)
"""What may act: a link needs its colon, a list the dash or the number that a line begins with."""

_ESCAPED = re.compile(r"\\([^0-9A-Za-z\s])")
_CODE = re.compile(r"(`+)(?!`)(.+)(?<!`)\1", re.DOTALL)


def escape_markdown(text: str) -> str:
    """Return Markdown that shows `text` as it is: nothing in it formats, links or mentions."""
    return _ACTS.sub(lambda acts: f"{acts[0][:-1]}\\{acts[0][-1]}", text)


def format_name(name: str) -> str:
    """Return `name` as a message of its own: as it is, or as code where it could act."""
    if escape_markdown(name) == name and "/" not in name:
        return name
    fence = "`" * (1 + max(map(len, re.findall("`+", name)), default=0))
    return f"{fence} {name} {fence}" if "`" in name else f"{fence}{name}{fence}"


def parse_name(content: str) -> str:
    """Return the name of which `plain` made `content`."""
    code = _CODE.fullmatch(content)
    if code is None:
        return content
    return code[2][1:-1] if "`" in code[2] else code[2]


def format_names(names: Sequence[str], known: Container[str] = ()) -> str:
    """Return an embed's text with one name a line; those `known` are slanted."""
    # Between underscores a backslash escapes, between asterisks Discord lets none do so.
    return "\n".join(
        f"_{escape_markdown(name)}_" if name in known else escape_markdown(name) for name in names
    )


def parse_names(text: str) -> list[str]:
    """Return the names of which `name_lines` made `text`."""
    lines = (line[1:-1] if line.startswith("_") else line for line in text.split("\n"))
    return [_ESCAPED.sub(r"\1", line) for line in lines]


def truncate(text: str, most: int) -> str:
    """Return `text`, cut to `most` characters."""
    return text if len(text) <= most else f"{text[: most - 1]}…"


def inline_code(text: str) -> str:
    """Return `text` as inline code, cut to a length that a sentence can carry."""
    return f"`{' '.join(truncate(text, 200).replace('`', _LOOKALIKE).splitlines()) or ' '}`"


_NOBODY = "someone who asked to be forgotten"


def format_timestamp(moment: datetime, as_: Literal["D", "R"]) -> str:
    """Return Markdown of a time: `D` as a date, `R` as how long ago."""
    return discord.utils.format_dt(moment, as_)


def parse_timestamp(text: str) -> datetime | None:
    """Return the time that `text` tells as ISO 8601, UTC where it names no zone; None if none."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def format_author(who: str) -> str:
    """Return Markdown of who changed a style: a member by mention, or the shell it came from."""
    if who.isascii() and who.isdigit() and len(who) <= 20:
        return f"<@{who}>"
    return escape_markdown(truncate(who, 80)) if who else _NOBODY
