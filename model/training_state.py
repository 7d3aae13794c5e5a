"""Training state: everything that changes during a run, saved to and restored from a checkpoint."""

from collections.abc import Callable, Iterator
from copy import deepcopy
from dataclasses import dataclass, field
from pathlib import Path

import torch
from torch import Tensor

from model.batches import EncodedSamples
from model.checkpoint import Checkpoint, CheckpointError, CorpusInfo, Losses
from model.corpus import Corpus, Split, length_counts, sample_digests, split_samples
from model.network import CharRNN
from model.recipes import Recipe, adjust_recipe
from model.vocabulary import Vocabulary

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
