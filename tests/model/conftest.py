"""Small corpora and recipes, so that a training takes a second."""

from dataclasses import replace
from pathlib import Path

import pytest

from model.corpus import Corpus, read_corpus
from model.recipes import RECIPES, Recipe

ONSETS = ("Tr", "B", "K", "L", "Sh", "M", "N", "É")
RIMES = ("ada", "im", "ora", "e", "ul", "ine", "y-lo", "ant o")


@pytest.fixture
def corpus_file(tmp_path: Path) -> Path:
    """64 names of a regular make, two of whose characters are an accent and a space."""
    path = tmp_path / "names.txt"
    path.write_text("\n".join(a + b for a in ONSETS for b in RIMES) + "\n", encoding="utf-8")
    return path


@pytest.fixture
def corpus(corpus_file: Path) -> Corpus:
    return read_corpus(corpus_file)


@pytest.fixture
def tiny() -> Recipe:
    """An LSTM with dropout, a few steps, a checkpoint at every tenth."""
    return replace(
        RECIPES["fast"], embedding=8, hidden=16, steps=40, batch=16, warm_up=5, measure_every=10
    )
