"""Training loop: length-grouped batches, AdamW, evaluations, early stopping and checkpoints.

The recipe, the corpus and the number of threads determine the weights. Batches depend only on the
seed and the step, and a checkpoint has the rest (weights, averaged weights, optimizer moments,
random state). A resumed run therefore ends with exactly the weights of an uninterrupted one.

AdamW: Loshchilov & Hutter (2019), arXiv:1711.05101; gradient clipping: Pascanu et al. (2013),
arXiv:1211.5063; averaged weights: Polyak & Juditsky (1992); truncated backpropagation through time:
Williams & Peng (1990).
"""

import math
import time
from collections.abc import Generator
from datetime import UTC, datetime
from pathlib import Path

import torch
from torch import nn
from torch.nn import functional as F  # noqa: N812  (the customary name)

from model import ModelError, checkpoint
from model.atomic_write import write_atomically
from model.batches import PADDING
from model.checkpoint import METADATA, Checkpoint, CheckpointError, Losses, Metadata
from model.corpus import Corpus
from model.evaluation import Report, evaluate, loss_report, nats_per_character
from model.network import CharRNN
from model.recipes import Recipe, learning_rate_at
from model.reports import plot_losses
from model.training_state import (
    OnStep,
    TrainingState,
    create_state,
    restore_state,
    state_tensors,
)


class TrainingError(ModelError):
    """Training cannot continue. `reason` is the first sentence of the message, without a stop."""

    def __init__(self, reason: str, advice: str) -> None:
        super().__init__(f"{reason}. {advice}")
        self.reason = reason


def _ignore_step(_step: int, _epochs: float) -> None:
    """Do nothing: the default for `on_step`."""


def train(
    corpus: Corpus,
    recipe: Recipe,
    folder: Path,
    *,
    resume: bool = False,
    threads: int = 1,
    device: str = "auto",
    on_step: OnStep = _ignore_step,
) -> Generator[Checkpoint, None, None]:
    """Train on `corpus` with `recipe`, and yield each checkpoint after it is saved in `folder`.

    The first checkpoint comes before the first step, or is the one that the run resumes from. The
    last is `finished` and has a report on the test samples. Closing the generator stops the run.

    `device` is a torch device name, or "auto" for CUDA if available. `on_step` is called before
    every step and during evaluations. An error that it raises ends the run and passes through; the
    last checkpoint remains.

    Raises `TrainingError` if there is no such device or the loss is not finite, `CheckpointError`
    if `folder` is not writable or has a checkpoint of another corpus or recipe to resume from.
    """
    torch.set_num_threads(threads)
    state = create_state(corpus, recipe, folder, _select_device(device), on_step)
    if resume:
        start = checkpoint.load(folder)
        restore_state(state, start)
        yield start
        if start.metadata.finished:
            return
    else:
        _validate(state)
        yield _save(state)
    while not _is_finished(state):
        _train_interval(state)
        yield _save(state)


def _select_device(name: str) -> torch.device:
    if name == "cuda" and not torch.cuda.is_available():
        raise TrainingError("device = 'cuda': torch finds no CUDA device", "Use auto or cpu.")
    if name == "auto":
        name = "cuda" if torch.cuda.is_available() else "cpu"
    return torch.device(name)


def _train_interval(state: TrainingState) -> None:
    """Take the steps up to the next evaluation, then evaluate.

    The run has its own random state, so random numbers that a caller draws do not affect it.
    """
    started = time.perf_counter()
    state.network.train()
    losses = []
    with torch.random.fork_rng(devices=[]):
        torch.set_rng_state(state.rng_state)
        for _ in range(min(state.adjusted.eval_interval, state.recipe.max_steps - state.step)):
            state.notify()
            losses.append(_take_step(state))
            state.step += 1
        state.rng_state = torch.get_rng_state()
    state.seconds += time.perf_counter() - started
    _validate(state, math.fsum(losses) / len(losses))


