"""Trials: short trainings of one start, on one split or on all folds, and what they cost.

How long a trial takes is only known at its end, because it stops when the loss has not improved for
a while. Until then, `TrialProgress` has the usual number of evaluations.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Literal

import torch
from pydantic import ConfigDict
from pydantic.dataclasses import dataclass as validated_dataclass
from torch import Tensor

from model.base import base_sizes, start_from_base
from model.batches import EncodedSamples, Vocabulary
from model.budget import Schedule, evaluation_cost, limit_steps, mean_step_cost, validation_part
from model.corpus import Split
from model.evaluation import nats_per_character
from model.learner import Learner, create_learner, require_finite
from model.network import CharRNN
from model.recipes import Recipe, adjust_recipe, fine_tuning_recipe
from model.training_ngram import TrainingNGram

Start = Literal["base", "scratch"]
PATIENCE = 6
"""Evaluations without improvement after which a trial stops."""

_FIRST_NETWORK = 0.5  # cost of the run's start from the base network
USUAL_EVALUATIONS = 9
"""Evaluations after which the trial of a short list usually stops (the median of many lists)."""


@dataclass(frozen=True)
class TrialProgress:
    """The steps and costs of all trials so far, and those that are expected up to the end.

    `max_steps` counts the steps of the trials and of the run after them. `cost_left` includes its
    report. Costs are seconds of a reference core (`model.budget`).
    """

    steps: int
    max_steps: int
    cost: float
    cost_left: float


OnTrial = Callable[[TrialProgress], None]
"""Called before every step of a trial. An error that it raises ends the run."""


def ignore_trial(_progress: TrialProgress) -> None:
    """Do nothing: the default for `on_trial`."""


@validated_dataclass(frozen=True, config=ConfigDict(extra="forbid"))
class Losses:
    """Training and validation loss at a step, in nats per character."""

    step: int
    train_loss: float
    validation_loss: float


def best_evaluation(history: Sequence[Losses]) -> int:
    """Return the index of the first of the lowest validation losses."""
    return min(range(len(history)), key=lambda i: history[i].validation_loss)


@dataclass
class Trial:
    """Learners of one start, each with its held-out samples, that take steps together.

    A step and an evaluation of all learners have the costs `step_cost` and `evaluation_cost`.
    `curve` has their mean losses, `nats` the totals of each, `best_weights` the averaged weights at
    the lowest mean.
    """

    start: Start
    learners: list[Learner]
    held_out: list[EncodedSamples]
    step_cost: float = 0.0
    evaluation_cost: float = 0.0
    is_ended: bool = False
    curve: list[Losses] = field(default_factory=list)
    nats: list[list[float]] = field(default_factory=list)
    best_weights: list[dict[str, Tensor]] = field(default_factory=list)

    @property
    def recipe(self) -> Recipe:
        """The recipe of the learners."""
        return self.learners[0].recipe

    @property
    def steps(self) -> int:
        """The number of steps of all learners so far."""
        return sum(learner.step for learner in self.learners)

    @property
    def expected_steps(self) -> int:
        """The number of steps that each learner probably takes."""
        if self.is_ended:
            return self.learners[0].step
        if len(self.learners) == 1:
            return self.recipe.max_steps
        soonest = self.best + PATIENCE
        evaluations = max(USUAL_EVALUATIONS, soonest)
        return min(self.recipe.max_steps, evaluations * self.recipe.eval_interval)

    def cost(self, steps: float) -> float:
        """Return the cost of `steps` of each learner and of the evaluations after them."""
        return steps * (self.step_cost + self.evaluation_cost / self.recipe.eval_interval)

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

    def run(self, on_step: Callable[[], None]) -> None:
        """Take the steps of the recipe, or stop when the loss has not improved for a while.

        Calls `on_step` at every step.
        """
        for learner in self.learners:
            learner.on_step = lambda *_: on_step()
        self._evaluate(None)
        while self.learners[0].step < self.recipe.max_steps:
            count = min(self.recipe.eval_interval, self.recipe.max_steps - self.learners[0].step)
            losses = [learner.take_steps(count) for learner in self.learners]
            self._evaluate(sum(losses) / len(losses))
            if len(self.curve) - 1 - self.best >= PATIENCE:
                break
        self.is_ended = True

    def best_networks(self) -> list[CharRNN]:
        """Return the networks at the lowest loss."""
        for learner, weights in zip(self.learners, self.best_weights, strict=True):
            learner.ema_network.load_state_dict(weights)
        return [learner.ema_network for learner in self.learners]

    def _evaluate(self, train_loss: float | None) -> None:
        pairs = list(zip(self.learners, self.held_out, strict=True))
        self.nats.append(
            [
                nats_per_character(learner.model(), samples, learner.notify) * samples.target_count
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


def create_trial(
    start: Start,
    splits: Sequence[Split],
    *,
    vocabulary: Vocabulary,
    recipe: Recipe,
    device: torch.device,
    share: float,
    ngram: TrainingNGram | None = None,
) -> Trial:
    """Return a trial on each of `splits` before its first step, each with `share` of the budget.

    `ngram` is that of a single split. If the recipe has no budget, a trial on a single split has
    that share of the steps.
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
        learners.append(create_learner(adjusted, samples, network, ngram=ngram))
    held_out = [
        EncodedSamples.from_samples(validation_part(split.validation), vocabulary)
        for split in splits
    ]
    return Trial(
        start,
        learners,
        held_out,
        step_cost=len(splits) * mean_step_cost(adjusted, parts[0], len(vocabulary)),
        evaluation_cost=sum(evaluation_cost(adjusted, h, len(vocabulary)) for h in held_out),
    )


def run_trials(trials: Sequence[Trial], run: Schedule, on_trial: OnTrial) -> None:
    """Run those of `trials` that have not run. `run` is expected after them."""
    for trial in trials:
        if not trial.is_ended:
            trial.run(lambda: on_trial(trial_progress(trials, run)))


def trial_progress(trials: Sequence[Trial], run: Schedule) -> TrialProgress:
    """Return the progress of `trials`, with `run` after them."""
    costs = sum(trial.cost(trial.learners[0].step) for trial in trials)
    expected_costs = sum(trial.cost(trial.expected_steps) for trial in trials)
    return TrialProgress(
        steps=sum(trial.steps for trial in trials),
        max_steps=sum(len(t.learners) * t.expected_steps for t in trials) + run.max_steps,
        cost=costs,
        cost_left=max(0.0, expected_costs - costs) + _FIRST_NETWORK + run.total,
    )


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
