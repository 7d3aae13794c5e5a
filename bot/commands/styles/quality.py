"""Quality of a style as text: its metrics, how they were measured, and the verdict on a poor one.

Anyone can write a report, so invalid values are left out.
"""

from collections.abc import Mapping
from math import exp, isfinite
from typing import Any, NamedTuple

from ..markdown import escape_markdown, format_count, truncate

_MAX_VERDICT = 300
_BASES = {"fine-tuned": "fine-tuned from the base network", "scratch": "trained from scratch"}

_IN_BASE = "the base network has learnt this list too, so the loss looks better than it is"


class StyleMetric(NamedTuple):
    """A metric of a style as text: its name, its value, and what the value means.

    The texts are short, because Discord wraps long lines even in code blocks.
    """

    name: str
    value: str
    meaning: str


def style_metrics(report: Mapping[str, Any]) -> list[StyleMetric]:
    """Return the metrics that `report` has valid values for."""
    metrics = []
    if (nats := _number(report, "nats_per_character", 100)) is not None:
        error = _number(report, "standard_error", 100)
        value = f"{nats:.2f} nats" if error is None else f"{nats:.2f} ± {error:.2f} nats"
        metrics.append(StyleMetric("Loss", value, f"a choice of {exp(nats):,.1f} characters"))
    if (share := _number(report, "share_new", 1)) is not None:
        metrics.append(StyleMetric("New", f"{100 * share:.0f} %", "of names are not in the list"))
    if (share := _number(report, "share_unique", 1)) is not None:
        total = _number(report, "drawn", 10**9)
        names = f"{total:,.0f} names" if total else "names"
        metrics.append(StyleMetric("Unique", f"{100 * share:.0f} %", f"of {names} are different"))
    if (distance := _number(report, "length_distance", 10**6)) is not None:
        metrics.append(StyleMetric("Length", f"{distance:.2f}", "characters off on average"))
    return metrics


def describe_measurement(report: Mapping[str, Any]) -> str:
    """Return how the network was trained and its loss measured, as sentences; "" if unknown."""
    sentences = []
    base = _BASES.get(str(report.get("base")), "")
    weight = _number(report, "ngram_weight", 1)
    ngram = f"an n-gram is mixed in ({100 * weight:.0f} %)" if weight else ""
    if parts := [part for part in (base, ngram) if part]:
        sentences.append("; ".join(parts))
    samples = int(_number(report, "held_out_samples", 10**9) or 0)
    folds = int(_number(report, "folds", 10**6) or 0)
    if samples and folds:
        all_samples = f"all {format_count(samples, 'sample')}"
        sentences.append(f"loss cross-validated on {all_samples} ({folds} parts)")
    elif samples:
        sentences.append(f"loss measured on {format_count(samples, 'held-out sample')}")
    if report.get("in_base") is True and report.get("base") == "fine-tuned":
        sentences.append(_IN_BASE)
    return " ".join(f"{sentence[0].upper()}{sentence[1:]}." for sentence in sentences)


def poor_verdict(report: Mapping[str, Any]) -> str:
    """Return what is wrong with a poor style, as Markdown; "" for one that isn't poor."""
    verdict = report.get("poor")
    return escape_markdown(truncate(verdict, _MAX_VERDICT)) if isinstance(verdict, str) else ""


def _number(report: Mapping[str, Any], key: str, maximum: float) -> float | None:
    """Return the number at `key`, None if it is missing, no number or out of range."""
    value = report.get(key)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if 0 <= value <= maximum and isfinite(value) else None