def _take_step(state: TrainingState) -> float:
    """Take one optimizer step on a window of a batch; return its loss in nats per character.

    Gradients stop at the start of the window and the hidden state is carried over, so memory use
    does not depend on the length of the samples.
    """
    recipe = state.recipe
    rows, start, state.epochs = next(state.windows)
    inputs, targets = (
        t.to(state.carried.device) for t in state.train.batch(rows, start, recipe.bptt_length)
    )
    hidden = state.carried if start else state.network.initial_state(len(rows))
    logits, hidden = state.network(inputs, hidden)
    loss = F.cross_entropy(logits.flatten(0, 1), targets.flatten(), ignore_index=PADDING)
    state.optimizer.zero_grad()
    loss.backward()  # type: ignore[no-untyped-call]
    if recipe.grad_clip:
        nn.utils.clip_grad_norm_(state.network.weights, recipe.grad_clip)
    state.optimizer.param_groups[0]["lr"] = learning_rate_at(recipe, state.step)
    state.optimizer.step()
    continues = state.train.lengths[rows] - 1 > start + recipe.bptt_length
    state.carried = hidden.detach()[continues.to(hidden.device)]
    if recipe.ema_decay:
        # A lower decay at first, when the average would mostly hold the initial weights.
        decay = min(recipe.ema_decay, (1 + state.step) / (10 + state.step))
        _update_average(state.ema_network, state.network, 1 - decay)
    return _require_finite(state, loss.item())


@torch.no_grad()
def _update_average(ema_network: CharRNN, network: CharRNN, fraction: float) -> None:
    """Move the averaged weights by `fraction` towards those of `network`."""
    for mean, weight in zip(ema_network.weights, network.weights, strict=True):
        mean.lerp_(weight, fraction)


def _validate(state: TrainingState, train_loss: float | None = None) -> None:
    """Add the validation loss to the history; store the weights if they are the best so far."""
    validation_loss = _require_finite(
        state, nats_per_character(state.ema_network, state.validation, state.notify)
    )
    if not state.history or validation_loss < min(m.validation_loss for m in state.history):
        state.best = {name: t.cpu().clone() for name, t in state.ema_network.state_dict().items()}
    # Before the first step there is no training loss; the validation loss is about the same.
    train_loss = validation_loss if train_loss is None else train_loss
    state.history.append(Losses(state.step, train_loss, validation_loss))


def _require_finite(state: TrainingState, loss: float) -> float:
    if math.isfinite(loss):
        return loss
    saved = state.history[-1].step if state.history else 0
    raise TrainingError(
        f"The loss is {loss} at step {state.step + 1}",
        f"The checkpoint of step {saved} is still in {state.folder}. Train again with a lower "
        f"learning_rate than {state.recipe.learning_rate:g}, or with grad_clip = 1.",
    )


def _is_finished(state: TrainingState) -> bool:
    """Return whether all steps are taken, or validation has not improved within the patience."""
    if state.step >= state.recipe.max_steps:
        return True
    best = min(range(len(state.history)), key=lambda i: state.history[i].validation_loss)
    return 0 < state.recipe.patience <= len(state.history) - 1 - best


def _save(state: TrainingState) -> Checkpoint:
    metadata = Metadata(
        recipe=state.recipe,
        vocabulary=state.vocabulary.characters,
        corpus=state.corpus,
        created=datetime.now(UTC).isoformat(timespec="seconds"),
        step=state.step,
        seconds=round(state.seconds, 3),
        history=tuple(state.history),
        report=_report(state),
        finished=_is_finished(state),
    )
    if metadata.finished:
        _save_figures(metadata, state.folder)
    saved = Checkpoint(metadata, state_tensors(state))
    checkpoint.save(state.folder, saved)
    return saved


def _save_figures(metadata: Metadata, folder: Path) -> None:
    """Write `metrics.json` and `loss.png`, before the last checkpoint of the run."""
    metrics = METADATA.dump_json(metadata, exclude={"vocabulary"}, indent=1)
    try:
        write_atomically(folder / "metrics.json", metrics)
        plot_losses(metadata.history, folder / "loss.png")
    except OSError as error:
        raise CheckpointError(f"{folder}: Can't write to this folder ({error.strerror}).") from None


def _report(state: TrainingState) -> Report:
    if not _is_finished(state):
        best_loss = min(m.validation_loss for m in state.history)
        return loss_report(best_loss, len(state.validation))
    network = CharRNN(len(state.vocabulary), state.recipe)
    network.load_state_dict(state.best)
    return evaluate(
        network,
        state.vocabulary,
        state.split,
        {bytes(row) for row in state.known.numpy()},
        state.corpus.max_length,
        check_cancelled=state.notify,
    )
