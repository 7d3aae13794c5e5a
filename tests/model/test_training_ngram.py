"""A network learns with n-grams that have not learnt the same samples."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from torch.nn import functional as F  # noqa: N812  (the customary name)

from model.automaton import Automaton
from model.batches import EncodedSamples, Vocabulary
from model.corpus import Corpus, split_samples
from model.evaluation import nats_per_character
from model.mixture import fit_automaton, log_probabilities
from model.network import CharRNN
from model.recipes import LONG_LIST, RECIPES, Recipe
from model.training import train
from model.training_ngram import TrainingNGram, fit_training_ngram
from tests.corpora import admins

SAMPLES = admins.towns(LONG_LIST + 500)
RECIPE = replace(RECIPES["fast"], ngram_order=4)


@pytest.fixture
def learnt(tiny: Recipe) -> Recipe:
    """A tiny recipe whose network learns with an n-gram."""
    return replace(tiny, ngram_power=0.4, patience=0)


@pytest.fixture(scope="module")
def fitted() -> tuple[EncodedSamples, TrainingNGram]:
    vocabulary = Vocabulary.from_samples(SAMPLES)
    encoded = EncodedSamples.from_samples(SAMPLES, vocabulary)
    ngram = fit_training_ngram(SAMPLES, encoded, vocabulary, RECIPE)
    assert ngram
    return encoded, ngram


def scored(encoded: EncodedSamples, ngram: TrainingNGram) -> Iterator[tuple[torch.Tensor, ...]]:
    """Yield log-probabilities by the folds and by all samples, and the targets of each sample."""
    whole = log_probabilities(ngram.automaton)
    for row in range(len(encoded)):
        rows = torch.tensor([row])
        index, _ = encoded.positions(rows)
        inputs, targets = encoded.batch(rows)
        nodes = torch.from_numpy(ngram.automaton.nodes(inputs.numpy()))
        yield ngram.at(index)[0] / ngram.power, whole[nodes[0]], targets[0]


def test_samples_are_scored_by_others(fitted: tuple[EncodedSamples, TrainingNGram]) -> None:
    """So they are less likely than to an n-gram of all samples, about as unseen samples are."""
    encoded, ngram = fitted
    by_others, by_all, targets = (torch.cat(parts) for parts in zip(*scored(*fitted), strict=True))
    loss, known_loss = (float(F.nll_loss(scores, targets)) for scores in (by_others, by_all))
    assert loss > known_loss + 0.02
    assert torch.logsumexp(by_others, dim=1) == pytest.approx(0, abs=1e-3)
    assert encoded.target_count == len(targets)
    assert ngram.scores.isfinite().all()


def test_each_fold_lacks_its_own_samples(monkeypatch: pytest.MonkeyPatch) -> None:
    learnt_from: list[set[str]] = []

    def record(samples: list[str], vocabulary: Vocabulary, order: int) -> Automaton:
        learnt_from.append(set(samples))
        return fit_automaton(samples, vocabulary, order)

    monkeypatch.setattr("model.training_ngram.fit_automaton", record)
    vocabulary = Vocabulary.from_samples(SAMPLES)
    fit_training_ngram(
        SAMPLES, EncodedSamples.from_samples(SAMPLES, vocabulary), vocabulary, RECIPE
    )
    *folds, whole = learnt_from
    assert whole == set(SAMPLES)
    missing = [whole - fold for fold in folds]
    assert sum(map(len, missing)) == len(whole)
    assert set().union(*missing) == whole


def test_short_lists_learn_without() -> None:
    samples = SAMPLES[: LONG_LIST - 1]
    vocabulary = Vocabulary.from_samples(samples)
    encoded = EncodedSamples.from_samples(samples, vocabulary)
    assert fit_training_ngram(samples, encoded, vocabulary, RECIPE) is None
    assert fit_training_ngram(SAMPLES, encoded, vocabulary, replace(RECIPE, ngram_power=0)) is None


def test_run_is_mixed_from_the_start(learnt: Recipe, tmp_path: Path) -> None:
    corpus = Corpus(tmp_path / "towns.txt", tuple(SAMPLES))
    checkpoints = list(train(corpus, learnt, tmp_path / "run"))
    vocabulary = checkpoints[-1].vocabulary()
    validation = split_samples(corpus.samples, learnt.held_out_fraction, learnt.seed).validation
    encoded = EncodedSamples.from_samples(validation, vocabulary)
    for checkpoint in checkpoints:
        mixed = nats_per_character(checkpoint.mixture(), encoded)
        network: CharRNN = checkpoint.network()
        assert mixed < nats_per_character(network, encoded) - 0.1
        if not checkpoint.metadata.finished:
            best = min(point.validation_loss for point in checkpoint.metadata.history)
            assert mixed == pytest.approx(best, abs=0.02)
    assert checkpoints[-1].metadata.report.ngram_weight


def test_resumed_run_has_the_same_weights(learnt: Recipe, tmp_path: Path) -> None:
    corpus = Corpus(tmp_path / "towns.txt", tuple(SAMPLES))
    *_, whole = train(corpus, learnt, tmp_path / "whole")
    run = train(corpus, learnt, tmp_path / "parts")
    for _ in range(2):
        next(run)
    run.close()
    *_, resumed = train(corpus, learnt, tmp_path / "parts", resume=True)
    assert all(resumed.tensors[name].equal(t) for name, t in whole.tensors.items())
