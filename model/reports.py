"""Reports: tables for the terminal, and charts as PNG files."""

import unicodedata
from collections import Counter
from collections.abc import Mapping, Sequence
from io import BytesIO
from pathlib import Path

from matplotlib.figure import Figure
from rich.markup import escape
from rich.table import Table

from model.atomic_write import write_atomically
from model.checkpoint import Losses
from model.corpus import Corpus
from model.evaluation import Report

_MAX_BARS = 20
_BAR_WIDTH = 40  # characters
_MAX_ALPHABET = 400  # characters

_METRICS = (
    ("nats per character", "nats_per_character", "{:.4f}"),
    ("  excluding training samples", "unseen_nats_per_character", "{:.4f}"),
    ("bits per character", "bits_per_character", "{:.4f}"),
    ("perplexity", "perplexity", "{:.3f}"),
    ("names generated", "drawn", "{:,}"),
    ("not in the corpus", "share_new", "{:.1%}"),
    ("distinct", "share_unique", "{:.1%}"),
    ("length distance, characters", "length_distance", "{:.2f}"),
)


def report_table(reports: Mapping[str, Report]) -> Table:
    """Return a table with a column per report and a row per metric that any of them has."""
    held_out = max(report.held_out_samples for report in reports.values())
    table = Table("metric", title=f"{held_out:,} held-out samples")
    for name in reports:
        table.add_column(escape(name), justify="right")
    for label, metric, template in _METRICS:
        values = [getattr(report, metric) for report in reports.values()]
        if values != [None] * len(values):
            cells = ("" if value is None else template.format(value) for value in values)
            table.add_row(label, *cells)
    return table


def corpus_table(corpus: Corpus) -> Table:
    """Return a table with the counts, the alphabet and a histogram of the sample lengths."""
    alphabet = sorted(set().union(*corpus.samples))
    lengths = sorted(map(len, corpus.samples))
    table = Table(title=escape(str(corpus.path)), show_header=False)
    table.add_row("samples", f"{len(corpus.samples):,}")
    table.add_row("duplicates dropped", f"{corpus.duplicates:,}")
    table.add_row("blank lines dropped", f"{corpus.blank_lines:,}")
    table.add_row("characters", f"{sum(lengths):,}, {len(alphabet):,} distinct")
    table.add_row("alphabet", escape(_format_alphabet(alphabet)))
    table.add_row("length", f"{lengths[0]} to {lengths[-1]}, median {lengths[len(lengths) // 2]}")
    for span, count, bar in _histogram_rows(lengths):
        table.add_row(span, f"{count:>7,} {bar}")
    return table


def _format_alphabet(characters: list[str]) -> str:
    """Join the characters with spaces; a dotted circle marks combining marks and spaces."""
    shown = ("◌" * (unicodedata.category(c)[0] in "MZC") + c for c in characters[:_MAX_ALPHABET])
    return " ".join(shown) + " …" * (len(characters) > _MAX_ALPHABET)


def _histogram_rows(lengths: list[int]) -> list[tuple[str, int, str]]:
    width = (lengths[-1] - lengths[0]) // _MAX_BARS + 1
    counts = Counter((length - lengths[0]) // width for length in lengths)
    highest = max(counts.values())
    rows = []
    for i in range(max(counts) + 1):
        low = lengths[0] + i * width
        span = str(low) if width == 1 else f"{low} to {low + width - 1}"
        rows.append((span, counts[i], "█" * round(_BAR_WIDTH * counts[i] / highest)))
    return rows


def plot_lengths(samples: Sequence[str], path: Path) -> None:
    """Write a histogram of the sample lengths. Raises `OSError`."""
    lengths = [len(sample) for sample in samples]
    figure = Figure(figsize=(7, 4), layout="constrained")
    axes = figure.add_subplot()
    low, high = min(lengths), max(lengths)
    axes.hist(lengths, bins=min(100, high - low + 1), range=(low - 0.5, high + 0.5), rwidth=0.9)
    axes.set(xlabel="length in characters", ylabel="samples", title=f"{len(samples):,} samples")
    _write_png(figure, path)


def plot_losses(history: Sequence[Losses], path: Path) -> None:
    """Write a chart of both losses over the steps, with the best marked. Raises `OSError`."""
    figure = Figure(figsize=(7, 4), layout="constrained")
    axes = figure.add_subplot()
    steps = [m.step for m in history]
    axes.plot(steps, [m.train_loss for m in history], label="training")
    axes.plot(steps, [m.validation_loss for m in history], label="validation")
    best = min(history, key=lambda m: m.validation_loss)
    axes.plot(best.step, best.validation_loss, "o", label=f"best: {best.validation_loss:.3f}")
    axes.set(xlabel="step", ylabel="nats per character")
    axes.legend()
    _write_png(figure, path)


def _write_png(figure: Figure, path: Path) -> None:
    image = BytesIO()
    figure.savefig(image, format="png", dpi=120)
    write_atomically(path, image.getvalue())
