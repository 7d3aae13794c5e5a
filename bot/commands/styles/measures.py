"""What a style's file tells of its training, in words: other people's words, that may lack or lie.

Anybody can write an artifact, so nothing of its report is taken for what it should be.
"""

from collections.abc import Mapping
from math import exp, isfinite
from typing import Annotated, Any, NamedTuple, TypeVar

from pydantic import Field, TypeAdapter, ValidationError

from ...sampling import Artifact

_Count = Annotated[int, Field(ge=0, le=10**9)]
_Loss = Annotated[float, Field(ge=0, le=1000, allow_inf_nan=False)]
_HISTORY = TypeAdapter(
    Annotated[list[tuple[_Count, _Loss, _Loss]], Field(max_length=1000)],
)
_LENGTHS = TypeAdapter(
    Annotated[list[tuple[_Count, _Count]], Field(max_length=1000)],
)

T = TypeVar("T")


class Measure(NamedTuple):
    """One thing that was measured of a style: what, how much, and what that means.

    Kept short: they stand in columns, and Discord breaks long lines even in a block of code.
    """

    title: str
    value: str
    meaning: str


def measures(report: Mapping[str, Any]) -> list[Measure]:
    """Return what `report` tells of how good the names are, as far as it does."""
    found = []
    if (nats := _number(report, "nats_per_character", 100)) is not None:
        meaning = f"like a choice of {exp(nats):,.1f} characters"
        found.append(Measure("Surprise", f"{nats:.2f} nats", meaning))
    if (share := _number(report, "share_new", 1)) is not None:
        found.append(Measure("New", f"{100 * share:.0f} %", "names that are not in its list"))
    if (share := _number(report, "share_unique", 1)) is not None:
        drawn = _number(report, "drawn", 10**9)
        of = f"among {drawn:,.0f} drawn" if drawn else "names"
        found.append(Measure("Distinct", f"{100 * share:.0f} %", f"different {of}"))
    if (off := _number(report, "length_distance", 10**6)) is not None:
        found.append(Measure("Lengths", f"{off:.2f} off", "in characters, on average"))
    return found


def history_of(artifact: Artifact) -> list[tuple[int, float, float]]:
    """Return step, loss learned from and loss held out at each measurement, none if not told."""
    points = _read(_HISTORY, artifact.style.report.get("history"))
    return sorted(points)


def lengths_of(artifact: Artifact) -> list[tuple[int, int]]:
    """Return how many samples have each length, ascending, none if not told."""
    bars = _read(_LENGTHS, artifact.style.corpus.get("lengths"))
    return sorted(dict(bars).items())


def samples_of(artifact: Artifact) -> str:
    """Return how many samples the style learned from, as many as it knows: `1,204 samples`."""
    count = int(artifact.corpus_digests.size)
    return f"{count:,} sample{'' if count == 1 else 's'}"


def _read(kind: TypeAdapter[list[T]], told: Any) -> list[T]:
    try:
        return kind.validate_python(told)
    except ValidationError:
        return []


def _number(told: Mapping[str, Any], key: str, most: float) -> float | None:
    value = told.get(key)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if 0 <= value <= most and isfinite(value) else None
