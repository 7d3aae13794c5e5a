"""Checkpoints of tiny networks, trained for a second."""

from dataclasses import replace
from pathlib import Path

import pytest

from model.corpus import read_corpus
from model.recipes import RECIPES
from model.training import train

NAMES = tuple(a + b for a in ("Tr", "B", "K", "Sh", "É") for b in ("ada", "im", "ora", "y#lo", "e"))


@pytest.fixture(scope="session")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a finished training of a GRU on 25 names."""
    folder = tmp_path_factory.mktemp("run")
    corpus = folder / "names.txt"
    corpus.write_text("\n".join(NAMES), encoding="utf-8")
    recipe = replace(
        RECIPES["fast"], embedding=8, hidden=16, steps=40, batch=8, warm_up=5, measure_every=10
    )
    *_, made = train(read_corpus(corpus), recipe, folder / "checkpoint")
    assert made.facts.finished
    return folder / "checkpoint"
