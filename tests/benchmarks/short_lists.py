"""Short lists: loss on unseen samples and training time against the number of lines.

    python -m tests.benchmarks.short_lists model/corpora/dinosaurs.txt --sizes 30 50 100

Each list is shuffled by a seed. The first lines are learned from, others are the unseen samples.
Several seeds are averaged. Seconds are CPU time of the whole training, evaluations included.
"""

import argparse
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import mean
from typing import Any

import numpy as np

from model import ModelError
from model.batches import EncodedSamples, Vocabulary
from model.corpus import MIN_SAMPLES, Corpus, read_corpus, split_without_test
from model.evaluation import nats_per_character
from model.ngram import fit_ngram
from model.recipes import resolve
from model.training import train

from .benchmark import print_rows

Score = Callable[[Sequence[str]], float]
"""Returns the nats per character of samples."""

SIZES = (30, 50, 100, 200, 800)
MAX_UNSEEN = 400
WAYS: list[tuple[str, Mapping[str, Any] | None]] = [
    ("fine-tuned", {"recipe": "fast"}),
    ("from scratch", {"recipe": "fast", "base": "none"}),
    ("`seed`", {"recipe": "seed"}),
    ("Kneser-Ney", None),
]
"""Ways to learn a list: a name and the settings of `model train`, or None for the n-gram."""


@dataclass(frozen=True)
class Result:
    """The loss of one way on one list, and its training time in CPU seconds."""

    nats: float
    seconds: float


def measure(settings: Mapping[str, Any] | None, lines: Sequence[str], unseen: list[str]) -> Result:
    """Learn `lines` and return the loss on `unseen`. Raises `ModelError`."""
    started = time.process_time()
    with tempfile.TemporaryDirectory() as folder:
        score = _learn_ngram(lines) if settings is None else _train(settings, lines, Path(folder))
        seconds = time.process_time() - started
        return Result(score(unseen), seconds)


def _learn_ngram(lines: Sequence[str]) -> Score:
    """Fit Kneser-Ney to nine tenths of the lines; the rest chooses its order."""
    return fit_ngram(split_without_test(lines), Vocabulary.from_samples(lines)).nats_per_character


def _train(settings: Mapping[str, Any], lines: Sequence[str], folder: Path) -> Score:
    resolved, recipe = resolve(settings)
    corpus = Corpus(folder / "corpus.txt", tuple(lines))
    *_, last = train(corpus, recipe, folder / "run", threads=resolved.threads, device="cpu")
    mixture, vocabulary = last.mixture(), last.vocabulary()
    return lambda samples: nats_per_character(
        mixture, EncodedSamples.from_samples(samples, vocabulary)
    )


def split_list(samples: Sequence[str], size: int, seed: int) -> tuple[list[str], list[str]]:
    """Return `size` lines to learn from and up to `MAX_UNSEEN` others.

    The others are the same for every size, except that those with a character that the lines lack
    are left out.
    """
    order = [samples[i] for i in np.random.default_rng(seed).permutation(len(samples))]
    lines, others = order[:size], order[-MAX_UNSEEN:]
    most = len(order) - MAX_UNSEEN
    if not MIN_SAMPLES <= size <= most:
        raise ModelError(f"{size} lines: Choose sizes from {MIN_SAMPLES} to {most} of this list.")
    known = set().union(*lines)
    return lines, [sample for sample in others if known.issuperset(sample)]


def table(
    path: Path, sizes: Sequence[int], seeds: Sequence[int], ways: Sequence[str]
) -> Iterator[str]:
    """Yield the lines of a markdown table as they are measured. Raises `ModelError`."""
    selected = [way for way in WAYS if not ways or way[0].strip("`") in ways]
    samples = read_corpus(path).samples
    yield f"| {path.stem}: lines (unseen) | {' | '.join(name for name, _ in selected)} |"
    yield f"|---|{'---|' * len(selected)}"
    for size in sizes:
        splits = [split_list(samples, size, seed) for seed in seeds]
        cells = [f"{size} ({mean(len(unseen) for _, unseen in splits):.0f})"]
        for _, settings in selected:
            results = [measure(settings, *split) for split in splits]
            nats, seconds = (mean(getattr(r, key) for r in results) for key in ("nats", "seconds"))
            cells.append(f"{nats:.3f} ({seconds:.1f} s)")
        yield f"| {' | '.join(cells)} |"


def main() -> int:
    """Print a table for each corpus. Return 2 after one line if one is unusable."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.short_lists")
    parser.add_argument("corpora", type=Path, nargs="+", metavar="FILE", help="one sample a line")
    parser.add_argument("--sizes", type=int, nargs="+", default=SIZES, metavar="LINES")
    parser.add_argument("--seeds", type=int, nargs="+", default=[1], metavar="SEED")
    parser.add_argument(
        "--ways",
        nargs="+",
        default=[],
        metavar="WAY",
        choices=[name.strip("`") for name, _ in WAYS],
        help=f"some of: {', '.join(name.strip('`') for name, _ in WAYS)} (default: all)",
    )
    options = parser.parse_args()
    return print_rows(
        line
        for path in options.corpora
        for line in table(path, options.sizes, options.seeds, options.ways)
    )


if __name__ == "__main__":
    sys.exit(main())
