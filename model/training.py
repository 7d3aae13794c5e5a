"""The loop: batches of like length, a rate by schedule, measurements, checkpoints, the best kept.

Everything that decides the weights is the recipe, the corpus and the number of threads: batches are
a function of seed and step, and a checkpoint holds the rest (weights, moments, random state), so a
run that was broken off and resumed ends bit for bit where an unbroken one does.

AdamW: Loshchilov & Hutter (2019), arXiv:1711.05101; clipping by norm: Pascanu et al. (2013),
arXiv:1211.5063.
"""

import math
import time
from collections.abc import Generator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import torch
from torch import Tensor, nn

from model import ModelError, checkpoint, plots
from model.batches import PADDING, Encoded
from model.checkpoint import FACTS, Checkpoint, CheckpointError, Facts, Measure, Origin
from model.corpus import Corpus, digests, split_samples
from model.evaluation import Report, brief, cross_entropy, evaluate, nats_per_character
from model.network import CharRNN
from model.publish import publish
from model.recipes import Recipe, rate_at
from model.vocabulary import Vocabulary

_TOKENS = 2**15  # through the network at once while learning: bounds the memory of a step


class TrainingError(ModelError):
    """Learning cannot go on; the last good checkpoint is kept."""


@dataclass
class _Run:
    """A run in progress: the fixed part first, then what changes with every step."""

    recipe: Recipe
    folder: Path
    vocabulary: Vocabulary
    origin: Origin
    known: Tensor
    train: Encoded
    validation: Encoded
    test: list[str]
    network: CharRNN
    optimizer: torch.optim.AdamW
    random: Tensor
    best: dict[str, Tensor] = field(default_factory=dict)
    history: list[Measure] = field(default_factory=list)
    epoch: tuple[int, list[Tensor]] = (-1, [])
    step: int = 0
    seconds: float = 0.0


def train(
    corpus: Corpus, recipe: Recipe, folder: Path, *, resume: bool = False, threads: int = 1
) -> Generator[Checkpoint, None, None]:
    """Learn `corpus` by `recipe`, and yield each checkpoint once it stands in `folder`.

    The first comes before the first step (or is the one resumed from), the last has
    `facts.finished` and a report on the test samples. Closing the generator stops the training.
    Raises `TrainingError` when the loss is no longer a number, `CheckpointError` when `folder`
    cannot be written to, or when `resume` finds a checkpoint of another corpus or recipe.
    """
    torch.set_num_threads(threads)
    run = _begin(corpus, recipe, folder)
    if resume:
        found = checkpoint.load(folder)
        _restore(run, found)
        yield found
        if found.facts.finished:
            return
    else:
        _measure(run)
        yield _save(run)
    while not _done(run):
        _learn(run)
        yield _save(run)


def _begin(corpus: Corpus, recipe: Recipe, folder: Path) -> _Run:
    torch.manual_seed(recipe.seed)
    split = split_samples(corpus.samples, recipe.held_out, recipe.seed)
    vocabulary = Vocabulary.of(corpus.samples)
    network = CharRNN(len(vocabulary), recipe)
    return _Run(
        recipe=recipe,
        folder=folder,
        vocabulary=vocabulary,
        origin=Origin(
            str(corpus.path.resolve()), corpus.digest, len(corpus.samples), corpus.longest
        ),
        known=torch.from_numpy(digests(corpus.samples)),
        train=Encoded.of(split.train, vocabulary),
        validation=Encoded.of(split.validation, vocabulary),
        test=split.test,
        network=network,
        optimizer=torch.optim.AdamW(
            network.parameters(), weight_decay=recipe.weight_decay, fused=True
        ),
        random=torch.get_rng_state(),
    )


def _learn(run: _Run) -> None:
    """Take steps up to the next measurement, and measure.

    The random state is the run's own: what its caller draws between two checkpoints is no matter.
    """
    began = time.perf_counter()
    run.network.train()
    losses = []
    with torch.random.fork_rng(devices=[]):
        torch.set_rng_state(run.random)
        for _ in range(min(run.recipe.measure_every, run.recipe.steps - run.step)):
            losses.append(_step(run))
            run.step += 1
        run.random = torch.get_rng_state()
    run.seconds += time.perf_counter() - began
    _measure(run, math.fsum(losses) / len(losses))


