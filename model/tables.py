"""What a corpus holds and how good a network is, as tables for a terminal."""

import unicodedata
from collections import Counter
from collections.abc import Mapping

from rich.markup import escape
from rich.table import Table

from model.corpus import Corpus
from model.evaluation import Report
from model.mistakes import copying

_BARS = 20  # rows of the length distribution, at most
_WIDTH = 40
_SHOWN = 400  # characters of an alphabet

_MEASURES = (
    ("nats per character", "nats_per_character", "{:.4f}"),
    ("  on samples not learnt from", "unseen_nats_per_character", "{:.4f}"),
    ("bits per character", "bits_per_character", "{:.4f}"),
    ("perplexity", "perplexity", "{:.3f}"),
    ("names drawn", "drawn", "{:,}"),
    ("not in the corpus", "share_new", "{:.1%}"),
    ("distinct", "share_unique", "{:.1%}"),
    ("length distance, characters", "length_distance", "{:.2f}"),
)


def reports(told: Mapping[str, Report]) -> Table:
    """A column for each name in `told`, a row a measure; a row that nobody has is left out."""
    held_out = max(report.held_out_samples for report in told.values())
    table = Table("measure", title=f"{held_out:,} held-out samples")
    for name in told:
        table.add_column(escape(name), justify="right")
    for label, measure, form in _MEASURES:
        values = [getattr(report, measure) for report in told.values()]
        if values != [None] * len(values):
            table.add_row(label, *("" if value is None else form.format(value) for value in values))
    return table


def warning(told: Report) -> str | None:
    """A line for a network that mostly quotes its corpus, or None."""
    line = copying(told)
    return line and f"warning: {line}, or train with a smaller --hidden or more --dropout"


def description(corpus: Corpus) -> Table:
    """Counts, alphabet, and how many samples have how many characters."""
    alphabet = sorted(set().union(*corpus.samples))
    lengths = sorted(map(len, corpus.samples))
    table = Table(title=escape(str(corpus.path)), show_header=False)
    table.add_row("samples", f"{len(corpus.samples):,}")
    table.add_row("duplicates dropped", f"{corpus.duplicates:,}")
    table.add_row("blank lines dropped", f"{corpus.blanks:,}")
    table.add_row("characters", f"{sum(lengths):,}, {len(alphabet):,} distinct")
    table.add_row("alphabet", escape(_alphabet(alphabet)))
    table.add_row("length", f"{lengths[0]} to {lengths[-1]}, median {lengths[len(lengths) // 2]}")
    for span, count, bar in _bars(lengths):
        table.add_row(span, f"{count:>7,} {bar}")
    return table


def _alphabet(characters: list[str]) -> str:
    """The characters side by side; a combining mark or a space is seen by its dotted circle."""
    shown = ("◌" * (unicodedata.category(c)[0] in "MZC") + c for c in characters[:_SHOWN])
    return " ".join(shown) + " …" * (len(characters) > _SHOWN)


def _bars(lengths: list[int]) -> list[tuple[str, int, str]]:
    size = (lengths[-1] - lengths[0]) // _BARS + 1
    counts = Counter((length - lengths[0]) // size for length in lengths)
    highest = max(counts.values())
    rows = []
    for i in range(max(counts) + 1):
        low = lengths[0] + i * size
        span = str(low) if size == 1 else f"{low} to {low + size - 1}"
        rows.append((span, counts[i], "█" * round(_WIDTH * counts[i] / highest)))
    return rows
