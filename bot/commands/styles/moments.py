"""Times and people, written so that Discord shows them in each reader's own way."""

from datetime import UTC, datetime
from typing import Literal

import discord

from ..text import inert, short

_NOBODY = "someone who asked to be forgotten"


def when(moment: datetime, as_: Literal["D", "R"]) -> str:
    """Return Markdown of a time: `D` as a date, `R` as how long ago."""
    return discord.utils.format_dt(moment, as_)


def moment_of(text: str) -> datetime | None:
    """Return the time that `text` tells as ISO 8601, UTC where it names no zone; None if none."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def person(who: str) -> str:
    """Return Markdown of who changed a style: a member by mention, or the shell it came from."""
    if who.isascii() and who.isdigit() and len(who) <= 20:
        return f"<@{who}>"
    return inert(short(who, 80)) if who else _NOBODY