def _step(run: _Run) -> float:
    """One step of the optimiser; its loss in nats a character.

    Long samples go through the network a few rows at a time, and their gradients add up to those
    of the whole batch, so the memory of a step does not grow with the batch.
    """
    inputs, targets = run.train.batch(_rows(run))
    characters = int((targets != PADDING).sum())
    rows = max(1, _TOKENS // inputs.shape[1])
    run.optimizer.zero_grad()
    total = 0.0
    for some, theirs in zip(torch.split(inputs, rows), torch.split(targets, rows), strict=True):
        loss = cross_entropy(run.network(some), theirs, reduction="sum") / characters
        loss.backward()  # type: ignore[no-untyped-call]
        total += loss.item()
    if run.recipe.clip:
        nn.utils.clip_grad_norm_(run.network.parameters(), run.recipe.clip)
    run.optimizer.param_groups[0]["lr"] = rate_at(run.recipe, run.step)
    run.optimizer.step()
    return _finite(run, total)


def _rows(run: _Run) -> Tensor:
    """The samples of the step to come: a function of seed and step alone."""
    epoch, place = divmod(run.step, math.ceil(len(run.train) / run.recipe.batch))
    if run.epoch[0] != epoch:
        run.epoch = epoch, run.train.epoch(run.recipe.batch, (run.recipe.seed, epoch))
    return run.epoch[1][place]


def _measure(run: _Run, loss: float | None = None) -> None:
    """Add to the history, and keep the weights if they are the best so far."""
    held_out = _finite(run, nats_per_character(run.network, run.validation))
    if not run.history or held_out < min(m.held_out for m in run.history):
        run.best = {name: t.clone() for name, t in run.network.state_dict().items()}
    # Before the first step there is no loss of learning; the held-out one is as good a guess.
    run.history.append(Measure(run.step, held_out if loss is None else loss, held_out))


def _finite(run: _Run, loss: float) -> float:
    if math.isfinite(loss):
        return loss
    saved = run.history[-1].step if run.history else 0
    raise TrainingError(
        f"the loss is {loss} at step {run.step + 1}; the checkpoint of step {saved} stays in "
        f"{run.folder}; start over with a lower rate (it is {run.recipe.rate:g}) or with clip = 1"
    )


def _done(run: _Run) -> bool:
    """Whether all steps are taken, or no measurement was better for as long as the patience."""
    if run.step >= run.recipe.steps:
        return True
    best = min(range(len(run.history)), key=lambda i: run.history[i].held_out)
    return 0 < run.recipe.patience <= len(run.history) - 1 - best


def _save(run: _Run) -> Checkpoint:
    facts = Facts(
        recipe=run.recipe,
        vocabulary=run.vocabulary.characters,
        corpus=run.origin,
        created=datetime.now(UTC).isoformat(timespec="seconds"),
        step=run.step,
        seconds=round(run.seconds, 3),
        history=tuple(run.history),
        report=_report(run),
        finished=_done(run),
    )
    if facts.finished:
        _publish_figures(facts, run.folder)
    made = Checkpoint(facts, _tensors(run))
    checkpoint.save(run.folder, made)
    return made


def _publish_figures(facts: Facts, folder: Path) -> None:
    """`metrics.json` and `loss.png`, before the checkpoint that ends the run."""
    metrics = FACTS.dump_json(facts, exclude={"vocabulary"}, indent=1)
    try:
        publish(folder / "metrics.json", metrics)
        plots.loss_curve(facts.history, folder / "loss.png")
    except OSError as error:
        raise CheckpointError(f"{folder}: cannot be written to ({error.strerror})") from None


def _report(run: _Run) -> Report:
    if not _done(run):
        return brief(min(m.held_out for m in run.history), len(run.validation))
    best = CharRNN(len(run.vocabulary), run.recipe)
    best.load_state_dict(run.best)
    known = {bytes(row) for row in run.known.numpy()}
    return evaluate(best, run.vocabulary, run.test, known, run.origin.longest)


def _tensors(run: _Run) -> dict[str, Tensor]:
    """Everything that a resumed run needs, by name."""
    moments = run.optimizer.state_dict()["state"]
    return {
        "known": run.known,
        "random": run.random,
        **{f"best/{name}": t for name, t in run.best.items()},
        **{f"network/{name}": t for name, t in run.network.state_dict().items()},
        **{f"moments/{i}/{k}": t for i, state in moments.items() for k, t in state.items()},
    }


def _restore(run: _Run, found: Checkpoint) -> None:
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
    moments: dict[int, dict[str, Tensor]] = {}
    for name, t in found.part("moments").items():
        index, key = name.split("/")
        moments.setdefault(int(index), {})[key] = t.clone()
    run.network.load_state_dict(found.part("network"))
    groups = run.optimizer.state_dict()["param_groups"]
    run.optimizer.load_state_dict({"state": moments, "param_groups": groups})
    run.best, run.random = found.part("best"), found.tensors["random"]
    run.history = list(facts.history)
    run.step, run.seconds = facts.step, facts.seconds
