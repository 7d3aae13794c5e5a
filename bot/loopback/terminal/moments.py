"""Moments, `<t:1700000000:R>` in a message: as a date here, or how far off they are."""

from datetime import UTC, datetime

_SHAPES = {
    "t": "%H:%M",
    "T": "%H:%M:%S",
    "d": "%d/%m/%Y",
    "D": "%d %B %Y",
    "f": "%d %B %Y %H:%M",
    "F": "%A, %d %B %Y %H:%M",
}
_UNITS = {"year": 31_536_000, "month": 2_592_000, "day": 86_400, "hour": 3600, "minute": 60}


def moment(unix: int, shape: str) -> str:
    """Return a moment in this machine's time zone, or how far off it is (`R`)."""
    try:
        when = datetime.fromtimestamp(unix, UTC).astimezone()
    except (OverflowError, OSError, ValueError):
        return "at no time"
    if shape != "R":
        return when.strftime(_SHAPES[shape])
    seconds = unix - round(datetime.now(UTC).timestamp())
    unit, length = next(
        ((unit, n) for unit, n in _UNITS.items() if abs(seconds) >= n), ("second", 1)
    )
    count = abs(seconds) // length
    told = f"{count} {unit}{'' if count == 1 else 's'}"
    return f"in {told}" if seconds > 0 else f"{told} ago"
