"""Plan of a training run: which weights to start from and how many steps to take, by measurement.

A short list is cross-validated: its samples are divided into folds, and each fold is held out once
while the others are learnt (Stone 1974, Cross-validatory choice and assessment of statistical
predictions). The mean loss by step says how long to learn; the run then learns all samples. Of a
longer list a part is held out once, and a short trial of both starts decides between them.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from itertools import zip_longest
from math import inf

import torch
from pydantic import ConfigDict
from pydantic.dataclasses import dataclass as validated_dataclass
from torch import Tensor

from model.automaton import Automaton
from model.batches import Vocabulary
from model.budget import Schedule, plan_schedule
from model.corpus import Corpus, Split, fold_samples, split_samples
from model.evaluation import sample_nats, unigram_nats
from model.mixture import Powers, fit_automaton, fit_powers, mix, score_held_out
from model.recipes import Recipe
from model.training_ngram import TrainingNGram
from model.trials import (
    PATIENCE,
    USUAL_EVALUATIONS,
    Losses,
    OnTrial,
    Start,
    Trial,
    adjust,
    create_trial,
    ignore_trial,
    run_trials,
)

_STARTS: tuple[Start, Start] = ("base", "scratch")

MAX_CROSS_VALIDATED = 500
"""Samples of the longest list that is cross-validated."""

FOLDS = 5
_MAX_CHARACTERS = 20_000  # of a list that is cross-validated
_CROSS_VALIDATION_SHARE = 0.1  # of the time budget, for each learner
_COMPARED_FOLDS = 2  # that training from scratch is tried on
_TRIAL_SHARE = 0.1  # of the time budget, for a trial on a longer list
_MAX_TRIAL = 15.0  # seconds of a reference core, for such a trial


@validated_dataclass(frozen=True, config=ConfigDict(extra="forbid"))
class CrossValidation:
    """What the held-out samples of all folds say.

    `curve` has the mean losses at the evaluations up to the best. `nats_per_character` is the loss
    there, `standard_error` its standard error by how much the samples differ, and `unigram_nats`
    the loss of the character frequencies. `powers` are those of the mixture with an n-gram.
    """

    folds: int
    curve: tuple[Losses, ...]
    nats_per_character: float
    standard_error: float
    unigram_nats: float
    powers: Powers | None = None


@validated_dataclass(frozen=True, config=ConfigDict(extra="forbid"))
class Plan:
    """What a run does: steps of `recipe`, which is adjusted to the corpus and to the start."""

    start: Start
    recipe: Recipe
    cross_validation: CrossValidation | None = None

    @property
    def steps(self) -> int:
        """How many steps are taken, unless the run stops early."""
        measured = self.cross_validation
        return measured.curve[-1].step if measured else self.recipe.max_steps


def is_cross_validated(recipe: Recipe, samples: Sequence[str]) -> bool:
    """Return whether a list is cross-validated: one of few samples and few characters."""
    return (
        recipe.cross_validation
        and recipe.split == "random"
        and len(samples) < MAX_CROSS_VALIDATED
        and sum(map(len, samples)) < _MAX_CHARACTERS
    )


def split_corpus(samples: Sequence[str], recipe: Recipe) -> list[Split]:
    """Return the folds of a list that is cross-validated, or the one split of another."""
    if is_cross_validated(recipe, samples):
        return fold_samples(samples, FOLDS, recipe.seed)
    return [split_samples(samples, recipe.held_out_fraction, recipe.seed, recipe.split)]


def make_plan(
    corpus: Corpus,
    splits: Sequence[Split],
    recipe: Recipe,
    device: torch.device,
    on_trial: OnTrial = ignore_trial,
    ngram: TrainingNGram | None = None,
) -> Plan:
    """Return the plan for `corpus`, by its folds if `splits` are several, else by its split.

    `ngram` is the one to learn a single split with, if any. Raises `TrainingError` when the loss is
    not finite.
    """
    vocabulary = Vocabulary.from_samples(corpus.samples)
    create = partial(create_trial, vocabulary=vocabulary, recipe=recipe, device=device)
    start: Start = "scratch" if recipe.base == "none" else "base"
    if len(splits) > 1:
        return _cross_validate(start, corpus, splits, recipe, create, on_trial)
    if recipe.base != "auto":
        return Plan(start, adjust(recipe, start, splits[0]))
    share = min(_TRIAL_SHARE, _MAX_TRIAL / (recipe.time_budget or inf))
    trials = [create(each, splits, share=share, ngram=ngram) for each in _STARTS]
    left = recipe.time_budget * (1 - len(_STARTS) * share)

    def adjusted(trial: Trial) -> Recipe:
        return replace(adjust(recipe, trial.start, splits[0]), time_budget=left)

    run_trials(trials, _expected_run(trials[0], adjusted(trials[0]), corpus, splits[0]), on_trial)
    better = min(trials, key=lambda trial: trial.loss)
    return Plan(better.start, adjusted(better))


def _cross_validate(
    start: Start,
    corpus: Corpus,
    splits: Sequence[Split],
    recipe: Recipe,
    create: Callable[..., Trial],
    on_trial: OnTrial,
) -> Plan:
    """Return the plan for a short list: the better start, compared on some of the folds."""
    best = create(start, splits, share=_CROSS_VALIDATION_SHARE)
    trials = [best]
    if recipe.base == "auto":
        folds = splits[:_COMPARED_FOLDS]
        trials.append(create("scratch", folds, share=_CROSS_VALIDATION_SHARE))
    run = _expected_run(best, best.recipe, corpus, splits[0])
    usual = (USUAL_EVALUATIONS - PATIENCE) * run.eval_interval
    run = replace(run, max_steps=min(run.max_steps, usual))
    run_trials(trials, run, on_trial)
    if recipe.base == "auto" and trials[1].loss < best.loss_of(_COMPARED_FOLDS):
        best = create("scratch", splits, share=_CROSS_VALIDATION_SHARE)
        run_trials([*trials, best], run, on_trial)
    return _plan_from_folds(best, splits, Vocabulary.from_samples(corpus.samples), recipe)


def _expected_run(trial: Trial, recipe: Recipe, corpus: Corpus, split: Split) -> Schedule:
    """Return the schedule of a run of `recipe` on the samples of `trial`."""
    samples, held_out = trial.learners[0].samples, trial.held_out[0]
    size = trial.learners[0].network.vocabulary_size
    return plan_schedule(recipe, corpus, split, samples, held_out, size)


def _plan_from_folds(
    trial: Trial, splits: Sequence[Split], vocabulary: Vocabulary, recipe: Recipe
) -> Plan:
    """Return the plan of a cross-validation: its best steps, and its loss with an n-gram."""
    networks, powers = trial.best_networks(), None
    automata: list[Automaton] = []
    if recipe.ngram_order:
        automata = [fit_automaton(s.train, vocabulary, recipe.ngram_order) for s in splits]
        scored = zip(networks, automata, splits, strict=True)
        powers = fit_powers([score_held_out(n, a, s.validation, vocabulary) for n, a, s in scored])
    corpus = splits[0].train + splits[0].validation
    nats, characters = [], []
    for network, automaton, samples in zip_longest(networks, automata, trial.held_out):
        mixture = mix(network, automaton, powers, corpus, vocabulary, recipe)
        nats.append(sample_nats(mixture, samples))
        characters.append(samples.lengths - 1)
    totals, lengths = torch.cat(nats), torch.cat(characters)
    cross_validation = CrossValidation(
        folds=len(splits),
        curve=tuple(trial.curve[: trial.best + 1]),
        nats_per_character=float(totals.sum() / lengths.sum()),
        standard_error=standard_error(totals, lengths),
        unigram_nats=_mean_unigram_nats(splits),
        powers=powers,
    )
    return Plan(trial.start, trial.recipe, cross_validation)


def standard_error(nats: Tensor, characters: Tensor) -> float:
    """Return the standard error of total nats over total characters, by sample, both [N].

    The ratio estimator of survey sampling: Cochran (1977), Sampling techniques, section 2.11.
    """
    residuals = nats - characters * (nats.sum() / characters.sum())
    count = len(nats)
    variance = residuals.square().sum() * count / max(1, count - 1)
    return float(variance.sqrt() / characters.sum())


def _mean_unigram_nats(splits: Sequence[Split]) -> float:
    losses = [unigram_nats(split.train, split.validation) for split in splits]
    return sum(losses) / len(losses)
