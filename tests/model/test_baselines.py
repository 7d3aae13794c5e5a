"""Both baselines are evaluated on the network's samples."""

from dataclasses import replace
from pathlib import Path

import pytest

from model import ngram
from model.baselines import exercise_baseline, ngram_baseline
from model.batches import Vocabulary
from model.corpus import Corpus, sample_digest, split_samples
from model.ngram import fit_ngram
from model.recipes import RECIPES, Recipe
from model.training import train


def test_ngram_baseline_is_labelled(corpus: Corpus, monkeypatch: pytest.MonkeyPatch) -> None:
    split = split_samples(corpus.samples, 0.2, 1)
    vocabulary = Vocabulary.from_samples(corpus.samples)
    known = {sample_digest(sample) for sample in corpus.samples}
    whole = ngram_baseline(split, vocabulary, known, corpus.max_length)
    order = len(fit_ngram(split, vocabulary).levels)
    assert (whole.key, whole.name) == ("ngram", f"Kneser-Ney {order}-gram")
    assert whole.report.drawn == 5000
    monkeypatch.setattr(ngram, "MAX_TOKENS", sum(len(s) + 2 for s in split.train[:20]))
    part = ngram_baseline(split, vocabulary, known, corpus.max_length)
    assert part.name.endswith("-gram of 20 samples")
    assert part.report.nats_per_character > whole.report.nats_per_character


def test_exercise_uses_the_same_split(corpus: Corpus, tiny: Recipe, tmp_path: Path) -> None:
    recipe = replace(tiny, held_out_fraction=0.3, seed=5)
    exercise = replace(RECIPES["seed"], held_out_fraction=0.3, seed=5)
    *_, last = train(corpus, exercise, tmp_path)
    baseline = exercise_baseline(corpus, recipe)
    assert baseline.report == last.metadata.report
    assert baseline.report.held_out_samples == 10
    assert (baseline.key, baseline.name) == ("seed", "recipe seed")
    others = exercise_baseline(corpus, recipe, ["Tradaim"]).report
    assert (others.held_out_samples, others.drawn) == (1, 5000)
    assert others.nats_per_character != baseline.report.nats_per_character
