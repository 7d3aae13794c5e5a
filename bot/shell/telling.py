"""How styles are told of in a shell: a line each, in columns, or as JSON."""

import json
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

from ..library import Change, Shelved
from ..sampling import Style


def listed(shelved: Iterable[Shelved]) -> str:
    """Return a line for each style, below one that says what is what."""
    head = ("STYLE", "LIVE", "VERSIONS", "BYTES", "CHANGED", "BY")
    rows = [
        (
            each.style,
            _live(each),
            str(len(each.versions)),
            str(each.size),
            _time(each.changes[0].when) if each.changes else "-",
            _who(each.changes[0]) if each.changes else "-",
        )
        for each in shelved
    ]
    return _aligned([head, *rows])


def described(shelved: Shelved, style: Style | None) -> str:
    """Return what is known of a style, then a line for each change, the newest first."""
    rows = [
        ("style", shelved.style),
        ("live", _live(shelved)),
        ("versions", " ".join(map(str, shelved.versions))),
        ("bytes", str(shelved.size)),
        *(_tells(style) if style else ()),
    ]
    changes = [
        (_time(each.when), each.what, str(each.version), each.digest[:12], _who(each))
        for each in shelved.changes
    ]
    head = ("CHANGED", "WHAT", "VERSION", "SHA-256", "BY")
    return f"{_aligned(rows)}\n{_aligned([head, *changes])}"


def changed(change: Change) -> str:
    """Return the line that says what is now."""
    if change.what == "retire":
        return f"{change.style}: retired; version {change.version} was live, all are kept\n"
    told = f"{change.size:,} bytes, SHA-256 {change.digest[:12]}"
    return f"{change.style}: version {change.version} is live ({told})\n"


def told_as_json(value: Any) -> str:
    """Return `value` as JSON; times as in RFC 3339."""
    return json.dumps(value, indent=1, ensure_ascii=False, default=datetime.isoformat) + "\n"


def _tells(style: Style) -> Iterator[tuple[str, str]]:
    yield "title", style.title
    yield "description", style.description
    yield "created", style.created
    for key in ("samples", "licence"):
        if key in style.corpus:
            yield key, str(style.corpus[key])
    if "nats_per_character" in style.report:
        yield "nats a character", str(style.report["nats_per_character"])


def _live(shelved: Shelved) -> str:
    return "retired" if shelved.live is None else str(shelved.live)


def _time(when: datetime) -> str:
    return f"{when.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def _who(change: Change) -> str:
    return change.who or "someone who asked to be forgotten"


def _aligned(rows: Sequence[Sequence[str]]) -> str:
    """Return `rows` in columns two spaces apart; nothing in them can begin a line of its own."""
    plain = [["".join(c if c.isprintable() else " " for c in cell) for cell in row] for row in rows]
    widths = [max(map(len, column)) for column in zip(*plain, strict=True)]
    lines = (
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in plain
    )
    return "".join(f"{line}\n" for line in lines)
