"""How quickly it learns: beside the plain loop, and within a minute and ten of the Transformer's.

The time of 2,000 steps of makemore's default Transformer, measured here and now, is "a minute", and
that of 20,000 "ten minutes", so that a slow machine asks no more than a quick one. The rows that
are held to it are of makemore's own test samples, and want that project's names.txt.
"""

import os
import tempfile
import time
from dataclasses import dataclass, replace
from functools import cache, partial
from pathlib import Path

import torch

from model.corpus import Corpus, read_corpus
from model.recipes import RECIPES, Recipe, SplitBy
from model.training import train

from .nets import CORPUS
from .plain import Loop, PlainCell, Transformer
from .rows import NotMeasured, Row, seconds

_FILE = "NAMESMITH_MAKEMORE"
_MINUTE = 2000
"""Steps of the Transformer."""


@dataclass(frozen=True)
class _Learnt:
    """What a recipe came to; `falls` are (validation nats, seconds until then)."""

    nats: float
    seconds: float
    falls: list[tuple[float, float]]


def _times_the_plain_loop(name: str) -> float:
    """Steps a second, ours over the plain loop's: the same cell, sizes, batch and corpus."""
    recipe, corpus = RECIPES[name], read_corpus(CORPUS)
    torch.set_num_threads(1)
    tokens = len(set().union(*corpus.samples)) + 1
    plain = Loop(
        corpus.samples,
        PlainCell(recipe.cell, tokens, recipe.embedding, recipe.hidden),
        recipe.batch,
        recipe.rate,
    )
    plain.step()
    theirs = seconds(lambda: [plain.step() for _ in range(30)], 5) / 30
    return theirs / _step_seconds(corpus, _bare(recipe))


def _bare(recipe: Recipe) -> Recipe:
    """Return `recipe` without what the plain loop does not have either."""
    return replace(
        recipe,
        dropout=0.0,
        dropout_input=0.0,
        dropout_recurrent=0.0,
        average=0.0,
        clip=0.0,
        fitted_to=0,
        patience=0,
        measure_every=200,
    )


def _step_seconds(corpus: Corpus, recipe: Recipe) -> float:
    """Seconds of a step of ours: the mean of many, as they differ in length; the best of five.

    Measurements and checkpoints are in it, as often as `recipe` has them.
    """
    with tempfile.TemporaryDirectory() as folder:
        run = train(corpus, replace(recipe, patience=0), Path(folder))
        next(run)
        return seconds(partial(next, run), 5) / recipe.measure_every


@cache
def _minute() -> float:
    """Seconds of the Transformer's 2,000 steps, by as many as tell."""
    samples = _corpus().samples
    torch.manual_seed(1)
    torch.set_num_threads(1)
    network = Transformer(len(set().union(*samples)) + 1, max(map(len, samples)) + 1)
    loop = Loop(samples, network, batch=32, rate=5e-4)
    loop.step()
    return seconds(lambda: [loop.step() for _ in range(50)], 5) / 50 * _MINUTE


@cache
def _corpus(*, repeats: bool = True) -> Corpus:
    file = os.environ.get(_FILE)
    if not file:
        raise NotMeasured(f"wants makemore's names.txt; name the file in {_FILE}")
    return read_corpus(Path(file), repeats=repeats)


@cache
def _learnt(name: str, split: SplitBy = "makemore") -> _Learnt:
    corpus = _corpus(repeats=split == "makemore")
    recipe = replace(RECIPES[name], split=split)
    spent, falls = 0.0, []
    with tempfile.TemporaryDirectory() as folder:
        run = train(corpus, recipe, Path(folder))
        while True:
            began = time.thread_time()
            made = next(run)
            spent += time.thread_time() - began
            falls.append((made.facts.history[-1].held_out, spent))
            if made.facts.finished:
                return _Learnt(made.facts.report.nats_per_character, spent, falls)


def _nats(name: str, split: SplitBy = "makemore") -> float:
    return _learnt(name, split).nats


def _share_of(minutes: int, name: str) -> float:
    return _learnt(name).seconds / (minutes * _minute())


def _minutes_to(nats: float) -> float:
    """Minutes until the first measurement that is as good, by the recipe `fast`."""
    falls = _learnt("fast").falls
    return next(spent for held_out, spent in falls if held_out <= nats) / _minute()


ROWS = [
    *(
        Row(
            f"steps-{name}",
            f"steps a second, net of {name}: our loop / a plain loop, padded, no fused kernels",
            "≥ 3",
            "x",
            partial(_times_the_plain_loop, name),
        )
        for name in RECIPES
    ),
    Row("fast-nats", "recipe fast, makemore's test", "≤ 1.91", "nats", partial(_nats, "fast")),
    Row(
        "fast-time",
        "recipe fast, all its time / 2,000 Transformer steps",
        "≤ 1",
        "x",
        partial(_share_of, 1, "fast"),
    ),
    Row("best-nats", "recipe best, makemore's test", "≤ 1.87", "nats", partial(_nats, "best")),
    Row(
        "best-time",
        "recipe best, all its time / 20,000 Transformer steps",
        "≤ 1",
        "x",
        partial(_share_of, 10, "best"),
    ),
    *(
        Row(
            f"{name}-nats-distinct",
            f"recipe {name}, makemore's test drawn from distinct names",
            "",
            "nats",
            partial(_nats, name, "makemore-distinct"),
        )
        for name in ("fast", "best")
    ),
    *(
        Row(
            f"fast-to-{nats:g}",
            f"recipe fast, time to {nats:g} nats (validation) / 2,000 Transformer steps",
            "",
            "x",
            partial(_minutes_to, nats),
        )
        for nats in (2.0, 1.95)
    ),
]
