"""What a corpus holds and how good a network is, as tables for a terminal."""

import unicodedata
from collections import Counter

from rich.markup import escape
from rich.table import Table

from model.corpus import Corpus
from model.evaluation import Report

_BARS = 20  # rows of the length distribution, at most
_WIDTH = 40
_SHOWN = 400  # characters of an alphabet


def report(told: Report) -> Table:
    """One row a measure; what was not measured is left out."""
    table = Table("measure", "value", title=f"{told.held_out_samples:,} held-out samples")
    table.columns[1].justify = "right"
    table.add_row("nats per character", f"{told.nats_per_character:.4f}")
    table.add_row("bits per character", f"{told.bits_per_character:.4f}")
    table.add_row("perplexity", f"{told.perplexity:.3f}")
    if told.drawn is None:
        return table
    table.add_row("names drawn", f"{told.drawn:,}")
    table.add_row("not in the corpus", f"{told.share_new:.1%}")
    table.add_row("distinct", f"{told.share_unique:.1%}")
    table.add_row("distance of lengths", f"{told.length_distance:.2f} characters")
    return table


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
