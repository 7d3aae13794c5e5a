"""The loop: batches of like length, a rate by schedule, measurements, checkpoints, the best kept.

Everything that decides the weights is the recipe, the corpus and the number of threads: batches are
a function of seed and step, and a checkpoint holds the rest (weights, their average, moments,
random state), so a run that was broken off and resumed ends bit for bit where an unbroken one does.

AdamW: Loshchilov & Hutter (2019), arXiv:1711.05101; clipping by norm: Pascanu et al. (2013),
arXiv:1211.5063; averaged weights: Polyak & Juditsky (1992); truncated backpropagation through time:
Williams & Peng (1990).
"""

import math
import time
from collections.abc import Callable, Generator
from datetime import UTC, datetime
from pathlib import Path

import torch
from torch import nn
from torch.nn import functional as F  # noqa: N812  (the name everyone reads)

from model import ModelError, checkpoint, plots, runs
from model.batches import PADDING
from model.checkpoint import FACTS, Checkpoint, CheckpointError, Facts, Measure
from model.corpus import Corpus
from model.evaluation import Report, brief, evaluate, nats_per_character
from model.network import CharRNN
from model.publish import publish
from model.recipes import Recipe, rate_at
from model.runs import Run


class TrainingError(ModelError):
    """Learning cannot go on; the last good checkpoint is kept. `reason` is why, and no more."""

    def __init__(self, reason: str, mending: str) -> None:
        super().__init__(f"{reason}; {mending}")
        self.reason = reason


def _unwatched(_steps: int, _epochs: float) -> None:
    """What is called where nobody looks."""


def train(
    corpus: Corpus,
    recipe: Recipe,
    folder: Path,
    *,
    resume: bool = False,
    threads: int = 1,
    device: str = "auto",
    watch: Callable[[int, float], None] = _unwatched,
) -> Generator[Checkpoint, None, None]:
    """Learn `corpus` by `recipe`, and yield each checkpoint once it stands in `folder`.

    The first comes before the first step (or is the one resumed from), the last has
    `facts.finished` and a report on the test samples. Closing the generator stops the training.
    `device` is a name that torch knows, or "auto" for CUDA where there is one. `watch` is called
    before every step, and often while it measures, with the steps and the epochs that are behind
    it; what it raises breaks the training off and passes through, the last checkpoint stays.
    Raises `TrainingError` when there is no such device or the loss is no longer a number,
    `CheckpointError` when `folder` cannot be written to, or when `resume` finds a checkpoint of
    another corpus or recipe.
    """
    torch.set_num_threads(threads)
    run = runs.begin(corpus, recipe, folder, _device(device), watch)
    if resume:
        found = checkpoint.load(folder)
        runs.restore(run, found)
        yield found
        if found.facts.finished:
            return
    else:
        _measure(run)
        yield _save(run)
    while not _done(run):
        _learn(run)
        yield _save(run)


def _device(name: str) -> torch.device:
    if name == "cuda" and not torch.cuda.is_available():
        raise TrainingError("device = 'cuda': torch finds no CUDA device here", "use auto or cpu")
    if name == "auto":
        name = "cuda" if torch.cuda.is_available() else "cpu"
    return torch.device(name)


def _learn(run: Run) -> None:
    """Take steps up to the next measurement, and measure.

    The random state is the run's own: what its caller draws between two checkpoints is no matter.
    """
    began = time.perf_counter()
    run.network.train()
    losses = []
    with torch.random.fork_rng(devices=[]):
        torch.set_rng_state(run.random)
        for _ in range(min(run.fitted.measure_every, run.recipe.steps - run.step)):
            run.heed()
            losses.append(_step(run))
            run.step += 1
        run.random = torch.get_rng_state()
    run.seconds += time.perf_counter() - began
    _measure(run, math.fsum(losses) / len(losses))


def _step(run: Run) -> float:
    """One step of the optimiser, on one window of a batch; its loss in nats a character.

    Gradients end where the window begins, the state is carried over from the one before it: memory
    does not grow with the length of the samples.
    """
    rows, begin, run.epochs = next(run.plan)
    inputs, targets = (
        t.to(run.carried.device) for t in run.train.batch(rows, begin, run.recipe.window)
    )
    state = run.carried if begin else run.network.start(len(rows))
    logits, state = run.network(inputs, state)
    loss = F.cross_entropy(logits.flatten(0, 1), targets.flatten(), ignore_index=PADDING)
    run.optimizer.zero_grad()
    loss.backward()  # type: ignore[no-untyped-call]
    if run.recipe.clip:
        nn.utils.clip_grad_norm_(run.network.weights, run.recipe.clip)
    run.optimizer.param_groups[0]["lr"] = rate_at(run.recipe, run.step)
    run.optimizer.step()
    goes_on = run.train.lengths[rows] - 1 > begin + run.recipe.window
    run.carried = state.detach()[goes_on.to(state.device)]
    if run.recipe.average:
        # In the beginning there is little to average, and what there is, is of the first weights.
        keep = min(run.recipe.average, (1 + run.step) / (10 + run.step))
        _move_average(run.average, run.network, 1 - keep)
    return _finite(run, loss.item())


@torch.no_grad()
def _move_average(average: CharRNN, network: CharRNN, share: float) -> None:
    """Move `average` towards the weights of `network` by `share` of the way."""
    for mean, weight in zip(average.weights, network.weights, strict=True):
        mean.lerp_(weight, share)


def _measure(run: Run, loss: float | None = None) -> None:
    """Add to the history, and keep the weights if they are the best so far."""
    held_out = _finite(run, nats_per_character(run.average, run.validation, run.heed))
    if not run.history or held_out < min(m.held_out for m in run.history):
        run.best = {name: t.cpu().clone() for name, t in run.average.state_dict().items()}
    # Before the first step there is no loss of learning; the held-out one is as good a guess.
    run.history.append(Measure(run.step, held_out if loss is None else loss, held_out))


def _finite(run: Run, loss: float) -> float:
    if math.isfinite(loss):
        return loss
    saved = run.history[-1].step if run.history else 0
    raise TrainingError(
        f"the loss is {loss} at step {run.step + 1}",
        f"the checkpoint of step {saved} stays in {run.folder}; start over with a lower rate "
        f"(it is {run.recipe.rate:g}) or with clip = 1",
    )


def _done(run: Run) -> bool:
    """Whether all steps are taken, or no measurement was better for as long as the patience."""
    if run.step >= run.recipe.steps:
        return True
    best = min(range(len(run.history)), key=lambda i: run.history[i].held_out)
    return 0 < run.recipe.patience <= len(run.history) - 1 - best


def _save(run: Run) -> Checkpoint:
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
    made = Checkpoint(facts, runs.tensors(run))
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


def _report(run: Run) -> Report:
    if not _done(run):
        return brief(min(m.held_out for m in run.history), len(run.validation))
    best = CharRNN(len(run.vocabulary), run.recipe)
    best.load_state_dict(run.best)
    known = {bytes(row) for row in run.known.numpy()}
    return evaluate(best, run.vocabulary, run.split, known, run.origin.longest, heed=run.heed)
