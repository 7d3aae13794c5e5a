"""A run in progress: how it begins, and how it becomes a checkpoint's tensors and comes back."""

from collections.abc import Callable, Iterator
from copy import deepcopy
from dataclasses import dataclass, field
from pathlib import Path

import torch
from torch import Tensor

from model.batches import Encoded
from model.checkpoint import Checkpoint, CheckpointError, Measure, Origin
from model.corpus import Corpus, Split, digests, length_counts, split_samples
from model.network import CharRNN
from model.recipes import Recipe, fitted
from model.vocabulary import Vocabulary


@dataclass
class Run:
    """The fixed part first, then what changes with every step.

    `epochs` is how often every sample was learnt from, with fractions.
    """

    recipe: Recipe
    fitted: Recipe
    folder: Path
    vocabulary: Vocabulary
    origin: Origin
    known: Tensor
    train: Encoded
    validation: Encoded
    split: Split
    network: CharRNN
    average: CharRNN
    optimizer: torch.optim.AdamW
    watch: Callable[[int, float], None]
    random: Tensor
    carried: Tensor
    plan: Iterator[tuple[Tensor, int, float]]
    best: dict[str, Tensor] = field(default_factory=dict)
    history: list[Measure] = field(default_factory=list)
    step: int = 0
    epochs: float = 0.0
    seconds: float = 0.0

    def heed(self) -> None:
        """Let who watches see how far it is, or break it off."""
        self.watch(self.step, self.epochs)


def begin(
    corpus: Corpus,
    recipe: Recipe,
    folder: Path,
    device: torch.device,
    watch: Callable[[int, float], None],
) -> Run:
    """The run before its first step."""
    torch.manual_seed(recipe.seed)
    split = split_samples(corpus.samples, recipe.held_out, recipe.seed, recipe.split)
    vocabulary = Vocabulary.of(corpus.samples)
    train = Encoded.of(split.train, vocabulary)
    fit = fitted(recipe, len(train), train.characters)
    network = CharRNN(len(vocabulary), fit).to(device)
    return Run(
        recipe=recipe,
        fitted=fit,
        folder=folder,
        vocabulary=vocabulary,
        origin=_origin(corpus),
        known=torch.from_numpy(digests(corpus.samples)),
        train=train,
        validation=Encoded.of(split.validation, vocabulary),
        split=split,
        network=network,
        average=deepcopy(network) if recipe.average else network,
        optimizer=torch.optim.AdamW(
            network.parameters(),
            betas=(0.9, recipe.beta2),
            weight_decay=recipe.weight_decay,
            fused=True,
        ),
        watch=watch,
        random=torch.get_rng_state(),
        carried=network.start(0),
        plan=train.plan(fit.batch, recipe.window, recipe.seed, skip=0),
    )


def _origin(corpus: Corpus) -> Origin:
    return Origin(
        file=str(corpus.path.resolve()),
        digest=corpus.digest,
        samples=len(corpus.samples),
        longest=corpus.longest,
        lengths=length_counts(corpus.samples),
    )


def tensors(run: Run) -> dict[str, Tensor]:
    """Everything that a resumed run needs, by name."""
    moments = run.optimizer.state_dict()["state"]
    averaged = run.average.state_dict() if run.recipe.average else {}
    return {
        "known": run.known,
        "random": run.random,
        "carried": run.carried,
        **{f"best/{name}": t for name, t in run.best.items()},
        **{f"network/{name}": t for name, t in run.network.state_dict().items()},
        **{f"average/{name}": t for name, t in averaged.items()},
        **{f"moments/{i}/{k}": t for i, state in moments.items() for k, t in state.items()},
    }


def restore(run: Run, found: Checkpoint) -> None:
    """Put `run` where `found` stood; raises `CheckpointError` when that was another run."""
    facts = found.facts
    for what, mine, theirs in (
        ("corpus", run.origin.digest, facts.corpus.digest),
        ("recipe", run.recipe, facts.recipe),
    ):
        if mine != theirs:
            raise CheckpointError(
                f"{run.folder}: was trained with another {what}; resume with the same {what}, "
                "or start over in another folder"
            )
    run.network.load_state_dict(found.part("network"))
    if run.recipe.average:
        run.average.load_state_dict(found.part("average"))
    groups = run.optimizer.state_dict()["param_groups"]
    run.optimizer.load_state_dict({"state": _moments(found), "param_groups": groups})
    run.best, run.random = found.part("best"), found.tensors["random"]
    run.carried = found.tensors["carried"].to(run.carried.device)
    run.plan = run.train.plan(run.fitted.batch, run.recipe.window, run.recipe.seed, facts.step)
    run.history = list(facts.history)
    run.step, run.seconds = facts.step, facts.seconds


def _moments(found: Checkpoint) -> dict[int, dict[str, Tensor]]:
    """AdamW's, by the number of the weights that they belong to."""
    moments: dict[int, dict[str, Tensor]] = {}
    for name, t in found.part("moments").items():
        index, key = name.split("/")
        moments.setdefault(int(index), {})[key] = t.clone()
    return moments
