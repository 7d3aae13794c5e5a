"""What a network is held against: plain counting, and the course exercise, on the same samples."""

import tempfile
from collections.abc import Collection
from dataclasses import dataclass, replace
from pathlib import Path

from model import ngram
from model.corpus import Corpus, Split
from model.evaluation import Report, judge, to_draw
from model.recipes import RECIPES, Recipe
from model.training import train
from model.vocabulary import Vocabulary


@dataclass(frozen=True)
class Judged:
    """One column of the comparison: a `name` for people, a `key` for programs, the measures."""

    key: str
    name: str
    report: Report


def counting(
    split: Split, vocabulary: Vocabulary, known: Collection[bytes], max_length: int
) -> Judged:
    """A Kneser-Ney n-gram of the training samples, as `evaluate` judges a network.

    Of a large corpus it learns a part, and its name then says so.
    """
    model = ngram.learn(split, vocabulary)
    names = model.draw(to_draw(max_length), max_length, seed=0)
    part = "" if model.samples == len(split.train) else f" of {model.samples:,} samples"
    return Judged(
        "ngram",
        f"Kneser-Ney {len(model.levels)}-gram{part}",
        judge(model.nats_per_character, names, split, known),
    )


def exercise(corpus: Corpus, recipe: Recipe) -> Judged:
    """The recipe `seed`, learnt on the split of `recipe`; raises `TrainingError`."""
    same = replace(RECIPES["seed"], held_out=recipe.held_out, split=recipe.split, seed=recipe.seed)
    with tempfile.TemporaryDirectory() as folder:
        *_, made = train(corpus, same, Path(folder))
    return Judged("seed", "recipe seed", made.facts.report)
