"""Learner: a network, its optimizer, and the batches that it takes steps on.

The recipe, the samples and the number of threads determine the weights. Batches depend only on the
seed and the step.

AdamW: Loshchilov & Hutter (2019), arXiv:1711.05101; gradient clipping: Pascanu et al. (2013),
arXiv:1211.5063; averaged weights: Polyak & Juditsky (1992); truncated backpropagation through time:
Williams & Peng (1990).
"""

import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812  (the customary name)

from model import ModelError
from model.batches import PADDING, EncodedSamples
from model.mixture import Model
from model.network import CharRNN
from model.recipes import Recipe, learning_rate_at
from model.training_ngram import TrainingNGram

OnStep = Callable[[int, float], None]
"""Called with the number of steps and of epochs completed. An error that it raises ends the run."""


class TrainingError(ModelError):
    """Training cannot continue. The message is `reason`, a stop, and `advice`."""

    def __init__(self, reason: str, advice: str) -> None:
        super().__init__(f"{reason}. {advice}")
        self.reason, self.advice = reason, advice


@dataclass
class Learner:
    """A network in training: first the constants, then, from `rng_state` on, what steps change.

    `carried` is the hidden state [B, S] that the next window of a batch continues from. `epochs` is
    fractional.
    """

    recipe: Recipe
    samples: EncodedSamples
    network: CharRNN
    ema_network: CharRNN
    optimizer: torch.optim.AdamW
    ngram: TrainingNGram | None
    on_step: OnStep
    rng_state: Tensor
    carried: Tensor
    windows: Iterator[tuple[Tensor, int, float]]
    step: int = 0
    epochs: float = 0.0

    def model(self) -> Model:
        """Return the network with averaged weights, with the n-gram if it learns with one."""
        return self.ngram.mix(self.ema_network) if self.ngram else self.ema_network

    def notify(self) -> None:
        """Report the position to `on_step`, which may raise an error to end the run."""
        self.on_step(self.step, self.epochs)

    def take_steps(self, count: int) -> float:
        """Take `count` steps. Return the mean loss in nats per character.

        The learner has its own random state, so random numbers that a caller draws do not affect
        it. Raises `TrainingError` when the loss is not finite.
        """
        self.network.train()
        losses = []
        with torch.random.fork_rng(devices=[]):
            torch.set_rng_state(self.rng_state)
            for _ in range(count):
                self.notify()
                losses.append(self._take_step())
                self.step += 1
            self.rng_state = torch.get_rng_state()
        return math.fsum(losses) / len(losses)

    def _take_step(self) -> float:
        """Take one optimizer step on a window of a batch; return its loss.

        Gradients stop at the start of the window and the hidden state is carried over, so memory
        use does not depend on the length of the samples.
        """
        recipe = self.recipe
        rows, start, self.epochs = next(self.windows)
        inputs, targets = (
            t.to(self.carried.device) for t in self.samples.batch(rows, start, recipe.bptt_length)
        )
        hidden = self.carried if start else self.network.initial_state(len(rows))
        logits, hidden = self.network(inputs, hidden)
        if self.ngram:
            index, _ = self.samples.positions(rows, start, recipe.bptt_length)
            logits = logits + self.ngram.at(index).to(logits.device)
        loss = F.cross_entropy(logits.flatten(0, 1), targets.flatten(), ignore_index=PADDING)
        self.optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        if recipe.grad_clip:
            nn.utils.clip_grad_norm_(self.network.weights, recipe.grad_clip)
        self.optimizer.param_groups[0]["lr"] = learning_rate_at(recipe, self.step)
        self.optimizer.step()
        continues = self.samples.lengths[rows] - 1 > start + recipe.bptt_length
        self.carried = hidden.detach()[continues.to(hidden.device)]
        if recipe.ema_decay:
            update_average(
                self.ema_network.weights, self.network.weights, recipe.ema_decay, self.step
            )
        return require_finite(loss.item(), self.step, recipe)


def ignore_step(_step: int, _epochs: float) -> None:
    """Do nothing: the default for `on_step`."""


def create_learner(
    recipe: Recipe,
    samples: EncodedSamples,
    network: CharRNN,
    on_step: OnStep = ignore_step,
    ngram: TrainingNGram | None = None,
) -> Learner:
    """Return a learner before its first step. The random state is the current one of torch."""
    return Learner(
        recipe=recipe,
        samples=samples,
        network=network,
        ema_network=deepcopy(network) if recipe.ema_decay else network,
        optimizer=torch.optim.AdamW(
            network.parameters(),
            betas=(0.9, recipe.beta2),
            weight_decay=recipe.weight_decay,
            fused=True,
        ),
        ngram=ngram,
        on_step=on_step,
        rng_state=torch.get_rng_state(),
        carried=network.initial_state(0),
        windows=samples.windows(recipe.batch_size, recipe.bptt_length, recipe.seed, skip=0),
    )


def require_finite(loss: float, step: int, recipe: Recipe) -> float:
    """Return `loss`. Raises `TrainingError` when it is not finite."""
    if math.isfinite(loss):
        return loss
    raise TrainingError(
        f"The loss is {loss} at step {step + 1}",
        f"Train again with a lower learning_rate than {recipe.learning_rate:g}, or with "
        "grad_clip = 1.",
    )


@torch.no_grad()
def update_average(
    averages: Iterable[Tensor], weights: Iterable[Tensor], ema_decay: float, step: int
) -> None:
    """Move the averaged weights towards `weights` after `step`, counted from 0.

    The decay is lower at first, when the average would mostly hold the initial weights.
    """
    decay = min(ema_decay, (1 + step) / (10 + step))
    for mean, weight in zip(averages, weights, strict=True):
        mean.lerp_(weight, 1 - decay)


def optimizer_tensors(optimizer: torch.optim.Optimizer) -> dict[str, Tensor]:
    """Return the state of `optimizer`, by the index of the parameter: `0/exp_avg` and so on."""
    state = optimizer.state_dict()["state"]
    return {f"{i}/{key}": t for i, each in state.items() for key, t in each.items()}


def restore_optimizer(optimizer: torch.optim.Optimizer, tensors: Mapping[str, Tensor]) -> None:
    """Restore the state that `optimizer_tensors` returned."""
    state: dict[int, dict[str, Tensor]] = {}
    for name, tensor in tensors.items():
        index, key = name.split("/")
        state.setdefault(int(index), {})[key] = tensor.clone()
    groups = optimizer.state_dict()["param_groups"]
    optimizer.load_state_dict({"state": state, "param_groups": groups})
