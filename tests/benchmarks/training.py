"""Training speed: compared with a plain training loop and with makemore's Transformer.

"A minute" is the time of 2,000 steps of makemore's default Transformer on this machine, and "ten
minutes" that of 20,000, so that the targets do not depend on the machine. The rows with targets use
makemore's own test samples and need that project's names.txt.
"""

import os
import tempfile
import time
from dataclasses import dataclass, replace
from functools import cache, partial
from pathlib import Path

import torch
from torch import Tensor
from torch.nn import functional as F  # noqa: N812  (the customary name)

from export.training_job import train_style
from model.batches import PADDING
from model.corpus import Corpus, read_corpus
from model.recipes import RECIPES, Recipe, SplitMethod
from model.training import create_state, train

from .baselines import Loop, PlainCell, Transformer
from .benchmark import Benchmark, NotMeasuredError, min_seconds
from .networks import CORPUS

_FILE = "NAMESMITH_MAKEMORE"
_STEPS_PER_MINUTE = 2000
"""Steps of the Transformer."""

_LIST = CORPUS.with_name("dinosaurs.txt")


@dataclass(frozen=True)
class _Result:
    """The test loss of a recipe, its training time, and (validation loss, seconds so far)."""

    nats: float
    seconds: float
    curve: list[tuple[float, float]]


def _speedup(name: str) -> float:
    """Return our steps per second over those of the plain loop, with equal sizes and corpus."""
    return _plain_seconds(name) / _seconds_per_step(
        read_corpus(CORPUS), _without_extras(RECIPES[name])
    )


def _speedup_limit(name: str) -> float:
    """Return `_speedup` for a loop that only runs the network and AdamW on prepared batches."""
    with tempfile.TemporaryDirectory() as folder:
        recipe, cpu = _without_extras(RECIPES[name]), torch.device("cpu")
        state = create_state(read_corpus(CORPUS), recipe, Path(folder), cpu, lambda *_: None)
    learner = state.learner
    batches = [learner.samples.batch(next(learner.windows)[0]) for _ in range(50)]

    def step(inputs: Tensor, targets: Tensor) -> Tensor:
        logits, _ = learner.network(inputs, learner.network.initial_state(len(inputs)))
        loss = F.cross_entropy(logits.flatten(0, 1), targets.flatten(), ignore_index=PADDING)
        learner.optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        learner.optimizer.step()
        return loss

    seconds = min_seconds(lambda: [step(*batch) for batch in batches], 3) / len(batches)
    return _plain_seconds(name) / seconds


@cache
def _plain_seconds(name: str) -> float:
    """Return the time of a step of the plain loop."""
    recipe, samples = RECIPES[name], read_corpus(CORPUS).samples
    torch.set_num_threads(1)
    vocabulary_size = len(set().union(*samples)) + 1
    plain = Loop(
        samples,
        PlainCell(recipe.cell, vocabulary_size, recipe.embedding_size, recipe.hidden_size),
        recipe.batch_size,
        recipe.learning_rate,
    )
    plain.step()
    return min_seconds(lambda: [plain.step() for _ in range(10)], 5) / 10


def _without_extras(recipe: Recipe) -> Recipe:
    """Return `recipe` without everything that the plain loop does not have."""
    return replace(
        recipe,
        dropout=0.0,
        embedding_dropout=0.0,
        recurrent_dropout=0.0,
        ema_decay=0.0,
        grad_clip=0.0,
        tuned_for_characters=0,
        patience=0,
        eval_interval=200,
    )


def _seconds_per_step(corpus: Corpus, recipe: Recipe) -> float:
    """Return the mean time of a step, the best of three intervals.

    It includes evaluations and checkpoints.
    """
    with tempfile.TemporaryDirectory() as folder:
        run = train(corpus, replace(recipe, patience=0), Path(folder))
        next(run)
        return min_seconds(partial(next, run), 3) / recipe.eval_interval


