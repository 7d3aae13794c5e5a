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
from collections.abc import Callable, Generator, Iterator
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812  (the customary name)

from model import ModelError, checkpoint
from model.batches import PADDING, EncodedSamples, Vocabulary
from model.checkpoint import (
    METADATA,
    Checkpoint,
    CheckpointError,
    CorpusInfo,
    Losses,
    Metadata,
    write_atomically,
)
from model.corpus import Corpus, Split, length_counts, sample_digests, split_samples
from model.evaluation import Report, evaluate, loss_report, nats_per_character
from model.network import CharRNN
from model.recipes import Recipe, adjust_recipe, learning_rate_at
from model.reports import plot_losses

OnStep = Callable[[int, float], None]
"""Called with the number of steps and of epochs completed. An error that it raises ends the run."""


@dataclass
class TrainingState:
    """A training run: first the constants, then, from `rng_state` on, what every step changes.

    `adjusted` is the recipe adjusted to the corpus. `carried` is the hidden state [B, S] that the
    next window of a batch continues from. `epochs` is fractional.
    """

    recipe: Recipe
    adjusted: Recipe
    folder: Path
    vocabulary: Vocabulary
    corpus: CorpusInfo
    known: Tensor
    train: EncodedSamples
    validation: EncodedSamples
    split: Split
    network: CharRNN
    ema_network: CharRNN
    optimizer: torch.optim.AdamW
    on_step: OnStep
    rng_state: Tensor
    carried: Tensor
    windows: Iterator[tuple[Tensor, int, float]]
    best: dict[str, Tensor] = field(default_factory=dict)
    history: list[Losses] = field(default_factory=list)
    step: int = 0
    epochs: float = 0.0
    seconds: float = 0.0

    def notify(self) -> None:
        """Report the position to `on_step`, which may raise an error to end the run."""
        self.on_step(self.step, self.epochs)


def create_state(
    corpus: Corpus, recipe: Recipe, folder: Path, device: torch.device, on_step: OnStep
) -> TrainingState:
    """Return the state before the first step."""
    torch.manual_seed(recipe.seed)
    split = split_samples(corpus.samples, recipe.held_out_fraction, recipe.seed, recipe.split)
    vocabulary = Vocabulary.from_samples(corpus.samples)
    train = EncodedSamples.from_samples(split.train, vocabulary)
    adjusted = adjust_recipe(recipe, len(train), train.target_count)
    network = CharRNN(len(vocabulary), adjusted).to(device)
    return TrainingState(
        recipe=recipe,
        adjusted=adjusted,
        folder=folder,
        vocabulary=vocabulary,
        corpus=_corpus_info(corpus),
        known=torch.from_numpy(sample_digests(corpus.samples)),
        train=train,
        validation=EncodedSamples.from_samples(split.validation, vocabulary),
        split=split,
        network=network,
        ema_network=deepcopy(network) if recipe.ema_decay else network,
        optimizer=torch.optim.AdamW(
            network.parameters(),
            betas=(0.9, recipe.beta2),
            weight_decay=recipe.weight_decay,
            fused=True,
        ),
        on_step=on_step,
        rng_state=torch.get_rng_state(),
        carried=network.initial_state(0),
        windows=train.windows(adjusted.batch_size, recipe.bptt_length, recipe.seed, skip=0),
    )


def _corpus_info(corpus: Corpus) -> CorpusInfo:
    return CorpusInfo(
        file=str(corpus.path.resolve()),
        digest=corpus.digest,
        samples=len(corpus.samples),
        max_length=corpus.max_length,
        lengths=length_counts(corpus.samples),
    )


def state_tensors(state: TrainingState) -> dict[str, Tensor]:
    """Return the tensors of a checkpoint, by name."""
    moments = state.optimizer.state_dict()["state"]
    averaged = state.ema_network.state_dict() if state.recipe.ema_decay else {}
    return {
        "known": state.known,
        "random": state.rng_state,
        "carried": state.carried,
        **{f"best/{name}": t for name, t in state.best.items()},
        **{f"network/{name}": t for name, t in state.network.state_dict().items()},
        **{f"average/{name}": t for name, t in averaged.items()},
        **{f"moments/{i}/{k}": t for i, each in moments.items() for k, t in each.items()},
    }


def restore_state(state: TrainingState, checkpoint: Checkpoint) -> None:
    """Restore `state` from `checkpoint`.

    Raises `CheckpointError` when the checkpoint has another corpus or recipe.
    """
    metadata = checkpoint.metadata
    for part, ours, theirs in (
        ("corpus", state.corpus.digest, metadata.corpus.digest),
        ("recipe", state.recipe, metadata.recipe),
    ):
        if ours != theirs:
            raise CheckpointError(
                f"{state.folder}: This run used another {part}. Resume with the same {part}, "
                "or train in another folder."
            )
    state.network.load_state_dict(checkpoint.tensors_under("network"))
    if state.recipe.ema_decay:
        state.ema_network.load_state_dict(checkpoint.tensors_under("average"))
    groups = state.optimizer.state_dict()["param_groups"]
    state.optimizer.load_state_dict({"state": _moments(checkpoint), "param_groups": groups})
    state.best = checkpoint.tensors_under("best")
    state.rng_state = checkpoint.tensors["random"]
    state.carried = checkpoint.tensors["carried"].to(state.carried.device)
    state.windows = state.train.windows(
        state.adjusted.batch_size, state.recipe.bptt_length, state.recipe.seed, metadata.step
    )
    state.history = list(metadata.history)
    state.step, state.seconds = metadata.step, metadata.seconds


def _moments(checkpoint: Checkpoint) -> dict[int, dict[str, Tensor]]:
    """Return AdamW's state by the index of the parameter."""
    moments: dict[int, dict[str, Tensor]] = {}
    for name, t in checkpoint.tensors_under("moments").items():
        index, key = name.split("/")
        moments.setdefault(int(index), {})[key] = t.clone()
    return moments


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
