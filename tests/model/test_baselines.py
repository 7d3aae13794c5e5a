"""What a network is held against learns what the network learnt, and says how much of it."""

from dataclasses import replace
from pathlib import Path

import pytest

from model import ngram
from model.baselines import counting, exercise
from model.corpus import Corpus, digest, split_samples
from model.recipes import RECIPES, Recipe
from model.training import train
from model.vocabulary import Vocabulary


def test_the_exercise_is_the_recipe_seed_on_the_split_of_another(
    corpus: Corpus, tiny: Recipe, tmp_path: Path
) -> None:
    other = replace(tiny, held_out=0.3, seed=5)
    *_, made = train(corpus, replace(RECIPES["seed"], held_out=0.3, seed=5), tmp_path)
    judged = exercise(corpus, other)
    assert judged.report == made.facts.report
    assert judged.report.held_out_samples == 10
    assert (judged.key, judged.name) == ("seed", "recipe seed")


def test_the_counting_baseline_tells_its_order_and_how_much_of_a_large_corpus_it_learnt(
    corpus: Corpus, monkeypatch: pytest.MonkeyPatch
) -> None:
    split, vocabulary = split_samples(corpus.samples, 0.2, 1), Vocabulary.of(corpus.samples)
    known = {digest(sample) for sample in corpus.samples}
    whole = counting(split, vocabulary, known, corpus.longest)
    order = len(ngram.learn(split, vocabulary).levels)
    assert (whole.key, whole.name) == ("ngram", f"Kneser-Ney {order}-gram")
    assert whole.report.drawn == 5000
    monkeypatch.setattr(ngram, "MOST_TOKENS", sum(len(s) + 2 for s in split.train[:20]))
    part = counting(split, vocabulary, known, corpus.longest)
    assert part.name.endswith("-gram of 20 samples")
    assert part.report.nats_per_character > whole.report.nats_per_character
