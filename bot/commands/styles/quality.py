"""Quality of a style as text: its metrics, how they were measured, and the verdict on a poor one.

Anyone can write a report, so invalid values are left out.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from math import exp, isfinite
from typing import Any

import discord

from ...i18n import format_number, marked, ngettext
from ...i18n import gettext as _
from ..answer_formats import EMBED_COLOUR, Answer
from ..markdown import escape_markdown, truncate
from ..pictures import chart_picture

_MAX_VERDICT = 300
_CHART_FILE = "style.png"
_BASES = {
    "fine-tuned": marked("Fine-tuned from the base network."),
    "scratch": marked("Trained from scratch."),
}

VERDICTS = (
    marked("These names look random. Add lines: 100 is usually enough."),
    marked(
        "These names look random, because the lines of the list have little in common. "
        "Use a list of one kind of name."
    ),
)
"""What trainings say about poor styles."""


async def details_answer(
    title: str,
    lines: Iterable[str],
    report: Mapping[str, Any],
    history: Sequence[tuple[int, float, float]],
    lengths: Sequence[tuple[int, int]] = (),
) -> Answer:
    """Return the figures of a style: `lines`, the metrics in its `report`, and the charts.

    `history` has the step, training loss and held-out loss of each evaluation, `lengths` how many
    samples have each length.
    """
    text = "\n".join([*lines, *metric_lines(report)]) or _("There are no figures for this style.")
    embed = discord.Embed(title=title, description=text, colour=EMBED_COLOUR)
    chart = await chart_picture(_CHART_FILE, history, lengths)
    if chart:
        embed.set_image(url=f"attachment://{_CHART_FILE}")
    return Answer(embed=embed, file=chart)


def metric_lines(report: Mapping[str, Any]) -> Iterator[str]:
    """Yield a line for each metric that `report` has a valid value for, and how it was measured."""
    if (nats := _number(report, "nats_per_character", 100)) is not None:
        error = _number(report, "standard_error", 100)
        loss = format_number(nats, 2) + ("" if error is None else f" ± {format_number(error, 2)}")
        text = _("**Loss** {loss} nats per character: a choice of {choices} characters")
        yield text.format(loss=loss, choices=format_number(exp(nats), 1))
    if (share := _number(report, "share_new", 1)) is not None:
        text = _("**New** {percent} % of names are not in the list")
        yield text.format(percent=format_number(100 * share))
    if (share := _number(report, "share_unique", 1)) is not None:
        total = _number(report, "drawn", 10**9)
        text = _("**Unique** {percent} % of names are different")
        if total:
            text = _("**Unique** {percent} % of {count} names are different")
        yield text.format(percent=format_number(100 * share), count=format_number(total or 0))
    if (distance := _number(report, "length_distance", 10**6)) is not None:
        text = _("**Length** {distance} characters off on average")
        yield text.format(distance=format_number(distance, 2))
    if measurement := " ".join(_measurement(report)):
        yield measurement


def _measurement(report: Mapping[str, Any]) -> Iterator[str]:
    """Yield how the network was trained and its loss measured, as sentences."""
    if base := _BASES.get(str(report.get("base"))):
        yield _(base)
    if weight := _number(report, "ngram_weight", 1):
        yield _("An n-gram is mixed in ({percent} %).").format(percent=format_number(100 * weight))
    samples = int(_number(report, "held_out_samples", 10**9) or 0)
    folds = int(_number(report, "folds", 10**6) or 0)
    if samples and folds:
        text = ngettext(
            "The loss was cross-validated on {count} name, in {folds} parts.",
            "The loss was cross-validated on all {count} names, in {folds} parts.",
            samples,
        )
        yield text.format(count=format_number(samples), folds=folds)
    elif samples:
        text = ngettext(
            "The loss was measured on {count} name that was held out.",
            "The loss was measured on {count} names that were held out.",
            samples,
        )
        yield text.format(count=format_number(samples))
    if report.get("in_base") is True and report.get("base") == "fine-tuned":
        yield _("The base network learned this list too, so the loss looks better than it is.")


def poor_verdict(report: Mapping[str, Any]) -> str:
    """Return what is wrong with a poor style, as Markdown; "" for one that isn't poor."""
    verdict = report.get("poor")
    if not isinstance(verdict, str) or not verdict:
        return ""
    return escape_markdown(_(truncate(verdict, _MAX_VERDICT)))


def _number(report: Mapping[str, Any], key: str, maximum: float) -> float | None:
    """Return the number at `key`, None if it is missing, no number or out of range."""
    value = report.get(key)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if 0 <= value <= maximum and isfinite(value) else None
