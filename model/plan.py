"""Plan of a training run: which weights to start from and how many steps to take, by measurement.

A short list is cross-validated: its samples are divided into folds, and each fold is held out once
while the others are learnt (Stone 1974, Cross-validatory choice and assessment of statistical
predictions). The mean loss by step says how long to learn; the run then learns all samples. Of a
longer list a part is held out once, and a short trial of both starts decides between them.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import zip_longest
from typing import Literal

import torch
from pydantic import ConfigDict
from pydantic.dataclasses import dataclass as validated_dataclass
from torch import Tensor

from model.automaton import Automaton
from model.base import base_sizes, start_from_base
from model.batches import EncodedSamples, Vocabulary
from model.budget import limit_steps, validation_part
from model.corpus import Split, fold_samples, split_samples
from model.evaluation import nats_per_character, sample_nats, unigram_nats
from model.learner import Learner, create_learner, require_finite
from model.mixture import Powers, fit_automaton, fit_powers, mix, score_held_out
from model.network import CharRNN
from model.recipes import Recipe, adjust_recipe, fine_tuning_recipe

Start = Literal["base", "scratch"]
OnTrial = Callable[[int, int, int], None]
"""Called with the steps of trials done, with all of them, and with the steps of the run after them.

An error that it raises ends the run."""
_STARTS: tuple[Start, Start] = ("base", "scratch")

MAX_CROSS_VALIDATED = 500
"""Samples of the longest list that is cross-validated."""

FOLDS = 5
_MAX_CHARACTERS = 20_000  # of a list that is cross-validated
_CROSS_VALIDATION_SHARE = 0.1  # of the time budget, for each learner
_COMPARED_FOLDS = 2  # that training from scratch is tried on
_TRIAL_SHARE = 0.1  # of the time budget, for a trial on a longer list
_PATIENCE = 6  # evaluations of all folds without improvement


@validated_dataclass(frozen=True, config=ConfigDict(extra="forbid"))
class Losses:
    """Training and validation loss at a step, in nats per character."""

    step: int
    train_loss: float
    validation_loss: float


def best_evaluation(history: Sequence[Losses]) -> int:
    """Return the index of the first of the lowest validation losses."""
    return min(range(len(history)), key=lambda i: history[i].validation_loss)


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


@dataclass
class Trial:
    """Learners of one start, each with its held-out samples, that take steps together.

    `curve` has their mean losses, `nats` the totals of each, `best_weights` the averaged weights at
    the lowest mean.
    """

    start: Start
    learners: list[Learner]
    held_out: list[EncodedSamples]
    curve: list[Losses] = field(default_factory=list)
    nats: list[list[float]] = field(default_factory=list)
    best_weights: list[dict[str, Tensor]] = field(default_factory=list)

    @property
    def recipe(self) -> Recipe:
        """The recipe of the learners."""
        return self.learners[0].recipe

    @property
    def max_steps(self) -> int:
        """The number of steps of all learners, unless the trial stops early."""
        return len(self.learners) * self.recipe.max_steps

    @property
    def best(self) -> int:
        """The number of the evaluation with the lowest loss; not the first if there are others."""
        return 1 + best_evaluation(self.curve[1:]) if len(self.curve) > 1 else 0

    @property
    def loss(self) -> float:
        """The lowest loss in nats per character."""
        return self.curve[self.best].validation_loss

    def loss_of(self, count: int) -> float:
        """Return the lowest mean loss of the first `count` learners."""
        characters = sum(samples.target_count for samples in self.held_out[:count])
        return min(sum(nats[:count]) for nats in self.nats) / characters

    def run(self, on_step: Callable[[int], None]) -> None:
        """Take the steps of the recipe, or stop when the loss has not improved for a while.

        Calls `on_step` with the number of steps of all learners, at every step.
        """
        for learner in self.learners:
            learner.on_step = lambda *_: on_step(sum(each.step for each in self.learners))
        self._evaluate(None)
        while self.learners[0].step < self.recipe.max_steps:
            count = min(self.recipe.eval_interval, self.recipe.max_steps - self.learners[0].step)
            losses = [learner.take_steps(count) for learner in self.learners]
            self._evaluate(sum(losses) / len(losses))
            if len(self.curve) - 1 - self.best >= _PATIENCE:
                break

    def best_networks(self) -> list[CharRNN]:
        """Return the networks at the lowest loss."""
        for learner, weights in zip(self.learners, self.best_weights, strict=True):
            learner.ema_network.load_state_dict(weights)
        return [learner.ema_network for learner in self.learners]

    def _evaluate(self, train_loss: float | None) -> None:
        pairs = list(zip(self.learners, self.held_out, strict=True))
        self.nats.append(
            [
                nats_per_character(learner.ema_network, samples, learner.notify)
                * samples.target_count
                for learner, samples in pairs
            ]
        )
        step = self.learners[0].step
        loss = sum(self.nats[-1]) / sum(samples.target_count for samples in self.held_out)
        require_finite(loss, step, self.recipe)
        self.curve.append(Losses(step, loss if train_loss is None else train_loss, loss))
        if self.best == len(self.curve) - 1:
            networks = (learner.ema_network for learner in self.learners)
            self.best_weights = [
                {name: t.clone() for name, t in network.state_dict().items()}
                for network in networks
            ]


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


def ignore_trial(_done: int, _trials: int, _run: int) -> None:
    """Do nothing: the default for `on_trial`."""


def make_plan(
    splits: Sequence[Split],
    vocabulary: Vocabulary,
    recipe: Recipe,
    device: torch.device,
    on_trial: OnTrial = ignore_trial,
) -> Plan:
    """Return the plan for a corpus: for its folds if `splits` are several, else for its split.

    Raises `TrainingError` when the loss is not finite.
    """
    create = partial(create_trial, vocabulary=vocabulary, recipe=recipe, device=device)
    start: Start = "scratch" if recipe.base == "none" else "base"
    if len(splits) == 1:
        adjusted = adjust(recipe, start, splits[0])
        if recipe.base == "auto":
            trials = [create(s, splits, share=_TRIAL_SHARE) for s in _STARTS]
            _run_trials(trials, adjusted.max_steps, on_trial)
            start = min(trials, key=lambda trial: trial.loss).start
            adjusted = adjust(recipe, start, splits[0])
            left = adjusted.time_budget * (1 - len(_STARTS) * _TRIAL_SHARE)
            adjusted = replace(adjusted, time_budget=left)
        return Plan(start, adjusted)
    best = create(start, splits, share=_CROSS_VALIDATION_SHARE)
    others = (
        [create("scratch", splits[:_COMPARED_FOLDS], share=_CROSS_VALIDATION_SHARE)]
        if recipe.base == "auto"
        else []
    )
    _run_trials([best, *others], best.recipe.max_steps, on_trial)
    if others and others[0].loss < best.loss_of(_COMPARED_FOLDS):
        best = create("scratch", splits, share=_CROSS_VALIDATION_SHARE)
        _run_trials([best], best.recipe.max_steps, on_trial)
    return _plan_from_folds(best, splits, vocabulary, recipe)


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


def create_trial(
    start: Start,
    splits: Sequence[Split],
    *,
    vocabulary: Vocabulary,
    recipe: Recipe,
    device: torch.device,
    share: float,
) -> Trial:
    """Return a trial on each of `splits` before its first step, each with `share` of the budget.

    If the recipe has no budget, a trial on a single split has that share of the steps.
    """
    adjusted = adjust(recipe, start, splits[0])
    parts = [EncodedSamples.from_samples(split.train, vocabulary) for split in splits]
    limited = len(splits) > 1 or recipe.time_budget
    steps = adjusted.max_steps if limited else round(share * adjusted.max_steps)
    adjusted = limit_steps(adjusted, parts[0], len(vocabulary), steps, share)
    learners = []
    for split, samples in zip(splits, parts, strict=True):
        torch.manual_seed(recipe.seed)
        network = first_network(start, adjusted, vocabulary, split.train).to(device)
        learners.append(create_learner(adjusted, samples, network))
    held_out = [
        EncodedSamples.from_samples(validation_part(split.validation), vocabulary)
        for split in splits
    ]
    return Trial(start, learners, held_out)


def _run_trials(trials: Sequence[Trial], run_steps: int, on_trial: OnTrial) -> None:
    """Run the trials. `run_steps` is the number of steps of the run after them."""
    total = sum(trial.max_steps for trial in trials)
    before = 0
    for trial in trials:
        trial.run(partial(_report_trial, on_trial, before, total, run_steps))
        before += trial.max_steps


def _report_trial(on_trial: OnTrial, before: int, total: int, run_steps: int, done: int) -> None:
    on_trial(before + done, total, run_steps)


def adjust(recipe: Recipe, start: Start, split: Split) -> Recipe:
    """Return `recipe` adjusted to the start and to the training samples of `split`."""
    characters = sum(len(sample) + 1 for sample in split.train)
    if start == "base":
        return fine_tuning_recipe(base_sizes(recipe), len(split.train), characters)
    return adjust_recipe(recipe, len(split.train), characters)


def first_network(
    start: Start, recipe: Recipe, vocabulary: Vocabulary, samples: Sequence[str]
) -> CharRNN:
    """Return the network before the first step."""
    if start == "base":
        return start_from_base(recipe, vocabulary, samples)
    return CharRNN(len(vocabulary), recipe)
