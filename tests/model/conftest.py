"""A small corpus and recipe, so that a training takes about a second."""

from dataclasses import replace
from pathlib import Path

import pytest

from model.corpus import Corpus, read_corpus
from model.recipes import RECIPES, Recipe

ONSETS = ("Tr", "B", "K", "L", "Sh", "M", "N", "É")
RIMES = ("ada", "im", "ora", "e", "ul", "ine", "y-lo", "ant o")


@pytest.fixture
def corpus_file(tmp_path: Path) -> Path:
    """64 regular names, some with an accent, a hyphen or a space."""
    path = tmp_path / "names.txt"
    path.write_text("\n".join(a + b for a in ONSETS for b in RIMES) + "\n", encoding="utf-8")
    return path


@pytest.fixture
def corpus(corpus_file: Path) -> Corpus:
    return read_corpus(corpus_file)


@pytest.fixture
def tiny() -> Recipe:
    """An LSTM with dropout, from scratch, 40 steps, a checkpoint after every tenth."""
    return replace(
        RECIPES["fast"],
        embedding_size=8,
        hidden_size=16,
        max_steps=40,
        batch_size=16,
        warmup_steps=5,
        eval_interval=10,
        ngram_power=0.0,
        base="none",
        cross_validation=False,
    )