@cache
def _minute() -> float:
    """Return the seconds of 2,000 Transformer steps, extrapolated from 50."""
    samples = _corpus().samples
    torch.manual_seed(1)
    torch.set_num_threads(1)
    network = Transformer(len(set().union(*samples)) + 1, max(map(len, samples)) + 1)
    loop = Loop(samples, network, batch_size=32, learning_rate=5e-4)
    loop.step()
    return min_seconds(lambda: [loop.step() for _ in range(50)], 5) / 50 * _STEPS_PER_MINUTE


@cache
def _corpus(*, keep_duplicates: bool = True) -> Corpus:
    file = os.environ.get(_FILE)
    if not file:
        raise NotMeasuredError(f"needs makemore's names.txt: set {_FILE} to its path")
    return read_corpus(Path(file), keep_duplicates=keep_duplicates)


@cache
def _train(name: str, split: SplitMethod = "makemore") -> _Result:
    corpus = _corpus(keep_duplicates=split == "makemore")
    recipe = replace(RECIPES[name], split=split)
    total, curve = 0.0, []
    with tempfile.TemporaryDirectory() as folder:
        run = train(corpus, recipe, Path(folder))
        while True:
            started = time.thread_time()
            checkpoint = next(run)
            total += time.thread_time() - started
            curve.append((checkpoint.metadata.history[-1].validation_loss, total))
            if checkpoint.metadata.finished:
                return _Result(checkpoint.metadata.report.nats_per_character, total, curve)


def _job_seconds() -> float:
    """Return the CPU seconds of a training as the bot runs it, from the list to the artifact."""
    started = time.process_time()
    result = train_style(
        _LIST.read_bytes(),
        _LIST.name,
        "fast",
        {"title": "Dinosaurs", "description": "", "licence": ""},
        nice=0,
        on_progress=lambda _: None,
        is_cancelled=lambda: False,
    )
    assert "artifact" in result, result
    return time.process_time() - started


def _nats(name: str, split: SplitMethod = "makemore") -> float:
    return _train(name, split).nats


def _share_of(minutes: int, name: str) -> float:
    return _train(name).seconds / (minutes * _minute())


def _minutes_to(nats: float) -> float:
    """Return the minutes until the recipe `fast` first reaches that validation loss."""
    curve = _train("fast").curve
    return next(total for loss, total in curve if loss <= nats) / _minute()


BENCHMARKS = [
    Benchmark(
        "training-time",
        f"a training on {_LIST.name} with the recipe fast, as the bot runs it: CPU time",
        "",
        "s",
        _job_seconds,
    ),
    *(
        Benchmark(
            f"steps-{name}",
            f"steps per second, network of {name}: our loop / a plain loop with full padding",
            "≥ 3",
            "x",
            partial(_speedup, name),
        )
        for name in RECIPES
    ),
    *(
        Benchmark(
            f"steps-{name}-limit",
            f"the same if our loop were only the network of {name} and AdamW",
            "",
            "x",
            partial(_speedup_limit, name),
        )
        for name in RECIPES
    ),
    Benchmark(
        "fast-nats", "recipe fast, makemore's test", "≤ 1.91", "nats", partial(_nats, "fast")
    ),
    Benchmark(
        "fast-time",
        "recipe fast, total time / 2,000 Transformer steps",
        "≤ 1",
        "x",
        partial(_share_of, 1, "fast"),
    ),
    Benchmark(
        "best-nats",
        "recipe best, makemore's test",
        "≤ 1.87",
        "nats",
        partial(_nats, "best"),
        is_alone=True,
    ),
    Benchmark(
        "best-time",
        "recipe best, total time / 20,000 Transformer steps",
        "≤ 1",
        "x",
        partial(_share_of, 10, "best"),
        is_alone=True,
    ),
    *(
        Benchmark(
            f"{name}-nats-distinct",
            f"recipe {name}, makemore's test drawn from distinct names",
            "",
            "nats",
            partial(_nats, name, "makemore-distinct"),
            is_alone=name == "best",
        )
        for name in ("fast", "best")
    ),
    *(
        Benchmark(
            f"fast-to-{nats:g}",
            f"recipe fast, time to {nats:g} nats (validation) / 2,000 Transformer steps",
            "",
            "x",
            partial(_minutes_to, nats),
        )
        for nats in (2.0, 1.95)
    ),
]
