"""Baselines for a network: a Kneser-Ney n-gram, and the course exercise on the same samples."""

import tempfile
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from model.batches import Vocabulary
from model.corpus import Corpus, Split, sample_digest, split_samples
from model.evaluation import Report, evaluate, full_report, generated_count
from model.ngram import fit_ngram
from model.recipes import RECIPES, Recipe
from model.training import train


@dataclass(frozen=True)
class NamedReport:
    """A report with a `key` for JSON output and a `name` for people."""

    key: str
    name: str
    report: Report


def ngram_baseline(
    split: Split, vocabulary: Vocabulary, known: Collection[bytes], max_length: int
) -> NamedReport:
    """Evaluate an n-gram that is fitted to the training samples, or to a part of very many."""
    model = fit_ngram(split, vocabulary)
    names = model.generate(generated_count(max_length), max_length, seed=0)
    part = "" if model.samples == len(split.train) else f" of {model.samples:,} samples"
    return NamedReport(
        "ngram",
        f"Kneser-Ney {len(model.levels)}-gram{part}",
        full_report(model.nats_per_character, names, split, known),
    )


def exercise_baseline(
    corpus: Corpus, recipe: Recipe, test: Sequence[str] | None = None
) -> NamedReport:
    """Train the recipe `seed` on the split of `recipe`, and evaluate it on its test samples.

    `test` replaces these test samples. Raises `TrainingError`.
    """
    exercise = replace(
        RECIPES["seed"],
        held_out_fraction=recipe.held_out_fraction,
        split=recipe.split,
        seed=recipe.seed,
    )
    with tempfile.TemporaryDirectory() as folder:
        *_, last = train(corpus, exercise, Path(folder))
    report = last.metadata.report
    if test is not None:
        split = split_samples(corpus.samples, recipe.held_out_fraction, recipe.seed, recipe.split)
        report = evaluate(
            last.mixture(),
            last.vocabulary(),
            replace(split, test=list(test)),
            {sample_digest(sample) for sample in corpus.samples},
            corpus.max_length,
        )
    return NamedReport("seed", "recipe seed", report)
